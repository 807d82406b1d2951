"""The one door to pdfium: a PDF's pages as words with boxes and type, its rules, outline and properties.

Characters come in one bulk call a page; boxes and fonts are asked for at the ends of each word only,
which is about three times as fast as asking for every character.
"""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium

from corpora.documents import Box
from corpora.errors import DocumentError, EncryptedPdf, UnreadablePdf
from pipeline.geometry import Quarter, outside, turn
from pipeline.paths import drawn_boxes

BREAK_HYPHEN = "\ufffe"
"""pdfium's mark for a hyphen at the end of a line; it stays in a word's text until lines are made."""

_RUN = re.compile(r"[^\s\x00\ufffe]+\ufffe?|\ufffe")
_BULLETS = dict.fromkeys(map(ord, "\uf02d\uf0b7\uf0a1\uf0a7\uf0d8\uf0fc\uf06e\uf076"), "•")
_LIGATURES = {ord(c): unicodedata.normalize("NFKC", c) for c in "ﬀﬁﬂﬃﬄﬅﬆ"}
_DROPPED = dict.fromkeys([*range(0x20), 0x7F, *range(0x80, 0xA0), 0x200B, 0x2060, 0xFEFF])
_CLEAN = {**_BULLETS, **_LIGATURES, **_DROPPED, 0x00AD: BREAK_HYPHEN}
_BOLD = re.compile(r"bold|black|heavy|demi|extrab|(?<![a-z])bd(?![a-z])|-b$", re.IGNORECASE)
_ITALIC = re.compile(r"ital|obli|-it$", re.IGNORECASE)
_PROPERTIES = ("Title", "Author", "Subject", "Keywords", "Creator", "Producer", "CreationDate", "ModDate")
_FORCE_BOLD, _ITALIC_FLAG = 1 << 18, 1 << 6


class Word(NamedTuple):
    """A word in its place. ``size`` is the loose box's height in points, across the writing."""

    text: str
    box: Box
    size: float
    bold: bool
    italic: bool
    quarter: Quarter


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A bookmark: ``level`` from 1, ``page`` from 1, or 0 where it points nowhere."""

    level: int
    title: str
    page: int


@dataclass(frozen=True, slots=True)
class PageContent:
    """What stands on a page: its size as shown, its words in the file's order, boxes of its drawn paths."""

    number: int
    width: float
    height: float
    words: tuple[Word, ...]
    rules: tuple[Box, ...]
    turned: Quarter = 0

    def level(self) -> PageContent:
        """The page turned until most of its writing is level; ``turned`` says by how much to turn back."""
        quarter = _main_quarter(self.words)
        if quarter == 0:
            return self
        back: Quarter = (4 - quarter) % 4  # type: ignore[assignment]
        words = tuple(
            word._replace(
                box=turn(word.box, back, self.width, self.height),
                quarter=(word.quarter - quarter) % 4,  # type: ignore[arg-type]
            )
            for word in self.words
        )
        rules = tuple(turn(box, back, self.width, self.height) for box in self.rules)
        width, height = (self.height, self.width) if quarter % 2 else (self.width, self.height)
        return PageContent(self.number, width, height, words, rules, quarter)

    def shown(self, box: Box) -> Box:
        """A box of this (levelled) page on the page as it is shown, in whole hundredths of a point."""
        x0, top, x1, bottom = turn(box, self.turned, self.width, self.height)
        return (round(x0, 2), round(top, 2), round(x1, 2), round(bottom, 2))


