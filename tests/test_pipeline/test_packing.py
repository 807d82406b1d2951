"""Grouping pieces into passages of even size, and cutting text in two."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.packing import halves, pack

CAPACITY = 250
sizes = st.lists(st.integers(1, 400), max_size=60)


@given(sizes)
def test_groups_follow_each_other_cover_all_and_hold_the_capacity(tokens: list[int]) -> None:
    groups = pack(tokens, [0.1] * len(tokens), CAPACITY)
    assert [i for start, end in groups for i in range(start, end)] == list(range(len(tokens)))
    assert all(sum(tokens[start:end]) <= CAPACITY or end - start == 1 for start, end in groups)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=60))
def test_small_pieces_leave_no_tiny_group(tokens: list[int]) -> None:
    groups = pack(tokens, [0.0] * len(tokens), CAPACITY)
    assert min(sum(tokens[start:end]) for start, end in groups) >= min(sum(tokens), 80)


def test_a_dear_break_is_avoided() -> None:
    even = [90, 90, 90, 90]
    assert pack(even, [0, 0, 0, 0], CAPACITY) == [(0, 2), (2, 4)]
    assert (0, 2) not in pack(even, [0, 0, 9, 0], CAPACITY)


@given(st.text("ab ;:,\n", min_size=2).map(str.strip).filter(lambda text: len(text) >= 2))
def test_halves_lose_only_white_space(text: str) -> None:
    (start, left), (right, end) = halves(text, (0, len(text)))
    assert (start, end) == (0, len(text))
    assert text[left:right].strip() == ""
    assert text[:left] == text[:left].strip() != ""
    assert text[right:] == text[right:].strip() != ""


def test_halves_prefer_a_clause_near_the_middle() -> None:
    text = "the provider keeps the records; the deployer, where asked, gives them to the authority"
    (_, left), _ = halves(text, (0, len(text)))
    assert text[:left] == "the provider keeps the records;"
