"""Running heads, feet and page numbers: rows at the edge of the page that come back from page to page."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from pipeline.extraction.geometry import union
from pipeline.extraction.pages import PageContent, Word
from pipeline.extraction.structure import is_structural

_NUMBER = re.compile(r"\d+")
_NOTE_MARK = re.compile(r"(?:[+*†‡§]{1,4}|[⁰¹²³⁴⁵⁶⁷⁸⁹]+)\s*[^\W\d_]")
_ROMAN = re.compile(r"[ivxl]+", re.IGNORECASE)
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50}
_ZONE, _NARROW_ZONE = 0.22, 0.12
"""Heads and feet are looked for in this share of the page, from its upper and lower edge: the narrow one
in short documents, where little repeats."""
_FEW_PAGES = 5
_NEXT = 2
_DEPTH = 5
"""At most so many rows from each edge."""
_DRIFT = 4.0
"""Points by which a running row may wander from page to page."""
_LIKE, _SAMPLE = 0.6, 20
_RAISED, _NOTE_PITCH = 0.8, 1.6
"""A note's mark is smaller than this share of its line; its lines stand at most so many sizes apart."""


@dataclass(frozen=True, slots=True)
class _Row:
    page: int
    text: str
    y: float
    size: float
    upper: bool
    words: tuple[int, ...]
    marked: bool
    """Whether it begins as a footnote does."""

    def keys(self) -> Iterable[str]:
        """Its text, and its text with each number replaced by how far it is from the page's own number.

        So a row counts as repeated when it says the same, or counts along with the pages; "Article 5" at
        the top of one page and "Article 9" at the top of another do neither, nor do articles that
        happen to count along with the pages.
        """
        yield self.text
        if is_structural(self.text):
            return
        for match in _NUMBER.finditer(self.text):
            value = int(match.group()[-6:]) - self.page
            yield f"{self.text[: match.start()]}#{value}{self.text[match.end() :]}"
        if _ROMAN.fullmatch(self.text):
            yield f"#{_roman(self.text) - self.page} roman"


def running_words(pages: Sequence[PageContent], words: Sequence[Sequence[Word]]) -> list[set[int]]:
    """For each page the places, in its ``words``, of those that belong to running heads and feet.

    ``pages`` are levelled; ``words[i]`` are those of ``pages[i]`` that are in question. A row runs if it
    stands at the same height on at least three pages in a row (two in documents of up to five), saying the same or
    counting along, and only rows that do so lie between it and the page's edge. Where such rows are the
    rule, one that differs by misread characters, or that is a bare number, runs as well. A document that
    would be left without a word has none. A footnote never runs, though pages may repeat it.
    """
    few = len(pages) <= _FEW_PAGES
    needed, zone = (2, _NARROW_ZONE) if few else (3, _ZONE)
    rows = [row for page, given in zip(pages, words, strict=True) for row in _edge_rows(page, given, zone)]
    places: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for row in rows:
        for key in set(row.keys()):
            places[key].append((row.y, row.page))
    sure = {row for row in rows if any(_count(places[key], row.y) >= needed for key in set(row.keys()))}
    found: dict[int, set[int]] = defaultdict(set)
    for group in _edges(rows):
        notes = _notes(group)
        for row in group:
            if row in notes or (row not in sure and not _stands_among(row, sure, len(pages))):
                break
            found[row.page].update(row.words)
    for page, stamp in zip(pages, _stamps(words, needed), strict=True):
        found[page.number].update(stamp)
    if sum(map(len, found.values())) == sum(map(len, words)):
        return [set() for _ in pages]
    return [found[page.number] for page in pages]


def _stamps(words: Sequence[Sequence[Word]], needed: int) -> list[list[int]]:
    """Places of the words written at another angle along the margin, where pages repeat them."""
    aside = [[place for place, word in enumerate(given) if word.quarter] for given in words]
    texts = [" ".join(given[place].text for place in places) for given, places in zip(words, aside, strict=True)]
    counts = Counter(texts)
    return [places if counts[text] >= needed else [] for places, text in zip(aside, texts, strict=True)]