class Pdf:
    """An open PDF; use it as a context manager.

    Raises:
        EncryptedPdf: If it asks for a password that is absent or wrong.
        UnreadablePdf: If pdfium cannot open it, or it has no pages.
        DocumentError: If the file cannot be read at all.
    """

    def __init__(self, path: Path, *, password: str | None = None) -> None:
        pdfium.FPDF_InitLibrary()
        self._bytes = _read(path)
        secret = password.encode() if password is not None else None
        self._pdf = pdfium.FPDF_LoadMemDocument64(self._bytes, len(self._bytes), secret)
        if not self._pdf:
            raise _load_error(path, password)
        self.page_count: int = pdfium.FPDF_GetPageCount(self._pdf)
        if self.page_count < 1:
            self.close()
            raise UnreadablePdf(f"{path.name}: no page can be read; the file is damaged or cut short")

    def __enter__(self) -> Pdf:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        pdfium.FPDF_CloseDocument(self._pdf)

    def pages(self) -> Iterator[PageContent]:
        """Each page's content in turn; a page that pdfium cannot load comes empty, with size 0."""
        for index in range(self.page_count):
            page = pdfium.FPDF_LoadPage(self._pdf, index)
            if not page:
                yield PageContent(index + 1, 0.0, 0.0, (), ())
                continue
            try:
                yield _content(page, index + 1)
            finally:
                pdfium.FPDF_ClosePage(page)

    def properties(self) -> dict[str, str]:
        """The information dictionary as text, absent keys left out."""
        found = {key: self._property(key) for key in _PROPERTIES}
        return {key: value for key, value in found.items() if value}

    def _property(self, key: str) -> str:
        size = pdfium.FPDF_GetMetaText(self._pdf, key.encode(), None, 0)
        buffer = ctypes.create_string_buffer(size)
        pdfium.FPDF_GetMetaText(self._pdf, key.encode(), buffer, size)
        return _utf16(buffer.raw)

    def outline(self) -> list[OutlineEntry]:
        """The bookmarks in order, at most 5,000 and 12 deep; loops in damaged files are cut."""
        entries: list[OutlineEntry] = []
        seen: set[int] = set()
        pending = [(pdfium.FPDFBookmark_GetFirstChild(self._pdf, None), 1)]
        while pending and len(entries) < 5000:
            mark, level = pending.pop()
            if not mark or level > 12 or _address(mark) in seen:
                continue
            seen.add(_address(mark))
            destination = pdfium.FPDFBookmark_GetDest(self._pdf, mark)
            index = pdfium.FPDFDest_GetDestPageIndex(self._pdf, destination) if destination else -1
            entries.append(OutlineEntry(level, _bookmark_title(mark), index + 1))
            pending.append((pdfium.FPDFBookmark_GetNextSibling(self._pdf, mark), level))
            pending.append((pdfium.FPDFBookmark_GetFirstChild(self._pdf, mark), level + 1))
        return entries


def _main_quarter(words: Sequence[Word]) -> Quarter:
    counts: dict[Quarter, int] = {}
    for word in words:
        counts[word.quarter] = counts.get(word.quarter, 0) + len(word.text)
    return max(counts, key=lambda quarter: counts[quarter], default=0)


def clean(text: str) -> str:
    """NFC, ligatures apart, private-use bullets as ``•``, control characters dropped."""
    if text.isascii() and text.isprintable():
        return text
    return unicodedata.normalize("NFC", text.translate(_CLEAN))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DocumentError(f"{path}: no such file") from None
    except PermissionError:
        raise DocumentError(f"{path}: permission denied; make the file readable and try again") from None
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read ({error.strerror})") from None


def _load_error(path: Path, password: str | None) -> DocumentError:
    code = pdfium.FPDF_GetLastError()
    if code == pdfium.FPDF_ERR_PASSWORD:
        remedy = "give it with --password" if password is None else "the given password is wrong"
        return EncryptedPdf(f"{path.name}: the PDF is protected by a password; {remedy}")
    if code == pdfium.FPDF_ERR_SECURITY:
        return EncryptedPdf(f"{path.name}: its protection is of a kind that cannot be opened; save it unprotected")
    if path.stat().st_size == 0:
        return UnreadablePdf(f"{path.name}: the file is empty")
    return UnreadablePdf(f"{path.name}: not a PDF, or too damaged to open")


def _content(page: Any, number: int) -> PageContent:
    frame = _Frame.of(page)
    text_page = pdfium.FPDFText_LoadPage(page)
    try:
        words = tuple(_words(text_page, frame)) if text_page else ()
    finally:
        pdfium.FPDFText_ClosePage(text_page)
    return PageContent(number, frame.width, frame.height, words, tuple(frame.shown(*box) for box in drawn_boxes(page)))


class _Frame(NamedTuple):
    """How a page's own coordinates (origin bottom left, before /Rotate) become those of the shown page."""

    left: float
    bottom: float
    width: float
    height: float
    quarter: Quarter

    @classmethod
    def of(cls, page: Any) -> _Frame:
        rect = pdfium.FS_RECTF()
        pdfium.FPDF_GetPageBoundingBox(page, ctypes.byref(rect))
        quarter: Quarter = pdfium.FPDFPage_GetRotation(page) % 4
        width, height = rect.right - rect.left, rect.top - rect.bottom
        if quarter % 2:
            width, height = height, width
        return cls(rect.left, rect.bottom, width, height, quarter)

    def shown(self, left: float, bottom: float, right: float, top: float) -> Box:
        x0, x1 = left - self.left, right - self.left
        own_height = self.width if self.quarter % 2 else self.height
        box = (x0, own_height - top + self.bottom, x1, own_height - bottom + self.bottom)
        if self.quarter == 0:
            return box
        return turn(box, self.quarter, self.height if self.quarter % 2 else self.width, own_height)


