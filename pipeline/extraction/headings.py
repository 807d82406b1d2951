"""Which paragraphs are headings, and their levels: outline, parts of an act, numbering, then type."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from pipeline.extraction.lines import Line
from pipeline.extraction.pages import OutlineEntry
from pipeline.extraction.paragraphs import Type, has_leaders, is_item, is_marked
from pipeline.extraction.structure import RANKS, opens_recitals, structural_kind

_MAX_LEVEL = 6
_MAX_LINES, _MAX_TITLE = 4, 300
_SHORT_TITLE = 120
_LARGER = 1.1
_DECIMAL = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,5})\.?\s+\S")
_STOPS = (".", ";", ",", ":", "-", "–", "—")
_URL = re.compile(r"https?://|\bwww\.")
_ANNEX_POINT = re.compile(r"\d{1,2}(?:\.\d{1,2}){1,5}\.?\s+[^\W\d_]")
_PART_OF_LINE = 0.85
_LETTER = re.compile(r"[^\W\d_]")

Lines = tuple[Line, ...]
Style = tuple[float, bool]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading found: the paragraphs it takes, from ``start`` up to ``end``, and its level."""

    start: int
    end: int
    level: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    start: int
    end: int
    kind: str
    style: Style
    known: int | None
    depth: int


def find_headings(
    paragraphs: Sequence[Lines], texts: Sequence[str], type_: Type, outline: Sequence[OutlineEntry]
) -> list[Heading]:
    """Headings among ``paragraphs`` (prose only), with levels from 1 that make a tree."""
    titles = _outline_levels(outline)
    strong = _strong_is_rare(paragraphs)
    candidates: list[_Candidate] = []
    annexed = False
    place = 0
    while place < len(paragraphs):
        candidate = _candidate(paragraphs, texts, place, type_, titles, strong=strong, annexed=annexed)
        annexed = annexed or (candidate is not None and candidate.kind == "annex")
        if candidate is not None and candidates and _goes_on(candidates[-1], candidate, texts):
            candidates[-1] = replace(candidates[-1], end=candidate.end)
        elif candidate is not None:
            candidates.append(candidate)
        place = candidate.end if candidate is not None else place + 1
    return _levelled(candidates)


def _goes_on(above: _Candidate, candidate: _Candidate, texts: Sequence[str]) -> bool:
    """Whether a heading only continues the one above: "REGULATION (EU) …" and "of 13 June 2024"."""
    adjoining = above.end == candidate.start and above.kind == candidate.kind == "typographic"
    return adjoining and texts[candidate.start][0].islower() and candidate.known is None


def _candidate(
    paragraphs: Sequence[Lines],
    texts: Sequence[str],
    place: int,
    type_: Type,
    titles: dict[str, int],
    *,
    strong: bool,
    annexed: bool,
) -> _Candidate | None:
    lines, text = paragraphs[place], texts[place]
    style = _style(lines)
    if opens_recitals(text):
        return _Candidate(place, place + 1, "recitals", style, None, 0)
    kind = structural_kind(text)
    if kind is not None:
        return _Candidate(place, _title_end(paragraphs, texts, place, type_), kind, style, None, 0)
    if len(lines) > _MAX_LINES or len(text) > _MAX_TITLE or _URL.search(text):
        return None
    known, depth = titles.get(_key(text)), _depth(text)
    named = annexed and _names_point(lines, text)
    if known is None and not named and not _looks_like_heading(lines, text, type_, strong=strong):
        return None
    end = place + 1
    while end < len(paragraphs) and texts[end][0].islower() and _is_more_of(lines, paragraphs[end], texts[end]):
        end += 1
    return _Candidate(place, end, "typographic", style, known or depth or None, depth)


def _style(lines: Lines) -> Style:
    return round(median(line.size for line in lines) * 2) / 2, all(line.bold for line in lines)


def _title_end(paragraphs: Sequence[Lines], texts: Sequence[str], place: int, type_: Type) -> int:
    """The paragraph after the title that belongs to the structural line at ``place``."""
    end = place + 1
    if end == len(paragraphs) or not _is_title_of(paragraphs[place], paragraphs[end], texts[end], type_):
        return end
    end += 1
    while end < len(paragraphs) and _is_more_of(paragraphs[end - 1], paragraphs[end], texts[end]):
        end += 1
    return end


def _is_more_of(above: Lines, lines: Lines, text: str) -> bool:
    """Whether a heading goes on in ``lines``: centred, in the same type, close under it."""
    close = lines[0].page == above[0].page and 0 < lines[0].box[1] - above[-1].box[3] < 2.5 * lines[0].size
    alike = _style(above) == _style(lines) and above[-1].centred and all(line.centred for line in lines)
    marked_out = _style(lines)[1] or text.isupper()
    return close and alike and marked_out and structural_kind(text) is None and not text.endswith(_STOPS)


def _outline_levels(outline: Sequence[OutlineEntry]) -> dict[str, int]:
    """Levels by title; outlines whose titles are not those of a text (file names …) match nothing."""
    return {_key(entry.title): entry.level for entry in outline if len(_key(entry.title)) > 2}


