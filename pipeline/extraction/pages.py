"""What pdfium reads, as values: words with boxes and type, pages, outline entries; and the cleaning of text."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from corpora.documents import Box
from pipeline.extraction.geometry import Quarter, turn

BREAK_HYPHEN = "\ufffe"
"""pdfium's mark for a hyphen at the end of a line; it stays in a word's text until lines are made."""

_BULLETS = dict.fromkeys(map(ord, "\uf02d\uf0b7\uf0a1\uf0a7\uf0d8\uf0fc\uf06e\uf076"), "•")
_LIGATURES = {ord(c): unicodedata.normalize("NFKC", c) for c in "ﬀﬁﬂﬃﬄﬅﬆ"}
_DROPPED = dict.fromkeys([*range(0x20), 0x7F, *range(0x80, 0xA0), 0x200B, 0x2060, 0xFEFF])
_CLEAN = {**_BULLETS, **_LIGATURES, **_DROPPED, 0x00AD: BREAK_HYPHEN}


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
