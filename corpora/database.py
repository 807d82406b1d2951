"""The connection to a SQLite file: schema steps, transactions, and errors in the user's words.

The only door to sqlite3.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from corpora.errors import CorpusLocked, StorageError
from corpora.migrations import STEPS

_WAIT_FOR_LOCK = 5.0  # seconds; a transaction of ours takes milliseconds
_VARIABLES = 900  # SQLite's lowest limit on bound values is 999


class Rows:
    """What a statement yields. SQLite reads as it goes, so reading fails in the same words as asking."""

    def __init__(self, cursor: sqlite3.Cursor, errors: Callable[[], AbstractContextManager[None]]) -> None:
        self._cursor = cursor
        self._errors = errors

    def __iter__(self) -> Iterator[Any]:
        with self._errors():
            yield from self._cursor

    def fetchone(self) -> Any:
        with self._errors():
            return self._cursor.fetchone()

    def fetchall(self) -> list[Any]:
        with self._errors():
            return self._cursor.fetchall()

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid


class Database:
    """One SQLite file in WAL mode, open, its schema brought to this version's.

    Raises:
        StorageError: If the file cannot be used, is no corpus, or a newer regloupe made it.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        with self._errors():
            self._connection = sqlite3.connect(
                file, timeout=_WAIT_FOR_LOCK, isolation_level=None, check_same_thread=False
            )
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def execute(self, sql: str, values: Any = ()) -> Rows:
        """Run one statement; ``values`` is a sequence or a mapping."""
        with self._errors():
            return Rows(self._connection.execute(sql, values), self._errors)

    def rows_in(self, sql: str, numbers: Sequence[int]) -> Iterator[Any]:
        """Rows of ``sql``, which ends in ``IN``, for any number of ``numbers``."""
        wanted = [int(number) for number in numbers]
        for start in range(0, len(wanted), _VARIABLES):
            part = wanted[start : start + _VARIABLES]
            yield from self.execute(f"{sql} ({', '.join('?' * len(part))})", part)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is executed inside happens, or none of it."""
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        self._connection.close()

    def _prepare(self) -> None:
        version = self.execute("PRAGMA user_version").fetchone()[0]
        if version > len(STEPS):
            raise StorageError(f"{self._file}: made by a newer regloupe; upgrade with `pipx upgrade regloupe`")
        if version < len(STEPS):
            self._use_wal()
            self._migrate()
        self.execute("PRAGMA foreign_keys = ON")
        self.execute("PRAGMA synchronous = NORMAL")
        self._connection.create_function("casefold", 1, _casefold, deterministic=True)

    def _use_wal(self) -> None:
        """Switch the file to WAL. Where two processes make one corpus, SQLite itself does not wait here."""
        deadline = time.monotonic() + _WAIT_FOR_LOCK
        while True:
            try:
                self.execute("PRAGMA journal_mode = WAL")
                return
            except CorpusLocked:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def _migrate(self) -> None:
        with self.transaction():
            # Read again: another process may have migrated the file while this one waited.
            version = self.execute("PRAGMA user_version").fetchone()[0]
            for step in STEPS[version:]:
                for statement in filter(str.strip, step.split(";")):
                    self.execute(statement)
            self.execute(f"PRAGMA user_version = {len(STEPS)}")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _as_storage_error(error, self._file) from error
        except UnicodeEncodeError as error:
            raise StorageError(
                f"{self._file}: {error.object[:80]!r} is not valid Unicode; rename the file, or mend the text"
            ) from error


def _as_storage_error(error: sqlite3.Error, file: Path) -> StorageError:
    reason = str(error)
    if "locked" in reason or "busy" in reason:
        return CorpusLocked(f"{file}: another process is writing to this corpus; wait for it and try again")
    if "disk I/O" in reason:
        return StorageError(f"{file}: {reason}; is the disk full or failing? What was stored before is safe")
    if "full" in reason:
        return StorageError(f"{file}: the disk is full; what was stored before is safe: free some space, run again")
    if "readonly" in reason or "unable to open" in reason:
        return StorageError(f"{file}: cannot be written; check its permissions or set REGLOUPE_HOME")
    if "not a database" in reason or "malformed" in reason:
        return StorageError(f"{file}: damaged or no corpus; move it away and ingest the documents again")
    return StorageError(f"{file}: {reason}")


def _casefold(text: str | None) -> str | None:
    return None if text is None else text.casefold()
