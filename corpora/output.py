"""What listing commands print: the same rows as a table for people, as JSON or CSV for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, TextIO

from corpora.dialects import Cell, CsvWriter

if TYPE_CHECKING:
    from rich.console import Console

Row = Mapping[str, object]

_JOINERS = {"headings": " > "}
_NAME, _PROSE, _LEAST = 24, 12, 8  # characters that stay in a narrow terminal, while there is room
_GAP = 3  # characters between two columns in a frame
_PROSE_COLUMNS = 3  # a table of no more columns has room to wrap long cells, a wider one cuts them
_UNBOUNDED = 100_000  # columns; a pipe has no width
_TABS_AND_CONTROLS = dict.fromkeys((*range(32), *range(127, 160)), "\ufffd") | {9: " "}


class Format(StrEnum):
    """``json`` is one list; ``jsonl`` has one object per line; ``csv`` is the standard dialect."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


def write_rows(rows: Sequence[Row], format: Format, stream: TextIO, *, columns: Sequence[str] | None = None) -> None:
    """Write rows in one of the formats.

    Args:
        columns: The keys that a table and CSV show, in order; the first row's where not given. JSON
            has every key.

    A list is one cell there, its items joined; of an item with several values the first is shown.
    """
    shown = columns if columns is not None else list(rows[0] if rows else ())
    match format:
        case Format.TABLE:
            _write_table(rows, shown, stream)
        case Format.JSON:
            stream.write(json.dumps([dict(row) for row in rows], ensure_ascii=False, indent=2) + "\n")
        case Format.JSONL:
            stream.writelines(json.dumps(dict(row), ensure_ascii=False) + "\n" for row in rows)
        case Format.CSV:
            _write_csv(rows, shown, stream)


def console_on(stream: TextIO, *, width: int | None = None) -> Console:
    """A console that prints what it is given: no markup, no emoji codes, no colour guessed from content.

    It is plain where ``stream`` is no terminal, and without colour where ``NO_COLOR`` is set.
    """
    from rich.console import Console

    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def for_terminal(text: str) -> str:
    """The text without characters that could steer the terminal; its length does not change.

    Newlines stay; tabs become spaces and every other control character ``\\ufffd``.
    """
    return "\n".join(line.translate(_TABS_AND_CONTROLS) for line in text.split("\n"))


def _write_csv(rows: Sequence[Row], columns: Sequence[str], stream: TextIO) -> None:
    if not columns:
        return
    writer = CsvWriter(stream)
    writer.write(columns)
    for row in rows:
        writer.write(_as_cell(column, row.get(column)) for column in columns)


def _write_table(rows: Sequence[Row], columns: Sequence[str], stream: TextIO) -> None:
    """A terminal gets a frame that fits it, long cells cut; a pipe gets whole cells and nothing drawn.

    Columns that no row fills are left out.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    console = console_on(stream)
    if not console.is_terminal:
        console = console_on(stream, width=_UNBOUNDED)
    cells = {column: [_as_text(column, row.get(column)) for row in rows] for column in columns}
    filled = {column: texts for column, texts in cells.items() if any(texts)}
    if not filled:
        return
    frame = box.SIMPLE_HEAD if console.is_terminal else None
    table = Table(box=frame, show_edge=False, pad_edge=False, header_style="bold")
    for column, width in zip(filled, _widths(filled, console.width), strict=True):
        numeric = all(isinstance(row.get(column), int | float | None) for row in rows)
        table.add_column(Text(_title(column)), justify="right" if numeric else "left", width=width, overflow="fold")
    one_line = len(filled) > _PROSE_COLUMNS or None
    for line in zip(*filled.values(), strict=True):
        table.add_row(*(Text(text, no_wrap=one_line, overflow="ellipsis" if one_line else "fold") for text in line))
    console.print(table)


def _title(column: str) -> str:
    return column.replace("_", " ")


def _widths(cells: Mapping[str, Sequence[str]], room: int) -> list[int]:
    """The width of each column: as wide as its cells, then the widest narrowed until all fit in ``room``.

    Ids, which stand in the first column, stay whole; names keep enough to be told apart, prose a few words.
    """
    from rich.cells import cell_len

    widths = [max(map(cell_len, (_title(column), *texts))) for column, texts in cells.items()]
    longest = (_PROSE if any(" " in text for text in texts) else _NAME for texts in cells.values())
    floors = [min(width, kept) for width, kept in zip(widths, longest, strict=True)]
    if not any(" " in text for text in next(iter(cells.values()))):
        floors[0] = widths[0]
    for least in (floors, [floors[0], *(min(floor, _LEAST) for floor in floors[1:])], [1] * len(floors)):
        while sum(widths) + _GAP * (len(widths) - 1) > room and widths != least:
            widest = max(range(len(widths)), key=lambda place: (widths[place] > least[place], widths[place]))
            widths[widest] -= 1
    return widths


def _as_cell(column: str, value: object) -> Cell:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return json.dumps(dict(value), ensure_ascii=False)
    if isinstance(value, Sequence):
        firsts = (next(iter(item.values()), "") if isinstance(item, Mapping) else item for item in value)
        return _JOINERS.get(column, "; ").join(map(str, firsts))
    return str(value)


def _as_text(column: str, value: object) -> str:
    cell = _as_cell(column, value)
    if isinstance(cell, float):
        return f"{cell:.3f}"
    return "" if cell is None else for_terminal(str(cell))
