"""What every test may use: a home of its own, real PDFs written on the spot, the command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "corpora" / "samples"
SHARED = ROOT.parent / "shared"


@dataclass(frozen=True)
class Result:
    """A finished command."""

    code: int
    stdout: str
    stderr: str


Command = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place for corpora and indexes."""
    folder = tmp_path / "home"
    monkeypatch.setenv("REGLOUPE_HOME", str(folder))
    monkeypatch.setenv("COLUMNS", "100")
    return folder


@pytest.fixture
def regloupe(home: Path) -> Command:
    """Runs the command line in its own process, as a user does."""
    return command_for(home)


@pytest.fixture(scope="session")
def command_at() -> Callable[[Path], Command]:
    """Makes the command line for a home."""
    return command_for


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose default corpus holds the sample reports; tests only read it."""
    folder = tmp_path_factory.mktemp("samples") / "home"
    result = command_for(folder)("ingest", str(SAMPLES))
    assert result.code == 0, result.stderr
    return folder


@pytest.fixture(scope="session")
def on_samples(sample_home: Path) -> Command:
    """The command line over the sample reports."""
    return command_for(sample_home)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real reports beside the project."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the real reports in {SHARED}")
    return SHARED


@pytest.fixture
def write_pdf(tmp_path: Path) -> Callable[..., Path]:
    """Writes a small PDF: one page per string, its lines as text; ``password`` encrypts it."""
    return lambda name, *pages, password=None: pdf_with(tmp_path / name, pages, password)


def command_for(home: Path) -> Command:
    """The command line with this home."""
    environment = {**os.environ, "REGLOUPE_HOME": str(home), "COLUMNS": "100", "NO_COLOR": "1"}

    def run(*arguments: str, **more: str) -> Result:
        command = [sys.executable, "-m", "cli", *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", env={**environment, **more}, timeout=300
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return run


def pdf_with(path: Path, pages: Sequence[str], password: str | None = None) -> Path:
    """A PDF whose pages hold these lines in Helvetica 11."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    encryption = StandardEncryption(password, strength=128) if password else None
    canvas = Canvas(str(path), encrypt=encryption)
    for page in pages:
        text = canvas.beginText(72, 770)
        text.setFont("Helvetica", 11)
        text.textLines(page)
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return path


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-docs", action="store_true", help="rewrite docs/cli.md from the app instead of comparing")
