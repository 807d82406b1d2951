"""Rankings into one ranking: by rank within a language, by similarity between languages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Number = int
"""A passage's number in its corpus."""

Scored = tuple[Number, float]
"""A passage with its score in one ranking; higher is better."""

RRF_K = 10
"""Measured, see docs/decisions/0003-search.md: better than the usual 60 on every development set."""

_CREDIT = 0.2


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[Number]], *, k: int = RRF_K, weights: Sequence[float] | None = None
) -> list[Scored]:
    """Merge rankings by rank alone, so lexical and dense scores need no common scale.

    A passage scores the sum over rankings of ``weight / (k + rank)``, rank from 1; absent adds nothing.
    Equal scores come in the order of passage numbers.

    Args:
        k: Damping, in ranks; larger values flatten the lead of the top ranks.
        weights: One per ranking, 1 where not given.

    Raises:
        ValueError: If a ranking holds the same passage twice.

    Source: Cormack, Clarke and Buettcher, SIGIR 2009.
    """
    scores: dict[Number, float] = {}
    for ranking, weight in zip(rankings, weights or [1.0] * len(rankings), strict=True):
        if len(set(ranking)) < len(ranking):
            raise ValueError("a ranking holds the same passage twice")
        for rank, number in enumerate(ranking, start=1):
            scores[number] = scores.get(number, 0.0) + weight / (k + rank)
    return best_first(scores.items())


def best_first(scored: Iterable[Scored]) -> list[Scored]:
    """Sorted by falling score; equal scores by passage number, so that a ranking is the same each time."""
    return sorted(scored, key=lambda item: (-item[1], item[0]))


@dataclass(frozen=True, slots=True)
class LanguageRanking:
    """How the passages of one language answer.

    ``ranking`` is their order, best first, with scores. ``similarities`` are the best of their
    similarities to the question, falling, and ``mean`` is that of all of them. ``counterparts``: it has passages that
    say what the best of the question's language say.
    """

    ranking: Sequence[Scored]
    similarities: Sequence[float]
    mean: float
    counterparts: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """A passage from abroad: the similarity it is ranked by, and how many passages it wants around it."""

    similarity: float
    passage: Scored
    spacing: int


def merge_languages(languages: Sequence[LanguageRanking]) -> list[Scored]:
    """One ranking out of several languages', each kept in its own order.

    Encoders find a text in the question's language more similar than its translation. So the language of the most
    similar passage is at home, and the others are given a credit in similarity: where they have ``counterparts``, all
    that their best lacks to be level with the best at home; elsewhere up to a share of the lead that the best at home
    has over the mean there. A language with nothing to say stays below. The *n*-th passage from abroad stands
    at rank 2n or lower with counterparts, 3n − 1 or lower without.

    The place of a passage follows from the similarity that belongs to its rank in its language. Scores are the
    given ones, falling with the merged rank.
    """
    heard = sorted((given for given in languages if given.similarities), key=lambda given: -given.similarities[0])
    if not heard:
        return []
    home = heard[0]
    abroad = [place for other in heard[1:] for place in _places(home, other)]
    abroad.sort(key=lambda place: -place.similarity)
    merged = _spaced(list(zip(home.similarities, home.ranking, strict=False)), abroad)
    scores = sorted((score for _, score in merged), reverse=True)
    return [(number, score) for (number, _), score in zip(merged, scores, strict=True)]


def _places(home: LanguageRanking, other: LanguageRanking) -> list[_Place]:
    gap = home.similarities[0] - other.similarities[0]
    credit = gap if other.counterparts else min(gap, _CREDIT * (home.similarities[0] - home.mean))
    spacing = 2 if other.counterparts else 3
    return [
        _Place(similarity + credit, passage, spacing)
        for similarity, passage in zip(other.similarities, other.ranking, strict=False)
    ]


def _spaced(home: Sequence[tuple[float, Scored]], abroad: Sequence[_Place]) -> list[Scored]:
    merged: list[Scored] = []
    at_home = from_abroad = 0
    while at_home < len(home) or from_abroad < len(abroad):
        if at_home == len(home) or (
            from_abroad < len(abroad)
            and abroad[from_abroad].similarity > home[at_home][0]
            and len(merged) + 1 >= abroad[from_abroad].spacing * from_abroad + 2
        ):
            merged.append(abroad[from_abroad].passage)
            from_abroad += 1
        else:
            merged.append(home[at_home][1])
            at_home += 1
    return merged
