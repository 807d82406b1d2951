"""The run that joins the steps: what is stored is skipped, what is new is prepared, embedded, tagged, stored.

Documents are prepared in child processes ahead of the one being embedded, and stored one at a time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import numpy as np

from corpora.documents import NOTHING_SAID, Document, Metadata
from corpora.encoders import Encoder, Vectors
from corpora.errors import DocumentError, RegloupeError
from corpora.home import corpus_names
from corpora.passages import Passage
from corpora.storage import Corpus, open_corpus
from corpora.targets import DISK_FULL
from pipeline.prepare import Options, Prepared, Source, prepare
from pipeline.sandbox import end_extractions
from pipeline.sources import find_sources, sha256_of, size_of
from pipeline.tag_runs import retag
from pipeline.tools import Tools

logger = logging.getLogger("regloupe")

_SLICE = 128  # passages embedded at once: progress moves every few seconds


Rows = Mapping[Path, Mapping[str, Metadata]]
"""What the ``metadata.csv`` of each folder says, by file name."""


class Status(StrEnum):
    """What became of a source."""

    STORED = "stored"
    REPLACED = "replaced"
    UPDATED = "updated"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one source; ``message`` is the one line for the user, empty where all went well."""

    path: Path
    status: Status
    pages: int = 0
    passages: int = 0
    message: str = ""


