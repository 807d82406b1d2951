"""Whole processes, timed from outside; results printed as a table and kept as JSON."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
RESULTS = ROOT / "benchmarks" / "results"
REGLOUPE = str(Path(sys.executable).with_name("regloupe"))


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process: wall seconds, peak memory of the largest process in MiB, what it said."""

    seconds: float
    peak_mib: float
    stdout: str
    stderr: str
    returncode: int


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end; peak memory counts its children too, each by itself."""
    started = time.perf_counter()
    # A process of its own waits for the command, so that the peak is this command's and no earlier one's.
    waiter = [sys.executable, "-c", _WAITER, *command]
    done = subprocess.run(waiter, capture_output=True, text=True, env={**os.environ, **(environment or {})})
    seconds = time.perf_counter() - started
    stderr, _, last = done.stderr.rstrip("\n").rpartition("\n")
    figures = json.loads(last)
    return Run(figures["seconds"] or seconds, figures["peak_kib"] / 1024, done.stdout, stderr, figures["returncode"])


_WAITER = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
returncode = subprocess.run(sys.argv[1:]).returncode
seconds = time.perf_counter() - started
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print("\\n" + json.dumps({"seconds": seconds, "peak_kib": peak, "returncode": returncode}), file=sys.stderr)
"""


def summary(values: Sequence[float]) -> dict[str, float]:
    """Minimum, median and maximum, rounded to the third decimal."""
    figures = {"min": min(values), "median": statistics.median(values), "max": max(values)}
    return {name: round(value, 3) for name, value in figures.items()}


def report(name: str, rows: Sequence[Mapping[str, Any]], facts: Mapping[str, Any] | None = None) -> None:
    """Print rows as a table and keep them, with the machine, in ``benchmarks/results/NAME.json``."""
    columns = list(rows[0])
    cells = [columns, *([str(row.get(column, "")) for column in columns] for row in rows)]
    widths = [max(len(line[index]) for line in cells) for index in range(len(columns))]
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    machine = {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count()}
    content = {"machine": machine, "python": platform.python_version(), **(facts or {}), "rows": list(rows)}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def shared_pdfs() -> list[Path]:
    """The real reports beside the project; leaves with a word where they are absent."""
    found = sorted((SHARED / "corpora").glob("*.pdf"))
    if not found:
        sys.exit(f"skipped: no reports in {SHARED / 'corpora'}")
    return found
