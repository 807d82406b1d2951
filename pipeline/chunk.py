"""Cut a document's blocks into passages: even in size, never over a heading, each with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, groupby, pairwise, zip_longest

from corpora.documents import Block, BlockKind, Box, Region
from corpora.passages import Passage, Span, passage_id
from pipeline.extraction.geometry import union
from pipeline.language import detect_language
from pipeline.linguistics import sentence_spans
from pipeline.packing import halves, pack

MAX_TOKENS = 250
"""No passage has more, except one character that alone has more."""

MAX_ROW_TOKENS = 167
"""A longer table row is cut, so that the header row (at most a third of a passage) fits before it."""

# Shorter blocks (about 110 tokens) stay whole: half passages are enough to make even ones of, and
# they need not be searched for sentences.
WHOLE_BLOCK_CHARACTERS = 500

# What it costs to begin a passage there, in the currency of `pack`: a size of 120 or 250 costs 0.12.
_BREAK_IN_BLOCK = 0.15
_BREAK_AFTER_INTRODUCTION = 0.5
_BREAK_IN_LIST = 0.03

_REGION_SLACK = 150
_SAMPLE_BLOCKS = 40
_PASSAGE_KINDS = {
    BlockKind.TABLE: "table",
    BlockKind.FOOTNOTE: "footnote",
    BlockKind.CONTENTS: "contents",
}
_POINT = re.compile(r"(\d{1,2}(?:\.\d{1,2})+)\.?\s")
_LINE = re.compile(r"\S(?:[^\n]*\S)?")

TokenCounter = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True, order=True)
class _Piece:
    """What passages are put together from: ``blocks[block].text[start:end]``, no white space around it."""

    block: int
    start: int
    end: int
    tokens: int = 0


@dataclass(slots=True)
class _Run:
    """Blocks of one section, by number, that may share passages; ``kind`` as in `Passage`."""

    kind: str
    headings: tuple[str, ...]
    blocks: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A passage to be: pieces of a run; in a table, under its header row."""

    run: _Run
    pieces: tuple[_Piece, ...]
    header: _Piece | None = None


def chunk(document_id: str, blocks: Sequence[Block], *, count_tokens: TokenCounter) -> list[Passage]:
    """Passages of about 120 to 250 tokens in reading order; a short section makes a short one.

    No passage crosses a heading; text under one heading is cut at paragraphs, then sentences, then
    clauses, into even sizes. A list's introduction stays with its first items. Every table has
    passages of its own, cut between rows with the header row repeated; so have the footnotes of a
    page under one heading, and contents. A heading with nothing under it, not even a lower heading,
    makes a passage of kind ``heading``, so every word is in a passage's text or in its heading path.

    ``tokens`` is the sum of ``count_tokens`` over the parts of a passage, which are cut at white
    space. A passage's regions are those of its blocks, joined where they stand in one column.

    Args:
        count_tokens: Numbers of tokens for texts, in order; called a few times with many texts.
    """
    language = document_language(blocks)
    runs = _runs(blocks)
    limits = {block: MAX_ROW_TOKENS if run.kind == "table" else MAX_TOKENS for run in runs for block in run.blocks}
    whole = [piece for block in sorted(limits) for piece in _pieces(block, blocks[block], language)]
    pieces: dict[int, list[_Piece]] = {block: [] for block in limits}
    for piece in _measured(whole, limits, blocks, count_tokens):
        pieces[piece.block].append(piece)
    drafts = [draft for run in runs for draft in _drafts(run, [p for b in run.blocks for p in pieces[b]], blocks)]
    drafts.sort(key=lambda draft: draft.pieces[0])
    return [_passage(document_id, i, draft, blocks, language) for i, draft in enumerate(drafts)]


