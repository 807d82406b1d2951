"""Bad input: one clear line, the right exit code, no traceback, and nothing stored is lost."""

from __future__ import annotations

import csv
import functools
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
GOOD_TEXT = "Hospitals need money for artificial intelligence.\nThey have none."
REPORT = Path(__file__).parents[1] / "corpora" / "samples" / "ai-in-healthcare-sample-report-en.pdf"


def one_line(result: Any) -> str:
    """The only complaint on stderr."""
    assert "Traceback" not in result.stderr
    complaints = [line for line in result.stderr.splitlines() if line.startswith(("error:", "failed"))]
    assert len(complaints) == 1, result.stderr
    return complaints[0]


def stored_files(command: Command) -> list[str]:
    return [row["file"] for row in json.loads(command("documents", "list", "--format", "json").stdout)]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("letter.pdf", b"Dear Madam, this is no PDF.", "not a PDF"),
        ("empty.pdf", b"", "empty"),
        ("truncated.pdf", REPORT.read_bytes()[:3000], "truncated"),
    ],
)
def test_what_is_no_pdf_fails_alone(
    regloupe: Command, write_pdf: Callable[..., Path], tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    good = write_pdf("good.pdf", GOOD_TEXT)
    result = regloupe("ingest", str(tmp_path / name), str(good))
    assert result.code == 3
    line = one_line(result)
    assert name in line
    assert said in line
    assert stored_files(regloupe) == ["good.pdf"]


def test_an_encrypted_pdf_asks_for_its_password(regloupe: Command, write_pdf: Callable[..., Path]) -> None:
    file = write_pdf("secret.pdf", GOOD_TEXT, password="sesame")
    result = regloupe("ingest", str(file))
    assert result.code == 3
    assert "--password" in one_line(result)
    assert regloupe("ingest", str(file), "--password", "sesame").code == 0


def test_a_pdf_without_text_says_so(regloupe: Command, write_pdf: Callable[..., Path]) -> None:
    result = regloupe("ingest", str(write_pdf("scan.pdf", "", "")))
    assert result.code == 3
    line = one_line(result)
    assert "text" in line
    assert "OCR" in line


def test_a_missing_path_is_named(regloupe: Command) -> None:
    result = regloupe("ingest", "nowhere.pdf")
    assert result.code == 3
    assert "nowhere.pdf" in one_line(result)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(regloupe: Command, write_pdf: Callable[..., Path]) -> None:
    file = write_pdf("closed.pdf", GOOD_TEXT)
    file.chmod(0)
    result = regloupe("ingest", str(file))
    assert result.code == 3
    assert "permission" in one_line(result)


@pytest.mark.parametrize("command", [["search", "x"], ["documents", "list"], ["export", "-"]])
def test_an_unknown_corpus_is_named(regloupe: Command, command: list[str]) -> None:
    result = regloupe(*command, "--corpus", "nope")
    assert result.code == 1
    assert "nope" in one_line(result)


def test_an_unknown_document_or_concept_is_named(on_samples: Command) -> None:
    assert "no document 'x.pdf'" in one_line(on_samples("search", "y", "--document", "x.pdf"))
    assert "did you mean need.cancer-care" in one_line(on_samples("search", "y", "--concept", "need.cancer"))
    assert "--page" in one_line(on_samples("search", "y", "--page", "twelve"))
    assert "--after" in one_line(on_samples("search", "y", "--after", "June"))


def test_usage_errors_exit_with_2(regloupe: Command) -> None:
    for command in (["search"], ["search", "x", "-k", "0"], ["search", "x", "--mode", "magic"], ["frobnicate"]):
        result = regloupe(*command)
        assert result.code == 2
        assert "Traceback" not in result.stderr


def test_a_malformed_line_of_ready_passages_is_named(regloupe: Command, tmp_path: Path) -> None:
    file = tmp_path / "ready.jsonl"
    file.write_text('{"id": "1", "text": "fine"}\n{"id": "2"}\n', encoding="utf-8")
    result = regloupe("ingest", str(file))
    assert result.code == 3
    assert "ready.jsonl:2" in one_line(result)


def test_passage_ids_taken_by_another_document_are_refused(regloupe: Command, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"id": "same", "text": f"Text {name}."}), encoding="utf-8")
    assert regloupe("ingest", str(tmp_path / "one.jsonl")).code == 0
    result = regloupe("ingest", str(tmp_path / "two.jsonl"))
    assert result.code == 3
    assert "'same'" in one_line(result)
    assert stored_files(regloupe) == ["one"]


