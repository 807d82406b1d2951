"""Which passages are meant: the filters that search, export and review share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from corpora.errors import QueryError

PageRange = tuple[int, int]
"""First and last page, both included."""

_PAGES = re.compile(r"(\d{1,9})(?:\s*[-–]\s*(\d{1,9}))?")


@dataclass(frozen=True, slots=True)
class Selection:
    """Passages that meet every filter given; values within one filter are alternatives.

    ``documents`` and ``concepts`` are exact ids, ``issuers`` case-insensitive parts of the name.
    ``after`` and ``before`` (ISO 8601, both included) compare as far as the document's date is exact;
    documents without a date never pass them. ``min_score`` applies to tags of ``concepts`` where
    given, else to any tag.
    """

    documents: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    after: str | None = None
    before: str | None = None
    pages: tuple[PageRange, ...] = ()
    min_score: float | None = None

    @property
    def is_everything(self) -> bool:
        return self == Selection()


def parse_pages(values: Iterable[str]) -> tuple[PageRange, ...]:
    """Page ranges from ``"12"`` or ``"12-20"``.

    Raises:
        QueryError: If a value is neither, or a range ends before it begins.
    """
    ranges = []
    for value in values:
        match = _PAGES.fullmatch(value.strip())
        if not match:
            raise QueryError(f"--page {value!r}: give a page or a range, such as 12 or 12-20")
        first, last = int(match[1]), int(match[2] or match[1])
        if first < 1:
            raise QueryError(f"--page {value!r}: pages count from 1")
        if last < first:
            raise QueryError(f"--page {value!r}: the range ends before it begins; give {last}-{first}")
        ranges.append((first, last))
    return tuple(ranges)


def as_sql(selection: Selection) -> tuple[str, list[str | int | float]]:
    """A WHERE clause over ``passages p JOIN documents d``, with its parameters."""
    clauses: list[str] = []
    values: list[str | int | float] = []

    def add(clause: str, *given: str | int | float) -> None:
        clauses.append(clause)
        values.extend(given)

    def add_any(clause: str, given: Iterable[str]) -> None:
        if given := tuple(given):
            add("(" + " OR ".join([clause] * len(given)) + ")", *given)

    add_any("d.id = ?", selection.documents)
    add_any("p.language = ?", (language.lower() for language in selection.languages))
    add_any("instr(casefold(d.issuer), ?)", (issuer.casefold() for issuer in selection.issuers))
    add_any("casefold(d.jurisdiction) = ?", (name.casefold() for name in selection.jurisdictions))
    if selection.after:
        add("d.date >= substr(?, 1, length(d.date))", selection.after)
    if selection.before:
        add("substr(d.date, 1, length(?)) <= ?", selection.before, selection.before)
    if selection.pages:
        ranges = [page for first, last in selection.pages for page in (last, first)]
        add(
            "(" + " OR ".join(["p.page_first <= ? AND p.page_last >= ?"] * len(selection.pages)) + ")",
            *ranges,
        )
    if selection.concepts or selection.min_score is not None:
        wanted = "t.score >= ?"
        values.append(selection.min_score or 0.0)
        if selection.concepts:
            wanted += f" AND t.concept IN ({', '.join('?' * len(selection.concepts))})"
            values.extend(selection.concepts)
        clauses.append(f"EXISTS (SELECT 1 FROM tags t WHERE t.number = p.number AND {wanted})")
    return " AND ".join(clauses) or "1", values
