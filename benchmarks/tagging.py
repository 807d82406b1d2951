"""Precision, recall and F1 of the tagger on labelled passages, by language and by concept.

Run as ``python benchmarks/tagging.py [GOLD.jsonl]``; the default is ``../shared/gold/passages.jsonl``.
Prints a table and writes ``benchmarks/results/tagging.json``. Lines of the file hold ``id``, ``lang``, ``text``,
``document`` and ``codes``.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from corpora.passages import Passage  # noqa: E402
from corpora.taxonomy_files import load_taxonomy  # noqa: E402
from pipeline.embed import load_encoder  # noqa: E402
from pipeline.tag import Tagger  # noqa: E402

GOLD = ROOT.parent / "shared" / "gold" / "passages.jsonl"
RESULTS = ROOT / "benchmarks" / "results" / "tagging.json"

Pair = tuple[str, str]
"""A passage's id and a concept's id."""


@dataclass(frozen=True, slots=True)
class Quality:
    """``labels`` is how many the readers gave, ``tags`` how many the tagger gave."""

    labels: int
    tags: int
    right: int
    precision: float
    recall: float
    f1: float


def quality(gold: Iterable[Pair], found: Iterable[Pair]) -> Quality:
    """Pooled over all pairs; 0 where a ratio has no denominator."""
    labelled, tagged = set(gold), set(found)
    right = len(labelled & tagged)
    precision = right / len(tagged) if tagged else 0.0
    recall = right / len(labelled) if labelled else 0.0
    f1 = 2 * right / (len(labelled) + len(tagged)) if labelled or tagged else 0.0
    return Quality(len(labelled), len(tagged), right, round(precision, 3), round(recall, 3), round(f1, 3))


def measure(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """All figures: pooled, by language, by concept, and passages per second beyond embedding."""
    tagger = Tagger(load_taxonomy(), encoder := load_encoder())
    passages = [Passage(row["id"], row["document"], n, row["text"], language=row["lang"]) for n, row in enumerate(rows)]
    vectors = encoder.encode_passages([passage.text_in_context for passage in passages])
    tagger.tag(passages, vectors)
    start = time.process_time()
    tags = tagger.tag(passages, vectors)
    seconds = time.process_time() - start
    gold = {(row["id"], code) for row in rows for code in row["codes"]}
    found = {(passage.id, tag.concept) for passage, own in zip(passages, tags, strict=True) for tag in own}
    languages = {row["id"]: row["lang"] for row in rows}
    by_concept = {
        concept.id: quality((p for p in gold if p[1] == concept.id), (p for p in found if p[1] == concept.id))
        for concept in tagger.taxonomy.assignable
    }
    return {
        "passages": len(rows),
        "encoder": encoder.name,
        "passages_per_cpu_second": round(len(rows) / seconds),
        "micro": asdict(quality(gold, found)),
        "macro_f1_of_concepts_with_5_labels": _macro(by_concept.values()),
        "by_language": {
            code: asdict(
                quality((p for p in gold if languages[p[0]] == code), (p for p in found if languages[p[0]] == code))
            )
            for code in sorted(set(languages.values()))
        },
        "by_concept": {concept: asdict(figures) for concept, figures in by_concept.items()},
        "passages_by_tags": dict(sorted(Counter(len(own) for own in tags).items())),
    }


def _macro(figures: Iterable[Quality]) -> float:
    enough = [figure.f1 for figure in figures if figure.labels >= 5]
    return round(sum(enough) / len(enough), 3) if enough else 0.0


def table(figures: dict[str, Any]) -> str:
    """One line for the pool, for each language and for each concept."""
    rows = {"all (micro)": figures["micro"], **figures["by_language"], **figures["by_concept"]}
    lines = [f"{'':<38} labels  tags  right  precision  recall     F1"]
    for name, row in rows.items():
        counts = f"{row['labels']:>6} {row['tags']:>5} {row['right']:>6}"
        lines.append(f"{name:<38} {counts}  {row['precision']:>9.3f} {row['recall']:>7.3f} {row['f1']:>6.3f}")
    lines.append(f"macro F1 of concepts with 5 labels or more: {figures['macro_f1_of_concepts_with_5_labels']:.3f}")
    lines.append(f"{figures['passages_per_cpu_second']} passages per second of one core beyond embedding")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> None:
    path = Path(arguments[0]) if arguments else GOLD
    if not path.exists():
        print(f"skipped: no labelled passages at {path}")
        return
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    figures = measure(rows)
    print(table(figures))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
