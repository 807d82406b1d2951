"""Search over a corpus: files follow what is stored, whatever happens to them, and every filter gives full results."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from corpora.documents import Document, Metadata, document_id
from corpora.encoders import Encoder, Vectors
from corpora.errors import EncoderMismatch, IndexNotBuilt, QueryError, SearchIndexError, StorageError
from corpora.home import index_directory
from corpora.passages import Passage, Tag
from corpora.selection import Selection
from corpora.storage import Corpus, open_corpus
from indexes import generations
from indexes.hits import Hit, Mode
from indexes.hybrid import Searcher, search
from indexes.refresh import Refreshed, refresh

TOPICS = ("risk", "data", "market", "provider", "device", "patient", "audit", "safety")


class WordEncoder:
    """Texts that share words are similar: a bag of words, hashed into 64 dimensions."""

    name = "words"
    dimension = 64

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.encode_query(text) for text in texts])

    def encode_query(self, text: str) -> Vectors:
        vector = np.full(self.dimension, 0.01, np.float32)
        for word in re.findall(r"\w+", text.lower()):
            vector[zlib.crc32(word.encode()) % self.dimension] += 1
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


ENCODER = WordEncoder()


@pytest.fixture
def corpus(home: Path) -> Iterator[Corpus]:
    with open_corpus("tests", create=True) as opened:
        opened.use_taxonomy("T", "content")
        opened.remember({"encoder": ENCODER.name})
        yield opened


def store(corpus: Corpus, name: str, texts: Sequence[str], *, language: str = "en", kind: str = "prose") -> str:
    """A document with a passage for each text; the one of before under that name is replaced."""
    sha256 = hashlib.sha256("\x00".join((name, *texts)).encode()).hexdigest()
    identity = document_id(sha256)
    passages = [
        Passage(f"{identity}-{ordinal}", identity, ordinal, text, ("Part",), language, kind=kind)
        for ordinal, text in enumerate(texts)
    ]
    before = [document.id for document in [one for one in corpus.documents() if one.path == name]]
    document = Document(identity, sha256, name, name, Metadata(title=name), language, 1, "T")
    tags = [(Tag(f"concept.{ordinal % 3}", 0.5, ((0, 1),), "lexical"),) for ordinal in range(len(texts))]
    vectors = ENCODER.encode_passages([passage.text_in_context for passage in passages])
    corpus.store(document, passages, vectors, tags, replaced=before)
    return identity


def ask(corpus: Corpus, question: str, **options: object) -> list[Hit]:
    return search(corpus, question, encoder=lambda: ENCODER, **options)  # type: ignore[arg-type]


def texts(hits: Sequence[Hit]) -> list[str]:
    return [hit.passage.text for hit in hits]


def made_texts(count: int, seed: int) -> list[str]:
    random = np.random.default_rng(seed)
    return [" ".join((f"n{seed}x{place}", *random.choice(TOPICS, 5))) for place in range(count)]


# ── hits ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", list(Mode))
def test_the_best_passage_comes_first_with_all_that_belongs_to_it(corpus: Corpus, mode: Mode) -> None:
    store(corpus, "a.pdf", ["The provider monitors risks.", "Cats sleep."])
    hit = ask(corpus, "provider risk", mode=mode)[0]
    assert (hit.rank, hit.passage.text, hit.document.file) == (1, "The provider monitors risks.", "a.pdf")
    assert [hit.passage.text[start:end] for start, end in hit.marks] == ["provider", "risks"]
    assert [tag.concept for tag in hit.tags] == ["concept.0"]


def test_contents_pages_are_not_found(corpus: Corpus) -> None:
    store(corpus, "a.pdf", ["Chapter on risk 12"], kind="contents")
    store(corpus, "b.pdf", ["Real text on risk"])
    for mode in Mode:
        assert texts(ask(corpus, "risk", mode=mode)) == ["Real text on risk"]


def test_ranks_count_from_one_and_scores_fall(corpus: Corpus) -> None:
    store(corpus, "a.pdf", made_texts(30, 1))
    store(corpus, "b.pdf", made_texts(30, 2), language="fr")
    for mode in Mode:
        hits = ask(corpus, "risk market data", mode=mode, k=25)
        assert [hit.rank for hit in hits] == list(range(1, 26))
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("k", [10**10, 10**25])
@pytest.mark.parametrize("selection", [Selection(), Selection(languages=("fr",))], ids=str)
def test_more_hits_than_there_are_may_be_asked_for(corpus: Corpus, mode: Mode, k: int, selection: Selection) -> None:
    store(corpus, "a.pdf", ["risk", "risk and data"])
    store(corpus, "b.pdf", [f"risk {number}" for number in range(1100)], language="fr")
    assert len(ask(corpus, "risk", mode=mode, k=k, selection=selection)) == len(corpus.select(selection))


def test_lexical_search_loads_no_encoder(corpus: Corpus) -> None:
    store(corpus, "a.pdf", ["risk"])

    def none() -> Encoder:
        raise AssertionError("an encoder was loaded")

    assert texts(search(corpus, "risk", encoder=none, mode=Mode.LEXICAL)) == ["risk"]


def test_a_searcher_loads_its_encoder_once(corpus: Corpus) -> None:
    store(corpus, "a.pdf", ["risk", "data"])
    loaded: list[Encoder] = []
    searcher = Searcher(corpus, encoder=lambda: loaded.append(ENCODER) or ENCODER)  # type: ignore[func-returns-value]
    assert texts(searcher.search("risk", k=1)) + texts(searcher.search("data", k=1)) == ["risk", "data"]
    assert len(loaded) == 1


def test_another_encoder_is_refused_with_a_remedy(corpus: Corpus) -> None:
    store(corpus, "a.pdf", ["risk"])
    corpus.remember({"encoder": "other"})
    with pytest.raises(EncoderMismatch, match="embedded with other, not words: leave --encoder out"):
        ask(corpus, "risk")


def test_an_empty_corpus_and_an_empty_question_are_named(corpus: Corpus) -> None:
    with pytest.raises(IndexNotBuilt, match="regloupe ingest"):
        ask(corpus, "risk")
    identity = store(corpus, "a.pdf", ["risk"])
    with pytest.raises(QueryError):
        ask(corpus, "  ")
    corpus.remove([identity])
    with pytest.raises(IndexNotBuilt, match="regloupe ingest"):
        ask(corpus, "risk")


# ── filters ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", [Mode.DENSE, Mode.HYBRID])
@pytest.mark.parametrize(
    "selection",
    [
        Selection(languages=("fr",)),
        Selection(languages=("fr", "de")),
        Selection(concepts=("concept.1",)),
        Selection(concepts=("concept.2",), languages=("en",)),
        Selection(documents=("nothing",)),
    ],
    ids=str,
)
def test_a_filter_gives_all_k_hits(corpus: Corpus, selection: Selection, mode: Mode) -> None:
    store(corpus, "en.pdf", made_texts(150, 1))
    store(corpus, "fr.pdf", made_texts(40, 2), language="fr")
    store(corpus, "de.pdf", made_texts(12, 3), language="de")
    allowed = set(corpus.select(selection).tolist())
    hits = ask(corpus, "risk data", selection=selection, k=30, mode=mode)
    assert len(hits) == min(30, len(allowed))
    assert {hit.passage.number for hit in hits} <= allowed


def test_a_filtered_dense_ranking_is_brute_force(corpus: Corpus) -> None:
    store(corpus, "en.pdf", made_texts(200, 4))
    selection = Selection(concepts=("concept.1",))
    hits = ask(corpus, "risk data market", selection=selection, mode=Mode.DENSE)
    passages = corpus.passages(corpus.select(selection).tolist())
    vectors = ENCODER.encode_passages([passage.text_in_context for passage in passages])
    best = np.sort(vectors @ ENCODER.encode_query("risk data market"))[::-1][:10]
    assert [hit.score for hit in hits] == pytest.approx(best.tolist(), abs=2e-3)


# ── files that follow the corpus ─────────────────────────────────────────────────────────────────


def test_changes_are_found_without_being_asked_for(corpus: Corpus) -> None:
    first = store(corpus, "a.pdf", ["risk of fire", "safety"])
    store(corpus, "b.pdf", ["market"])
    assert texts(ask(corpus, "fire", k=1)) == ["risk of fire"]
    store(corpus, "a.pdf", ["risk of flood"])
    assert next(one for one in corpus.documents() if one.path == "a.pdf").id != first
    assert sorted(texts(ask(corpus, "risk"))) == ["market", "risk of flood"]
    corpus.remove([next(one for one in corpus.documents() if one.path == "b.pdf").id])
    assert texts(ask(corpus, "risk")) == ["risk of flood"]


def test_an_edited_title_is_searched(corpus: Corpus) -> None:
    identity = store(corpus, "a.pdf", ["risk"])
    assert ask(corpus, "Zebra", mode=Mode.LEXICAL) == []
    corpus.edit(identity, Metadata(title="The zebra report"))
    assert texts(ask(corpus, "Zebra", mode=Mode.LEXICAL)) == ["risk"]
    assert len(ask(corpus, "risk", mode=Mode.DENSE)) == 1


def test_refresh_says_what_it_did(corpus: Corpus) -> None:
    assert refresh(corpus) == Refreshed(0, 0, rebuilt=True)
    store(corpus, "a.pdf", made_texts(10, 1))
    store(corpus, "b.pdf", made_texts(20, 2))
    assert refresh(corpus) == Refreshed(2, 0)
    assert refresh(corpus) == Refreshed()
    store(corpus, "a.pdf", ["new"])
    assert refresh(corpus) == Refreshed(1, 1)


def test_step_by_step_gives_what_a_rebuild_gives(corpus: Corpus) -> None:
    random = np.random.default_rng(0)
    for step in range(12):
        name = f"{random.integers(5)}.pdf"
        count = int(random.integers(1, 40))
        store(corpus, name, made_texts(count, step), language=str(random.choice(["en", "fr", "de"])))
        if step % 4 == 3:
            corpus.remove([corpus.documents()[0].id])
        refresh(corpus)
    questions = ["risk data", "market provider audit", "device patient safety"]
    before = [[(hit.passage.id, hit.score) for hit in ask(corpus, q, mode=Mode.DENSE, k=50)] for q in questions]
    words = [{hit.passage.id for hit in ask(corpus, q, mode=Mode.LEXICAL, k=500)} for q in questions]
    assert refresh(corpus, rebuild=True).rebuilt
    assert [[(hit.passage.id, hit.score) for hit in ask(corpus, q, mode=Mode.DENSE, k=50)] for q in questions] == before
    assert [{hit.passage.id for hit in ask(corpus, q, mode=Mode.LEXICAL, k=500)} for q in questions] == words


def delete_folder(folder: Path) -> None:
    shutil.rmtree(folder)


def delete_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def delete_lexical(folder: Path) -> None:
    shutil.rmtree(next(folder.rglob("lexical")))


def delete_vectors(folder: Path) -> None:
    next(folder.rglob("dense.faiss")).unlink()


def cut_vectors(folder: Path) -> None:
    file = next(folder.rglob("dense.faiss"))
    file.write_bytes(file.read_bytes()[:-20])


def garble_vectors(folder: Path) -> None:
    file = next(folder.rglob("dense.faiss"))
    file.write_bytes(bytes(file.stat().st_size))


def garble_lexical(folder: Path) -> None:
    file = next(folder.rglob("meta.json"))
    file.write_bytes(b"x" * file.stat().st_size)


def garble_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text("{")


def older_format(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "format": 0}))


def foreign_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text('["something else"]')


@pytest.mark.parametrize(
    "harm",
    [
        delete_folder,
        delete_manifest,
        delete_lexical,
        delete_vectors,
        cut_vectors,
        garble_vectors,
        garble_lexical,
        garble_manifest,
        older_format,
        foreign_manifest,
    ],
)
def test_harmed_files_are_made_again(corpus: Corpus, harm: Callable[[Path], None]) -> None:
    store(corpus, "a.pdf", made_texts(20, 1))
    store(corpus, "b.pdf", made_texts(20, 2), language="fr")
    before = texts(ask(corpus, "risk data"))
    harm(index_directory(corpus.name))
    assert texts(ask(corpus, "risk data")) == before
    harm(index_directory(corpus.name))
    store(corpus, "c.pdf", ["risk data zebra"])
    assert texts(ask(corpus, "zebra", k=1)) == ["risk data zebra"]


def test_an_index_of_another_encoder_is_made_again(corpus: Corpus) -> None:
    store(corpus, "a.pdf", ["risk"])
    corpus.remember({"encoder": "other"})
    refresh(corpus)
    corpus.remember({"encoder": ENCODER.name})
    assert refresh(corpus).rebuilt


def test_one_generation_is_kept(corpus: Corpus) -> None:
    for seed in range(4):
        store(corpus, f"{seed}.pdf", made_texts(5, seed))
        refresh(corpus)
    assert len(list(index_directory(corpus.name).glob("generation-*"))) == 1


def test_a_folder_that_cannot_be_written_is_named(corpus: Corpus) -> None:
    store(corpus, "a.pdf", ["risk"])
    folder = index_directory(corpus.name)
    folder.parent.mkdir(parents=True)
    folder.write_text("a file in the way")
    with pytest.raises((StorageError, SearchIndexError)) as error:
        ask(corpus, "risk")
    assert str(folder) in str(error.value)
    assert "\n" not in str(error.value)


LIMITED = """
import resource, signal
from corpora.errors import StorageError
from corpora.storage import open_corpus
from indexes.refresh import refresh
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open_corpus("tests") as corpus:
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))  # stops writes as a full disk does
    try:
        refresh(corpus)
    except StorageError as error:
        print(type(error.__cause__).__name__, error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
@pytest.mark.parametrize(("words", "raised"), [(1, "RuntimeError"), (200, "ValueError")], ids=["FAISS", "Tantivy"])
def test_a_full_disk_is_one_line(corpus: Corpus, words: int, raised: str) -> None:
    store(corpus, "a.pdf", [" ".join(f"w{place * words + word}" for word in range(words)) for place in range(600)])
    done = subprocess.run([sys.executable, "-c", LIMITED], capture_output=True, text=True, timeout=60)
    assert re.fullmatch(rf"{raised} .*File too large.*free some space.*\n", done.stdout), done.stderr


@pytest.mark.parametrize("mistake", [ValueError("shapes not aligned"), RuntimeError("dictionary changed size")])
def test_a_mistake_of_ours_is_not_taken_for_a_full_disk(corpus: Corpus, mistake: Exception) -> None:
    with pytest.raises(type(mistake), match=str(mistake)), generations.refreshing(index_directory(corpus.name)):
        raise mistake


# ── several processes ────────────────────────────────────────────────────────────────────────────

REFRESH = """
import sys
from corpora.storage import open_corpus
from indexes.refresh import refresh
with open_corpus("tests") as corpus:
    print(refresh(corpus, rebuild="--rebuild" in sys.argv).added)
"""


def refreshing(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", REFRESH, *arguments], stdout=subprocess.PIPE, text=True)


def test_two_processes_that_refresh_share_the_work(corpus: Corpus) -> None:
    for seed in range(6):
        store(corpus, f"{seed}.pdf", made_texts(50, seed))
    processes = [refreshing(), refreshing()]
    assert sorted(int(process.communicate(timeout=60)[0]) for process in processes) == [0, 6]
    assert len(ask(corpus, "risk data", k=300)) == 300


def test_readers_see_one_state_or_the_other(corpus: Corpus) -> None:
    store(corpus, "a.pdf", made_texts(300, 1))
    before = texts(ask(corpus, "risk data market", k=50))
    writers = [refreshing("--rebuild") for _ in range(3)]
    reads = 0
    while any(writer.poll() is None for writer in writers) or reads < 3:
        assert texts(ask(corpus, "risk data market", k=50)) == before
        reads += 1
    assert [writer.communicate()[0].strip() for writer in writers] == ["1"] * 3


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.parametrize("delay", [0.2, 0.35, 0.5, 0.7])
def test_a_killed_refresh_leaves_nothing_broken(corpus: Corpus, delay: float) -> None:
    store(corpus, "a.pdf", made_texts(50, 1))
    refresh(corpus)
    for seed in range(2, 8):
        store(corpus, f"{seed}.pdf", made_texts(200, seed))
    process = refreshing()
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.communicate()
    assert len(ask(corpus, "risk data", k=2000)) == 1250
    assert len(list(index_directory(corpus.name).glob("generation-*"))) == 1
