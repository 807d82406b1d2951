"""Boxes on a page: turning them by quarters, joining them, asking where they lie."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from corpora.documents import Box

Quarter = Literal[0, 1, 2, 3]
"""Quarter turns, clockwise."""


def turn(box: Box, quarter: Quarter, width: float, height: float) -> Box:
    """``box`` on a page of ``width`` × ``height`` after that page is turned clockwise by ``quarter``."""
    x0, top, x1, bottom = box
    if quarter == 1:
        return (height - bottom, x0, height - top, x1)
    if quarter == 2:
        return (width - x1, height - bottom, width - x0, height - top)
    if quarter == 3:
        return (top, width - x1, bottom, width - x0)
    return box


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around all of ``boxes``, of which there is at least one."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return (min(lefts), min(tops), max(rights), max(bottoms))


def outside(box: Box, width: float, height: float) -> bool:
    """Whether ``box`` lies wholly off a page of ``width`` × ``height``."""
    return box[2] <= 0 or box[3] <= 0 or box[0] >= width or box[1] >= height


def centre_in(inner: Box, outer: Box) -> bool:
    """Whether the centre of ``inner`` lies in ``outer``."""
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]
