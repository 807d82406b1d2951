"""From what a user types after ``--document``, ``--concept``, ``--after`` … to a selection that is known to exist."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from corpora.errors import QueryError
from corpora.selection import Selection, parse_pages
from corpora.storage import Corpus
from corpora.taxonomy import Taxonomy

logger = logging.getLogger("regloupe")

_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters as typed; empty means no filter. Documents by id, start of id or file name."""

    documents: Sequence[str] = ()
    languages: Sequence[str] = ()
    concepts: Sequence[str] = ()
    issuers: Sequence[str] = ()
    jurisdictions: Sequence[str] = ()
    pages: Sequence[str] = ()
    after: str | None = None
    before: str | None = None
    min_score: float | None = None


def selection_for(filters: Filters, corpus: Corpus, taxonomy: Taxonomy | None = None) -> Selection:
    """The selection that the filters mean in this corpus; a facet stands for all concepts under it.

    Args:
        taxonomy: The corpus's own; only needed where concepts are given.

    Raises:
        CorpusNotFound: If a document is not in the corpus.
        QueryError: If a concept, date or page range is not understood, or the corpus has no such language,
            issuer or jurisdiction.
    """
    _name_undated(filters, corpus)
    languages = tuple(language.lower().split("-")[0] for language in filters.languages)
    _check_known("language", languages, corpus, lambda wanted, known: wanted == known)
    _check_known("issuer", filters.issuers, corpus, lambda wanted, known: wanted.casefold() in known.casefold())
    _check_known("jurisdiction", filters.jurisdictions, corpus, lambda a, b: a.casefold() == b.casefold())
    return Selection(
        documents=tuple(corpus.document(reference).id for reference in filters.documents),
        languages=languages,
        concepts=expand_concepts(filters.concepts, taxonomy) if taxonomy else (),
        issuers=tuple(filters.issuers),
        jurisdictions=tuple(filters.jurisdictions),
        after=_date("--after", filters.after),
        before=_date("--before", filters.before),
        pages=parse_pages(filters.pages),
        min_score=filters.min_score,
    )


def expand_concepts(wanted: Iterable[str], taxonomy: Taxonomy) -> tuple[str, ...]:
    """The concepts named and all that are narrower, in taxonomy order.

    Raises:
        QueryError: If the taxonomy has no such concept.
    """
    known = {concept.id: concept for concept in taxonomy.concepts}
    chosen = set(wanted)
    for identity in chosen - known.keys():
        near = get_close_matches(identity, known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        raise QueryError(f"--concept {identity!r}: not in the taxonomy; {hint}`regloupe taxonomy show` lists them")
    return tuple(concept.id for concept in taxonomy.concepts if chosen.intersection(taxonomy.path(concept.id)))


def _check_known(what: str, wanted: Iterable[str], corpus: Corpus, matches: Callable[[str, str], bool]) -> None:
    known = corpus.known(what) if wanted else []
    for value in wanted:
        if not any(matches(value, one) for one in known):
            raise QueryError(f"--{what} {value!r}: the corpus has none such; there are: {', '.join(known) or 'none'}")


def _name_undated(filters: Filters, corpus: Corpus) -> None:
    """Say which documents a date filter leaves out for want of a date."""
    if filters.after or filters.before:
        undated = ", ".join(document.file for document in corpus.documents() if not document.metadata.date)
        if undated:
            logger.warning("left out, for they have no date: %s (`regloupe documents edit` gives one)", undated)


def _date(option: str, text: str | None) -> str | None:
    if text is not None and not _DATE.fullmatch(text):
        raise QueryError(f"{option} {text!r}: give a date as 2024, 2024-06 or 2024-06-13")
    return text
