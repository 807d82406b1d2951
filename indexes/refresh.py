"""Brings the index files of a corpus up to what the corpus holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from corpora.documents import Document
from corpora.encoders import Vectors
from corpora.home import index_directory
from corpora.passages import Passage
from corpora.selection import Selection
from corpora.storage import Corpus
from indexes.generations import (
    Manifest,
    file_sizes,
    is_whole,
    new_generation,
    publish,
    read_manifest,
    refreshing,
)
from indexes.groups import GroupWriter
from indexes.lexical import language_group

_WASTE = 1.2  # removed passages still count in BM25's statistics: above this share, build anew


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did, in documents (a replaced or edited one counts twice); ``rebuilt`` if from nothing."""

    added: int = 0
    removed: int = 0
    rebuilt: bool = False


def refresh(corpus: Corpus, *, rebuild: bool = False) -> Refreshed:
    """Apply what was added, replaced, edited and removed since the last refresh: all of it or nothing.

    Files that are missing, damaged or made for another encoder are built anew from the corpus, and so is
    everything if ``rebuild``. A second process that refreshes at the same time waits.

    Raises:
        StorageError: If the index folder cannot be written.
    """
    folder = index_directory(corpus.name)
    with refreshing(folder):
        manifest = None if rebuild else _usable_manifest(corpus, folder)
        if manifest and is_fresh(manifest, corpus):
            return Refreshed()
        if manifest and not _is_wasteful(manifest):
            try:
                return _next_generation(corpus, folder, manifest)
            except (RuntimeError, ValueError):
                pass  # its files are of full length and yet damaged: nothing in them is needed
        return _next_generation(corpus, folder, None)


def _usable_manifest(corpus: Corpus, folder: Path) -> Manifest | None:
    manifest = read_manifest(folder)
    if manifest and manifest.encoder == corpus.setting("encoder") and is_whole(folder, manifest):
        return manifest
    return None


def is_fresh(manifest: Manifest | None, corpus: Corpus) -> bool:
    """Whether the manifest describes exactly the documents and the encoder of the corpus."""
    return (
        manifest is not None
        and manifest.encoder == corpus.setting("encoder")
        and manifest.documents == _stamps(corpus.documents())
    )


def _next_generation(corpus: Corpus, folder: Path, base: Manifest | None) -> Refreshed:
    # The stamps are read first: what changes while we read on is noticed by the next search.
    documents = corpus.documents()
    stamps = _stamps(documents)
    known = base.documents if base else {}
    changed = [document for document in documents if known.get(document.id) != stamps[document.id]]
    outdated = [identity for identity, stamp in known.items() if stamps.get(identity) != stamp]
    encoder = corpus.setting("encoder") or ""
    with new_generation(folder) as generation:
        writers = _Writers(generation, folder / base.generation if base else None, base)
        writers.drop(corpus, outdated)
        for document in changed:
            writers.add(corpus, document)
        groups = writers.finish()
        publish(folder, Manifest(generation.name, encoder, stamps, groups, file_sizes(generation)))
    return Refreshed(len(changed), len(outdated), rebuilt=base is None)


class _Writers:
    """One writer per language group, made when first needed."""

    def __init__(self, target: Path, source: Path | None, base: Manifest | None) -> None:
        self._target = target
        self._entries = {name: group["entries"] for name, group in base.groups.items()} if base else {}
        self._open = {
            name: GroupWriter(name, target / name, source / name if source else None, 0) for name in self._entries
        }

    def drop(self, corpus: Corpus, outdated: Iterable[str]) -> None:
        live = corpus.select(Selection())
        for writer in self._open.values():
            writer.keep_only(live)
            for identity in outdated:
                writer.forget(identity)

    def add(self, corpus: Corpus, document: Document) -> None:
        for name, passages, vectors in _by_group(corpus, document):
            if name not in self._open:
                self._open[name] = GroupWriter(name, self._target / name, None, vectors.shape[1])
            self._open[name].add(passages, vectors, document.metadata.title or "")

    def finish(self) -> dict[str, dict[str, int]]:
        return {
            name: {"passages": writer.finish(), "entries": self._entries.get(name, 0) + writer.entries}
            for name, writer in self._open.items()
        }


def _by_group(corpus: Corpus, document: Document) -> Iterator[tuple[str, list[Passage], Vectors]]:
    """The document's passages to be found, with their vectors, by language group."""
    numbers, vectors = corpus.vectors_of(document.id)
    rows = {number: row for row, number in enumerate(numbers.tolist())}
    groups: dict[str, list[Passage]] = {}
    for passage in corpus.passages_of(document.id):
        if passage.kind != "contents" and passage.number in rows:
            groups.setdefault(language_group(passage.language), []).append(passage)
    for name, passages in groups.items():
        yield name, passages, vectors[[rows[passage.number] for passage in passages]]


def _stamps(documents: Iterable[Document]) -> dict[str, str]:
    """What tells one state of a document from another, also in a corpus made anew under an old name."""
    return {document.id: f"{document.revision} {document.ingested_at}" for document in documents}


def _is_wasteful(manifest: Manifest) -> bool:
    return any(group["entries"] > _WASTE * group["passages"] for group in manifest.groups.values())
