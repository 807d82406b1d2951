"""CSV that opens right where it lands: two dialects, and cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TextIO

Cell = str | int | float | None

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_ROW_END = "\r\n"  # what csv writes inside: it then quotes every cell with either character


class Dialect(StrEnum):
    """``standard`` is for programs, ``excel-fr`` for a double click in a French Excel."""

    STANDARD = "standard"
    EXCEL_FR = "excel-fr"


@dataclass(frozen=True, slots=True)
class _Rules:
    """``longest`` is in UTF-16 units, as Excel counts; 0 is no limit."""

    start: str = ""
    delimiter: str = ","
    row_end: str = "\n"
    decimal: str = "."
    longest: int = 0


_RULES = {
    Dialect.STANDARD: _Rules(),
    # A longer cell spills over into the next ones when Excel opens the file.
    Dialect.EXCEL_FR: _Rules("\ufeff", ";", "\r\n", ",", 32_767),
}


class CsvWriter:
    """Writes rows to a UTF-8 stream that translates no newlines; ``shortened`` counts the cells cut."""

    def __init__(self, stream: TextIO, dialect: Dialect = Dialect.STANDARD) -> None:
        self.shortened = 0
        self._rules = _RULES[dialect]
        stream.write(self._rules.start)
        self._csv = csv.writer(
            _Rows(stream, self._rules.row_end), delimiter=self._rules.delimiter, lineterminator=_ROW_END
        )

    def write(self, cells: Iterable[Cell]) -> None:
        """Write one row; ``None`` is an empty cell."""
        self._csv.writerow(map(self._cell, cells))

    def _cell(self, value: Cell) -> Cell:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, float):
            return repr(value).replace(".", self._rules.decimal)
        return value

    def _text(self, text: str) -> str:
        # No spreadsheet holds a NUL; the mark shows that something stood there.
        safe = guarded(text.replace("\0", "\ufffd"))
        longest = self._rules.longest
        if not longest or len(safe) * 2 <= longest or _utf16_length(safe) <= longest:
            return safe
        self.shortened += 1
        return safe.encode("utf-16-le")[: (longest - 1) * 2].decode("utf-16-le", "ignore") + "…"


class _Rows:
    """Takes whole rows from csv and gives them the dialect's own end."""

    def __init__(self, stream: TextIO, end: str) -> None:
        self._write = stream.write
        self._end = end

    def write(self, row: str) -> int:
        return self._write(row.removesuffix(_ROW_END) + self._end)


def guarded(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would run it as a formula.

    Source: OWASP, "CSV Injection".
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
