"""Dates as documents write them, in English, French, German, Spanish and Italian."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from corpora.passages import Span

_MONTH_NUMBERS = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "januar februar märz april mai juni juli august september oktober november dezember",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    )
    for number, name in enumerate(names.split(), 1)
}
MONTH = "(?:" + "|".join(sorted(_MONTH_NUMBERS, key=len, reverse=True)) + ")"
"""A month's name as part of a regular expression that ignores case."""

_WRITTEN = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?P<day>\d{{1,2}})(?:er|st|nd|rd|th|\.|º)?\s+(?:de\s+)?(?P<month>{MONTH})\s+(?:del?\s+)?(?P<year>\d{{4}})\b",
        rf"\b(?P<month>{MONTH})\s+(?P<day>\d{{1,2}}),?\s+(?P<year>\d{{4}})\b",
        r"\b(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})\b",
        r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\b",
        rf"\b(?P<month>{MONTH})\s+(?P<year>\d{{4}})\b",
    )
)


@dataclass(frozen=True, slots=True)
class FoundDate:
    """An ISO 8601 date (``2024-06-13`` or ``2024-06``) and where it is written."""

    iso: str
    span: Span


def find_dates(text: str) -> Iterator[FoundDate]:
    """The dates in ``text`` that are in the calendar, in order."""
    found: dict[int, FoundDate] = {}
    for pattern in _WRITTEN:
        for match in pattern.finditer(text):
            iso = _iso(match)
            if iso and not any(other.span[0] <= match.start() < other.span[1] for other in found.values()):
                found[match.start()] = FoundDate(iso, match.span())
    yield from (found[start] for start in sorted(found))


def _iso(match: re.Match[str]) -> str | None:
    parts = match.groupdict()
    name = parts["month"].lower()
    month = _MONTH_NUMBERS.get(name) or int(name)
    try:
        day = date(int(parts["year"]), month, int(parts.get("day") or 1))
    except ValueError:
        return None
    return day.isoformat() if parts.get("day") else day.isoformat()[:7]
