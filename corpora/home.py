"""Where the data lives: ``REGLOUPE_HOME``, else the user's data folder of the system."""

from __future__ import annotations

import os
import re
from pathlib import Path

from corpora.errors import StorageError

DEFAULT_CORPUS = "default"
_NAME = re.compile(r"[\w][\w.-]{0,63}")


def home() -> Path:
    """The folder that holds ``corpora/`` (the truth) and ``indexes/`` (derived from it).

    Raises:
        StorageError: If ``REGLOUPE_HOME`` begins with ``~`` and a user that there is not.
    """
    if chosen := folder_in("REGLOUPE_HOME"):
        return chosen
    from platformdirs import user_data_path

    return user_data_path("regloupe", appauthor=False)


def folder_in(variable: str) -> Path | None:
    """The folder that an environment variable names; None where it is unset or empty.

    Raises:
        StorageError: If it begins with ``~`` and a user that there is not.
    """
    chosen = os.environ.get(variable)
    if not chosen:
        return None
    try:
        return Path(chosen).expanduser().absolute()
    except RuntimeError:
        raise StorageError(f"{variable} {chosen!r}: no such user; give a folder's full path") from None


def corpus_directory(name: str) -> Path:
    """The folder of a corpus's SQLite file.

    Raises:
        StorageError: If the name could not be a folder's.
    """
    return home() / "corpora" / _checked(name)


def index_directory(name: str) -> Path:
    """The folder of a corpus's FAISS and Tantivy files; deleting it loses nothing."""
    return home() / "indexes" / _checked(name)


def corpus_names() -> list[str]:
    """Names of the corpora that exist, sorted."""
    return sorted(path.parent.name for path in (home() / "corpora").glob("*/corpus.sqlite3"))


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise StorageError(f"corpus name {name!r}: use letters, digits, '-', '_' and '.', 64 at most")
    return name
