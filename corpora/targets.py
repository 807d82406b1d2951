"""Where output goes: standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO, cast

from corpora.errors import StorageError

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
STANDARD_OUTPUT = "-"
_BESIDE = ".regloupe-"


@contextlib.contextmanager
def writing_to(target: Path | str) -> Iterator[TextIO]:
    """A UTF-8 stream to ``target``, ``-`` being standard output; newlines are written as they are given.

    A file is written beside its place and moved there at the end, so an error, a full disk or Ctrl-C
    leaves what was there before. Devices and pipes (``/dev/null``) are written as they are.

    Raises:
        StorageError: If the target cannot be written.
        BrokenPipeError: If the reader of standard output has gone.
    """
    if str(target) == STANDARD_OUTPUT:
        with _errors_about("standard output"):
            yield from _standard_output()
        return
    path = Path(target)
    with _errors_about(str(target)):
        if path.exists() and not path.is_file():
            with path.open("w", encoding="utf-8", newline="") as stream:
                yield stream
        else:  # a link stays a link: what it points to is replaced
            yield from _replacing(Path(os.path.realpath(path)))


def _standard_output() -> Iterator[TextIO]:
    sys.stdout.flush()
    binary = getattr(sys.stdout, "buffer", None)
    stream = sys.stdout if binary is None else cast(TextIO, codecs.getwriter("utf-8")(binary))
    yield stream
    stream.flush()


def _replacing(path: Path) -> Iterator[TextIO]:
    beside = path.with_name(f"{_BESIDE}{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        with beside.open("x", encoding="utf-8", newline="") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            shutil.copymode(path, beside)
        beside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise


@contextlib.contextmanager
def _errors_about(target: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        if _is_about_another_file(error, target):
            raise
        raise StorageError(f"{target}: {_remedy(error)}") from error


def _is_about_another_file(error: OSError, target: str) -> bool:
    """Whether the error came from what the caller did while the target was open, such as reading."""
    if not isinstance(error.filename, str):
        return False  # a write to an open stream has no name
    name = Path(error.filename).name
    return not name.startswith(_BESIDE) and name not in {Path(target).name, Path(os.path.realpath(target)).name}


def _remedy(error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return "the disk is full, so nothing was written there; free some space, or choose another place"
        case errno.ENOENT | errno.ENOTDIR:
            return "its folder does not exist; make it first, or choose another place"
        case errno.EISDIR:
            return "is a folder; give the name of a file"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return "cannot be written: no permission, or another program has it open; choose another place"
        case errno.ENAMETOOLONG:
            return "the name is too long; choose a shorter one"
    return f"cannot be written ({error.strerror or error}); choose another place"
