"""The documents say what the code does: commands, columns, tables, and README's own commands run."""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
Command = Callable[..., Any]


def written(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_cli_reference_is_generated_from_the_app(request: pytest.FixtureRequest) -> None:
    command = [
        sys.executable,
        "-m",
        "typer",
        "cli.py",
        "utils",
        "docs",
        "--name",
        "regloupe",
        "--title",
        "Command line",
    ]
    environment = {**os.environ, "COLUMNS": "120", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", env=environment)
    assert done.returncode == 0, done.stderr
    if request.config.getoption("--update-docs"):
        assert "CI" not in os.environ, "docs are updated by a person, not by CI"
        (ROOT / "docs" / "cli.md").write_text(done.stdout, encoding="utf-8")
    assert done.stdout.rstrip() == written("docs/cli.md").rstrip(), "run `make docs`"


def test_data_model_names_every_table_and_column(home: Path) -> None:
    from corpora.storage import open_corpus

    with open_corpus("default", create=True) as corpus:
        file = corpus.file
    page = written("docs/data-model.md")
    database = sqlite3.connect(file)
    tables = [row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    for table in tables:
        if table.startswith("sqlite_"):
            continue
        assert f"`{table}`" in page
        for column in database.execute(f"PRAGMA table_info({table})"):
            assert f"`{column[1]}`" in page, f"{table}.{column[1]}"
    database.close()


def test_architecture_names_every_module() -> None:
    page = written("docs/architecture.md")
    modules = [path for layer in ("corpora", "pipeline", "indexes") for path in (ROOT / layer).rglob("*.py")]
    missing = [path.relative_to(ROOT).as_posix() for path in modules if path.stem not in page]
    assert [name for name in missing if not name.endswith("__init__.py")] == []


def test_every_public_definition_has_a_docstring() -> None:
    bare = []
    for layer in ("corpora", "pipeline", "indexes"):
        for path in (ROOT / layer).rglob("*.py"):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
                if public and not ast.get_docstring(node):
                    bare.append(f"{path.relative_to(ROOT)}: {node.name}")
    assert bare == []


def readme_commands() -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", written("README.md"), flags=re.DOTALL)
    lines = [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    return [line for line in lines if line.startswith("regloupe ")]


def test_readme_commands_run(on_samples: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that read: on the samples' corpus, in a folder of their own; those that write are tested elsewhere."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "corpora" / "taxonomies" / "ai-in-healthcare.yaml", "mine.yaml")
    reading = [line for line in readme_commands() if shlex.split(line)[1] in {"search", "export", "taxonomy", "info"}]
    assert len(reading) >= 4
    for line in reading:
        result = on_samples(*shlex.split(line, comments=True)[1:])
        assert result.code == 0, f"{line}\n{result.stderr}"


def test_links_between_documents_lead_somewhere() -> None:
    pages = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + list(
        (ROOT / "docs").rglob("*.md")
    )
    for page in pages:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