def test_another_encoder_is_refused(on_samples: Command, tmp_path: Path) -> None:
    result = on_samples("search", "x", "--encoder", str(tmp_path / "no-model"))
    assert result.code == 1
    assert "no-model" in one_line(result)


def test_a_deleted_or_damaged_index_is_rebuilt(regloupe: Command, home: Path, write_pdf: Callable[..., Path]) -> None:
    regloupe("ingest", str(write_pdf("good.pdf", GOOD_TEXT)))
    shutil.rmtree(home / "indexes")
    assert "Hospitals" in regloupe("search", "money").stdout
    for file in (home / "indexes").rglob("*.faiss"):
        file.write_bytes(b"damaged")
    assert "Hospitals" in regloupe("search", "money").stdout


def test_a_damaged_corpus_is_named(regloupe: Command, home: Path) -> None:
    folder = home / "corpora" / "default"
    folder.mkdir(parents=True)
    (folder / "corpus.sqlite3").write_bytes(b"this is not a database, and long enough to be looked at" * 20)
    result = regloupe("search", "x")
    assert result.code == 1
    assert "corpus.sqlite3" in one_line(result)


def test_a_corpus_that_is_being_written_is_left_alone(
    regloupe: Command, home: Path, write_pdf: Callable[..., Path]
) -> None:
    regloupe("ingest", str(write_pdf("good.pdf", GOOD_TEXT)))
    writer = sqlite3.connect(home / "corpora" / "default" / "corpus.sqlite3", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        assert "Hospitals" in regloupe("search", "money").stdout
        result = regloupe("documents", "edit", "good.pdf", "--title", "New")
        assert result.code == 1
        assert "writing" in one_line(result)
    finally:
        writer.close()


@pytest.mark.skipif(os.name != "posix", reason="file size limits are POSIX")
@pytest.mark.parametrize("kind", ["pdf", "jsonl"])
def test_a_full_disk_loses_nothing(
    regloupe: Command, write_pdf: Callable[..., Path], tmp_path: Path, kind: str
) -> None:
    regloupe("ingest", str(write_pdf("good.pdf", GOOD_TEXT)))
    large = REPORT
    if kind == "jsonl":  # needs no language model, so that it is SQLite that finds the disk full
        large = tmp_path / "large.jsonl"
        passages = ({"id": str(number), "text": f"{number} {'x' * 3000}", "language": "en"} for number in range(200))
        large.write_text("".join(json.dumps(passage) + "\n" for passage in passages), encoding="utf-8")
    # A file size limit stops writes as a full disk does, for this process alone.
    limited = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)); "
        "sys.argv[0] = 'regloupe'; from cli import app; app()"
    )
    command = [sys.executable, "-c", limited, "ingest", str(large)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "full" in done.stderr
    assert stored_files(regloupe) == ["good.pdf"]
    assert regloupe("ingest", str(large)).code == 0


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_ingest_ended_in_the_middle_goes_on(
    regloupe: Command, on_samples: Command, home: Path, write_pdf: Callable[..., Path], how: signal.Signals
) -> None:
    first = write_pdf("first.pdf", GOOD_TEXT)
    command = [sys.executable, "-m", "cli", "ingest", str(first), str(REPORT)]
    # A run in the background, as in some CI, begins with SIGINT ignored; a user's terminal does not.
    heed = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=heed)
    deadline = time.monotonic() + 120
    while not _is_stored(home, "first.pdf"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert process.poll() is None
    process.send_signal(how)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == (130 if how is signal.SIGINT else -signal.SIGKILL)
    assert "Traceback" not in stderr
    assert stored_files(regloupe) == ["first.pdf"]
    assert "Hospitals" in regloupe("search", "money").stdout
    assert regloupe("ingest", str(first), str(REPORT)).code == 0
    exported = ("export", "-", "--shape", "wide", "--document", REPORT.name)
    assert rows_of(regloupe(*exported)) == rows_of(on_samples(*exported))


def rows_of(result: Any) -> list[dict[str, str]]:
    """An export's rows, but for what metadata.csv said of the samples."""
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert rows
    return [{name: row[name] for name in row.keys() - {"title", "issuer", "date"}} for row in rows]


def _is_stored(home: Path, file: str) -> bool:
    database = home / "corpora" / "default" / "corpus.sqlite3"
    if not database.exists():
        return False
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return bool(connection.execute("SELECT count(*) FROM documents WHERE file = ?", (file,)).fetchone()[0])
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
