"""The order in which a page is read: bands from top to bottom, in each its columns from the left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from corpora.documents import Box
from pipeline.extraction.geometry import union
from pipeline.extraction.pages import Word

_MIN_COLUMN = 0.17
"""Narrowest column, as a share of the width of what is being divided."""
_MIN_LINES = 3
_FULL = 0.6
"""A line of running text fills at least this share of its column."""


@dataclass(frozen=True, slots=True)
class Run:
    """Words side by side on one line; ``order`` is its place in the file."""

    words: tuple[Word, ...]
    box: Box

    @classmethod
    def of(cls, words: Sequence[Word]) -> Run:
        return cls(tuple(words), union(word.box for word in words))


@dataclass(frozen=True, slots=True)
class Region:
    """A column of one band: the runs in it and its edges."""

    runs: tuple[Run, ...]
    left: float
    right: float


class _Gutter(NamedTuple):
    """White between two columns: the right one begins at ``x``; it reaches from ``top`` to ``bottom``."""

    x: float
    top: float
    bottom: float
    lines: int


def reading_regions(runs: Sequence[Run]) -> list[Region]:
    """Columns of ``runs``, in the order they are read.

    The tallest gutter splits the page into the band above it, the two columns beside it and the band
    below; each part is divided again until no gutter is left, so three columns need no rule of their own.
    """
    if not runs:
        return []
    gutter = _tallest_gutter(runs)
    if gutter is None:
        return [Region(tuple(runs), min(r.box[0] for r in runs), max(r.box[2] for r in runs))]
    above = [run for run in runs if _middle(run) < gutter.top]
    below = [run for run in runs if _middle(run) > gutter.bottom]
    band = [run for run in runs if gutter.top <= _middle(run) <= gutter.bottom]
    left = [run for run in band if run.box[0] < gutter.x - 1]
    right = [run for run in band if run.box[0] >= gutter.x - 1]
    return [region for part in (above, left, right, below) for region in reading_regions(part)]


def _middle(run: Run) -> float:
    return (run.box[1] + run.box[3]) / 2


def _tallest_gutter(runs: Sequence[Run]) -> _Gutter | None:
    if len(runs) < 2 * _MIN_LINES:
        return None
    left, _, right, _ = union(run.box for run in runs)
    margin = _MIN_COLUMN * (right - left)
    edges = [run.box[0] for run in runs if left + margin < run.box[0] < right - margin]
    found = [gutter for x in _clusters(edges) if (gutter := _gutter_at(x, runs)) is not None]
    return max(found, key=lambda gutter: (gutter.lines, gutter.x), default=None)


def _clusters(edges: list[float]) -> list[float]:
    """Left edges shared by at least three runs, within 3 points."""
    clusters: list[list[float]] = []
    for edge in sorted(edges):
        if clusters and edge - clusters[-1][0] <= 3:
            clusters[-1].append(edge)
        else:
            clusters.append([edge])
    return [cluster[0] for cluster in clusters if len(cluster) >= _MIN_LINES]


def _gutter_at(x: float, runs: Sequence[Run]) -> _Gutter | None:
    """The tallest band that no run crosses at ``x`` and that has text columns on both sides of it."""
    best: _Gutter | None = None
    band: list[tuple[int, Run]] = []
    ordered = sorted(enumerate(runs), key=lambda item: _middle(item[1]))
    for place, run in [*ordered, (-1, None)]:
        if run is not None and not _crosses(run, x):
            band.append((place, run))
            continue
        gutter = _judge(x, band)
        if gutter is not None and (best is None or gutter.lines > best.lines):
            best = gutter
        band = []
    return best


def _crosses(run: Run, x: float) -> bool:
    return run.box[0] < x - 1 and run.box[2] > x - 0.5 * (run.box[3] - run.box[1])


def _judge(x: float, band: list[tuple[int, Run]]) -> _Gutter | None:
    left = [(place, run) for place, run in band if run.box[0] < x - 1]
    right = [(place, run) for place, run in band if run.box[0] >= x - 1]
    lines = min(len(left), len(right))
    if lines < _MIN_LINES or not _side_by_side(left, right):
        return None
    if _rowwise(left, right) and not (_is_text(left) and _is_text(right)):
        return None
    top, bottom = min(run.box[1] for _, run in band), max(run.box[3] for _, run in band)
    return _Gutter(x, top, bottom, lines)


def _side_by_side(left: list[tuple[int, Run]], right: list[tuple[int, Run]]) -> bool:
    """Whether both columns share at least two lines' height, and both are wide enough for text."""
    tops = max(min(run.box[1] for _, run in side) for side in (left, right))
    bottoms = min(max(run.box[3] for _, run in side) for side in (left, right))
    return bottoms - tops > 2 * (left[0][1].box[3] - left[0][1].box[1])


def _rowwise(left: list[tuple[int, Run]], right: list[tuple[int, Run]]) -> bool:
    """Whether the file goes back and forth between the columns, as it does in tables and forms."""
    sides = [side for _, side in sorted([(p, 0) for p, _ in left] + [(p, 1) for p, _ in right])]
    switches = sum(one != other for one, other in pairwise(sides))
    return switches > 0.5 * min(len(left), len(right))


def _is_text(side: list[tuple[int, Run]]) -> bool:
    """Whether most lines of a column fill it, and hold several words."""
    start, end = min(run.box[0] for _, run in side), max(run.box[2] for _, run in side)
    full = sum(run.box[2] - run.box[0] >= _FULL * (end - start) and len(run.words) > 2 for _, run in side)
    return full >= 0.5 * len(side)
