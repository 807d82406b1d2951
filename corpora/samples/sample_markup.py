"""The markup of the sample texts (described in make_samples.py): parsing and inline styles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape

_PREFIXES = {"# ": "chapter", "## ": "section", "### ": "minor", "> ": "callout", "- ": "bullet", "@ ": "article"}
LABEL = re.compile(r"(\([a-z]\)|\d+\.) ")
MARK = re.compile(r"\[\^(\w+)\]")


@dataclass(frozen=True, slots=True)
class Item:
    """One block of the source: what it is and its marked-up text."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed source file; ``notes`` are in the order of their marks."""

    fields: dict[str, str]
    items: tuple[Item, ...]
    notes: dict[str, str]


def parse(text: str) -> Source:
    """Read a source file's text (see the module's docstring for the markup)."""
    head, _, body = text.replace("~", "\u00a0").replace("'", "\u2019").partition("\n\n")
    definitions: dict[str, str] = {}
    items: list[Item] = []
    for block in re.split(r"\n\s*\n", body.strip()):
        if block.startswith("^ "):
            items.append(Item("table", block))
            continue
        for line in block.splitlines():
            if match := re.match(r"\[\^(\w+)\]: ", line):
                definitions[match[1]] = line[match.end() :]
            else:
                items.append(_item(line))
    marks = [mark for item in items for mark in MARK.findall(item.text)]
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return Source(fields, tuple(items), {mark: definitions[mark] for mark in marks})


def _item(line: str) -> Item:
    if line.startswith("%"):
        return Item(line[1:], "")
    for prefix, kind in _PREFIXES.items():
        if line.startswith(prefix):
            return Item(kind, line[len(prefix) :])
    if match := LABEL.match(line):
        return Item("point" if match[1].startswith("(") else "numbered", line)
    return Item("paragraph", line)


def inline(text: str, marks: list[str]) -> str:
    """``text`` in reportlab's inline markup; a footnote's number is its key's place in ``marks``."""
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(text))
    text = re.sub(r"\*(.+?)\*", r"<i>\1</i>", text)
    return MARK.sub(lambda match: f"<super size=7.5>{marks.index(match[1]) + 1}</super>", text)
