"""The filters, against the plainest reading of their words."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.documents import Document, Metadata, Region, document_id
from corpora.errors import QueryError
from corpora.passages import Passage, Tag
from corpora.selection import Selection, parse_pages
from corpora.storage import Corpus, open_corpus

Stored = list[tuple[Document, Passage, tuple[Tag, ...]]]

ISSUERS = (None, "European Parliament", "Ministère de la SANTÉ", "FDA")
DATES = (None, "2019", "2024", "2024-03", "2024-03-01", "2024-03-15", "2024-04")
JURISDICTIONS = (None, "EU", "fr")
CONCEPTS = ("need.a", "need.b", "action.c")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corpus]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGLOUPE_HOME", str(tmp_path_factory.mktemp("home")))
        with open_corpus("tests", create=True) as corpus:
            corpus.use_taxonomy("T", "content")
            for at, (issuer, date, place) in enumerate(itertools.product(ISSUERS, DATES, JURISDICTIONS)):
                store(corpus, f"{at % 50}.pdf", str(at), Metadata(None, issuer, date, place))
            yield corpus


def store(corpus: Corpus, file: str, name: str, metadata: Metadata) -> None:
    chance = np.random.default_rng(int(name))
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    document = Document(document_id(sha256), sha256, f"/{name}/{file}", file, metadata, "en", 9, "T")
    passages, tags = [], []
    for at in range(3):
        pages = sorted(chance.integers(1, 9, size=int(chance.integers(0, 3))).tolist())
        regions = tuple(Region(page, (0.0, 0.0, 1.0, 1.0)) for page in pages)
        language = str(chance.choice(["en", "fr"]))
        passages.append(Passage(f"{name}-{at}", document.id, at, "text", (), language, regions))
        chosen = chance.choice(CONCEPTS, size=int(chance.integers(0, 3)), replace=False)
        tags.append([Tag(str(concept), round(float(chance.random()), 1), ((0, 1),), "dense") for concept in chosen])
    corpus.store(document, passages, np.ones((3, 4), np.float32), tags)


@pytest.fixture(scope="module")
def stored(corpus: Corpus) -> Stored:
    stored = []
    for document in corpus.documents():
        for passage in corpus.passages_of(document.id):
            stored.append((document, passage, corpus.tags([passage.number]).get(passage.number, ())))
    return stored


def passes(selection: Selection, document: Document, passage: Passage, tags: tuple[Tag, ...]) -> bool:
    about = document.metadata
    checks = []
    if selection.documents:
        checks.append(document.id in selection.documents)
    if selection.languages:
        checks.append(passage.language in [language.lower() for language in selection.languages])
    if selection.issuers:
        checks.append(any(part.casefold() in (about.issuer or "\0").casefold() for part in selection.issuers))
    if selection.jurisdictions:
        names = [name.casefold() for name in selection.jurisdictions]
        checks.append(about.jurisdiction is not None and about.jurisdiction.casefold() in names)
    for bound, after in ((selection.after, True), (selection.before, False)):
        if bound:
            exact = min(len(bound), len(about.date or ""))
            known, asked = (about.date or "")[:exact], bound[:exact]
            checks.append(about.date is not None and (known >= asked if after else known <= asked))
    if selection.pages:
        on = [(region.page) for region in passage.regions]
        checks.append(any(on and min(on) <= last and max(on) >= first for first, last in selection.pages))
    if selection.concepts or selection.min_score is not None:
        relevant = [tag for tag in tags if not selection.concepts or tag.concept in selection.concepts]
        checks.append(any(tag.score >= (selection.min_score or 0) for tag in relevant))
    return all(checks)


def some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=2).map(tuple)


selections = st.builds(
    Selection,
    languages=some(("en", "FR", "de")),
    concepts=some((*CONCEPTS, "unknown")),
    issuers=some(("parliament", "santé", "FDA", "%", "_")),
    jurisdictions=some(("eu", "FR", "US")),
    after=st.sampled_from([None, "2019", "2024", "2024-03", "2024-03-02"]),
    before=st.sampled_from([None, "2018", "2024", "2024-03", "2024-03-14"]),
    pages=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), max_size=2).map(
        lambda pairs: tuple((min(pair), max(pair)) for pair in pairs)
    ),
    min_score=st.none() | st.integers(0, 10).map(lambda tenths: tenths / 10),
)


@settings(max_examples=300, deadline=None)
@given(selections, st.lists(st.integers(0, 80), max_size=4))
def test_select_agrees_with_brute_force(
    corpus: Corpus, stored: Stored, selection: Selection, wanted: list[int]
) -> None:
    identities = tuple(document_id(hashlib.sha256(str(at).encode()).hexdigest()) for at in wanted)
    for asked in (selection, replace(selection, documents=identities)):
        expected = [passage.number for document, passage, tags in stored if passes(asked, document, passage, tags)]
        assert corpus.select(asked).tolist() == expected


def test_nothing_asked_is_everything(corpus: Corpus) -> None:
    assert Selection().is_everything
    assert not Selection(min_score=0.0).is_everything
    assert len(corpus.select(Selection())) == corpus.counts()["passages"]


@pytest.mark.parametrize(
    ("given_", "pages"),
    [("12", (12, 12)), ("12-20", (12, 20)), (" 3 – 4 ", (3, 4)), ("7-7", (7, 7))],
)
def test_pages_are_read(given_: str, pages: tuple[int, int]) -> None:
    assert parse_pages([given_]) == (pages,)


@pytest.mark.parametrize("given_", ["", "a", "1-", "-1", "1,2", "1.5", "20-12", "9" * 20, "1-" + "9" * 20])
def test_pages_that_make_no_sense_are_refused(given_: str) -> None:
    with pytest.raises(QueryError, match="--page"):
        parse_pages([given_])