def document_language(blocks: Sequence[Block], default: str = "en") -> str:
    """The language that most of 40 prose blocks are in, spread over the longer half of all of them."""
    prose = [block.text for block in blocks if block.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)]
    texts = prose or [block.text for block in blocks]
    longer = sorted(texts, key=len, reverse=True)[: max(_SAMPLE_BLOCKS, len(texts) // 2)]
    sample = longer[:: max(1, len(longer) // _SAMPLE_BLOCKS)]
    known = [language for text in sample if (language := detect_language(text, ""))]
    return max(sorted(set(known)), key=known.count) if known else default


def _runs(blocks: Sequence[Block]) -> list[_Run]:
    """Group the blocks that may share passages: headings, tables and contents part prose, footnotes do not."""
    runs: dict[tuple[str, int, int], _Run] = {}
    path: tuple[Block, ...] = ()
    section = part = 0
    bare = _bare_headings(blocks)
    for number, block in enumerate(blocks):
        if not block.text.strip():
            continue
        kind = _PASSAGE_KINDS.get(block.kind, "prose")
        if block.kind is BlockKind.HEADING:
            path = tuple(above for above in path if above.level < block.level)
            section = part = number
            if number in bare:
                runs["heading", number, 0] = _Run("heading", _texts(path), [number])
            path = (*path, block)
            continue
        if len(still := _still_open(path, block)) < len(path):
            path, section, part = still, number, number
        if kind in ("table", "contents"):
            part = number
        scope = {"table": number, "prose": part, "footnote": block.page_first}.get(kind, 0)
        runs.setdefault((kind, section, scope), _Run(kind, _texts(path))).blocks.append(number)
    return list(runs.values())


def _still_open(path: tuple[Block, ...], block: Block) -> tuple[Block, ...]:
    """The headings that a paragraph is under: one numbered ``10.5`` ends what stands under ``10.4 Substances``."""
    own = _point(block)
    while path and own and (above := _point(path[-1])):
        if own < above or own[0] > above[0] + 1 or own[: len(above)] == above:
            break
        path = path[:-1]
    return path


def _point(block: Block) -> tuple[int, ...]:
    """The decimal number that a block begins with, of two parts or more; empty without one."""
    match = _POINT.match(block.text) if block.kind not in _PASSAGE_KINDS else None
    return tuple(map(int, match[1].split("."))) if match else ()


def _bare_headings(blocks: Sequence[Block]) -> set[int]:
    """Numbers of the headings that end the text or stand right before one of the same or a higher level."""
    shown = [number for number, block in enumerate(blocks) if block.text.strip()]
    return {
        number
        for number, below in zip_longest(shown, shown[1:])
        if blocks[number].kind is BlockKind.HEADING
        and (below is None or 0 < blocks[below].level <= blocks[number].level)
    }


def _texts(headings: Sequence[Block]) -> tuple[str, ...]:
    return tuple(" ".join(heading.text.split()).removesuffix(":").rstrip() for heading in headings)


def _pieces(number: int, block: Block, language: str) -> list[_Piece]:
    """The parts that a block may be cut into: rows or lines, sentences, or the block as it is."""
    if block.kind in (BlockKind.TABLE, BlockKind.CONTENTS):
        spans: Sequence[Span] = [line.span() for line in _LINE.finditer(block.text)]
    elif len(block.text) > WHOLE_BLOCK_CHARACTERS:
        spans = sentence_spans(block.text, language)
    else:
        start = len(block.text) - len(block.text.lstrip())
        spans = [(start, len(block.text.rstrip()))]
    return [_Piece(number, start, end) for start, end in spans]


def _measured(
    pieces: Sequence[_Piece], limits: Mapping[int, int], blocks: Sequence[Block], count_tokens: TokenCounter
) -> list[_Piece]:
    """The pieces with their tokens, in order; those over their block's limit halved until none is."""
    measured: list[_Piece] = []
    while pieces:
        sizes = count_tokens([blocks[piece.block].text[piece.start : piece.end] for piece in pieces])
        sized = [replace(piece, tokens=size) for piece, size in zip(pieces, sizes, strict=True)]
        long = [p for p in sized if p.tokens > limits[p.block] and p.end - p.start > 1]
        measured.extend(set(sized).difference(long))  # every piece is unlike the others
        pieces = [
            _Piece(piece.block, start, end)
            for piece in long
            for start, end in halves(blocks[piece.block].text, (piece.start, piece.end))
        ]
    return sorted(measured)


def _drafts(run: _Run, pieces: Sequence[_Piece], blocks: Sequence[Block]) -> list[_Draft]:
    """Share the pieces of a run out among passages of even size."""
    header = _header(run, pieces, blocks)
    rows = pieces[1:] if header else pieces
    capacity = MAX_TOKENS - (header.tokens if header else 0)
    costs = [0.0, *(_break_cost(before, after, blocks) for before, after in pairwise(rows))]
    groups = pack([piece.tokens for piece in rows], costs, capacity)
    return [_Draft(run, tuple(rows[start:end]), header) for start, end in groups]


def _header(run: _Run, pieces: Sequence[_Piece], blocks: Sequence[Block]) -> _Piece | None:
    """A table's first row, where it is short enough to be repeated and rows follow."""
    if run.kind != "table" or len(pieces) < 2 or pieces[0].tokens > MAX_TOKENS - MAX_ROW_TOKENS:
        return None
    between = blocks[pieces[0].block].text[pieces[0].end : pieces[1].start]
    return pieces[0] if "\n" in between else None


def _break_cost(before: _Piece, after: _Piece, blocks: Sequence[Block]) -> float:
    """What it costs to begin a passage with ``after``; for the scale see `pack`."""
    if before.block == after.block:
        return _BREAK_IN_BLOCK
    above, below = blocks[before.block], blocks[after.block]
    listed = below.kind is BlockKind.LIST_ITEM
    if above.text.rstrip().endswith(":") or (listed and above.kind is BlockKind.PARAGRAPH):
        return _BREAK_AFTER_INTRODUCTION
    return _BREAK_IN_LIST if listed else 0.0


def _passage(document_id: str, ordinal: int, draft: _Draft, blocks: Sequence[Block], language: str) -> Passage:
    parts = []
    for _, pieces in groupby(draft.pieces, key=lambda piece: piece.block):
        own = list(pieces)
        parts.append(replace(own[0], end=own[-1].end, tokens=sum(piece.tokens for piece in own)))
    shown = [draft.header, *parts] if draft.header else parts
    text = "\n".join(blocks[part.block].text[part.start : part.end] for part in shown)
    return Passage(
        id=passage_id(document_id, ordinal, text),
        document_id=document_id,
        ordinal=ordinal,
        text=text,
        headings=draft.run.headings,
        language=detect_language(text, language),
        regions=_joined([region for part in parts for region in _regions(part, blocks[part.block])]),
        kind=draft.run.kind,
        tokens=sum(part.tokens for part in shown),
    )


def _regions(part: _Piece, block: Block) -> list[Region]:
    """The block's regions that the part can stand in, by the share of the text that each has room for.

    Rather one region too many than one too few: the share is taken 150 characters (two lines) wider.
    """
    areas = [max(0.0, (x1 - x0) * (bottom - top)) for x0, top, x1, bottom in (r.box for r in block.regions)]
    if len(areas) < 2 or not sum(areas):
        return list(block.regions)
    scale = len(block.text) / sum(areas)
    ends = [area * scale for area in accumulate(areas)]
    return [
        region
        for region, begin, end in zip(block.regions, [0.0, *ends], ends, strict=False)
        if part.start < end + _REGION_SLACK and begin - _REGION_SLACK < part.end
    ]


def _joined(regions: Sequence[Region]) -> tuple[Region, ...]:
    """One region for all that stand in one column of a page, in the order of their first."""
    joined: list[Region] = []
    for region in regions:
        for i, other in enumerate(joined):
            if other.page == region.page and _in_one_column(other.box, region.box):
                joined[i] = Region(region.page, union((other.box, region.box)))
                break
        else:
            joined.append(region)
    return tuple(joined)


def _in_one_column(one: Box, other: Box) -> bool:
    """Whether two boxes share at least half of the narrower one's width."""
    shared = min(one[2], other[2]) - max(one[0], other[0])
    return 2 * shared >= min(one[2] - one[0], other[2] - other[0])
