"""Several processes on one corpus: writers killed, locked out, racing, without permission."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

import corpora.database
from corpora.errors import CorpusLocked, StorageError
from corpora.selection import Selection
from corpora.storage import open_corpus

PASSAGES = 40

WRITER = f"""
import hashlib, itertools
import numpy as np
from corpora.documents import Document, Metadata, document_id
from corpora.passages import Passage, Tag, passage_id
from corpora.storage import open_corpus

corpus = open_corpus("tests", create=True)
corpus.use_taxonomy("T", "content")
print("ready", flush=True)
for at in itertools.count():
    sha256 = hashlib.sha256(str(at % 7).encode()).hexdigest()
    document = Document(document_id(sha256), sha256, f"/{{at % 7}}.pdf", f"{{at % 7}}.pdf", Metadata(), "en", 3, "T")
    texts = [f"text {{at}} {{n}} " * 40 for n in range({PASSAGES})]
    passages = [Passage(passage_id(document.id, n, t), document.id, n, t) for n, t in enumerate(texts)]
    tags = [[Tag("c", 0.5, ((0, 4),), "dense")] for _ in texts]
    with corpus.writing():
        corpus.store(document, passages, np.ones((len(texts), 384), np.float32), tags, completes=True)
"""

HOLDER = """
import sqlite3, sys
from corpora.storage import open_corpus
corpus = open_corpus("tests", create=True)
if sys.argv[1] == "writing":
    held = corpus.writing()
    held.__enter__()
else:
    held = sqlite3.connect(corpus.file, isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGLOUPE_HOME", str(tmp_path))


@contextmanager
def running(code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process of this code, from its line "ready" until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_killed_writer_leaves_every_document_whole_or_absent() -> None:
    chance = random.Random(7)
    stored = 0
    for _ in range(6):
        with running(WRITER) as writer:
            time.sleep(chance.uniform(0.02, 0.4))
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        with open_corpus("tests") as corpus:
            with corpus.writing():  # the dead writer's lock is free
                pass
            for document in corpus.documents():
                passages = corpus.passages_of(document.id)
                numbers, vectors = corpus.vectors_of(document.id)
                assert [passage.ordinal for passage in passages] == list(range(PASSAGES))
                assert [passage.number for passage in passages] == numbers.tolist()
                assert len({passage.text.split()[1] for passage in passages}) == 1, "two versions mixed"
                assert vectors.shape == (PASSAGES, 384)
                assert len(corpus.tags(numbers.tolist())) == PASSAGES
                assert corpus.has_source(document.sha256)
            stored = len(corpus.documents())
        with sqlite3.connect(corpus.file) as raw:
            assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
    assert stored > 0, "nothing was ever stored: the rounds were too short to test anything"


def test_a_corpus_that_another_process_writes_to_is_locked_for_writers_not_readers() -> None:
    with running(HOLDER, "writing"), open_corpus("tests") as corpus:
        with pytest.raises(CorpusLocked, match="another regloupe is writing"), corpus.writing():
            pytest.fail("two writers at once")
        assert corpus.documents() == []
    with corpus.writing():
        pass


def test_a_database_that_another_process_holds_is_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpora.database, "_WAIT_FOR_LOCK", 0.05)
    with running(HOLDER, "begin"), open_corpus("tests") as corpus:
        with pytest.raises(CorpusLocked, match="wait for it"):
            corpus.remember({"key": "value"})
        assert corpus.setting("key") is None
    with open_corpus("tests") as corpus:
        corpus.remember({"key": "value"})


@pytest.mark.skipif(not hasattr(os, "fork"), reason="starts processes together by fork")
def test_processes_that_make_the_same_corpus_at_once_all_succeed() -> None:
    context = multiprocessing.get_context("fork")
    for attempt in range(8):
        together = context.Barrier(8)
        makers = [context.Process(target=make_corpus, args=(together, f"new{attempt}")) for _ in range(8)]
        for maker in makers:
            maker.start()
        for maker in makers:
            maker.join(60)
        assert [maker.exitcode for maker in makers] == [0] * 8


def make_corpus(together: Barrier, name: str) -> None:
    together.wait(30)
    open_corpus(name, create=True).counts()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="permissions of POSIX")
def test_folders_without_permission_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def outcome(create: bool) -> str:
        """What a process without privileges gets, since root may write anywhere."""
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            if os.getuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            try:
                with open_corpus("tests", create=create) as corpus:
                    corpus.remember({"key": "value"})
                result = "written"
            except StorageError as error:
                result = f"{type(error).__name__}: {error}"
            except BaseException as error:
                result = f"escaped: {error!r}"
            os.write(writer, result.encode())
            os._exit(0)
        os.waitpid(child, 0)
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as stream:
            return stream.read()

    home = Path(os.environ["REGLOUPE_HOME"]) / "home"
    for parent in (tmp_path, *tmp_path.parents):  # pytest keeps its folders to their owner
        if parent.owner() == tmp_path.owner() and "pytest" in str(parent):
            parent.chmod(0o755)
    monkeypatch.setenv("REGLOUPE_HOME", str(home))
    home.mkdir()
    home.chmod(0o555)
    assert "check the folder or set REGLOUPE_HOME" in outcome(create=True)
    home.chmod(0o755)
    open_corpus("tests", create=True).remember({"key": "value"})
    folder = home / "corpora" / "tests"
    for path in (*folder.iterdir(), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    assert "check its permissions or set REGLOUPE_HOME" in outcome(create=False)
    (home / "corpora").chmod(0o000)
    assert "Permission denied; check the folder" in outcome(create=False)
    for path in (home / "corpora", folder):
        path.chmod(0o755)
    assert open_corpus("tests").select(Selection()).size == 0
