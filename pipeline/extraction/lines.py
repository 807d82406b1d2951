"""Words of a page → lines in reading order: runs, then columns and bands, then the lines in each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from corpora.documents import Box
from pipeline.extraction.columns import Region, Run, reading_regions
from pipeline.extraction.geometry import union
from pipeline.extraction.pages import BREAK_HYPHEN, PageContent, Word

_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
STAND_IN = "\ufffc"
"""A word that begins with this stands for a table, whose number follows: it takes its place in the order."""
_MARK_SCALE = 0.8
"""A footnote's mark in the text is smaller than this share of its line's size."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of print in its column.

    ``box`` is in the frame the text is read in (the page turned until its writing is level) and
    serves layout; ``shown`` is the same place on the page as shown. ``left`` and ``right`` are the
    edges of the line's column; ``size`` is in points; ``aside`` is writing at another angle than the page's.
    """

    page: int
    text: str
    box: Box
    shown: Box
    size: float
    bold: bool
    italic: bool
    left: float
    right: float
    column: int
    aside: bool = False

    @property
    def centred(self) -> bool:
        """Whether the line stands clear of both edges of its column, by about the same."""
        before, after = self.box[0] - self.left, self.right - self.box[2]
        return min(before, after) > self.size and abs(before - after) < 2.5 * self.size


def page_lines(page: PageContent, words: Sequence[Word]) -> list[Line]:
    """Lines of ``words`` of a levelled page, in reading order; writing at other angles comes last."""
    level = [word for word in words if word.quarter == 0]
    lines = _lines_of(page, level)
    for quarter in sorted({word.quarter for word in words if word.quarter}):
        aside = [word for word in words if word.quarter == quarter]
        apart = PageContent(page.number, page.width, page.height, tuple(aside), ()).level()
        lines += [
            replace(line, shown=page.shown(line.shown), column=line.column + len(lines), aside=True)
            for line in _lines_of(apart, apart.words)
        ]
    return lines


def _lines_of(page: PageContent, words: Sequence[Word]) -> list[Line]:
    lines: list[Line] = []
    for region in reading_regions(_runs(words)):
        lines += _region_lines(region, page, column=len(lines))
    return lines


def _runs(words: Iterable[Word]) -> list[Run]:
    """Neighbours in the file's order that stand side by side on one line."""
    runs: list[Run] = []
    current: list[Word] = []
    for word in words:
        if current and not _follows(word, current[-1]):
            runs.append(Run.of(current))
            current = []
        current.append(word)
    if current:
        runs.append(Run.of(current))
    return runs


def _follows(word: Word, previous: Word) -> bool:
    x0, top, _, bottom = word.box
    _, previous_top, previous_x1, previous_bottom = previous.box
    overlap = min(bottom, previous_bottom) - max(top, previous_top)
    if overlap < 0.5 * min(bottom - top, previous_bottom - previous_top):
        return False
    gap, size = x0 - previous_x1, max(word.size, previous.size)
    return -0.6 * size < gap < 1.3 * size


def _region_lines(region: Region, page: PageContent, *, column: int) -> list[Line]:
    rows: list[list[Run]] = []
    for run in sorted(region.runs, key=lambda run: run.box[1] + run.box[3]):
        row = next((row for row in reversed(rows[-3:]) if _same_row(run, row)), None)
        if row is None:
            rows.append([run])
        else:
            row.append(run)
    return [_line(row, region, page, column) for row in rows]


def _same_row(run: Run, row: list[Run]) -> bool:
    if STAND_IN in run.words[0].text or STAND_IN in row[0].words[0].text:
        return False
    main = max(row, key=lambda other: other.box[2] - other.box[0])
    _, top, _, bottom = run.box
    _, main_top, _, main_bottom = main.box
    overlap = min(bottom, main_bottom) - max(top, main_top)
    if overlap < 0.55 * min(bottom - top, main_bottom - main_top):
        return False
    return all(min(run.box[2], other.box[2]) - max(run.box[0], other.box[0]) < 0.6 * (bottom - top) for other in row)


def _line(row: list[Run], region: Region, page: PageContent, column: int) -> Line:
    words = [word for run in sorted(row, key=lambda run: run.box[0]) for word in run.words]
    if sum(len(_RIGHT_TO_LEFT.findall(word.text)) for word in words) * 2 > sum(len(w.text) for w in words):
        words.sort(key=lambda word: -word.box[0])
    size = _size(words)
    box = union(word.box for word in words if word.size >= _MARK_SCALE * size)
    box = (min(word.box[0] for word in words), box[1], max(word.box[2] for word in words), box[3])
    letters = sum(len(word.text) for word in words)
    return Line(
        page=page.number,
        text=_join(words, size),
        box=box,
        shown=page.shown(box),
        size=size,
        bold=sum(len(word.text) for word in words if word.bold) >= 0.8 * letters,
        italic=sum(len(word.text) for word in words if word.italic) >= 0.8 * letters,
        left=region.left,
        right=region.right,
        column=column,
    )


def _size(words: Sequence[Word]) -> float:
    """The median size of the line's words of letters, of all its words where it has none."""
    return median([word.size for word in words if len(word.text) > 1] or [word.size for word in words])


def _join(words: Sequence[Word], size: float) -> str:
    """The line's words with single spaces, its raised note marks as superscript digits."""
    parts: list[str] = []
    previous: Word | None = None
    for word in words:
        mark = _is_mark(word, words, size)
        text = word.text.translate(_SUPERSCRIPT) if mark else word.text
        if previous is not None and not _touches(previous, word, size):
            parts.append(" ")
        parts.append(text)
        previous = word
    joined = "".join(parts)
    return joined[:-1].replace(BREAK_HYPHEN, "-") + joined[-1:]


def _is_mark(word: Word, words: Sequence[Word], size: float) -> bool:
    if word.size >= _MARK_SCALE * size or not word.text.isdecimal():
        return False
    return word.box[3] < max(other.box[3] for other in words) - 0.1 * size


def _touches(previous: Word, word: Word, size: float) -> bool:
    """Whether two words are one string in print: a hyphen's halves, a note mark in its brackets, the o of n°."""
    gap = word.box[0] - previous.box[2]
    if previous.text.endswith(BREAK_HYPHEN):
        return gap < 0.15 * size
    if word.size < _MARK_SCALE * size and word.text.isalpha() and len(word.text) <= 3:
        return abs(gap) < 0.1 * size
    if previous.text[-1] in "([" or word.text[0] in ")],.;:":
        return abs(gap) < 0.1 * size and previous.size != word.size
    return False