def _words(text_page: Any, frame: _Frame) -> Iterator[Word]:
    text, index_of = _characters(text_page)
    fonts = _Fonts(text_page)
    quarter: Quarter = 0
    for match in _RUN.finditer(text):
        string = clean(match.group())
        if not string:
            continue
        first, last = index_of(match.start()), index_of(match.end() - 1)
        head = _loose_box(text_page, first, frame)
        tail = head if first == last else _loose_box(text_page, last, frame)
        if first != last:
            quarter = _writing(head, tail, text_page, first)
        box = (min(head[0], tail[0]), min(head[1], tail[1]), max(head[2], tail[2]), max(head[3], tail[3]))
        if outside(box, frame.width, frame.height):
            continue
        bold, italic = fonts.style(first)
        size = (head[2] - head[0]) if quarter % 2 else (head[3] - head[1])
        yield Word(string, box, round(size, 1), bold, italic, quarter)


def _characters(text_page: Any) -> tuple[str, Any]:
    """The page's text, and the function from a place in it to pdfium's number of that character."""
    count = pdfium.FPDFText_CountChars(text_page)
    if count < 1:
        return "", int
    buffer = (ctypes.c_ushort * (2 * count + 1))()
    written = pdfium.FPDFText_GetText(text_page, 0, count, buffer)
    text = bytes(buffer)[: 2 * max(written - 1, 0)].decode("utf-16-le", "replace")
    if len(text) == count:
        return text, int
    return text, lambda place: pdfium.FPDFText_GetCharIndexFromTextIndex(text_page, place)


_rect = pdfium.FS_RECTF()
_rect_pointer = ctypes.byref(_rect)


def _loose_box(text_page: Any, index: int, frame: _Frame) -> Box:
    pdfium.FPDFText_GetLooseCharBox(text_page, index, _rect_pointer)
    return frame.shown(_rect.left, _rect.bottom, _rect.right, _rect.top)


def _writing(head: Box, tail: Box, text_page: Any, index: int) -> Quarter:
    """The quarter turns clockwise that the word's writing is turned by, from where its ends lie."""
    across = tail[0] + tail[2] - head[0] - head[2]
    down = tail[1] + tail[3] - head[1] - head[3]
    if abs(across) >= abs(down):
        if across >= 0:
            return 0
        return 2 if abs(abs(pdfium.FPDFText_GetCharAngle(text_page, index)) - math.pi) < 0.3 else 0
    return 1 if down > 0 else 3


class _Fonts:
    """Bold and italic of a character's font, by its name, flags and weight, each font asked for once."""

    def __init__(self, text_page: Any) -> None:
        self._text_page = text_page
        self._buffer = ctypes.create_string_buffer(256)
        self._flags = ctypes.c_int()
        self._flags_pointer = ctypes.byref(self._flags)
        self._styles: dict[bytes, tuple[bool, bool]] = {}

    def style(self, index: int) -> tuple[bool, bool]:
        pdfium.FPDFText_GetFontInfo(self._text_page, index, self._buffer, 256, self._flags_pointer)
        name = self._buffer.value
        if name not in self._styles:
            self._styles[name] = self._ask(name.decode("utf-8", "replace"), index)
        return self._styles[name]

    def _ask(self, name: str, index: int) -> tuple[bool, bool]:
        weight = pdfium.FPDFText_GetFontWeight(self._text_page, index)
        flags = self._flags.value
        bold = bool(_BOLD.search(name)) or weight >= 600 or bool(flags & _FORCE_BOLD)
        return bold, bool(_ITALIC.search(name)) or bool(flags & _ITALIC_FLAG)


def _bookmark_title(mark: Any) -> str:
    size = pdfium.FPDFBookmark_GetTitle(mark, None, 0)
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFBookmark_GetTitle(mark, buffer, size)
    return _utf16(buffer.raw)


def _utf16(raw: bytes) -> str:
    return " ".join(clean(raw.decode("utf-16-le", "replace").replace("\x00", " ")).split())


def _address(pointer: Any) -> int:
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0
