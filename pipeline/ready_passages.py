"""Passages that another tool has cut, one JSON object a line; their ids are kept."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpora.documents import Region, document_id
from corpora.errors import DocumentError, InvalidPassages
from corpora.passages import Passage
from pipeline.language import detect_language

NO_BOX = (0.0, 0.0, 0.0, 0.0)
"""The box of a region whose page is known and whose place on it is not."""

MAX_PAGE = 1_000_000

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_].*)?", re.IGNORECASE)
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class ReadyDocument:
    """The passages of one document, in the order of the file.

    ``sha256`` (hex) comes from the file's bytes and the document's name: another document of the
    same file has another one, and a changed file changes all.
    """

    name: str
    sha256: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """One checked line of the file; ``language`` is empty where it is not given."""

    id: str
    text: str
    document: str
    headings: tuple[str, ...]
    regions: tuple[Region, ...]
    language: str


def read_ready_passages(path: Path) -> list[ReadyDocument]:
    """The documents of a JSONL file (UTF-8, with or without byte-order mark), in order of appearance.

    A line has ``id`` (text or whole number, unique in the file) and ``text``; it may have
    ``document`` (the file's stem, if absent), ``page`` (a number from 1, or ``[first, last]``),
    ``headings`` (a list, or one heading) and ``language`` (detected, if absent). Null is absent, any
    other key is passed over, and so are blank lines. A page is stored as a region with the box
    `NO_BOX`; ``tokens`` is 0.

    Raises:
        InvalidPassages: On the first line that breaks the format, and if no line holds a passage.
        DocumentError: If the file cannot be read.
    """
    digest = hashlib.sha256()
    documents: dict[str, list[_Line]] = {}
    lines_by_id: dict[str, int] = {}
    for number, raw in _raw_lines(path):
        digest.update(raw)
        where = f"{path}:{number}"
        line = _read_line(where, raw, path.stem) if raw.strip() else None
        if line is None:
            continue
        if line.id in lines_by_id:
            raise InvalidPassages(f"{where}: id {line.id!r} stands on line {lines_by_id[line.id]} too; make ids unique")
        lines_by_id[line.id] = number
        documents.setdefault(line.document, []).append(line)
    if not documents:
        raise InvalidPassages(f'{path}: holds no passage; write one a line: {{"id": "1", "text": "…"}}')
    return [_document(name, digest.hexdigest(), lines) for name, lines in documents.items()]


def _raw_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as stream:
            yield from enumerate(stream, 1)
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read ({error.strerror}); check the path and permissions") from None


def _document(name: str, file_digest: str, lines: list[_Line]) -> ReadyDocument:
    sha256 = hashlib.sha256(f"{file_digest}\x00{name}".encode()).hexdigest()
    identity = document_id(sha256)
    default = detect_language(max((line.text for line in lines), key=len))
    passages = tuple(
        Passage(
            id=line.id,
            document_id=identity,
            ordinal=ordinal,
            text=line.text,
            headings=line.headings,
            language=line.language or detect_language(line.text, default),
            regions=line.regions,
        )
        for ordinal, line in enumerate(lines)
    )
    return ReadyDocument(name, sha256, passages)


def _read_line(where: str, raw: bytes, stem: str) -> _Line:
    row = _parsed(where, raw)
    document = row.get("document")
    return _Line(
        id=_label(where, "id", row.get("id")),
        text=_text(where, "text", row.get("text")),
        document=stem if document is None else _label(where, "document", document),
        headings=_headings(where, row.get("headings")),
        regions=_regions(where, row.get("page")),
        language=_language(where, row.get("language")),
    )


def _parsed(where: str, raw: bytes) -> Mapping[str, Any]:
    try:
        row = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidPassages(f"{where}: is not UTF-8; save the file as UTF-8") from None
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", "nested too deep, or a number too long")
        raise InvalidPassages(f"{where}: is not JSON ({reason}); write one object a line") from None
    if not isinstance(row, dict):
        raise InvalidPassages(f'{where}: is no object; write {{"id": "1", "text": "…"}}')
    return row


def _text(where: str, key: str, value: object) -> str:
    """A text that is not blank and that UTF-8 and the encoder can hold."""
    if value is None:
        raise InvalidPassages(f'{where}: has no "{key}"; every line needs "id" and "text"')
    if not isinstance(value, str):
        raise InvalidPassages(f'{where}: "{key}" is no text; put it in quotation marks')
    if not value.strip():
        raise InvalidPassages(f'{where}: "{key}" is blank; fill it in or remove the line')
    if _UNSTORABLE.search(value):
        raise InvalidPassages(f'{where}: "{key}" holds a NUL byte or half a character; remove it')
    return value


def _label(where: str, key: str, value: object) -> str:
    """A name on one line; a whole number stands for its digits."""
    number = isinstance(value, int) and not isinstance(value, bool)
    text = _text(where, key, str(value) if number else value)
    if _CONTROL.search(text):
        raise InvalidPassages(f'{where}: "{key}" holds a tab or line break; remove it')
    return text


def _headings(where: str, value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    headings = value if isinstance(value, list) else [value]
    return tuple(" ".join(_text(where, "headings", heading).split()) for heading in headings if heading != "")


def _regions(where: str, value: object) -> tuple[Region, ...]:
    """A region on the first page and one on the last."""
    if value is None:
        return ()
    pages = value if isinstance(value, list) else [value]
    numbers = [page for page in pages if isinstance(page, int) and not isinstance(page, bool) and 1 <= page <= MAX_PAGE]
    if len(numbers) != len(pages) or len(pages) not in (1, 2) or numbers != sorted(numbers):
        raise InvalidPassages(f'{where}: "page" must be a number from 1, or [first, last]')
    return tuple(Region(page, NO_BOX) for page in sorted(set(numbers)))


def _language(where: str, value: object) -> str:
    """The primary part of a language tag: ``en`` of ``en-GB``."""
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
        raise InvalidPassages(f'{where}: "language" must be a code such as "en" or "fr"')
    return re.split(r"[-_]", value.lower())[0]
