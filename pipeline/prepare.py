"""From one source to documents with their passages: everything before vectors and tags."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from corpora.documents import Document, ExtractedDocument, Metadata, document_id
from corpora.errors import NoTextLayer
from corpora.passages import Passage
from pipeline.sandbox import Limits


@dataclass(frozen=True, slots=True)
class Options:
    """What the user says about a run; ``metadata`` holds for every document of it."""

    metadata: Metadata = field(default_factory=Metadata)
    password: str | None = None
    limits: Limits = field(default_factory=Limits)
    jobs: int = 1


@dataclass(frozen=True, slots=True)
class Source:
    """A file to ingest, known by the SHA-256 (hex) of its bytes; ``size`` in bytes."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """The documents of a source, each with its passages in reading order; seconds by stage."""

    source: Source
    documents: tuple[tuple[Document, tuple[Passage, ...]], ...]
    seconds: Mapping[str, float]

    @property
    def pages(self) -> int:
        return sum(document.pages for document, _ in self.documents)

    @property
    def passages(self) -> int:
        return sum(len(passages) for _, passages in self.documents)


def prepare(source: Source, options: Options, rows: Mapping[str, Metadata]) -> Prepared:
    """Extract and chunk a PDF, or read ready passages.

    Args:
        rows: Metadata by file name, from the ``metadata.csv`` of the source's folder.

    Raises:
        DocumentError: If nothing can be had from the source; the message is for the user.
    """
    given = (options.metadata, rows.get(source.path.name))
    if source.path.suffix.lower() == ".jsonl":
        return _prepare_ready_passages(source, *given)
    return _prepare_pdf(source, options, *given)


def _prepare_pdf(source: Source, options: Options, given: Metadata, row: Metadata | None) -> Prepared:
    from pipeline.chunk import chunk, document_language
    from pipeline.metadata import merge, read_metadata
    from pipeline.sandbox import extract_safely
    from pipeline.tokens import count_tokens

    started = time.perf_counter()
    extracted = extract_safely(source.path, password=options.password, limits=options.limits)
    # The thread's own time: it shares the cores with the encoder.
    extracted_at, chunking_from = time.perf_counter(), time.thread_time()
    identity = document_id(source.sha256)
    passages = chunk(identity, extracted.blocks, count_tokens=count_tokens)
    if not passages:
        raise NoTextLayer(f"{source.path}: holds no sentence to store; is it a form or a drawing?")
    language = document_language(extracted.blocks)
    metadata = merge(given, row, read_metadata(extracted))
    document = _document(source, metadata, language, extracted)
    seconds = {"extract": extracted_at - started, "chunk": time.thread_time() - chunking_from}
    return Prepared(source, ((document, tuple(passages)),), seconds)


def _document(source: Source, metadata: Metadata, language: str, extracted: ExtractedDocument) -> Document:
    path = source.path
    pages = len(extracted.pages)
    return Document(document_id(source.sha256), source.sha256, str(path), path.name, metadata, language, pages)


def _prepare_ready_passages(source: Source, given: Metadata, row: Metadata | None) -> Prepared:
    from pipeline.metadata import merge
    from pipeline.ready_passages import read_ready_passages

    started = time.perf_counter()
    documents = []
    for ready in read_ready_passages(source.path):
        metadata = merge(given, row, Metadata(title=ready.name))
        identity = document_id(ready.sha256)
        language = _commonest_language(ready.passages)
        path = str(source.path)
        document = Document(identity, source.sha256, path, ready.name, metadata, language, 0)
        documents.append((document, ready.passages))
    return Prepared(source, tuple(documents), {"read": time.perf_counter() - started})


def _commonest_language(passages: tuple[Passage, ...]) -> str:
    languages = [passage.language for passage in passages]
    return max(sorted(set(languages)), key=languages.count)
