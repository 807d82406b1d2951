"""The index folder of a corpus: whole generations of files, and the manifest that says which one holds.

A generation is written in its own folder and never changed afterwards; replacing the manifest makes it
the one that readers open. So a reader sees one state or the other, and a crash leaves the old one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from corpora.errors import StorageError

FORMAT = 1
"""Raise it when files or analysis change: older indexes are then built again."""

_MANIFEST = "manifest.json"
# FAISS and Tantivy report the system's errors as RuntimeError and ValueError.
_WRITING_FAILED = re.compile(r"write error|could not open|\bI/?O ?error|os error", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation holds.

    ``documents`` has a stamp by document id, ``groups`` what is said of each language group's indexes,
    ``sizes`` the bytes of every file by its path in the generation's folder.
    """

    generation: str
    encoder: str
    documents: Mapping[str, str]
    groups: Mapping[str, Mapping[str, int]]
    sizes: Mapping[str, int]
    format: int = FORMAT


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest, None where there is none, or a damaged one, or one of another format."""
    try:
        manifest = Manifest(**json.loads((folder / _MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return manifest if manifest.format == FORMAT else None


def is_whole(folder: Path, manifest: Manifest) -> bool:
    """Whether every file of the generation is there, at its full length."""
    return file_sizes(folder / manifest.generation) == manifest.sizes


def file_sizes(generation: Path) -> dict[str, int]:
    """Bytes by path within the generation, lock files left out."""
    files = (path for path in generation.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {path.relative_to(generation).as_posix(): path.stat().st_size for path in files}


def publish(folder: Path, manifest: Manifest) -> None:
    """Make the manifest's generation the one that holds, then remove all others."""
    draft = folder / f"{_MANIFEST}.new"
    with draft.open("w", encoding="utf-8") as stream:
        json.dump(asdict(manifest), stream, ensure_ascii=False)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(folder / _MANIFEST)
    for other in folder.glob("generation-*"):
        if other.name != manifest.generation:
            # A reader may still hold its files; where that keeps them alive, the next refresh tries again.
            shutil.rmtree(other, ignore_errors=True)


@contextmanager
def new_generation(folder: Path) -> Iterator[Path]:
    """An empty folder for the next generation, under a name that no other ever had; gone if the work fails."""
    from uuid import uuid4

    generation = folder / f"generation-{uuid4().hex[:12]}"
    generation.mkdir()
    try:
        yield generation
    except BaseException:
        shutil.rmtree(generation, ignore_errors=True)
        raise


def link_files(source: Path, target: Path) -> None:
    """The same files in a second folder, without copying where the file system can do that.

    FAISS and Tantivy files are replaced and never written into, so the first folder stays as it is.
    """
    for path in sorted(source.rglob("*")):
        copy = target / path.relative_to(source)
        if path.is_dir() or path.suffix == ".lock":
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            copy.hardlink_to(path)
        except OSError:
            shutil.copy2(path, copy)


@contextmanager
def refreshing(folder: Path) -> Iterator[None]:
    """One process at a time; the others wait.

    Raises:
        StorageError: If the folder cannot be written.
    """
    from filelock import FileLock

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "refresh.lock"):
            yield
    except (OSError, RuntimeError, ValueError) as error:
        if not (isinstance(error, OSError) or _WRITING_FAILED.search(str(error))):
            raise
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise StorageError(
            f"{folder}: the index cannot be written ({reason}); free some space or check the folder's permissions"
        ) from error
