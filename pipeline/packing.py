"""Group consecutive pieces of text into passages of even size, and cut what is too long for one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

from corpora.passages import Span

TARGET_TOKENS = 185
"""The size a passage is drawn to: the middle of the 120 to 250 tokens it should have."""

# Where a sentence may be cut, best first: after a semicolon or colon, after a comma, at any space.
_CUTS = (re.compile(r"(?<=[;:])\s+"), re.compile(r"(?<=[,)–—])\s+"), re.compile(r"\s+"))


def pack(sizes: Sequence[int], break_costs: Sequence[float], capacity: int) -> list[Span]:
    """The cheapest way to group pieces, kept in order, into passages of at most ``capacity`` tokens.

    A passage costs the square of its relative distance from the target size, so two even passages
    are cheaper than a full one and a tiny one; a passage that starts at piece ``i`` also costs
    ``break_costs[i]`` (``break_costs[0]`` is free).

    Args:
        sizes: Tokens of each piece; a piece over ``capacity`` gets a passage of its own.
        break_costs: As many as there are pieces.

    Returns:
        Half-open ranges of piece numbers that follow each other and cover all pieces.
    """
    target = min(TARGET_TOKENS, max(1, 3 * capacity // 4))
    ends = list(accumulate(sizes, initial=0))
    best = [0.0] * len(ends)
    starts = [0] * len(ends)
    for end in range(1, len(ends)):
        best[end] = float("inf")
        for start in range(end - 1, -1, -1):
            size = ends[end] - ends[start]
            if size > capacity and start < end - 1:
                break
            cost = best[start] + ((size - target) / target) ** 2 + (break_costs[start] if start else 0.0)
            if cost < best[end]:
                best[end], starts[end] = cost, start
    return _groups_from(starts)


def _groups_from(starts: Sequence[int]) -> list[Span]:
    """Walk back from the last piece along the best start of each group."""
    groups: list[Span] = []
    end = len(starts) - 1
    while end > 0:
        groups.append((starts[end], end))
        end = starts[end]
    return groups[::-1]


def halves(text: str, span: Span) -> tuple[Span, Span]:
    """Cut ``text[start:end]`` near its middle at the best place there: clause, comma, space, anywhere.

    The halves have no outer white space and lose nothing else. The span must hold two characters or
    more and neither begin nor end with white space.
    """
    start, end = span
    middle, quarter = (start + end) // 2, (end - start) // 4
    for pattern in _CUTS:
        cuts = [match.span() for match in pattern.finditer(text, start + quarter, end - quarter)]
        if cuts:
            left, right = min(cuts, key=lambda cut: abs(cut[0] - middle))
            left, right = _widened(text, left, right)
            return (start, left), (right, end)
    # One word fills the middle: cut at the space nearest to it, else through the word.
    spaces = [match.span() for match in _CUTS[-1].finditer(text, start, end)]
    left, right = min(spaces, key=lambda cut: abs(cut[0] - middle), default=(middle, middle))
    return (start, left), (right, end)


def _widened(text: str, left: int, right: int) -> Span:
    """The white space around a cut, beyond the window that it was looked for in."""
    while text[left - 1].isspace():
        left -= 1
    while text[right].isspace():
        right += 1
    return left, right
