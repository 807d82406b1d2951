"""Fusion by rank, and languages side by side."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.fusion import LanguageRanking, best_first, merge_languages, reciprocal_rank_fusion

rankings = st.lists(st.lists(st.integers(1, 30), unique=True, max_size=20), max_size=4)


def test_a_passage_scores_the_sum_of_its_reciprocal_ranks() -> None:
    fused = reciprocal_rank_fusion([[1, 2], [2, 3]], k=60)
    assert fused == [(2, 1 / 62 + 1 / 61), (1, 1 / 61), (3, 1 / 62)]


def test_a_weight_multiplies_what_its_ranking_gives() -> None:
    assert reciprocal_rank_fusion([[1], [2]], k=10, weights=[0.5, 1]) == [(2, 1 / 11), (1, 0.5 / 11)]


def test_a_ranking_with_the_same_passage_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        reciprocal_rank_fusion([[1, 2, 1]])


@given(rankings)
def test_every_passage_comes_once_and_scores_fall(given_rankings: list[list[int]]) -> None:
    fused = reciprocal_rank_fusion(given_rankings)
    assert sorted(number for number, _ in fused) == sorted({n for ranking in given_rankings for n in ranking})
    assert fused == best_first(fused)


@given(st.lists(st.integers(1, 30), unique=True))
def test_one_ranking_keeps_its_order(ranking: list[int]) -> None:
    assert [number for number, _ in reciprocal_rank_fusion([ranking])] == ranking


def language(numbers: range, best: float, step: float, *, mean: float, counterparts: bool = False) -> LanguageRanking:
    """Passages whose similarities fall by ``step`` from ``best``."""
    scores = [(number, 1 / rank) for rank, number in enumerate(numbers, 1)]
    return LanguageRanking(scores, [best - step * place for place in range(len(numbers))], mean, counterparts)


def first_ten(*languages: LanguageRanking) -> list[int]:
    return [number for number, _ in merge_languages(languages)][:10]


def test_one_language_is_left_as_it_is() -> None:
    ranking = [(5, 0.3), (2, 0.2), (9, 0.1)]
    assert merge_languages([LanguageRanking(ranking, [0.9, 0.8, 0.7], 0.5), LanguageRanking([], [], 0.0)]) == ranking
    assert merge_languages([]) == []


def test_counterparts_stand_beside_what_they_say_again() -> None:
    home = language(range(1, 11), 0.90, 0.01, mean=0.80)
    other = language(range(101, 111), 0.82, 0.01, mean=0.78, counterparts=True)
    assert first_ten(other, home) == [1, 101, 2, 102, 3, 103, 4, 104, 5, 105]


def test_a_language_without_counterparts_is_heard_where_it_is_nearly_as_good() -> None:
    home = language(range(1, 11), 0.90, 0.01, mean=0.80)
    other = language(range(101, 111), 0.885, 0.01, mean=0.78)
    assert first_ten(home, other) == [1, 101, 2, 3, 102, 4, 5, 103, 6, 7]


def test_a_language_with_nothing_to_say_stays_below() -> None:
    home = language(range(1, 11), 0.90, 0.003, mean=0.80)
    other = language(range(101, 111), 0.84, 0.003, mean=0.78)
    assert first_ten(home, other) == list(range(1, 11))


def test_more_good_passages_abroad_never_crowd_out_those_at_home() -> None:
    home = language(range(1, 11), 0.90, 0.02, mean=0.80)
    other = language(range(101, 201), 0.89, 0.0001, mean=0.60)
    assert [rank for rank, number in enumerate(first_ten(home, other), 1) if number > 100] == [2, 5, 8]


similarities = st.lists(st.floats(-1, 1), max_size=12).map(lambda values: sorted(values, reverse=True))


@given(st.lists(similarities, max_size=3), st.floats(-1, 1), st.booleans())
def test_nothing_is_lost_and_each_language_keeps_its_order(
    lists: list[list[float]], mean: float, counterparts: bool
) -> None:
    languages = [
        LanguageRanking([(100 * place + n, 1 / (n + 1)) for n in range(len(values))], values, mean, counterparts)
        for place, values in enumerate(lists)
    ]
    merged = merge_languages(languages)
    numbers = [number for number, _ in merged]
    assert sorted(numbers) == sorted(number for given_ in languages for number, _ in given_.ranking)
    assert [score for _, score in merged] == sorted((score for _, score in merged), reverse=True)
    for place in range(len(lists)):
        own = [number for number in numbers if number // 100 == place]
        assert own == sorted(own)
