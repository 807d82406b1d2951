"""Lines of a document → paragraphs, by white space, indents, markers and type."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from pipeline.extraction.lines import STAND_IN, Line
from pipeline.extraction.structure import is_structural

_BIG_GAP, _SOME_GAP = 0.35, 0.12
"""White space above a line beyond the usual, in sizes: alone a break, or one if the line before is ending."""
_INDENT = 0.6
_SIZE_CHANGE = 1.12
_SHORT, _WIDE = 0.85, 0.6
_NOTE_SCALE = 0.94
_MIN_BODY = 2
_ENDS = re.compile(r"[.;:!?…][»”’\"')\]⁰¹²³⁴⁵⁶⁷⁸⁹ ]*$")
_ITEM = re.compile(r"(?:\(\s?[a-z]{1,5}\s?\)|[a-z]{1,4}\)|[ivx]+\.|[—–•▪◦‣●○■□✓➢-])\s|[•▪●■]")
_BULLET = re.compile(r"[•▪◦‣●○■□✓➢]")
_NUMBERED = re.compile(r"(?:\(\s?\d{1,3}[a-z]?\s?\)|\d{1,3}[a-z]?\s?[.)]|\d{1,2}(?:\.\d{1,2})+\.?|[A-Z][.)]|«)\s")
_NOTE = re.compile(r"(?:\(?\s?(?:[⁰¹²³⁴⁵⁶⁷⁸⁹]+|\d{1,3}|\*{1,3}|[†‡§])\s?\)?)\s*\S")
_LEADERS = re.compile(r"(?:\.\s?|…\s?|_){4,}\s*(?:\d{1,4}|[ivxl]+)?$")


@dataclass(frozen=True, slots=True)
class Type:
    """The document's ordinary type: size of its body and usual line pitch, in sizes, by size of type."""

    body: float
    pitches: dict[float, float]
    pitch: float

    @classmethod
    def of(cls, lines: Sequence[Line]) -> Type:
        weights: Counter[float] = Counter()
        for line in lines:
            weights[_step(line.size)] += len(line.text)
        pitches: dict[float, list[float]] = defaultdict(list)
        for above, below in pairwise(lines):
            if _is_running_text(above, below):
                pitches[_step(below.size)].append((below.box[3] - above.box[3]) / below.size)
        known = {size: median(values) for size, values in pitches.items() if len(values) >= 5}
        every = [value for values in pitches.values() for value in values]
        body = max(weights, key=lambda size: weights[size], default=10.0)
        return cls(body, known, median(every) if every else 1.2)

    def gap(self, above: Line, below: Line) -> float:
        """White space between two lines beyond the usual, in sizes."""
        size = max(above.size, below.size, 1.0)
        return (below.box[3] - above.box[3]) / size - self.pitches.get(_step(size), self.pitch)


def _is_running_text(above: Line, below: Line) -> bool:
    """Whether two lines are neighbours in one paragraph beyond doubt."""
    together = (above.page, above.column) == (below.page, below.column)
    alike = _step(above.size) == _step(below.size) and above.bold == below.bold
    return together and alike and _is_full(above) and not is_ended(above.text) and not is_marked(below.text)


def _step(size: float) -> float:
    return round(size * 2) / 2


def is_item(text: str) -> bool:
    """Whether ``text`` begins as a point of a list does: ``(a)``, ``ii)``, a bullet or a dash."""
    return bool(_ITEM.match(text))


def is_marked(text: str) -> bool:
    """Whether ``text`` begins with a list marker or a number of its own: ``1.``, ``(47)``, ``4.2``."""
    return bool(_ITEM.match(text) or _NUMBERED.match(text))


def is_ended(text: str) -> bool:
    """Whether ``text`` ends as a sentence or clause does."""
    return bool(_ENDS.search(text[-8:]))


def has_leaders(text: str) -> bool:
    """Whether ``text`` runs into dot leaders, as entries of a table of contents do."""
    return bool(_LEADERS.search(text[-40:]))


def columns(lines: Iterable[Line]) -> list[list[Line]]:
    """Lines by page and column, in order."""
    found: list[list[Line]] = []
    for line in lines:
        if found and (found[-1][-1].page, found[-1][-1].column) == (line.page, line.column):
            found[-1].append(line)
        else:
            found.append([line])
    return found


