"""The parts of an act by the lines that name them: ``CHAPTER II``, ``Article 14``, ``ANNEXE III`` …

English, French, German, Spanish and Italian. A line names a part only if it says nothing else, or goes
on with a dash or colon and a title.
"""

from __future__ import annotations

import re

_NAMES = {
    "part": "part|partie|teil|parte",
    "title": "title|titre|titel|título|titolo",
    "chapter": "chapter|chapitre|kapitel|capítulo|capo",
    "section": "section|abschnitt|sección|sezione",
    "subsection": "subsection|sub-section|sous-section|unterabschnitt|subsección|sottosezione",
    "article": "article|artikel|artículo|articolo",
    "annex": "annex|annexe|anhang|anexo|allegato|appendix|appendice|anlage|annexes|anhänge",
}
RANKS = {name: rank for rank, name in enumerate(("part", "title", "chapter", "section", "subsection", "article"))}
"""Parts of an act from the widest to the narrowest; an annex stands beside the widest."""
_NUMBER = (
    r"(?:\d{1,3}(?:[.-]\d{1,3})*\s?(?:er|re)?(?:\s?[a-z])?(?:\s(?:bis|ter|quater|quinquies|sexies|septies))?"
    r"|[\dIlSOB]{2}|[IVXLC]+(?:er|re)?(?:\s(?:bis|ter|quater|quinquies))?|[A-Z]|premier|première|unique|preliminary|préliminaire"
    r"|one|two|three|four|five|first|erster?|primero?|único|unico|primo)"
)
_LINE = re.compile(
    r"(?P<name>" + "|".join(f"(?P<{kind}>{names})" for kind, names in _NAMES.items()) + r")"
    r"(?:\s(?P<number>" + _NUMBER + r"))?:?(?P<caption>\s*[—–:-]\s+\S.{0,160})?",
    re.IGNORECASE,
)

_RECITALS = re.compile(
    r"(?:whereas|considérant(?: ce qui suit)?|in erwägung nachstehender gründe"
    r"|considerando(?: lo siguiente| quanto segue)?)\s?:?",
    re.IGNORECASE,
)


def opens_recitals(line: str) -> bool:
    """Whether the whole of ``line`` is what stands over the recitals of an act: ``Whereas:``."""
    return _RECITALS.fullmatch(" ".join(line.split())) is not None


def structural_kind(line: str) -> str | None:
    """``article``, ``chapter``, ``annex`` … if the whole of ``line`` names such a part, else ``None``."""
    if len(line) > 200 or not line[:1].isupper():
        return None
    match = _LINE.fullmatch(" ".join(line.split()))
    if match is None:
        return None
    kind = next(kind for kind in _NAMES if match.group(kind))
    bare = match.group("number") is None
    if bare and (kind != "annex" or match.group("caption")):
        return None
    if match.group("caption") and match.group("caption").rstrip().endswith((";", ",")):
        return None
    return kind


def is_structural(line: str) -> bool:
    """Whether the whole of ``line`` names a part of an act."""
    return structural_kind(line) is not None
