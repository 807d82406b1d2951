"""The one door to pdfium: a PDF's pages as words with boxes and type, its rules, outline and properties.

Characters come in one bulk call a page; boxes and fonts are asked for at the ends of each word only,
which is about three times as fast as asking for every character.
"""

from __future__ import annotations

import ctypes
import itertools
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium

from corpora.documents import Box
from corpora.errors import DocumentError, EncryptedPdf, UnreadablePdf
from pipeline.extraction.geometry import Quarter, outside, turn
from pipeline.extraction.pages import OutlineEntry, PageContent, Word, clean

_RUN = re.compile(r"[^\s\x00\ufffe]+\ufffe?|\ufffe")
_DIGITS_AT_END = re.compile(r"(?:\d[\d,]*)?$")
_MARK_SCALE = 0.8
"""A footnote's mark after a word is smaller than this share of the word's size."""
_BOLD = re.compile(r"bold|black|heavy|demi|extrab|(?<![a-z])bd(?![a-z])|-b$", re.IGNORECASE)
_ITALIC = re.compile(r"ital|obli|-it$", re.IGNORECASE)
_PROPERTIES = ("Title", "Author", "Subject", "Keywords", "Creator", "Producer", "CreationDate", "ModDate")
_FORCE_BOLD, _ITALIC_FLAG = 1 << 18, 1 << 6
_MAX_RULES, _MAX_DEPTH, _WHITE = 5000, 4, 250

_Matrix = tuple[float, float, float, float, float, float]
_UNMOVED: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


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
        if not self._bytes:
            raise UnreadablePdf(f"{path.name}: the file is empty")
        secret = password.encode() if password is not None else None
        self._pdf = pdfium.FPDF_LoadMemDocument64(self._bytes, len(self._bytes), secret)
        if not self._pdf:
            raise _load_error(path, self._bytes, password)
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


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DocumentError(f"{path}: no such file") from None
    except PermissionError:
        raise DocumentError(f"{path}: permission denied; make the file readable and try again") from None
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read ({error.strerror})") from None


def _load_error(path: Path, content: bytes, password: str | None) -> DocumentError:
    code = pdfium.FPDF_GetLastError()
    if code == pdfium.FPDF_ERR_PASSWORD:
        remedy = "give it with --password" if password is None else "the given password is wrong"
        return EncryptedPdf(f"{path.name}: the PDF is protected by a password; {remedy}")
    if code == pdfium.FPDF_ERR_SECURITY:
        return EncryptedPdf(f"{path.name}: its protection is of a kind that cannot be opened; save it unprotected")
    if content.lstrip().startswith(b"%PDF") and b"%%EOF" not in content[-2048:]:
        return UnreadablePdf(f"{path.name}: the PDF is cut short; download or copy it again")
    return UnreadablePdf(f"{path.name}: not a PDF, or too damaged to open")


def _content(page: Any, number: int) -> PageContent:
    frame = _Frame.of(page)
    text_page = pdfium.FPDFText_LoadPage(page)
    try:
        words = tuple(_Reader(text_page, frame).words()) if text_page else ()
    finally:
        pdfium.FPDFText_ClosePage(text_page)
    return PageContent(number, frame.width, frame.height, words, tuple(frame.shown(*box) for box in _drawn_boxes(page)))


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


class _Reader:
    """Reads the words of one page; it remembers which way the writing runs, for words of one letter."""

    def __init__(self, text_page: Any, frame: _Frame) -> None:
        self._text_page, self._frame = text_page, frame
        self._text, self._index_of = _characters(text_page)
        self._fonts = _Fonts(text_page)
        self._quarter: Quarter = 0

    def words(self) -> Iterator[Word]:
        for match in _RUN.finditer(self._text):
            start, end = match.span()
            head, tail = self._ends(start, end)
            mark = start
            if self._across(tail) < _MARK_SCALE * self._across(head):
                mark = end - len(_DIGITS_AT_END.search(match.group()).group())  # type: ignore[union-attr]
            if start < mark < end:
                yield from self._word(start, mark, *self._ends(start, mark))
                yield from self._word(mark, end, *self._ends(mark, end))
            else:
                yield from self._word(start, end, head, tail)

    def _ends(self, start: int, end: int) -> tuple[Box, Box]:
        """Boxes of the first and last character; sets the way of writing where there are two."""
        first, last = self._index_of(start), self._index_of(end - 1)
        head = _loose_box(self._text_page, first, self._frame)
        if first == last:
            return head, head
        tail = _loose_box(self._text_page, last, self._frame)
        self._quarter = _writing(head, tail, self._text_page, first)
        return head, tail

    def _across(self, box: Box) -> float:
        return box[2] - box[0] if self._quarter % 2 else box[3] - box[1]

    def _word(self, start: int, end: int, head: Box, tail: Box) -> Iterator[Word]:
        text = clean(self._text[start:end])
        box = (min(head[0], tail[0]), min(head[1], tail[1]), max(head[2], tail[2]), max(head[3], tail[3]))
        if text and not outside(box, self._frame.width, self._frame.height):
            bold, italic = self._fonts.style(self._index_of(start))
            yield Word(text, box, round(self._across(head), 1), bold, italic, self._quarter)


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


def _drawn_boxes(page: Any) -> Iterator[Box]:
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


def _bookmark_title(mark: Any) -> str:
    size = pdfium.FPDFBookmark_GetTitle(mark, None, 0)
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFBookmark_GetTitle(mark, buffer, size)
    return _utf16(buffer.raw)


def _utf16(raw: bytes) -> str:
    return " ".join(clean(raw.decode("utf-16-le", "replace").replace("\x00", " ")).split())


def _address(pointer: Any) -> int:
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0
