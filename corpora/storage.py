"""The SQLite file that keeps a corpus: the only truth.

A document with its passages, tags and vectors is one transaction: after a crash it is whole or absent.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from corpora.database import Database
from corpora.documents import Document, Metadata
from corpora.encoders import Vectors
from corpora.errors import CorpusLocked, CorpusNotFound, InvalidPassages, StorageError
from corpora.home import corpus_directory, corpus_names, index_directory
from corpora.passages import Passage, Tag
from corpora.rows import (
    DOCUMENT_COLUMNS,
    PASSAGE_COLUMNS,
    corrections_as_json,
    document_from_row,
    passage_as_row,
    passage_from_row,
    tag_as_row,
    tag_from_row,
    vector_as_blob,
    vectors_from_blobs,
)
from corpora.selection import Selection, as_sql

Numbers = npt.NDArray[np.int64]


class Corpus:
    """One corpus, open. Use :func:`open_corpus`; it is a context manager."""

    def __init__(self, name: str, file: Path) -> None:
        self.name = name
        self.file = file
        self._database = Database(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def setting(self, key: str) -> str | None:
        """A remembered fact about the corpus, such as its ``encoder``."""
        row = self._database.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else None

    def taxonomy(self) -> str | None:
        """The content of the taxonomy that tags this corpus, None before the first ingest."""
        row = self._database.execute(
            "SELECT content FROM taxonomies WHERE hash = (SELECT value FROM settings WHERE key = 'taxonomy')"
        ).fetchone()
        return str(row[0]) if row else None

    def documents(self) -> list[Document]:
        """Every document, by file name."""
        rows = self._database.execute(f"SELECT {DOCUMENT_COLUMNS} FROM documents d ORDER BY d.file, d.id")
        return [document_from_row(row) for row in rows]

    def document(self, reference: str) -> Document:
        """The document of this id, start of an id, or file name.

        Raises:
            CorpusNotFound: If there is none, or more than one.
        """
        where = (
            "d.id = :given OR d.file = :given OR d.path = :given OR (length(:given) >= 4 AND instr(d.id, :given) = 1)"
        )
        rows = self._database.execute(
            f"SELECT {DOCUMENT_COLUMNS} FROM documents d WHERE {where}", {"given": reference}
        ).fetchall()
        if len(rows) == 1:
            return document_from_row(rows[0])
        found = "no document" if not rows else f"{len(rows)} documents"
        raise CorpusNotFound(
            f"{found} {reference!r} in corpus {self.name!r}: `regloupe documents list` shows ids and file names"
        )

    def source_at(self, path: str) -> str | None:
        """SHA-256 of the file that was last ingested whole from this path."""
        row = self._database.execute("SELECT sha256 FROM sources WHERE path = ?", (path,)).fetchone()
        return str(row[0]) if row else None

    def has_source(self, sha256: str) -> bool:
        """Whether every document of the file with this SHA-256 is stored, wherever it was."""
        return self._database.execute("SELECT 1 FROM sources WHERE sha256 = ?", (sha256,)).fetchone() is not None

    def documents_of(self, sha256: str) -> list[Document]:
        """The documents of the file with this SHA-256 that are stored so far."""
        rows = self._database.execute(f"SELECT {DOCUMENT_COLUMNS} FROM documents d WHERE d.sha256 = ?", (sha256,))
        return [document_from_row(row) for row in rows]

    def outdated_by(self, path: str, sha256: str) -> list[Document]:
        """Documents that came from ``path`` when it held other bytes, and that no other path holds."""
        rows = self._database.execute(
            f"SELECT {DOCUMENT_COLUMNS} FROM documents d WHERE d.sha256 != :sha256 "
            "AND (d.path = :path OR d.sha256 = (SELECT sha256 FROM sources WHERE path = :path)) "
            "AND NOT EXISTS (SELECT 1 FROM sources s WHERE s.sha256 = d.sha256 AND s.path != :path)",
            {"path": path, "sha256": sha256},
        )
        return [document_from_row(row) for row in rows]

    def check_ids(self, passages: Iterable[Passage], replaced: Iterable[str] = ()) -> None:
        """See that no passage id is taken by a document other than the passages' own and the ``replaced`` (ids).

        Raises:
            InvalidPassages: If one is.
        """
        free = set(replaced)
        for passage in passages:
            owner = self._owner_of(passage.id)
            if owner and owner not in free | {passage.document_id}:
                raise _taken(passage.id, owner)

    def passages_of(self, document_id: str) -> list[Passage]:
        """The document's passages in reading order."""
        rows = self._database.execute(
            f"SELECT {PASSAGE_COLUMNS} FROM passages p WHERE p.document_id = ? ORDER BY p.ordinal",
            (document_id,),
        )
        return [passage_from_row(row) for row in rows]

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """Passages by number, in the order asked; numbers that are gone are left out."""
        sql = f"SELECT {PASSAGE_COLUMNS} FROM passages p WHERE p.number IN"
        found = {row[-1]: passage_from_row(row) for row in self._database.rows_in(sql, numbers)}
        return [found[number] for number in map(int, numbers) if number in found]

    def tags(self, numbers: Sequence[int]) -> dict[int, tuple[Tag, ...]]:
        """Tags by passage number, best first; untagged passages are absent."""
        sql = "SELECT t.number, t.concept, t.score, t.spans, t.method FROM tags t WHERE t.number IN"
        tags: dict[int, list[Tag]] = {}
        for number, *row in self._database.rows_in(sql, numbers):
            tags.setdefault(number, []).append(tag_from_row(row))
        return {
            number: tuple(sorted(found, key=lambda tag: (-tag.score, tag.concept))) for number, found in tags.items()
        }

    def vectors_of(self, document_id: str) -> tuple[Numbers, Vectors]:
        """Passage numbers, shape ``(n,)``, and vectors, shape ``(n, dimension)``, in reading order."""
        rows = self._database.execute(
            "SELECT v.number, v.vector FROM vectors v JOIN passages p USING (number) "
            "WHERE p.document_id = ? ORDER BY p.ordinal",
            (document_id,),
        ).fetchall()
        return np.array([row[0] for row in rows], np.int64), vectors_from_blobs([row[1] for row in rows])

    def tag_counts(self, document_id: str) -> dict[str, int]:
        """How many of a document's passages carry each concept, commonest first."""
        return dict(
            self._database.execute(
                "SELECT t.concept, count(*) FROM tags t JOIN passages p USING (number) WHERE p.document_id = ? "
                "GROUP BY t.concept ORDER BY count(*) DESC, t.concept",
                (document_id,),
            ).fetchall()
        )

    def select(self, selection: Selection) -> Numbers:
        """Numbers of the passages that the selection means, in reading order of file after file."""
        where, values = as_sql(selection)
        rows = self._database.execute(
            "SELECT p.number FROM passages p JOIN documents d ON d.id = p.document_id "
            f"WHERE {where} ORDER BY d.file, d.id, p.ordinal",
            values,
        )
        return np.fromiter((row[0] for row in rows), np.int64)

    def known(self, what: str) -> list[str]:
        """Every ``language`` of a passage, or ``issuer`` or ``jurisdiction`` of a document, sorted."""
        table = "passages" if what == "language" else "documents"
        rows = self._database.execute(f"SELECT DISTINCT {what} FROM {table} WHERE {what} IS NOT NULL ORDER BY 1")
        return [str(row[0]) for row in rows]

    def counts(self) -> dict[str, int]:
        """How many documents, pages, passages and tags are stored."""
        sql = (
            "SELECT (SELECT count(*) FROM documents), (SELECT coalesce(sum(pages), 0) FROM documents), "
            "(SELECT count(*) FROM passages), (SELECT count(*) FROM tags)"
        )
        return dict(
            zip(("documents", "pages", "passages", "tags"), self._database.execute(sql).fetchone(), strict=True)
        )

    # ── writing ──────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep other writers out for a while; readers go on undisturbed.

        Raises:
            CorpusLocked: If another process is writing to this corpus now.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(self.file.with_suffix(".lock"), timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise CorpusLocked(
                f"corpus {self.name!r}: another regloupe is writing to it; wait for it, or use another --corpus"
            ) from None
        except OSError as error:
            raise StorageError(f"{self.file.parent}: {error.strerror or error}; check the folder") from None
        try:
            yield
        finally:
            lock.release()

    def store(
        self,
        document: Document,
        passages: Sequence[Passage],
        vectors: Vectors,
        tags: Sequence[Sequence[Tag]],
        *,
        replaced: Iterable[str] = (),
        completes: bool = False,
    ) -> None:
        """Store one document whole, in place of the ``replaced`` ones (ids).

        Args:
            vectors: Shape ``(len(passages), dimension)``, in the passages' order.
            tags: One sequence per passage.
            completes: Whether its file has no other document to come; the file is skipped from then on.

        Raises:
            InvalidPassages: If a passage id is taken by another document.
            StorageError: If the corpus cannot be written. Nothing is stored or removed in either case.
        """
        with self._database.transaction():
            self._delete([*replaced, document.id])
            self._insert_document(document)
            for passage, vector, found in zip(passages, vectors, tags, strict=True):
                number = self._insert_passage(passage)
                self._database.execute("INSERT INTO vectors VALUES (?, ?)", (number, vector_as_blob(vector)))
                self._insert_tags(number, found)
            if completes:
                self._record(document.path, document.sha256)

    def attach(self, path: str, sha256: str) -> bool:
        """Record that ``path`` now holds a file that is stored; whether documents went because none holds them now."""
        with self._database.transaction():
            outdated = [document.id for document in self.outdated_by(path, sha256)]
            self._delete(outdated)
            self._record(path, sha256)
        return bool(outdated)

    def replace_tags(self, document_id: str, taxonomy: str, tags: Mapping[int, Sequence[Tag]]) -> None:
        """Replace every tag of a document, by passage number, as made with the taxonomy of that hash."""
        with self._database.transaction():
            self._database.execute(
                "DELETE FROM tags WHERE number IN (SELECT number FROM passages WHERE document_id = ?)",
                (document_id,),
            )
            for number, found in tags.items():
                self._insert_tags(number, found)
            self._database.execute("UPDATE documents SET taxonomy = ? WHERE id = ?", (taxonomy, document_id))

    def edit(self, document_id: str, corrections: Metadata) -> None:
        """Correct a document's metadata: what is not said stays, an empty text clears."""
        document = self.document(document_id)
        self.describe(document, document.metadata.corrected(corrections), corrections.over(document.corrections))

    def describe(self, document: Document, metadata: Metadata, corrections: Metadata) -> None:
        """Replace a document's metadata, and what of it the user has corrected."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE documents SET title = ?, issuer = ?, date = ?, jurisdiction = ?, type = ?, "
                "corrections = ?, revision = ? WHERE id = ?",
                (*astuple(metadata), corrections_as_json(corrections), self._next_revision(), document.id),
            )

    def remove(self, document_ids: Iterable[str]) -> None:
        """Remove documents with all that belongs to them."""
        with self._database.transaction():
            self._delete(document_ids)

    def remember(self, facts: Mapping[str, str]) -> None:
        """Keep facts about the corpus, all or none."""
        with self._database.transaction():
            for fact in facts.items():
                self._database.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", fact)

    def use_taxonomy(self, digest: str, content: str) -> None:
        """Make the taxonomy of this hash the corpus's own."""
        with self._database.transaction():
            self._database.execute("INSERT OR IGNORE INTO taxonomies VALUES (?, ?)", (digest, content))
            self._database.execute("INSERT OR REPLACE INTO settings VALUES ('taxonomy', ?)", (digest,))

    def _insert_document(self, document: Document) -> None:
        self._database.execute(
            f"INSERT INTO documents VALUES ({', '.join('?' * 15)})",
            (
                *(document.id, document.sha256, document.path, document.file),
                *astuple(document.metadata),
                corrections_as_json(document.corrections),
                *(document.language, document.pages, document.taxonomy),
                datetime.now(UTC).isoformat(timespec="seconds"),
                self._next_revision(),
            ),
        )

    def _insert_passage(self, passage: Passage) -> int:
        if owner := self._owner_of(passage.id):
            raise _taken(passage.id, owner)
        marks = ", ".join("?" * 11)
        cursor = self._database.execute(f"INSERT INTO passages VALUES (NULL, {marks})", passage_as_row(passage))
        return int(cursor.lastrowid or 0)

    def _owner_of(self, passage_id: str) -> str | None:
        row = self._database.execute("SELECT document_id FROM passages WHERE id = ?", (passage_id,)).fetchone()
        return str(row[0]) if row else None

    def _insert_tags(self, number: int, tags: Sequence[Tag]) -> None:
        for tag in tags:
            self._database.execute("INSERT INTO tags VALUES (?, ?, ?, ?, ?)", tag_as_row(number, tag))

    def _delete(self, document_ids: Iterable[str]) -> None:
        for identity in document_ids:
            self._database.execute(
                "DELETE FROM sources WHERE sha256 = (SELECT sha256 FROM documents WHERE id = ?)", (identity,)
            )
            self._database.execute("DELETE FROM documents WHERE id = ?", (identity,))

    def _record(self, path: str, sha256: str) -> None:
        """Note what the path holds; documents it held before are from now on where else their file lies."""
        self._database.execute("INSERT OR REPLACE INTO sources VALUES (?, ?)", (path, sha256))
        moved = self._database.execute(
            "SELECT d.id, d.file, min(s.path) FROM documents d JOIN sources s USING (sha256) "
            "WHERE d.path = ? AND d.sha256 != ? GROUP BY d.id",
            (path, sha256),
        ).fetchall()
        for identity, file, elsewhere in moved:
            name = Path(elsewhere).name if file == Path(path).name else file
            self._database.execute("UPDATE documents SET path = ?, file = ? WHERE id = ?", (elsewhere, name, identity))

    def _next_revision(self) -> int:
        """A number never used before in this corpus, removed documents included."""
        row = self._database.execute(
            "INSERT INTO settings VALUES ('revision', '1') "
            "ON CONFLICT (key) DO UPDATE SET value = CAST(value + 1 AS TEXT) RETURNING value"
        ).fetchone()
        return int(row[0])


def open_corpus(name: str, *, create: bool = False) -> Corpus:
    """Open a corpus by name.

    Raises:
        CorpusNotFound: If it does not exist and ``create`` is False.
        StorageError: If its folder or file cannot be used.
    """
    file = corpus_directory(name) / "corpus.sqlite3"
    try:
        if not create and not file.exists():
            known = ", ".join(corpus_names()) or "none yet"
            raise CorpusNotFound(
                f"no corpus {name!r} in {file.parent.parent} (there: {known}); `regloupe ingest` makes one"
            )
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{file.parent}: {error.strerror}; check the folder or set REGLOUPE_HOME") from None
    return Corpus(name, file)


def discard_if_empty(name: str) -> None:
    """Remove a corpus that holds no document: an ingest in which all failed should leave nothing behind."""
    with open_corpus(name) as corpus:
        if corpus.counts()["documents"]:
            return
    for folder in (corpus_directory(name), index_directory(name)):
        shutil.rmtree(folder, ignore_errors=True)


def _taken(passage_id: str, owner: str) -> InvalidPassages:
    return InvalidPassages(
        f"passage id {passage_id!r} is already used by document {owner}: "
        "make ids unique in the corpus, or use another --corpus"
    )
