"""Ruled tables: found by pdfplumber's grid search on pdfium's rules, filled with the page's own words.

Only pages with at least three level and three upright rules are searched, so that pages of prose
never pay for it, and pdfplumber is not even imported for documents without such pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corpora.documents import Box
from pipeline.extraction.geometry import centre_in, union
from pipeline.extraction.lines import page_lines
from pipeline.extraction.pages import PageContent, Word

_GATE = 3
_THICK = 3.0
"""A drawn box thinner than this, in points, is a rule; a thicker one counts as its four sides."""
_TOLERANCE = 3.0
_NARROW = 8.0
"""A cell narrower than this, in points, is the space between double rules."""
_MAX_EDGES = 1500
"""More than this is a drawing, not a table."""

Cell = tuple[str, ...]
"""The lines of print in a cell, from the top."""
Edge = dict[str, object]


@dataclass(frozen=True, slots=True)
class Table:
    """A table's place (on the levelled page) and its rows of cells, spanned places left out."""

    box: Box
    rows: tuple[tuple[Cell, ...], ...]


def page_tables(page: PageContent) -> tuple[list[Table], list[Word]]:
    """The ruled tables of a levelled page, and the words that stand in none of them."""
    edges = _edges(page)
    if not _gated(edges):
        return [], list(page.words)
    tables: list[Table] = []
    rest = list(page.words)
    for grid in _grids(edges):
        table, outside = _fill(page, grid, rest)
        if table is not None:
            tables.append(table)
            rest = outside
    return tables, rest


def _edges(page: PageContent) -> list[Box]:
    """The page's rules as lines without thickness: ``x0 == x1`` or ``top == bottom``."""
    edges: list[Box] = []
    for x0, top, x1, bottom in page.rules:
        if x1 - x0 > 0.98 * page.width and bottom - top > 0.98 * page.height:
            continue
        if bottom - top <= _THICK:
            middle = (top + bottom) / 2
            edges.append((x0, middle, x1, middle))
        elif x1 - x0 <= _THICK:
            middle = (x0 + x1) / 2
            edges.append((middle, top, middle, bottom))
        else:
            edges += [(x0, top, x1, top), (x0, bottom, x1, bottom), (x0, top, x0, bottom), (x1, top, x1, bottom)]
    return list(dict.fromkeys(edges))


def _gated(edges: Sequence[Box]) -> bool:
    level = {round(edge[1]) for edge in edges if edge[1] == edge[3] and edge[2] - edge[0] > 8}
    upright = {round(edge[0]) for edge in edges if edge[0] == edge[2] and edge[3] - edge[1] > 5}
    return len(level) >= _GATE and len(upright) >= _GATE and len(edges) <= _MAX_EDGES


def _grids(edges: Sequence[Box]) -> list[list[Box]]:
    """Cells of each grid that the rules make, by pdfplumber's search; grids from top to bottom."""
    from pdfplumber.table import cells_to_tables, edges_to_intersections, intersections_to_cells, merge_edges

    merged = merge_edges([_as_edge(edge) for edge in edges], *[_TOLERANCE] * 4)
    cells = intersections_to_cells(edges_to_intersections(merged, _TOLERANCE, _TOLERANCE))
    grids: list[list[Box]] = cells_to_tables(cells)
    return sorted(grids, key=lambda grid: min(cell[1] for cell in grid))


def _as_edge(edge: Box) -> Edge:
    x0, top, x1, bottom = edge
    orientation = "h" if top == bottom else "v"
    sizes = {"width": x1 - x0, "height": bottom - top}
    return {"x0": x0, "x1": x1, "top": top, "bottom": bottom, "orientation": orientation, **sizes}


def _fill(page: PageContent, grid: list[Box], words: list[Word]) -> tuple[Table | None, list[Word]]:
    """The grid's cells with their words; ``None`` for frames, charts and empty grids."""
    box = union(grid)
    rows = _rows(grid)
    inside: dict[Box, list[Word]] = {cell: [] for row in rows for cell in row}
    outside: list[Word] = []
    for word in words:
        near = inside if centre_in(word.box, box) else ()
        cell = next((cell for cell in near if centre_in(word.box, cell)), None)
        (outside if cell is None else inside[cell]).append(word)
    texts = [tuple(tuple(line.text for line in page_lines(page, inside[cell])) for cell in row) for row in rows]
    texts = [row for row in texts if any(row)]
    filled = sum(bool(cell) for row in texts for cell in row)
    if len(texts) < 2 or filled < 4 or max(sum(map(bool, row)) for row in texts) < 2:
        return None, words
    return Table(box, tuple(texts)), outside


def _rows(grid: list[Box]) -> list[list[Box]]:
    rows: dict[float, list[Box]] = {}
    for cell in sorted(grid, key=lambda cell: (cell[1], cell[0])):
        if cell[2] - cell[0] < _NARROW:
            continue
        rows.setdefault(cell[1], []).append(cell)
    return list(rows.values())
