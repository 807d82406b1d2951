"""What is known about a document: given by the user, by a table beside the files, or by itself."""

from __future__ import annotations

import csv
import io
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path

from corpora.documents import ExtractedDocument, Metadata
from corpora.errors import DocumentError
from pipeline.front_pages.front_matter import read_front_matter

CSV_NAME = "metadata.csv"
_log = logging.getLogger("regloupe")
_FIELDS = tuple(field.name for field in fields(Metadata))
_COLUMNS = ("file", *_FIELDS)
_ISO_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


def read_metadata(document: ExtractedDocument) -> Metadata:
    """Title, issuer, date, jurisdiction and type as the PDF's properties and first pages say them.

    What they do not say beyond doubt is None. The PDF's creation date is not used: it is the file's,
    not the document's.
    """
    return read_front_matter(document)


def merge(given: Metadata, csv_row: Metadata | None, read: Metadata) -> Metadata:
    """Field by field, what the user gave, else the row of ``metadata.csv``, else what was read."""
    sources = (given, csv_row or Metadata(), read)
    values = {
        name: next((value for source in sources if (value := getattr(source, name)) is not None), None)
        for name in _FIELDS
    }
    return Metadata(**values)


def parse_date(text: str) -> str:
    """``text`` as an ISO 8601 date: ``2024``, ``2024-06`` or ``2024-06-13``.

    Raises:
        DocumentError: If it is anything else, or not in the calendar.
    """
    match = _ISO_DATE.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError
        date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        raise DocumentError(f"{text!r} is not a date; write it as 2024, 2024-06 or 2024-06-13") from None
    return match[0]


def metadata_from_csv(folder: Path) -> dict[str, Metadata]:
    """Metadata by file name from ``metadata.csv`` in ``folder``; empty where there is none.

    The table is UTF-8 with or without byte-order mark, parted by commas or semicolons; its first row
    names the columns: ``file`` and any of ``title``, ``issuer``, ``date``, ``jurisdiction``,
    ``type``. An empty cell says nothing; a row for a file that is not there is logged and left aside.

    Raises:
        DocumentError: On the first mistake, with file, line and remedy.
    """
    path = folder / CSV_NAME
    if not path.is_file():
        return {}
    rows = _rows(path)
    _, columns = next(rows, (1, []))
    columns = [column.strip().lower() for column in columns]
    _check_columns(path, columns)
    table: dict[str, Metadata] = {}
    for line, cells in rows:
        name, metadata = _read_row(f"{path}:{line}", columns, cells)
        if name in table:
            raise DocumentError(f"{path}:{line}: {name} has a row already; keep one of the two")
        if not (folder / name).is_file():
            _log.warning("%s:%d: no file %r in this folder; row ignored", path, line, name)
            continue
        table[name] = metadata
    return table


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything, each with the number of its last line."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise DocumentError(f"{path}: is not UTF-8; save it again as “CSV UTF-8”") from None
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise DocumentError(f"{path}:{reader.line_num}: {error}; check the quotation marks") from None


def _check_columns(path: Path, columns: Sequence[str]) -> None:
    if "file" not in columns:
        raise DocumentError(f"{path}:1: no column “file”; the first row must be {','.join(_COLUMNS)}")
    for number, column in enumerate(columns):
        if column not in _COLUMNS:
            raise DocumentError(f"{path}:1: unknown column “{column}”; there are {', '.join(_COLUMNS)}")
        if column in columns[:number]:
            raise DocumentError(f"{path}:1: column “{column}” stands twice; keep one")


def _read_row(where: str, columns: Sequence[str], cells: Sequence[str]) -> tuple[str, Metadata]:
    if len(cells) != len(columns):
        raise DocumentError(
            f"{where}: {len(cells)} cells under {len(columns)} columns; put text that holds the delimiter in quotes"
        )
    values = {column: " ".join(cell.split()) for column, cell in zip(columns, cells, strict=True)}
    name = values.pop("file")
    if not name:
        raise DocumentError(f"{where}: no file name; fill in the column “file”")
    try:
        values["date"] = parse_date(values["date"]) if values.get("date") else ""
    except DocumentError as error:
        raise DocumentError(f"{where}: {error}") from None
    return name, Metadata(**{column: value or None for column, value in values.items()})
