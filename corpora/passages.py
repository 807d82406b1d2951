"""A passage: the unit that is tagged, embedded, found and exported."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from corpora.documents import Region

Span = tuple[int, int]
"""Half-open character range ``[start, end)`` in a passage's text."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of text under one heading, with the place where it stands.

    ``number`` is the storage's own (0 until stored, never reused); ``id`` comes from the content, or
    from whoever made the passage. ``regions`` are in reading order, empty where the page is unknown.
    ``kind`` is ``prose``, ``table``, ``footnote``, ``heading`` or ``contents``. A ``heading`` has no text
    of its own under it and is never tagged; ``contents`` is neither tagged nor searched.
    """

    id: str
    document_id: str
    ordinal: int
    text: str
    headings: tuple[str, ...] = ()
    language: str = "en"
    regions: tuple[Region, ...] = ()
    kind: str = "prose"
    tokens: int = 0
    number: int = 0

    @property
    def page_first(self) -> int | None:
        return min((region.page for region in self.regions), default=None)

    @property
    def page_last(self) -> int | None:
        return max((region.page for region in self.regions), default=None)

    @property
    def text_in_context(self) -> str:
        """The text under its heading path: what encoders and the lexical index are given."""
        return "\n".join((" > ".join(self.headings), self.text)) if self.headings else self.text


def passage_id(document_id: str, ordinal: int, text: str) -> str:
    """16 hex digits from the document, the place and the text: the same PDF gives the same ids."""
    digest = hashlib.sha256(f"{document_id}\x00{ordinal}\x00{text}".encode())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Tag:
    """A concept claimed for a passage, with what earned it.

    ``score`` is in [0, 1], higher is surer. ``spans`` point into the passage's text: the words
    (``lexical``, ``lexical+dense``) or the sentence (``dense``) behind the claim; never empty.
    """

    concept: str
    score: float
    spans: tuple[Span, ...]
    method: str

    def evidence(self, text: str) -> str:
        """The spans of ``text`` that earned the tag, joined by `` … ``."""
        return " … ".join(text[start:end] for start, end in self.spans)


def tag_as_dict(tag: Tag, text: str) -> dict[str, Any]:
    """A tag of the passage with this text as JSON-ready values; these keys are part of the command line's contract."""
    return {"concept": tag.concept, "score": tag.score, "evidence": tag.evidence(text)}
