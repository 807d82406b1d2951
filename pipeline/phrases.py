"""Finding a taxonomy's phrases in a text: by lemma, by the head of a word, across a gap in a sentence."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from corpora.passages import Span
from corpora.taxonomy import GAP
from pipeline.linguistics import Term, folded, terms

MAXIMUM_SPREAD = 14
"""How many words (articles not counted) the parts of a phrase with a gap may span together."""

_PASSED_OVER = {
    "en": frozenset(("the", "a", "an", "of")),
    "fr": frozenset(("le", "la", "les", "l'", "un", "une", "des", "de", "d'", "du", "a", "au", "aux")),
}
_LEAST_HEAD = 3


@dataclass(frozen=True, slots=True)
class PhraseMatch:
    """Phrase number ``phrase`` of the matcher, found on the words ``words`` (numbers, ascending)."""

    phrase: int
    words: tuple[int, ...]


@dataclass(slots=True)
class _Node:
    """A step in the tree of parts: the pieces that may follow, the parts that end here."""

    following: dict[str, _Node] = field(default_factory=dict)
    parts: list[int] = field(default_factory=list)


class PhraseMatcher:
    """Finds phrases of one language; built once, used for many texts.

    A phrase is read word by word as lemmas; ``word*`` stands for every word that begins so, and
    ``A … B`` for both parts in one sentence, in any order, within ``MAXIMUM_SPREAD`` words.
    """

    def __init__(self, phrases: Sequence[str], language: str) -> None:
        self.language = language
        self._root = _Node()
        self._exact: set[str] = set()
        self._heads: set[str] = set()
        self._pieces_of: dict[tuple[str, str], tuple[str, ...]] = {}
        self._part_numbers: dict[tuple[str, ...], int] = {}
        self._phrases_by_parts: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for number, phrase in enumerate(phrases):
            parts = tuple(self._add_part(part) for part in phrase.split(GAP))
            self._phrases_by_parts[parts].append(number)
        self._parts_by_first: dict[int, list[tuple[int, ...]]] = defaultdict(list)
        for parts in self._phrases_by_parts:
            self._parts_by_first[parts[0]].append(parts)

    def words(self, text: str) -> list[Term]:
        """The words of ``text`` that count in a match: articles are left out, punctuation stays."""
        passed_over = _PASSED_OVER.get(self.language, frozenset())
        return [term for term in terms(text, self.language) if term.lemma not in passed_over]

    def matches(self, words: Sequence[Term], sentences: Sequence[Span]) -> list[PhraseMatch]:
        """Every match in ``words``, whose sentences are ``sentences``, by first word, then phrase."""
        occurrences = self._occurrences(words)
        starts = [start for start, _ in sentences]
        sentence_of = [bisect_right(starts, word.start) for word in words]
        found: list[PhraseMatch] = []
        for first in occurrences:
            for parts in self._parts_by_first.get(first, ()):
                for matched in _joined(parts, occurrences, sentence_of):
                    found.extend(PhraseMatch(number, matched) for number in self._phrases_by_parts[parts])
        return sorted(found, key=lambda match: (match.words, match.phrase))

    def _add_part(self, part: str) -> int:
        pieces = tuple(self._pieces(part))
        node = self._root
        for piece in pieces:
            node = node.following.setdefault(piece, _Node())
        number = self._part_numbers.setdefault(pieces, len(self._part_numbers))
        if number not in node.parts:
            node.parts.append(number)
        return number

    def _pieces(self, part: str) -> Iterable[str]:
        for word in re.split(r"[\s\-‐‑]+", part.strip()):
            if word.endswith("*"):
                head = folded(word[:-1])
                self._heads.add(head)
                yield head + "*"
                continue
            for term in self.words(word):
                self._exact.add(term.lemma)
                yield term.lemma

    def _occurrences(self, words: Sequence[Term]) -> dict[int, list[tuple[int, int]]]:
        """Per part, the ranges ``[first, end)`` of words where it stands."""
        pieces = [self._pieces_at(word) for word in words]
        occurrences: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for first in range(len(words)):
            nodes = [self._root]
            position = first
            while nodes and position < len(words):
                alternatives = pieces[position]
                nodes = [n.following[p] for n in nodes for p in alternatives if p in n.following]
                position += 1
                for node in nodes:
                    for part in node.parts:
                        occurrences[part].append((first, position))
        return occurrences

    def _pieces_at(self, word: Term) -> tuple[str, ...]:
        key = (word.lemma, word.form)
        pieces = self._pieces_of.get(key)
        if pieces is None:
            heads = {text[:end] for text in key for end in range(_LEAST_HEAD, len(text) + 1)} & self._heads
            exact = (word.lemma,) if word.lemma in self._exact else ()
            pieces = self._pieces_of[key] = (*exact, *(head + "*" for head in sorted(heads)))
        return pieces


def _joined(
    parts: tuple[int, ...], occurrences: dict[int, list[tuple[int, int]]], sentence_of: Sequence[int]
) -> Iterable[tuple[int, ...]]:
    """The words of each place where all ``parts`` stand near each other in one sentence."""
    if len(parts) == 1:
        yield from (tuple(range(first, end)) for first, end in occurrences[parts[0]])
        return
    if not all(part in occurrences for part in parts):
        return
    for anchor in occurrences[parts[0]]:
        words = set(range(*anchor))
        for part in parts[1:]:
            nearest = _nearest(anchor, occurrences[part], sentence_of, words)
            if nearest is None:
                break
            words.update(range(*nearest))
        else:
            if max(words) - min(words) < MAXIMUM_SPREAD:
                yield tuple(sorted(words))


def _nearest(
    anchor: tuple[int, int], candidates: list[tuple[int, int]], sentence_of: Sequence[int], taken: set[int]
) -> tuple[int, int] | None:
    """The candidate closest to the anchor in its sentence that shares no word with those taken."""
    free = (c for c in candidates if sentence_of[c[0]] == sentence_of[anchor[0]] and taken.isdisjoint(range(*c)))
    return min(free, key=lambda c: (abs(c[0] - anchor[0]), c), default=None)
