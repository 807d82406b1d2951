"""Pages → blocks: tables and running heads out, lines into paragraphs, headings, notes and contents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from corpora.documents import Block, BlockKind, Page, Region
from pipeline.extraction.geometry import union
from pipeline.extraction.headings import find_headings
from pipeline.extraction.hyphens import Joiner
from pipeline.extraction.lines import STAND_IN, Line, page_lines
from pipeline.extraction.pages import OutlineEntry, PageContent, Word
from pipeline.extraction.paragraphs import (
    Type,
    columns,
    has_leaders,
    is_ended,
    is_item,
    is_marked,
    notes,
    paragraphs,
    split_notes,
)
from pipeline.extraction.running_heads import running_words
from pipeline.extraction.structure import is_structural, structural_kind
from pipeline.extraction.tables import Table, page_tables

_CAPTION = re.compile(
    r"(?:figure|fig\.|table|tableau|graphique|graph|chart|box|encadré|abbildung|tabelle|abb\.|tab\.|figura|tabla|tabella)"
    r"\s+(?:[A-Z]\.?)?\d+(?:[.-]\d+)*\s*(?:[.:–—-]|\s)",
    re.IGNORECASE,
)
_CONTENTS_TITLE = re.compile(
    r"(?:table of contents|contents|table des matières|sommaire|inhaltsverzeichnis|inhalt|índice|indice|sommario)",
    re.IGNORECASE,
)
_ENDS_IN_NUMBER = re.compile(r"\s(?:\d{1,3}|[ivxl]+)$")
_PART_NUMBER = re.compile(r"\w+ \w+")
_AMENDMENT_MARK = re.compile(r"[▼►◄▌][A-Z]?\d{0,3}")
"""Marks in the margin of consolidated acts that say which amendment a passage comes from."""
_MAX_CAPTION_LINES = 4
_OTHER_TYPE = 0.25


@dataclass(frozen=True, slots=True)
class _Piece:
    """A paragraph on its way to becoming a block."""

    kind: BlockKind
    lines: tuple[Line, ...]
    level: int = 0
    table: Table | None = None


def lay_out(contents: Sequence[PageContent], outline: Sequence[OutlineEntry]) -> tuple[list[Page], list[Block]]:
    """Pages and blocks, in reading order, of a document's pages as pdfium gives them.

    Running heads and feet, page numbers and amendment marks are left out, and do not count among a
    page's characters.
    """
    levelled = [content.level() for content in contents]
    tables, words = _tables_apart(levelled)
    words = _running_apart(levelled, words)
    lines = [line for page, left in zip(levelled, words, strict=True) for line in page_lines(page, left)]
    joiner = Joiner(_printed(lines, tables))
    pieces = _marked_contents(list(_pieces(lines, tables)))
    pieces = _with_headings(pieces, joiner, Type.of(_prose(lines)), outline)
    blocks = [_block(piece, joiner) for piece in _continued(pieces)]
    return [_page(page, left, tables) for page, left in zip(levelled, words, strict=True)], blocks


def _tables_apart(pages: Sequence[PageContent]) -> tuple[list[Table], list[list[Word]]]:
    """All tables of the document, and each page's words with one stand-in for each of its tables."""
    tables: list[Table] = []
    words: list[list[Word]] = []
    for page in pages:
        found, left = page_tables(page)
        names = range(len(tables), len(tables) + len(found))
        stand_ins = [
            Word(f"{STAND_IN}{name}", t.box, 10.0, False, False, 0) for name, t in zip(names, found, strict=True)
        ]
        tables += found
        words.append([*left, *stand_ins])
    return tables, words


def _running_apart(pages: Sequence[PageContent], words: Sequence[Sequence[Word]]) -> list[list[Word]]:
    return [
        [word for place, word in enumerate(given) if place not in running and not _AMENDMENT_MARK.fullmatch(word.text)]
        for given, running in zip(words, running_words(pages, words), strict=True)
    ]


def _prose(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if not line.text.startswith(STAND_IN)]


def _printed(lines: Iterable[Line], tables: Iterable[Table]) -> Iterator[str]:
    yield from (line.text for line in _prose(lines))
    yield from (text for table in tables for row in table.rows for cell in row for text in cell)


def _pieces(lines: Sequence[Line], tables: Sequence[Table]) -> Iterator[_Piece]:
    type_ = Type.of(_prose(lines))
    above: list[Line] = []
    for column in columns(lines):
        above = [line for line in above if line.page == column[0].page]
        text, under = split_notes(column, type_, above)
        above += column
        for paragraph in paragraphs(text, type_):
            yield _piece(paragraph, tables)
        for note in notes(under):
            yield _Piece(BlockKind.FOOTNOTE, note)


def _piece(lines: tuple[Line, ...], tables: Sequence[Table]) -> _Piece:
    text = lines[0].text
    if text.startswith(STAND_IN):
        return _Piece(BlockKind.TABLE, lines, table=tables[int(text[1:])])
    if has_leaders(text):
        return _Piece(BlockKind.CONTENTS, lines)
    if len(lines) <= _MAX_CAPTION_LINES and _CAPTION.match(text) and _is_caption(lines):
        return _Piece(BlockKind.CAPTION, lines)
    return _Piece(BlockKind.LIST_ITEM if is_item(text) else BlockKind.PARAGRAPH, lines)


