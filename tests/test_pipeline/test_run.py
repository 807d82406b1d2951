"""The run itself, with the real model: what is stored, replaced, tagged again, refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from corpora.encoders import Encoder
from corpora.errors import EncoderMismatch
from corpora.storage import open_corpus
from corpora.taxonomy_files import load_taxonomy
from pipeline.prepare import Options, Prepared, Source
from pipeline.run import Outcome, Status, ingest
from pipeline.tools import Tools, tools_for

TEXT = "Hospitals need money for artificial intelligence.\nNurses drown in paperwork."
TAXONOMY = """
id: mine
version: "1"
title: {en: Mine}
concepts:
  - id: money
    preferred_label: {en: Money}
    alternative_labels: {en: [need money, drown in paperwork]}
"""


class Silent:
    """Watches a run without a word."""

    def sources_found(self, sources: Sequence[Source]) -> None: ...
    def source_prepared(self, prepared: Prepared) -> None: ...
    def passages_embedded(self, count: int) -> None: ...
    def source_finished(self, outcome: Outcome) -> None: ...


@pytest.fixture(scope="module")
def tools() -> Tools:
    """The default model and the shipped taxonomy, loaded once."""
    return tools_for(None)


def run(paths: list[Path], tools: Tools) -> list[Status]:
    with open_corpus("default", create=True) as corpus:
        return [outcome.status for outcome in ingest(paths, corpus, tools, Options(), Silent()).outcomes]


def test_stored_vectors_are_those_of_the_passages(home: Path, write_pdf: Callable[..., Path], tools: Tools) -> None:
    assert run([write_pdf("a.pdf", TEXT)], tools) == [Status.STORED]
    with open_corpus("default") as corpus:
        document = corpus.documents()[0]
        passages = corpus.passages_of(document.id)
        _, vectors = corpus.vectors_of(document.id)
    expected = tools.encoder.encode_passages([passage.text_in_context for passage in passages])
    np.testing.assert_allclose(vectors, expected, atol=2e-3)


def test_the_same_pdf_gives_the_same_ids_anywhere(
    home: Path, write_pdf: Callable[..., Path], tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_pdf("a.pdf", TEXT)
    ids = []
    for place in ("one", "two"):
        monkeypatch.setenv("REGLOUPE_HOME", str(home / place))
        run([file], tools)
        with open_corpus("default") as corpus:
            document = corpus.documents()[0]
            ids.append([document.id, *(passage.id for passage in corpus.passages_of(document.id))])
    assert ids[0] == ids[1]


def test_a_changed_file_of_ready_passages_leaves_nothing_of_the_old(home: Path, tmp_path: Path, tools: Tools) -> None:
    file = tmp_path / "ready.jsonl"

    def write(**documents: str) -> None:
        lines = (json.dumps({"id": f"{name}-1", "text": text, "document": name}) for name, text in documents.items())
        file.write_text("\n".join(lines), encoding="utf-8")

    write(one="First text.", two="Second text.")
    assert run([file], tools) == [Status.STORED]
    write(two="Second text, changed.", three="Third text.")
    assert run([file], tools) == [Status.REPLACED]
    with open_corpus("default") as corpus:
        texts = {d.file: [p.text for p in corpus.passages_of(d.id)] for d in corpus.documents()}
    assert texts == {"two": ["Second text, changed."], "three": ["Third text."]}


def test_another_taxonomy_tags_what_is_stored_again(
    home: Path, write_pdf: Callable[..., Path], tmp_path: Path, tools: Tools
) -> None:
    file = write_pdf("a.pdf", TEXT)
    run([file], tools)
    mine = tmp_path / "mine.yaml"
    mine.write_text(TAXONOMY, encoding="utf-8")
    other = Tools(tools.encoder_source, load_taxonomy(mine))
    assert run([file], other) == [Status.SKIPPED]
    with open_corpus("default") as corpus:
        document = corpus.documents()[0]
        assert document.taxonomy == other.taxonomy.hash
        assert set(corpus.tag_counts(document.id)) == {"money"}
        assert tools_for(corpus).taxonomy == other.taxonomy


class Other:
    """An encoder that is not the corpus's."""

    name = "other@1"
    dimension = 3

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        return np.eye(len(texts), 3, dtype=np.float32)

    def encode_query(self, text: str) -> np.ndarray:
        return np.eye(1, 3, dtype=np.float32)[0]


def test_a_corpus_keeps_to_its_encoder(home: Path, write_pdf: Callable[..., Path], tools: Tools) -> None:
    run([write_pdf("a.pdf", TEXT)], tools)
    encoder: Encoder = Other()
    other = Tools("other", tools.taxonomy)
    other.__dict__["encoder"] = encoder
    with pytest.raises(EncoderMismatch, match="other@1"):
        run([write_pdf("b.pdf", TEXT + " More.")], other)
    with open_corpus("default") as corpus:
        assert [document.file for document in corpus.documents()] == ["a.pdf"]
