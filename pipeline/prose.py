"""What is not prose and so says nothing: contents, bare headings, reference lists."""

from __future__ import annotations

import re

from corpora.passages import Passage

_FEWEST_WORDS = 8
_WORD = re.compile(r"[^\W\d_]{2,}")
_LEADERS = re.compile(r"(?:\.\s?){5,}\s*\d+|…{2,}\s*\d+|_{5,}")
_REFERENCE = re.compile(
    r"https?://|\bwww\.|\bdoi\b|\bet al\b|\bibid\b|\bISBN\b|\bISSN\b|\(\d{4}[a-z]?\)|\bpp?\. ?\d|\bvol\. ?\d"
    r"|\bCOM\(\d{4}\)|\bOJ [LC] ?\d|\bJO [LC] ?\d|\bVoir\b|\bSee\b|\bwebpage\b|\bAccessed\b|\bconsulté le\b",
    re.IGNORECASE,
)
_WORDS_PER_REFERENCE = 12


def is_prose(passage: Passage) -> bool:
    """Whether the passage is running text (or a table or list of it) that can be about something."""
    if passage.kind in ("contents", "heading"):
        return False
    words = len(_WORD.findall(passage.text))
    if words < _FEWEST_WORDS or len(_LEADERS.findall(passage.text)) >= 2:
        return False
    references = len(_REFERENCE.findall(passage.text))
    return references < 3 or words / references > _WORDS_PER_REFERENCE
