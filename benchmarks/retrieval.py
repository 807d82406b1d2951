"""Whether the right passage comes first: hybrid, dense and lexical search on sets of questions with their passages.

Run as ``python benchmarks/retrieval.py [--home FOLDER] [--every N]``. Sets are read from ``../shared/bench``: ObliQA
(financial regulation, English, development questions), PIAF and FQuAD (French). Each fills a corpus of its own under
FOLDER, kept for the next run where one is given; embedding the 13,012 passages of ObliQA takes minutes. Two more
corpora hold French and English side by side, to see that neither buries the other. Prints a table and writes
``benchmarks/results/retrieval.json``.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import importlib.util
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure import SHARED, report

from corpora.documents import Document, Metadata, document_id
from corpora.encoders import Encoder
from corpora.passages import Passage
from corpora.storage import Corpus, open_corpus
from indexes.hits import Mode
from indexes.hybrid import Searcher
from pipeline.embed import load_encoder

K = 10
LANGUAGES = {"obliqa": "en", "piaf": "fr", "fquad": "fr"}
CORPORA = (("obliqa",), ("piaf",), ("fquad",), ("piaf", "obliqa"), ("fquad", "obliqa"))
"""Sets in one corpus; the first one's questions are asked."""


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    relevant: frozenset[str]


class QueryVectors:
    """An encoder that encodes each question once, so that times are those of the search."""

    def __init__(self, encoder: Encoder) -> None:
        self.name = encoder.name
        self.dimension = encoder.dimension
        self.encode_passages = encoder.encode_passages
        self.encode_query = functools.cache(encoder.encode_query)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--home", type=Path, help="keep the corpora here")
    options.add_argument("--every", type=int, default=1, metavar="N", help="ask every Nth question only")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["REGLOUPE_HOME"] = str(given.home or scratch)
        encoder = load_encoder()
        rows = [row for sets in CORPORA for row in measure(sets, encoder, given.every)]
    report("retrieval", rows, {"encoder": encoder.name, "every": given.every})


def measure(sets: Sequence[str], encoder: Encoder, every: int) -> list[dict[str, Any]]:
    """A row of figures per mode."""
    asked = questions(sets[0])[::every]
    queries = QueryVectors(encoder)
    for question in asked:
        queries.encode_query(question.text)
    with open_corpus("-".join(sets), create=True) as corpus:
        for name in sets:
            fill(corpus, name, encoder)
        return [measure_mode("+".join(sets), corpus, queries, mode, asked) for mode in Mode]


def measure_mode(name: str, corpus: Corpus, encoder: Encoder, mode: Mode, asked: Sequence[Question]) -> dict[str, Any]:
    searcher = Searcher(corpus, encoder=lambda: encoder, mode=mode)
    started = time.perf_counter()
    answers = [searcher.search(question.text, k=K) for question in asked]
    milliseconds = 1000 * (time.perf_counter() - started) / len(asked)
    found = [
        [hit.passage.id in question.relevant for hit in hits] for hits, question in zip(answers, asked, strict=True)
    ]
    sizes = [len(question.relevant) for question in asked]
    return {
        "corpus": name,
        "mode": mode.value,
        "questions": len(asked),
        "R@10": mean(sum(row) / size for row, size in zip(found, sizes, strict=True)),
        "MAP@10": mean(average_precision(row, size) for row, size in zip(found, sizes, strict=True)),
        "MRR@10": mean(next((1 / rank for rank, right in enumerate(row, 1) if right), 0.0) for row in found),
        "ms": round(milliseconds, 1),
    }


def average_precision(found: Sequence[bool], relevant: int) -> float:
    hits = [sum(found[: rank + 1]) / (rank + 1) for rank, right in enumerate(found) if right]
    return sum(hits) / min(K, relevant)


def mean(values: Iterable[float]) -> float:
    return round(statistics.fmean(values), 3)


def fill(corpus: Corpus, name: str, encoder: Encoder) -> None:
    """Store a set as one document, unless it is there."""
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    identity = document_id(sha256)
    if any(document.id == identity for document in corpus.documents()):
        return
    language = LANGUAGES[name]
    passages = [
        Passage(key, identity, ordinal, text, language=language) for ordinal, (key, text) in enumerate(texts(name))
    ]
    vectors = encoder.encode_passages([passage.text_in_context for passage in passages])
    corpus.use_taxonomy("none", "none")
    corpus.remember({"encoder": encoder.name})
    document = Document(identity, sha256, name, name, Metadata(), language, 0, "none")
    corpus.store(document, passages, vectors, [()] * len(passages))


def texts(name: str) -> list[tuple[str, str]]:
    """Id and text of every passage; ids are made unique over the sets."""
    return [(f"{name}-{row[0]}", row[-1]) for row in loader(name).corpus()]


def questions(name: str) -> list[Question]:
    """Quotation marks are left out: lexical search would take them for phrases."""
    return [
        Question(text.replace('"', " "), frozenset(f"{name}-{key}" for key in keys if key))
        for _, text, keys in loader(name).queries()
    ]


def loader(name: str) -> Any:
    """The set's own reader, which lies beside its files; leaves with a word where it is absent."""
    path = SHARED / "bench" / name / "load.py"
    if not path.exists():
        sys.exit(f"skipped: no questions in {path.parent}")
    specification = importlib.util.spec_from_file_location(f"load_{name}", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
