"""What is stored comes back, whole or not at all."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import corpora.database
from corpora.database import Database
from corpora.documents import Document, Metadata, Region, document_id
from corpora.errors import CorpusLocked, CorpusNotFound, InvalidPassages, StorageError
from corpora.migrations import STEPS
from corpora.passages import Passage, Tag, passage_id
from corpora.selection import Selection
from corpora.storage import Corpus, open_corpus

# Every character but lone surrogates: controls, NUL, right-to-left marks, emoji, private use.
hostile = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
sides = st.floats(-3000, 3000).map(lambda side: round(side, 2))
regions = st.builds(Region, st.integers(1, 999), st.tuples(sides, sides, sides, sides))
tags = st.builds(
    Tag,
    hostile,
    st.floats(0, 1),
    st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=3).map(tuple),
    st.sampled_from(["lexical", "dense", "lexical+dense"]),
)
contents = st.lists(
    st.tuples(
        hostile,
        st.lists(hostile, max_size=3).map(tuple),
        st.lists(regions, max_size=3).map(tuple),
        st.sampled_from(["prose", "table", "footnote", "contents"]),
        st.integers(0, 2**40),
        st.lists(tags, max_size=3, unique_by=lambda tag: tag.concept),
    ),
    max_size=4,
)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGLOUPE_HOME", str(tmp_path))


@pytest.fixture
def corpus() -> Corpus:
    corpus = open_corpus("tests", create=True)
    corpus.use_taxonomy("T", "content")
    return corpus


def make_document(name: str, **changes: object) -> Document:
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    made = Document(document_id(sha256), sha256, f"/reports/{name}", name, Metadata(), "en", 3, "T")
    return replace(made, **changes)  # type: ignore[arg-type]


def make_passages(document: Document, texts: list[str]) -> list[Passage]:
    return [Passage(passage_id(document.id, at, text), document.id, at, text) for at, text in enumerate(texts)]


def store(corpus: Corpus, name: str, texts: list[str], replaced: tuple[str, ...] = ()) -> Document:
    document = make_document(name)
    passages = make_passages(document, texts)
    corpus.store(document, passages, np.eye(len(texts), 4, dtype=np.float32), [[] for _ in texts], replaced=replaced)
    return document


def without_number(passage: Passage) -> Passage:
    return replace(passage, number=0)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents, st.lists(st.none() | hostile, min_size=5, max_size=5), hostile)
def test_what_is_stored_comes_back(
    corpus: Corpus, content: list[tuple[object, ...]], metadata: list[str | None], path: str
) -> None:
    document = make_document("hostile.pdf", metadata=Metadata(*metadata), path=path)
    passages = [
        Passage(f"p{at}", document.id, at, text, headings, "fr", places, kind, tokens)  # type: ignore[arg-type]
        for at, (text, headings, places, kind, tokens, _) in enumerate(content)
    ]
    found = [list(of_one) for *_, of_one in content]  # type: ignore[call-overload]
    vectors = np.random.default_rng(0).normal(size=(len(passages), 8)).astype(np.float32)
    corpus.store(document, passages, vectors, found)

    stored = corpus.document(document.id)
    assert replace(stored, ingested_at="", revision=0) == replace(document, passages=len(passages))
    assert [one for one in corpus.documents() if one.path == path] == [stored]

    assert list(map(without_number, corpus.passages_of(document.id))) == passages
    numbers, kept = corpus.vectors_of(document.id)
    if passages:
        np.testing.assert_allclose(kept, vectors, atol=2e-3)
    by_number = corpus.tags(numbers.tolist())
    for number, of_one in zip(numbers.tolist(), found, strict=True):
        assert set(by_number.get(number, ())) == set(of_one)
        scores = [tag.score for tag in by_number.get(number, ())]
        assert scores == sorted(scores, reverse=True)


def test_regions_are_kept_to_a_hundredth_of_a_point(corpus: Corpus) -> None:
    document = make_document("a.pdf")
    passage = replace(make_passages(document, ["text"])[0], regions=(Region(2, (1.234567, 2.0, 3.5, 99.999)),))
    corpus.store(document, [passage], np.ones((1, 4), np.float32), [[]])
    assert corpus.passages_of(document.id)[0].regions == (Region(2, (1.23, 2.0, 3.5, 100.0)),)


def test_storing_again_replaces_with_new_numbers(corpus: Corpus) -> None:
    first = store(corpus, "a.pdf", ["one", "two", "three"])
    before = corpus.select(Selection()).tolist()
    revision = corpus.document(first.id).revision
    store(corpus, "a.pdf", ["one", "two"])
    after = corpus.select(Selection()).tolist()
    assert len(after) == 2
    assert not set(before) & set(after)
    assert corpus.document(first.id).revision > revision
    assert corpus.passages(before) == []


def test_store_removes_what_it_replaces_with_all_that_belongs_to_it(corpus: Corpus) -> None:
    old = store(corpus, "old.pdf", ["one", "two"])
    corpus.replace_tags(old.id, "T", {n: [Tag("c", 0.5, ((0, 1),), "dense")] for n in corpus.select(Selection())})
    new = store(corpus, "new.pdf", ["three"], replaced=(old.id,))
    assert [document.id for document in corpus.documents()] == [new.id]
    assert corpus.counts() == {"documents": 1, "pages": 3, "passages": 1, "tags": 0}
    with sqlite3.connect(corpus.file) as raw:
        assert raw.execute("SELECT count(*) FROM vectors").fetchone() == (1,)


def test_a_passage_id_of_another_document_stores_and_removes_nothing(corpus: Corpus) -> None:
    kept = store(corpus, "kept.pdf", ["one"])
    doomed = store(corpus, "doomed.pdf", ["two"])
    new = make_document("new.pdf")
    taken = [replace(passage, document_id=new.id) for passage in corpus.passages_of(kept.id)]
    with pytest.raises(InvalidPassages, match="already used by document"):
        corpus.store(new, taken, np.eye(1, 4, dtype=np.float32), [[]], replaced=(doomed.id,))
    assert [document.file for document in corpus.documents()] == ["doomed.pdf", "kept.pdf"]
    assert corpus.counts()["passages"] == 2


def test_tags_are_replaced_and_removal_takes_everything(corpus: Corpus) -> None:
    document = store(corpus, "a.pdf", ["one", "two"])
    numbers = corpus.select(Selection()).tolist()
    corpus.use_taxonomy("U", "newer")
    corpus.replace_tags(document.id, "U", {numbers[0]: [Tag("c", 0.9, ((0, 3),), "lexical")]})
    assert corpus.document(document.id).taxonomy == "U"
    assert corpus.taxonomy() == "newer"
    assert list(corpus.tags(numbers)) == numbers[:1]
    corpus.remove([document.id])
    assert corpus.counts() == {"documents": 0, "pages": 0, "passages": 0, "tags": 0}


def test_editing_metadata_raises_the_revision(corpus: Corpus) -> None:
    document = store(corpus, "a.pdf", ["one"])
    before = corpus.document(document.id)
    corpus.edit(document.id, Metadata(title="Règlement", date="2024-06"))
    after = corpus.document(document.id)
    assert after.metadata == Metadata(title="Règlement", date="2024-06")
    assert after.corrections == Metadata(title="Règlement", date="2024-06")
    assert after.revision > before.revision
    corpus.edit(document.id, Metadata(title=""))
    assert corpus.document(document.id).metadata == Metadata(date="2024-06")
    assert corpus.document(document.id).corrections == Metadata(title="", date="2024-06")


def test_a_path_that_changes_leaves_what_another_path_holds(corpus: Corpus) -> None:
    empty = np.empty((0, 4), np.float32)
    old = make_document("a.pdf")
    new = replace(make_document("changed"), path=old.path, file=old.file)
    corpus.store(old, [], empty, [], completes=True)
    assert corpus.outdated_by(old.path, new.sha256) == [corpus.document(old.id)]
    assert not corpus.attach("/archive/a-v1.pdf", old.sha256)
    assert corpus.outdated_by(old.path, new.sha256) == []
    corpus.store(new, [], empty, [], completes=True)
    assert {one.path for one in corpus.documents()} == {"/archive/a-v1.pdf", old.path}
    assert corpus.document("a-v1.pdf").id == old.id
    assert corpus.attach("/archive/a-v1.pdf", new.sha256)
    assert [one.id for one in corpus.documents()] == [new.id]


def test_ids_are_checked_before_anything_is_stored(corpus: Corpus) -> None:
    document = store(corpus, "a.pdf", ["one"])
    taken = replace(corpus.passages_of(document.id)[0], document_id="another")
    with pytest.raises(InvalidPassages, match="already used"):
        corpus.check_ids([taken])
    corpus.check_ids([taken], replaced=[document.id])


def test_a_document_is_found_by_id_start_of_id_file_and_path(corpus: Corpus) -> None:
    document = store(corpus, "a.pdf", ["one"])
    for reference in (document.id, document.id[:4], "a.pdf", "/reports/a.pdf"):
        assert corpus.document(reference).id == document.id
    for reference in ("b.pdf", document.id[:3], "*", "", "?" * 16):
        with pytest.raises(CorpusNotFound, match="regloupe documents list"):
            corpus.document(reference)


def test_two_documents_of_one_name_are_ambiguous(corpus: Corpus) -> None:
    store(corpus, "a.pdf", ["one"])
    other = make_document("elsewhere", file="a.pdf")
    corpus.store(other, [], np.empty((0, 4), np.float32), [])
    with pytest.raises(CorpusNotFound, match="2 documents"):
        corpus.document("a.pdf")


def test_many_numbers_come_back_in_the_order_asked(corpus: Corpus) -> None:
    store(corpus, "a.pdf", [f"text {at}" for at in range(2500)])
    numbers = corpus.select(Selection()).tolist()[::-1]
    assert [passage.number for passage in corpus.passages([*numbers, 10**9])] == numbers


def test_settings_are_remembered(corpus: Corpus) -> None:
    assert corpus.setting("encoder") is None
    corpus.remember({"encoder": "one"})
    corpus.remember({"encoder": "two"})
    assert corpus.setting("encoder") == "two"


@pytest.mark.parametrize("field", ["path", "language"])
def test_text_that_is_no_unicode_is_refused_in_one_line(corpus: Corpus, field: str) -> None:
    document = make_document("a.pdf", **{field: "caf\udce9"})
    with pytest.raises(StorageError, match="not valid Unicode"):
        corpus.store(document, [], np.empty((0, 4), np.float32), [])
    assert corpus.documents() == []


def test_an_error_inside_writing_is_not_blamed_on_the_corpus(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), corpus.writing():
        (tmp_path / "absent").read_bytes()
    with corpus.writing():
        pass


def test_two_writers_in_one_process_exclude_each_other(corpus: Corpus) -> None:
    with corpus.writing(), pytest.raises(CorpusLocked, match="another regloupe"), open_corpus("tests").writing():
        pytest.fail("the second writer came in")


def test_a_file_from_before_the_first_step_is_migrated(tmp_path: Path) -> None:
    file = tmp_path / "empty.sqlite3"
    with sqlite3.connect(file) as raw:
        raw.execute("PRAGMA user_version = 0")
    Database(file).close()
    with sqlite3.connect(file) as raw:
        tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert raw.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert {"documents", "passages", "tags", "vectors", "settings", "taxonomies"} <= tables


def test_each_step_is_given_once_and_keeps_what_is_stored(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    store(corpus, "a.pdf", ["one"])
    monkeypatch.setattr(corpora.database, "STEPS", (*STEPS, "CREATE TABLE added (a TEXT) STRICT"))
    for _ in range(2):
        with open_corpus("tests") as newer:
            assert newer.counts()["documents"] == 1


def test_a_failing_step_leaves_the_old_schema(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(corpora.database, "STEPS", (*STEPS, "CREATE TABLE added (a TEXT); CREATE TABLE added (a TEXT)"))
        with pytest.raises(StorageError):
            open_corpus("tests")
    with open_corpus("tests") as again, sqlite3.connect(again.file) as raw:
        assert raw.execute("SELECT count(*) FROM sqlite_master WHERE name = 'added'").fetchone() == (0,)


def test_a_newer_schema_is_refused(corpus: Corpus) -> None:
    with sqlite3.connect(corpus.file) as raw:
        raw.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    with pytest.raises(StorageError, match="newer regloupe"):
        open_corpus("tests")


@pytest.mark.parametrize("content", [b"not a database at all, " * 50, b"%PDF-1.7\n" * 200, b"\0" * 4096])
def test_a_file_that_is_no_database_is_refused(corpus: Corpus, content: bytes) -> None:
    corpus.__exit__(None, None, None)
    corpus.file.write_bytes(content)
    with pytest.raises(StorageError, match="no corpus"):
        open_corpus("tests").documents()


def test_damage_found_while_reading_is_one_line(corpus: Corpus) -> None:
    for at in range(30):
        store(corpus, f"{at:02}.pdf", ["words " * 100] * 1 + [f"{at}-{n} " * 150 for n in range(9)])
    corpus._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    corpus.__exit__(None, None, None)
    damaged = bytearray(corpus.file.read_bytes())
    middle = len(damaged) // 2 // 4096 * 4096
    damaged[middle:] = b"\xff" * (len(damaged) - middle)
    corpus.file.write_bytes(damaged)
    with pytest.raises(StorageError, match="damaged"):
        read_everything()


def read_everything() -> None:
    with open_corpus("tests") as opened:
        for document in opened.documents():
            opened.passages_of(document.id)
        opened.passages(range(1, 301))


def test_an_unknown_corpus_names_those_there_are(corpus: Corpus) -> None:
    with pytest.raises(CorpusNotFound, match=r"no corpus 'absent' .*there: tests"):
        open_corpus("absent")


def test_a_file_in_the_place_of_the_folder_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("REGLOUPE_HOME", str(tmp_path / "file"))
    with pytest.raises(StorageError, match="REGLOUPE_HOME"):
        open_corpus("tests", create=True)


def test_a_file_is_known_once_its_last_document_is_stored_and_forgotten_with_it(corpus: Corpus) -> None:
    document = make_document("a.pdf")
    empty = np.empty((0, 4), np.float32)
    corpus.store(document, [], empty, [])
    assert not corpus.has_source(document.sha256)
    corpus.store(document, [], empty, [], completes=True)
    assert corpus.has_source(document.sha256)
    corpus.remove([document.id])
    assert not corpus.has_source(document.sha256)