def _key(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _strong_is_rare(paragraphs: Sequence[Lines]) -> bool:
    """Whether bold marks headings here: not where a third of the text is bold."""
    every = sum(len(line.text) for lines in paragraphs for line in lines)
    return 3 * sum(len(line.text) for lines in paragraphs for line in lines if line.bold) < every


def _is_title_of(above: Lines, lines: Lines, text: str, type_: Type) -> bool:
    """Whether ``lines`` are the title that stands under the name of an article, chapter or annex."""
    if structural_kind(text) or is_marked(text) or len(lines) > _MAX_LINES or len(text) > _MAX_TITLE:
        return False
    if (
        text.startswith(("[", "("))
        or text.endswith((".", ".]", ".)", ";", ":", ","))
        or not _LETTER.search(text)
        or has_leaders(text)
    ):
        return False
    first, last = lines[0], above[-1]
    near = first.page != last.page or first.box[1] - last.box[3] < 3.5 * last.size
    marked_out = first.bold or first.italic or first.centred or first.size > _LARGER * type_.body or text.isupper()
    return near and (marked_out or len(text) <= _SHORT_TITLE)


def _looks_like_heading(lines: Lines, text: str, type_: Type, *, strong: bool) -> bool:
    if len(_LETTER.findall(text)) < 3 or text.endswith(_STOPS):
        return False
    if is_item(text) or has_leaders(text) or text[0] in "«“‘\"'" or (text[0] + text[-1] == "()"):
        return False
    size = median(line.size for line in lines)
    if size >= _LARGER * type_.body and len(text) <= 200:
        return True
    bold = all(line.bold for line in lines) and strong
    capitals = text.isupper() and all(line.centred for line in lines) and size > 0.95 * type_.body
    return (bold or capitals) and len(text) <= 160 and size > 0.9 * type_.body


def _names_point(lines: Lines, text: str) -> bool:
    """Whether a plain line names a point of an annex: ``4.5.5. Clinical evaluation assessment``."""
    line = lines[0]
    short = len(lines) == 1 and line.box[2] < line.left + _PART_OF_LINE * (line.right - line.left)
    return short and bool(_ANNEX_POINT.match(text)) and not text.endswith(_STOPS) and not has_leaders(text)


def _depth(text: str) -> int:
    """Depth of a decimal number at the beginning: 3 for ``4.2.1 Legal challenges``; 0 without one."""
    match = _DECIMAL.match(text)
    return match.group(1).count(".") + 1 if match else 0


def _levelled(candidates: Sequence[_Candidate]) -> list[Heading]:
    levels = _act_levels(candidates) if _is_act(candidates) else _report_levels(candidates)
    return [
        Heading(candidate.start, candidate.end, max(1, min(level, _MAX_LEVEL)))
        for candidate, level in zip(candidates, levels, strict=True)
    ]


def _is_act(candidates: Sequence[_Candidate]) -> bool:
    """Whether articles make the document, rather than stand in the annex of a numbered report."""
    articles = sum(candidate.kind == "article" for candidate in candidates)
    return articles >= 3 and articles >= sum(candidate.depth > 0 for candidate in candidates)


def _act_levels(candidates: Sequence[_Candidate]) -> list[int]:
    """Parts by their rank among the kinds of part that stand with them: in the body, or in the annexes.

    Other headings go below the part they stand in. The annexes begin after the last article.
    """
    last = max(place for place, candidate in enumerate(candidates) if candidate.kind == "article")
    annexes = next(
        (place for place in range(last, len(candidates)) if candidates[place].kind == "annex"), len(candidates)
    )
    body, annexed = _ranks(candidates[:annexes], above=0), _ranks(candidates[annexes:], above=1)
    levels: list[int] = []
    part = 0
    for place, candidate in enumerate(candidates):
        rank = body if place < annexes else annexed
        if candidate.kind in rank:
            part = rank[candidate.kind]
            levels.append(part)
        else:
            levels.append(part + max(candidate.depth, 1))
    return levels


def _ranks(candidates: Sequence[_Candidate], *, above: int) -> dict[str, int]:
    """Level by kind of part, from ``above + 1``; annexes and recitals are always of level 1."""
    present = sorted({c.kind for c in candidates if c.kind in RANKS}, key=lambda kind: RANKS[kind])
    return {kind: level for level, kind in enumerate(present, start=above + 1)} | {"annex": 1, "recitals": 1}


def _report_levels(candidates: Sequence[_Candidate]) -> list[int]:
    """Known levels where outline or numbering give them; by style, from large to small, for the rest."""
    known: dict[Style, list[int]] = defaultdict(list)
    for candidate in candidates:
        if candidate.known is not None:
            known[candidate.style].append(candidate.known)
    by_style: dict[Style, int] = {}
    above = 0
    for style in sorted({c.style for c in candidates}, key=lambda style: (-style[0], not style[1])):
        level = round(median(known[style])) if style in known else above + 1
        by_style[style] = max(1, min(level, _MAX_LEVEL))
        above = min(max(above, by_style[style]), 3)
    return [
        level if level is not None else by_style[candidate.style]
        for candidate, level in zip(candidates, _fixed_levels(candidates), strict=True)
    ]


def _fixed_levels(candidates: Sequence[_Candidate]) -> Iterator[int | None]:
    """Levels that outline, numbering or the kind of part give; parts named in an annex go below it."""
    annexed = False
    present = sorted({RANKS[candidate.kind] for candidate in candidates if candidate.kind in RANKS})
    for candidate in candidates:
        annexed = annexed or candidate.kind == "annex"
        if candidate.kind in ("annex", "recitals"):
            yield 1
        elif candidate.kind in RANKS:
            yield present.index(RANKS[candidate.kind]) + (2 if annexed else 1)
        else:
            yield candidate.known
