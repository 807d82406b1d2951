"""What a search gives back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from corpora.documents import Document
from corpora.passages import Passage, Span, Tag, tag_as_dict

DEFAULT_K = 10


class Mode(StrEnum):
    """Which indexes answer: both, meaning alone, or words alone."""

    HYBRID = "hybrid"
    DENSE = "dense"
    LEXICAL = "lexical"


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage of a ranking. ``rank`` counts from 1; a higher ``score`` is better.

    Scores compare within one ranking only. ``tags`` come best first. ``marks`` are the spans of
    ``passage.text`` that hold a word of the question, in order, none overlapping.
    """

    rank: int
    score: float
    passage: Passage
    document: Document
    tags: tuple[Tag, ...] = ()
    marks: tuple[Span, ...] = ()


def hit_as_dict(hit: Hit) -> dict[str, Any]:
    """The hit as JSON-ready values; these keys are part of the command line's contract."""
    passage, document = hit.passage, hit.document
    return {
        "rank": hit.rank,
        "score": hit.score,
        "passage_id": passage.id,
        "document_id": document.id,
        "file": document.file,
        "title": document.metadata.title,
        "page_first": passage.page_first,
        "page_last": passage.page_last,
        "headings": list(passage.headings),
        "language": passage.language,
        "tags": [tag_as_dict(tag, passage.text) for tag in hit.tags],
        "text": passage.text,
    }