def split_notes(column: Sequence[Line], type_: Type, above: Sequence[Line]) -> tuple[Sequence[Line], Sequence[Line]]:
    """A column's text and the footnotes under it: lines in small type that begin with a note's mark.

    They are notes only under text in the document's ordinary type, in the column itself or ``above`` it
    on the page; an annex set in small type throughout has none.
    """
    start = len(column)
    while start and column[start - 1].size <= _NOTE_SCALE * type_.body and not _is_table(column[start - 1]):
        start -= 1
    while start < len(column) and not _NOTE.match(column[start].text):
        start += 1
    body = [line for line in (*above, *column[:start]) if line.size > _NOTE_SCALE * type_.body and not line.bold]
    return (column[:start], column[start:]) if len(body) >= _MIN_BODY else (column, ())


def paragraphs(column: Sequence[Line], type_: Type) -> list[tuple[Line, ...]]:
    """The lines of one column as paragraphs, headings and list items, each a run of lines."""
    found: list[list[Line]] = []
    for line in column:
        if found and not _breaks(found[-1], line, type_):
            found[-1].append(line)
        else:
            found.append([line])
    return [tuple(lines) for lines in found]


def notes(column: Sequence[Line]) -> list[tuple[Line, ...]]:
    """Footnotes one by one: each begins with its mark, at the left."""
    found: list[list[Line]] = []
    for line in column:
        begins = _NOTE.match(line.text) and (not found or line.box[0] <= min(other.box[0] for other in found[-1]) + 1.5)
        if begins and (not found or not _is_plain_continuation(found[-1][-1], line)):
            found.append([line])
        elif found:
            found[-1].append(line)
        else:
            found.append([line])
    return [tuple(lines) for lines in found]


def _is_plain_continuation(above: Line, line: Line) -> bool:
    """Whether a line that begins with a bare number only happens to: the one above runs on into it."""
    return line.text[:1].isdecimal() and _is_full(above) and not is_ended(above.text)


def _breaks(block: Sequence[Line], line: Line, type_: Type) -> bool:
    last = block[-1]
    if _is_table(line) or _is_table(last) or has_leaders(line.text) or has_leaders(last.text):
        return True
    gap = type_.gap(last, line)
    if is_structural(last.text) and len(block) == 1:
        return True
    if is_structural(line.text) and not _runs_into(last, line, gap):
        return True
    ending = is_ended(last.text) or not _is_full(last)
    if gap > _BIG_GAP or gap < -2 or (gap > _SOME_GAP and ending):
        return True
    if is_marked(line.text) and _begins_item(block, line, ending=ending):
        return True
    if _changes_type(last, line) and (ending or not line.text[:1].islower()):
        return True
    return _is_indented(block, line, ending=ending)


def _runs_into(last: Line, line: Line, gap: float) -> bool:
    """Whether "Article 49", alone on its line, only ends the sentence of the line above."""
    alike = (last.bold, last.italic, last.centred) == (line.bold, line.italic, line.centred)
    wide = last.box[2] - last.box[0] > _WIDE * (last.right - last.left) if last.centred else _is_full(last)
    return alike and wide and not is_ended(last.text) and gap <= _SOME_GAP


def _begins_item(block: Sequence[Line], line: Line, *, ending: bool) -> bool:
    if _BULLET.match(line.text):
        return True
    outdented = len(block) > 1 and line.box[0] < block[-1].box[0] - _INDENT * line.size
    listed = is_marked(block[0].text) and abs(line.box[0] - block[0].box[0]) < 0.5 * line.size
    return ending or outdented or (listed and len(block) > 1 and block[1].box[0] > line.box[0] + 2)


def _changes_type(last: Line, line: Line) -> bool:
    ratio = max(last.size, line.size) / max(min(last.size, line.size), 0.1)
    return last.bold != line.bold or ratio > _SIZE_CHANGE


def _is_indented(block: Sequence[Line], line: Line, *, ending: bool) -> bool:
    last, step = block[-1], _INDENT * line.size
    if line.centred and last.centred:
        return False
    if line.box[0] > last.box[0] + step:
        hanging = len(block) == 1 and is_marked(last.text)
        return ending and not hanging
    return len(block) > 1 and line.box[0] < last.box[0] - step and ending


def _is_full(line: Line) -> bool:
    return line.box[2] > line.left + _SHORT * (line.right - line.left)


def _is_table(line: Line) -> bool:
    return line.text.startswith(STAND_IN)
