"""How search hits are shown to be read: place, headings, the passage with its matching words, tags."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TextIO

from corpora.documents import Document
from corpora.output import console_on, for_terminal
from corpora.passages import Passage, Span, Tag

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_INDENT = 4
_WIDEST = 100  # columns; longer lines are hard to read
_LINES = 8  # of a passage, around its densest marks; the other formats have it whole
_SPARED = 2  # lines; so few are not worth cutting
_SENTENCE_START = re.compile(r"(?<=[.!?;:])\s+(?=\S)|\n\s*(?=\S)")
_MARK = "bold underline"


class Shown(Protocol):
    """A hit with what it is shown with; ``marks`` are the spans of the passage's text that matched."""

    @property
    def rank(self) -> int: ...
    @property
    def score(self) -> float: ...
    @property
    def passage(self) -> Passage: ...
    @property
    def document(self) -> Document: ...
    @property
    def tags(self) -> Sequence[Tag]: ...
    @property
    def marks(self) -> Sequence[Span]: ...


def write_hits(hits: Sequence[Shown], stream: TextIO) -> None:
    """Print hits for reading; tags show the ids of their concepts.

    Matching words are bold and underlined, or ``**word**`` where the stream shows no styles.
    """
    console = console_on(stream)
    for hit in hits:
        _print_hit(hit, console)


def joined_marks(text: str, marks: Sequence[Span]) -> list[Span]:
    """The marks in order, overlapping and neighbouring ones as one."""
    joined: list[Span] = []
    for start, end in sorted(marks):
        if joined and (start <= joined[-1][1] or re.fullmatch(r"[\s’'‑-]{1,2}", text[joined[-1][1] : start])):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def excerpt_start(text: str, marks: Sequence[Span], *, width: int, lines: int) -> int:
    """Where to begin so that ``lines`` lines of ``width`` columns show the most marks.

    0 where the text fits or nothing is marked; else a sentence's start near the best place, or a word's.
    """
    starts = _line_starts(text, width)
    if len(starts) <= lines + _SPARED or not marks:
        return 0
    marked = [bisect_right(starts, start) - 1 for start, _ in marks]
    windows = range(len(starts) - lines + 1)
    counts = [sum(first <= line < first + lines for line in marked) for first in windows]
    best = [first for first in windows if counts[first] == max(counts)]
    first = 0 if best[0] == 0 else best[len(best) // 2]
    if first == 0:
        return 0
    first_mark = next(start for (start, _), line in zip(marks, marked, strict=True) if line >= first)
    near = [
        match.end()
        for match in _SENTENCE_START.finditer(text, starts[first - 1], [*starts, len(text)][first + 1])
        if match.end() <= first_mark
    ]
    return min(near, key=lambda place: abs(place - starts[first]), default=starts[first])


def _line_starts(text: str, width: int) -> list[int]:
    """Where each line would begin if the text were wrapped to ``width``."""
    starts = [0]
    for word in re.finditer(r"\n|\S+", text):
        if word[0] == "\n":
            starts.append(word.end())
        elif word.end() - starts[-1] > width and word.start() > starts[-1]:
            starts.append(word.start())
    return starts


def _print_hit(hit: Shown, console: Console) -> None:
    from rich.text import Text

    width = min(console.width, _WIDEST)
    body = width - _INDENT
    headings = Text(" › ".join(map(for_terminal, hit.passage.headings)), "italic")
    console.print(_headline(hit, width), soft_wrap=True)
    for lines in (
        [*_wrapped(_place(hit), console, body), *_wrapped(headings, console, body)],
        _passage_lines(hit, console, body),
        _packed([_tag(tag) for tag in hit.tags], body),
    ):
        for line in lines:
            console.print(Text(" " * _INDENT).append_text(line), soft_wrap=True)
        if lines:
            console.print()


def _headline(hit: Shown, width: int) -> Text:
    """Rank and title to the left, score to the right."""
    from rich.text import Text

    score = f"{hit.score:.4f}"
    title = Text(for_terminal(hit.document.metadata.title or hit.document.file).replace("\n", " "), "bold")
    title.truncate(width - _INDENT - len(score) - 2, overflow="ellipsis", pad=True)
    return Text.assemble((f"{hit.rank:>2}  ", "bold cyan"), title, "  ", (score, "dim"))


def _place(hit: Shown) -> Text:
    from rich.text import Text

    passage = hit.passage
    parts = [for_terminal(hit.document.file)] if hit.document.metadata.title else []
    if passage.page_first is not None:
        parts.append(_page_range(passage.page_first, passage.page_last))
    return Text(" · ".join([*parts, passage.language, for_terminal(passage.id)]), "dim")


def _page_range(first: int, last: int | None) -> str:
    return f"p. {first}" if last in (None, first) else f"p. {first}–{last}"


def _passage_lines(hit: Shown, console: Console, width: int) -> list[Text]:
    """The passage, whole or around its densest marks, with the marks set off."""
    from rich.text import Text

    text = for_terminal(hit.passage.text)
    marks = joined_marks(text, hit.marks)
    start = excerpt_start(text, marks, width=width - 2, lines=_LINES)
    shown = Text(text)
    for mark in marks:
        shown.stylize(_MARK, *mark)
    lines = _wrapped(Text("… " if start else "") + shown[start:], console, width - 2)
    if len(lines) > _LINES + (0 if start else _SPARED):
        del lines[_LINES:]
        lines[-1].append(" …")
    return lines if console.color_system else [_with_asterisks(line) for line in lines]


def _with_asterisks(line: Text) -> Text:
    """Marks as ``**word**``, where no style can show them."""
    from rich.text import Text

    plain = line.plain
    for start, end, style in sorted(line.spans, reverse=True):
        if style == _MARK:
            plain = f"{plain[:start]}**{plain[start:end]}**{plain[end:]}"
    return Text(plain)


def _wrapped(text: Text, console: Console, width: int) -> list[Text]:
    if not text:
        return []
    lines = list(text.wrap(console, width, overflow="fold"))
    for line in lines:
        line.rstrip()
    return lines


def _tag(tag: Tag) -> Text:
    from rich.text import Text

    return Text.assemble(f"■ {for_terminal(tag.concept)}", (f" {tag.score:.2f}", "dim"))


def _packed(parts: Sequence[Text], width: int) -> list[Text]:
    """As many parts on each line as fit, none broken."""
    lines: list[Text] = []
    for part in parts:
        if lines and lines[-1].cell_len + 3 + part.cell_len <= width:
            lines[-1].append("   ").append_text(part)
        else:
            lines.append(part)
    return lines