@dataclass(slots=True)
class Report:
    """A finished run: outcomes in the order they came, seconds in all and by stage.

    Stages overlap: the next documents are extracted and chunked while one is embedded.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.perf_counter() - self.started

    def spend(self, seconds: Mapping[str, float]) -> None:
        """Add seconds by stage."""
        for stage, spent in seconds.items():
            self.seconds[stage] = self.seconds.get(stage, 0.0) + spent

    def count(self, status: Status) -> int:
        return sum(outcome.status is status for outcome in self.outcomes)

    def summary(self) -> str:
        """One line for the user: files by outcome, pages, passages, seconds by stage."""
        counts = ", ".join(f"{count} {status.value}" for status in Status if (count := self.count(status)))
        pages = sum(outcome.pages for outcome in self.outcomes)
        passages = sum(outcome.passages for outcome in self.outcomes)
        stages = ", ".join(f"{stage} {spent:.1f} s" for stage, spent in self.seconds.items())
        made = f": {pages:,} pages, {passages:,} passages in {self.elapsed:.1f} s ({stages})" if passages else ""
        return counts + made


class Observer(Protocol):
    """Is told how a run goes on."""

    def sources_found(self, sources: Sequence[Source]) -> None: ...

    def source_prepared(self, prepared: Prepared) -> None: ...

    def passages_embedded(self, count: int) -> None: ...

    def source_finished(self, outcome: Outcome) -> None: ...


def ingest(paths: Sequence[Path], corpus: Corpus, tools: Tools, options: Options, observer: Observer) -> Report:
    """Bring every PDF and file of ready passages under ``paths`` into the corpus.

    A document that fails costs its own outcome and no more. Interrupted at any moment, finished
    documents are stored whole, and the next run takes up the rest.

    Raises:
        CorpusLocked: If another process is writing to the corpus.
        EncoderMismatch: If the corpus was embedded with another encoder.
        StorageError: If the corpus cannot be written, a full disk for one.
    """
    from pipeline.metadata import metadata_from_csv

    report = Report()
    with corpus.writing():
        retag(corpus, tools)
        found = list(_readable_sources(paths, report))
        if not found and not report.outcomes:
            raise DocumentError(f"no PDF or .jsonl file in {', '.join(map(str, paths))}; check the path")
        rows = {folder: metadata_from_csv(folder) for folder in {source.path.parent for source in found}}
        new = _new_sources(found, corpus, options.metadata, rows, report)
        for outcome in report.outcomes:
            observer.source_finished(outcome)
        observer.sources_found(new)
        with _preparing(new, options, rows) as sources:
            if new:  # what is slow to load loads while the first documents are extracted
                with _timed(report, "load"):
                    tools.load_for(corpus)
            for source, prepared in sources:
                outcome = _finished(source, prepared, corpus, tools, options.metadata, report, observer)
                report.outcomes.append(outcome)
                observer.source_finished(outcome)
    return report


def plan(paths: Iterable[Path], corpus_name: str) -> list[dict[str, str]]:
    """What :func:`ingest` would do with each source, as rows of a listing; the corpus need not exist."""
    report = Report()
    sources = list(_readable_sources(paths, report))
    if corpus_name not in corpus_names():
        report.outcomes += [Outcome(source.path, Status.STORED) for source in sources]
    else:
        with open_corpus(corpus_name) as corpus:
            report.outcomes += [Outcome(source.path, _expected(source, corpus)) for source in sources]
    return [{"would be": one.status.value, "path": str(one.path)} for one in report.outcomes]


def _expected(source: Source, corpus: Corpus) -> Status:
    if corpus.source_at(str(source.path)) == source.sha256:
        return Status.SKIPPED
    if corpus.outdated_by(str(source.path), source.sha256):
        return Status.REPLACED
    return Status.SKIPPED if corpus.has_source(source.sha256) else Status.STORED


def _new_sources(found: Iterable[Source], corpus: Corpus, given: Metadata, rows: Rows, report: Report) -> list[Source]:
    """The sources to ingest. Of what is stored already, its path and what is said of it are brought up to date."""
    new: dict[str, Source] = {}
    for source in found:
        if source.sha256 in new:
            report.outcomes.append(Outcome(source.path, Status.SKIPPED))
        elif corpus.has_source(source.sha256):
            row = rows[source.path.parent].get(source.path.name, NOTHING_SAID)
            report.outcomes.append(Outcome(source.path, _known_again(source, corpus, given, row)))
        else:
            new[source.sha256] = source
    return list(new.values())


def _known_again(source: Source, corpus: Corpus, given: Metadata, row: Metadata) -> Status:
    path = str(source.path)
    replaced = corpus.source_at(path) != source.sha256 and corpus.attach(path, source.sha256)
    status = Status.REPLACED if replaced else Status.SKIPPED
    for document in corpus.documents_of(source.sha256):
        corrections = given.over(document.corrections)
        metadata = document.metadata.corrected(corrections.over(row))
        if metadata != document.metadata:
            corpus.describe(document, metadata, corrections)
            status = Status.UPDATED
    return status


def _readable_sources(paths: Iterable[Path], report: Report) -> Iterator[Source]:
    for path in find_sources(paths):
        try:
            yield Source(path, sha256_of(path), size_of(path))
        except DocumentError as error:
            report.outcomes.append(Outcome(path, Status.FAILED, message=str(error)))


@contextmanager
def _preparing(
    sources: Sequence[Source], options: Options, rows: Rows
) -> Iterator[Iterator[tuple[Source, Prepared | DocumentError]]]:
    """Sources as they get ready, begun at once; at most ``jobs + 1`` are in the making or waiting."""
    waiting = iter(sources)
    running: dict[Future[Prepared], Source] = {}
    pool = ThreadPoolExecutor(options.jobs)

    def begin_more() -> None:
        while len(running) <= options.jobs and (source := next(waiting, None)):
            running[pool.submit(prepare, source, options, rows[source.path.parent])] = source

    def as_they_get_ready() -> Iterator[tuple[Source, Prepared | DocumentError]]:
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                source = running.pop(future)
                begin_more()
                yield source, _result(source, future)

    begin_more()
    try:
        yield as_they_get_ready()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        end_extractions()


def _result(source: Source, future: Future[Prepared]) -> Prepared | DocumentError:
    try:
        return future.result()
    except DocumentError as error:
        return error
    except RegloupeError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in DISK_FULL:
            raise
        logger.debug("%s", source.path, exc_info=error)
        return DocumentError(f"{source.path}: cannot be read ({type(error).__name__}: {error}); please report it")


def _finished(
    source: Source,
    prepared: Prepared | DocumentError,
    corpus: Corpus,
    tools: Tools,
    given: Metadata,
    report: Report,
    observer: Observer,
) -> Outcome:
    try:
        if isinstance(prepared, DocumentError):
            raise prepared
        report.spend(prepared.seconds)
        observer.source_prepared(prepared)
        return _finish(prepared, corpus, tools, given, report, observer)
    except DocumentError as error:
        return Outcome(source.path, Status.FAILED, message=str(error))


def _finish(
    prepared: Prepared, corpus: Corpus, tools: Tools, given: Metadata, report: Report, observer: Observer
) -> Outcome:
    """Embed, tag and store the documents of one source, but those that an interrupted run has stored."""
    source = prepared.source
    outdated = corpus.outdated_by(str(source.path), source.sha256)
    replaced = [document.id for document in outdated]
    corrections = {document.file: document.corrections for document in outdated}
    corpus.check_ids((passage for _, passages in prepared.documents for passage in passages), replaced)
    stored = {document.id for document in corpus.documents_of(source.sha256)}
    waiting = [pair for pair in prepared.documents if pair[0].id not in stored]
    for place, (document, passages) in enumerate(waiting, start=1):
        vectors = _embedded(passages, tools.encoder, report, observer)
        with _timed(report, "tag"):
            tags = tools.tagger.tag(passages, vectors)
        with _timed(report, "store"):
            tools.claim(corpus)
            corrected = _corrected(document, corrections.get(document.file, NOTHING_SAID), given)
            corpus.store(
                replace(corrected, taxonomy=tools.taxonomy.hash),
                passages,
                vectors,
                tags,
                replaced=replaced,
                completes=place == len(waiting),
            )
    status = Status.REPLACED if outdated else Status.STORED
    return Outcome(source.path, status, prepared.pages, prepared.passages)


def _corrected(document: Document, corrections: Metadata, given: Metadata) -> Document:
    """The document with what the user corrected in the version it replaces, unless said anew."""
    said = given.over(corrections)
    return replace(document, metadata=document.metadata.corrected(said), corrections=said)


def _embedded(passages: Sequence[Passage], encoder: Encoder, report: Report, observer: Observer) -> Vectors:
    parts = [np.empty((0, encoder.dimension), np.float32)]
    with _timed(report, "embed"):
        for start in range(0, len(passages), _SLICE):
            texts = [passage.text_in_context for passage in passages[start : start + _SLICE]]
            parts.append(encoder.encode_passages(texts))
            observer.passages_embedded(len(texts))
    return np.concatenate(parts)


@contextmanager
def _timed(report: Report, stage: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    report.spend({stage: time.perf_counter() - started})
