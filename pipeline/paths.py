"""What pdfium knows of a page's drawn paths: the rules and rectangles that tables are made of."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Iterator
from typing import Any

import pypdfium2.raw as pdfium

from corpora.documents import Box

_MAX_RULES = 5000
_MAX_DEPTH = 4
_WHITE = 250

_Matrix = tuple[float, float, float, float, float, float]
_UNMOVED: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def drawn_boxes(page: Any) -> Iterator[Box]:
    """``(left, bottom, right, top)``, in the page's own coordinates, of its straight upright paths.

    At most 5,000: a page with more is a drawing, and no table is looked for in it.
    """
    items = (pdfium.FPDFPage_GetObject(page, index) for index in range(pdfium.FPDFPage_CountObjects(page)))
    strokes = (stroke for item in items for stroke in _strokes(item, _UNMOVED, depth=0))
    for x0, y0, x1, y1 in itertools.islice(strokes, _MAX_RULES):
        yield (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def _strokes(item: Any, matrix: _Matrix, *, depth: int) -> Iterator[Box]:
    kind = pdfium.FPDFPageObj_GetType(item)
    if kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _MAX_DEPTH:
        inner = _compose(_matrix(item), matrix)
        for index in range(pdfium.FPDFFormObj_CountObjects(item)):
            yield from _strokes(pdfium.FPDFFormObj_GetObject(item, index), inner, depth=depth + 1)
    if kind != pdfium.FPDF_PAGEOBJ_PATH:
        return
    segments = pdfium.FPDFPath_CountSegments(item)
    if segments <= 5:
        left, bottom, right, top = (ctypes.c_float() for _ in range(4))
        if _is_seen(item) and pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top):
            yield (*_moved(left.value, bottom.value, matrix), *_moved(right.value, top.value, matrix))
    elif segments <= _MAX_RULES:
        yield from _long_path(item, segments, _compose(_matrix(item), matrix))


def _is_seen(path: Any) -> bool:
    """Whether a path is stroked, or filled with anything but white (white lies behind highlighted text)."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not pdfium.FPDFPath_GetDrawMode(path, fill, stroke):
        return True
    if stroke.value or not fill.value:
        return bool(stroke.value)
    colour = [ctypes.c_uint() for _ in range(4)]
    known = pdfium.FPDFPageObj_GetFillColor(path, *colour)
    return not known or min(value.value for value in colour[:3]) < _WHITE


def _long_path(path: Any, segments: int, matrix: _Matrix) -> Iterator[Box]:
    """The level and upright lines of a path of many segments, such as a grid drawn in one go."""
    x, y = ctypes.c_float(), ctypes.c_float()
    last: tuple[float, float] | None = None
    for index in range(segments):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        kind, point = pdfium.FPDFPathSegment_GetType(segment), _moved(x.value, y.value, matrix)
        straight = kind == pdfium.FPDF_SEGMENT_LINETO and last is not None
        if straight and last and (abs(point[0] - last[0]) < 1 or abs(point[1] - last[1]) < 1):
            yield (*last, *point)
        last = point


def _matrix(item: Any) -> _Matrix:
    found = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(item, found)
    return (found.a, found.b, found.c, found.d, found.e, found.f)


def _compose(first: _Matrix, then: _Matrix) -> _Matrix:
    a, b, c, d, e, f = first
    x, y = _moved(e, f, then)
    return (
        a * then[0] + b * then[2], a * then[1] + b * then[3],
        c * then[0] + d * then[2], c * then[1] + d * then[3], x, y,
    )  # fmt: skip


def _moved(x: float, y: float, matrix: _Matrix) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return (a * x + c * y + e, b * x + d * y + f)