def _edge_rows(page: PageContent, words: Sequence[Word], zone: float) -> list[_Row]:
    upper = [i for i, w in enumerate(words) if w.quarter == 0 and w.box[3] < zone * page.height]
    lower = [i for i, w in enumerate(words) if w.quarter == 0 and w.box[1] > (1 - zone) * page.height]
    rows = [_row(page, words, group, upper=True) for group in _grouped(words, upper)[:_DEPTH]]
    return rows + [_row(page, words, group, upper=False) for group in _grouped(words, lower)[: -_DEPTH - 1 : -1]]


def _grouped(words: Sequence[Word], places: Iterable[int]) -> list[list[int]]:
    groups: list[list[int]] = []
    for place in sorted(places, key=lambda place: words[place].box[1] + words[place].box[3]):
        box = words[place].box
        if groups:
            last = words[groups[-1][-1]].box
            if min(box[3], last[3]) - max(box[1], last[1]) > 0.5 * min(box[3] - box[1], last[3] - last[1]):
                groups[-1].append(place)
                continue
        groups.append([place])
    return groups


def _row(page: PageContent, words: Sequence[Word], group: list[int], *, upper: bool) -> _Row:
    ordered = sorted(group, key=lambda place: words[place].box[0])
    _, top, _, bottom = union(words[place].box for place in group)
    text = " ".join(words[place].text for place in ordered)
    size = max(words[place].size for place in group)
    first = words[ordered[0]]
    raised = first.text.isdecimal() and first.size < _RAISED * size
    marked = bool(_NOTE_MARK.match(text)) or (raised and len(group) > 1)
    return _Row(page.number, text, (top + bottom) / 2, size, upper, tuple(group), marked)


def _notes(edge: Sequence[_Row]) -> set[_Row]:
    """The rows of footnotes at a lower edge, given from the edge inwards: marked ones, and what goes on below."""
    notes: set[_Row] = set()
    above: _Row | None = None
    for row in reversed(edge):
        close = above is not None and row.y - above.y < _NOTE_PITCH * above.size and abs(row.size - above.size) < 1
        above = row if not row.upper and (row.marked or (close and not row.text.isdecimal())) else None
        if above is not None:
            notes.add(row)
    return notes


def _count(places: Iterable[tuple[float, int]], y: float) -> int:
    """Most pages in a row (every page, or every other one) that have the key at about the height ``y``.

    A running head comes back on the next page or the one after; a heading that chance puts at the same
    height ("CHAPTER III" of the act, then of two annexes) does not.
    """
    pages = sorted({page for other, page in places if abs(other - y) <= _DRIFT})
    longest = length = min(1, len(pages))
    for page, following in pairwise(pages):
        length = length + 1 if following - page <= _NEXT else 1
        longest = max(longest, length)
    return longest


def _edges(rows: Iterable[_Row]) -> Iterable[list[_Row]]:
    """Rows by page and edge, each list from the edge inwards."""
    edges: dict[tuple[int, bool], list[_Row]] = defaultdict(list)
    for row in rows:
        edges[row.page, row.upper].append(row)
    return edges.values()


def _stands_among(row: _Row, sure: Collection[_Row], pages: int) -> bool:
    """Whether ``row`` stands where running rows stand on most pages, and is like one of them."""
    beside = [other for other in sure if other.upper == row.upper and abs(other.y - row.y) <= 2 * _DRIFT]
    if len({other.page for other in beside}) < 0.3 * pages:
        return False
    if not any(character.isalpha() for character in row.text):
        return True
    texts = {_NUMBER.sub("#", other.text) for other in beside}
    mine = _NUMBER.sub("#", row.text)
    return any(
        SequenceMatcher(None, mine, text).quick_ratio() >= _LIKE
        for text in sorted(texts)[:20]
        if SequenceMatcher(None, mine, text).ratio() >= _LIKE
    )


def _roman(text: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in text.lower()]
    return sum(-v if v < following else v for v, following in pairwise([*values, 0]))
