"""What the user points at, as a list of files: PDFs and ready passages, folders walked through."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from corpora.errors import DocumentError

SUFFIXES = (".pdf", ".jsonl")


def find_sources(paths: Iterable[Path]) -> list[Path]:
    """Files to ingest: those given, and the ``.pdf`` and ``.jsonl`` in the folders given.

    Their folders come without links or ``..``. Files keep the order given, a folder's come sorted;
    hidden files and repeats are left out. A path that does not exist is kept: ingesting it fails with
    its own line.
    """
    found: dict[Path, None] = {}
    for path in paths:
        located = _located(path)
        for source in _files_in(located) if _is_folder(located) else [located]:
            found[source] = None
    return list(found)


def sha256_of(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes.

    Raises:
        DocumentError: If the file is missing, is no ordinary file, or may not be read.
    """
    try:
        os.fsencode(path).decode("utf-8")
        if not stat.S_ISREG(path.stat().st_mode):
            raise DocumentError(f"{path}: no ordinary file; give a PDF, a .jsonl file or a folder")
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except UnicodeDecodeError:
        raise DocumentError(f"{os.fsencode(path)!r}: the file's name is not UTF-8; rename it") from None
    except FileNotFoundError:
        raise DocumentError(f"{path}: no such file or folder; check the path") from None
    except PermissionError:
        raise DocumentError(f"{path}: no permission to read it; change its permissions or copy it") from None
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read ({error.strerror or error})") from None


def size_of(path: Path) -> int:
    """Bytes on disk, 0 where the file cannot be looked at."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _located(path: Path) -> Path:
    try:
        expanded = path.expanduser()
        if expanded.is_dir():
            return Path(os.path.realpath(expanded))
        return Path(os.path.realpath(expanded.parent)) / expanded.name
    except (RuntimeError, OSError):  # "~nobody" …: reading it will say so
        return path


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _files_in(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )
