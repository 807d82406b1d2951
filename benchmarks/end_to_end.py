"""All shared reports in one ingest; one act against the plain script; a cold search against a cold model.

    python benchmarks/end_to_end.py [--pairs N]

Pairs run in turn (ours, theirs, ours, theirs …), whole processes. Figures go to benchmarks/results/.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import Any

from measure import REGLOUPE, ROOT, SHARED, Run, report, run, shared_pdfs, summary

from pipeline.encoders.model_cache import default_model_directory

ACT = SHARED / "corpora" / "eu-2024-1689-ai-act-en.pdf"
QUESTION = "What must the provider monitor after placing the system on the market?"
PYTHON = str(Path(REGLOUPE).with_name("python"))


def ingest_everything(home: str) -> None:
    """One run over all reports: time, rates and the seconds of each stage."""
    shared_pdfs()
    done = run([REGLOUPE, "ingest", str(ACT.parent)], {"REGLOUPE_HOME": home})
    row = {"seconds": round(done.seconds, 1), "peak_mib": round(done.peak_mib), "exit": done.returncode}
    report("ingest", [row], {"said": done.stderr.splitlines()[-1]})
    print(done.stderr)


def against_plain_script(model: str, pairs: int) -> None:
    """Ingest, tag and one search of the AI Act against the plain script, pair by pair."""
    theirs = [PYTHON, str(ROOT / "benchmarks" / "plain_script.py"), model, str(ACT), QUESTION]
    ours, script = [], []
    for _ in range(pairs):
        with tempfile.TemporaryDirectory() as home:
            ingested = run([REGLOUPE, "ingest", str(ACT)], {"REGLOUPE_HOME": home})
            searched = run([REGLOUPE, "search", QUESTION, "-k", "5"], {"REGLOUPE_HOME": home})
        ours.append(_both(ingested, searched))
        script.append(run(theirs))
    report("against_plain_script", _paired("regloupe ingest + search", ours, "plain script", script))


def cold_search(home: str, model: str, pairs: int) -> None:
    """A cold search of the whole corpus against a process that only encodes one query."""
    theirs = [PYTHON, str(ROOT / "benchmarks" / "query_script.py"), model, QUESTION]
    ours, script = [], []
    for _ in range(pairs):
        ours.append(run([REGLOUPE, "search", QUESTION], {"REGLOUPE_HOME": home}))
        script.append(run(theirs))
    report("cold_search", _paired("regloupe search", ours, "sentence-transformers, one query", script))


def _both(first: Run, second: Run) -> Run:
    peak = max(first.peak_mib, second.peak_mib)
    return Run(first.seconds + second.seconds, peak, "", "", first.returncode or second.returncode)


def _paired(our_name: str, ours: list[Run], their_name: str, theirs: list[Run]) -> list[dict[str, Any]]:
    ratio = statistics.median(b.seconds / a.seconds for a, b in zip(ours, theirs, strict=True))
    return [
        {
            "what": name,
            **{f"seconds_{key}": value for key, value in summary([one.seconds for one in runs]).items()},
            "peak_mib": round(max(one.peak_mib for one in runs)),
            "times_faster": round(times, 2),
            "exits": sorted({one.returncode for one in runs}),
        }
        for name, runs, times in ((our_name, ours, ratio), (their_name, theirs, 1.0))
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as corpus_home:
        prepared = str(default_model_directory())
        ingest_everything(corpus_home)
        cold_search(corpus_home, prepared, max(options.pairs, 5))
    against_plain_script(prepared, options.pairs)