def _is_caption(lines: Sequence[Line]) -> bool:
    """Whether lines that begin with "Table 3" name it, rather than begin a sentence about it."""
    named = _CAPTION.match(lines[0].text)
    separated = named is not None and named.group().rstrip()[-1] in ".:–—-"
    return separated or lines[0].bold or not is_ended(lines[-1].text)


def _marked_contents(pieces: list[_Piece]) -> list[_Piece]:
    """Entries of contents pages marked as such, one piece for all that follow each other on a page."""
    listed = [piece.kind is BlockKind.CONTENTS for piece in pieces]
    for place, piece in enumerate(pieces):
        if len(piece.lines) == 1 and _CONTENTS_TITLE.fullmatch(piece.lines[0].text):
            _follow_contents(pieces, listed, place + 1)
    for place in range(1, len(pieces) - 1):
        short = len(pieces[place].lines) <= 2 and pieces[place].table is None
        listed[place] = listed[place] or (short and listed[place - 1] and any(listed[place + 1 : place + 3]))
    found: list[_Piece] = []
    for piece, is_listed in zip(pieces, listed, strict=True):
        same = found and found[-1].kind is BlockKind.CONTENTS and found[-1].lines[0].page == piece.lines[0].page
        if is_listed and same:
            found[-1] = replace(found[-1], lines=found[-1].lines + piece.lines)
        else:
            found.append(replace(piece, kind=BlockKind.CONTENTS) if is_listed else piece)
    return found


def _follow_contents(pieces: Sequence[_Piece], listed: list[bool], place: int) -> None:
    """Mark what follows a contents title while most of it ends in page numbers or names parts of an act."""
    parts: set[str] = set()
    while place < len(pieces) and pieces[place].table is None:
        near = [line.text for piece in pieces[place : place + 3] for line in piece.lines]
        numbered = sum(bool(_ENDS_IN_NUMBER.search(text)) for text in near)
        named = sum(is_structural(text) for text in near) if parts or is_structural(near[0]) else 0
        part = _PART_NUMBER.match(near[0])
        if 2 * numbered < len(near) and (3 * named < len(near) or (part and part.group() in parts)):
            return
        if part and (not parts or structural_kind(near[0]) == "article"):
            parts.add(part.group())
        listed[place] = True
        place += 1


def _with_headings(
    pieces: Sequence[_Piece], joiner: Joiner, type_: Type, outline: Sequence[OutlineEntry]
) -> list[_Piece]:
    prose = [place for place, piece in enumerate(pieces) if piece.kind is BlockKind.PARAGRAPH]
    lines = [pieces[place].lines for place in prose]
    texts = [joiner.join(line.text for line in group) for group in lines]
    found = list(pieces)
    for heading in find_headings(lines, texts, type_, outline):
        taken = [line for group in lines[heading.start : heading.end] for line in group]
        found[prose[heading.start]] = _Piece(BlockKind.HEADING, tuple(taken), heading.level)
        for place in prose[heading.start + 1 : heading.end]:
            found[place] = replace(found[place], lines=())
    return [piece for piece in found if piece.lines]


def _continued(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Paragraphs that a page or column break divides made whole, over notes, tables and captions between."""
    found: list[_Piece] = []
    open_at: int | None = None
    for piece in pieces:
        if piece.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM):
            if open_at is not None and _goes_on(found[open_at].lines[-1], piece.lines[0]):
                found[open_at] = replace(found[open_at], lines=found[open_at].lines + piece.lines)
                continue
            open_at = len(found)
        elif piece.kind in (BlockKind.HEADING, BlockKind.CONTENTS):
            open_at = None
        found.append(piece)
    return found


def _goes_on(last: Line, first: Line) -> bool:
    """Whether the sentence of ``last``, at the end of a page or column, goes on in ``first``."""
    if (last.page, last.column) == (first.page, first.column) or first.page - last.page > 2:
        return False
    if last.aside or first.aside or is_ended(last.text):
        return False
    if abs(last.size - first.size) > _OTHER_TYPE * last.size:
        return False
    begins_small = first.text[:1].islower() and not is_item(first.text)
    return begins_small or not is_marked(first.text)


def _block(piece: _Piece, joiner: Joiner) -> Block:
    if piece.table is not None:
        text = _table_text(piece.table, joiner)
    elif piece.kind is BlockKind.CONTENTS:
        text = "\n".join(line.text for line in piece.lines)
    else:
        text = joiner.join(line.text for line in piece.lines)
    return Block(piece.kind, text, _regions(piece.lines), piece.level)


def _table_text(table: Table, joiner: Joiner) -> str:
    rows = ([joiner.join(cell) for cell in row] for row in table.rows)
    return "\n".join(" | ".join(row) for row in rows)


def _regions(lines: Sequence[Line]) -> tuple[Region, ...]:
    groups = columns(lines)
    return tuple(Region(group[0].page, union(line.shown for line in group)) for group in groups)


def _page(page: PageContent, words: Sequence[Word], tables: Sequence[Table]) -> Page:
    stand_ins = [word for word in words if word.text.startswith(STAND_IN)]
    characters = sum(len(word.text) for word in words if word not in stand_ins)
    for word in stand_ins:
        rows = tables[int(word.text[1:])].rows
        characters += sum(len("".join(text.split())) for row in rows for cell in row for text in cell)
    source = "table" if stand_ins else "text" if characters else "none"
    width, height = (page.height, page.width) if page.turned % 2 else (page.width, page.height)
    return Page(page.number, round(width, 2), round(height, 2), source, characters)
