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
_PROSE, _NAME = 12, 24  # characters
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
    """A terminal gets a frame that fits it, long cells cut; a pipe gets whole cells and nothing drawn."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    console = console_on(stream)
    if not console.is_terminal:
        console = console_on(stream, width=_UNBOUNDED)
    filled = [column for column in columns if any(row.get(column) not in (None, "") for row in rows)]
    frame = box.SIMPLE_HEAD if console.is_terminal else None
    table = Table(box=frame, show_edge=False, pad_edge=False, header_style="bold")
    for column in filled:
        numeric = all(isinstance(row.get(column), int | float | None) for row in rows)
        kept = _kept_width([_as_text(column, row.get(column)) for row in rows], is_first=column == filled[0])
        title = Text(column.replace("_", " "))
        table.add_column(title, justify="right" if numeric else "left", overflow="fold", min_width=kept)
    one_line = len(filled) > _PROSE_COLUMNS or None
    for row in rows:
        cells = (_as_text(column, row.get(column)) for column in filled)
        table.add_row(*(Text(cell, no_wrap=one_line, overflow="ellipsis" if one_line else "fold") for cell in cells))
    if filled:
        console.print(table)


def _kept_width(cells: Sequence[str], *, is_first: bool) -> int:
    """Characters that a column keeps in a narrow terminal: ids whole, names enough to tell, prose a few words."""
    longest = max(map(len, cells))
    if any(" " in cell for cell in cells):
        return min(longest, _PROSE)
    return longest if is_first else min(longest, _NAME)


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
