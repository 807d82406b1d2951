"""Extraction in a child process with limits, so that a hostile PDF costs one line and never the run.

pdfium can abort the process and a page can keep it busy for ever; no ``try`` catches either. The child
gets its request on standard input, which it watches: when the parent is gone, so is the child. It answers
in JSON on standard output.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from corpora import errors
from corpora.documents import Block, BlockKind, ExtractedDocument, Page, Region
from corpora.errors import DocumentError, ExtractionLimit

_ROOT = Path(__file__).resolve().parent.parent
_START = f"import sys; sys.path.append({str(_ROOT)!r}); from pipeline.sandbox import _serve; _serve()"
_MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What one extraction may use. Memory is address space in bytes; times are in seconds.

    Both times grow with the file, by ``seconds_per_mebibyte``. On Windows only the wall limit holds.
    """

    memory: int = 2 << 30
    cpu: float = 120.0
    wall: float = 600.0
    seconds_per_mebibyte: float = 30.0

    def scaled(self, size: int) -> Limits:
        """These limits for a file of ``size`` bytes, nothing more to add."""
        more = self.seconds_per_mebibyte * size / _MEBIBYTE
        return Limits(self.memory, self.cpu + more, self.wall + more, 0.0)


DEFAULT_LIMITS = Limits()
_running: set[subprocess.Popen[bytes]] = set()


def extract_safely(path: Path, *, password: str | None = None, limits: Limits = DEFAULT_LIMITS) -> ExtractedDocument:
    """Extract ``path`` in a child process. May be called from several threads at once.

    Raises:
        DocumentError: As :func:`pipeline.extract.extract` does; and
        ExtractionLimit: If memory, processor time or wall time ran out, or the child died of a signal.
    """
    limits = limits.scaled(_size(path))
    request = {"path": str(path.absolute()), "password": password, "limits": asdict(limits)}
    answer, code, timed_out = _ask(json.dumps(request), limits.wall)
    if timed_out:
        raise ExtractionLimit(f"{path.name}: extraction was ended after {limits.wall:.0f} s (wall limit)")
    try:
        reply: dict[str, Any] = json.loads(answer)
    except ValueError:
        raise ExtractionLimit(f"{path.name}: {_cause_of_death(code, limits)}") from None
    if "error" in reply:
        raise getattr(errors, reply["error"], DocumentError)(reply["message"])
    return _document(reply)


def end_extractions() -> None:
    """Kill every child that extracts now; their documents fail. For a run that is given up."""
    for child in list(_running):
        child.kill()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        raise DocumentError(f"{path}: no such file") from None
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read ({error.strerror})") from None


def _ask(request: str, wall: float) -> tuple[bytes, int, bool]:
    """The child's answer, its exit code, and whether it was killed for passing the wall limit."""
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", _START],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    _running.add(child)
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        child.kill()

    timer = threading.Timer(wall, expire)
    timer.daemon = True
    timer.start()
    try:
        child.stdin.write(request.encode() + b"\n")
        child.stdin.flush()
        answer = child.stdout.read()
        return answer, child.wait(), expired.is_set()
    except BrokenPipeError:
        return b"", child.wait(), expired.is_set()
    finally:
        timer.cancel()
        child.kill()
        child.wait()
        _running.discard(child)
        child.stdout.close()
        _close_quietly(child.stdin)


def _close_quietly(pipe: Any) -> None:
    with contextlib.suppress(BrokenPipeError):
        pipe.close()


def _cause_of_death(code: int, limits: Limits) -> str:
    memory = f"{limits.memory // _MEBIBYTE} MiB (memory limit)"
    if code == -getattr(signal, "SIGXCPU", 0):
        return f"extraction was ended after {limits.cpu:.0f} s of processor time (CPU limit)"
    if code == -signal.SIGABRT or code == _OUT_OF_MEMORY:
        return f"extraction needed more than {memory}, or the PDF engine gave up on a damaged file"
    if code < 0:
        return f"the PDF engine died on this file ({signal.Signals(-code).name})"
    return f"extraction ended without a result (exit code {code})"


_OUT_OF_MEMORY = 70


def _serve() -> None:
    """The child: read the request, set the limits, extract, answer."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    request = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _limit(Limits(**request["limits"]))
    try:
        reply = _reply(Path(request["path"]), request["password"])
        answers.write(json.dumps(reply).encode())
        answers.flush()
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)
    os._exit(0)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def _limit(limits: Limits) -> None:
    try:
        import resource
    except ImportError:  # Windows: the parent's wall limit alone holds
        return
    seconds = max(1, round(limits.cpu))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _set_at_most(resource.RLIMIT_AS, limits.memory, limits.memory)
    _set_at_most(resource.RLIMIT_CPU, seconds, seconds + 5)


def _set_at_most(kind: int, soft: int, hard: int) -> None:
    """Set a limit, or the stricter one that is already set; systems that cannot set it go without."""
    import resource

    _, allowed = resource.getrlimit(kind)
    if allowed != resource.RLIM_INFINITY:
        soft, hard = min(soft, allowed), min(hard, allowed)
    try:
        resource.setrlimit(kind, (soft, hard))
    except (ValueError, OSError):
        return


def _reply(path: Path, password: str | None) -> dict[str, Any]:
    from pipeline.extract import extract

    try:
        return asdict(extract(path, password=password))
    except DocumentError as error:
        return {"error": type(error).__name__, "message": str(error)}
    except (MemoryError, RecursionError):
        raise
    except Exception as error:
        message = f"{path.name}: extraction failed ({type(error).__name__}: {error}); please report it"
        return {"error": "UnreadablePdf", "message": " ".join(message.split())}


def _document(reply: Mapping[str, Any]) -> ExtractedDocument:
    pages = tuple(Page(**page) for page in reply["pages"])
    blocks = tuple(
        Block(
            kind=BlockKind(block["kind"]),
            text=block["text"],
            regions=tuple(Region(region["page"], tuple(region["box"])) for region in block["regions"]),
            level=block["level"],
        )
        for block in reply["blocks"]
    )
    return ExtractedDocument(pages, blocks, dict(reply["properties"]))
