"""Words that a line end divides: put together as the document itself writes them elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from pipeline.extraction.pages import BREAK_HYPHEN

_WORD = re.compile(r"[^\W\d_]+(?:[-‐’'][^\W\d_]+)*")
_DIVIDED = re.compile(r"([^\W\d_]+(?:[-‐’'][^\W\d_]+)*)[-‐\ufffe]$")
_CONTINUES = re.compile(r"[^\W\d_]+(?:[-‐’'][^\W\d_]+)*")
_LONGEST = 60
_HYPHENS = ("-", "‐", BREAK_HYPHEN)


class Joiner:
    """Joins lines to text; what it knows of words comes from the lines it is made with."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._words: Counter[str] = Counter()
        for line in lines:
            whole = line[:-1].rsplit(" ", 1)[0] if line.endswith(_HYPHENS) else line
            self._words.update(word.lower() for word in _WORD.findall(whole))

    def join(self, lines: Iterable[str]) -> str:
        """One string of ``lines``: divided words mended, a space between the others."""
        text = ""
        for line in lines:
            text = self._add(text, line.strip()) if text else line.strip()
        return text[:-1] + "-" if text.endswith(BREAK_HYPHEN) else text

    def _add(self, text: str, line: str) -> str:
        if not text.endswith(_HYPHENS):
            return f"{text} {line}"
        divided, follows = _DIVIDED.search(text[-_LONGEST:]), _CONTINUES.match(line)
        if text[-2:-1].isspace() or len(text) == 1 or not line:
            return f"{text[:-1]}- {line}"
        if divided is None or follows is None:
            return f"{text[:-1]}-{line}"
        mended = self._hyphen(divided.group(1), follows.group())
        return f"{text[:-1]}{mended}{line}"

    def _hyphen(self, before: str, after: str) -> str:
        """The hyphen to keep between two halves, or nothing.

        The document decides by how it writes the word elsewhere; where it never does, halves that are
        words of their own keep the hyphen ("risk-based"), and so does a capital after it.
        """
        begun, lowered = before.lower(), after.lower()
        joined, hyphenated = self._words[begun + lowered], self._words[f"{begun}-{lowered}"]
        if joined != hyphenated:
            return "" if joined > hyphenated else "-"
        if after[0].isupper() and not (before + after).isupper():
            return "-"
        first, second = begun.rsplit("-", 1)[-1], lowered.split("-", 1)[0]
        both_words = self._words[first] > 0 and self._words[second] > 0 and len(second) > 2
        return "-" if both_words else ""
