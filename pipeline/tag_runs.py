"""Tagging apart from an ingest: stored documents again, or ready passages that nobody stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpora.passages import tag_as_dict
from corpora.storage import Corpus
from pipeline.tools import Tools

_SLICE = 256  # passages embedded and tagged at once


def retag(corpus: Corpus, tools: Tools) -> int:
    """Tag again, from stored vectors, the documents that another taxonomy tagged; how many they were."""
    stale = [document for document in corpus.documents() if document.taxonomy != tools.taxonomy.hash]
    if stale:
        tools.load_for(corpus)
        tools.claim(corpus)
    for document in stale:
        passages = corpus.passages_of(document.id)
        _, vectors = corpus.vectors_of(document.id)
        tags = tools.tagger.tag(passages, vectors)
        numbered = {passage.number: found for passage, found in zip(passages, tags, strict=True) if found}
        corpus.replace_tags(document.id, tools.taxonomy.hash, numbered)
    return len(stale)


def tag_file(path: Path, tools: Tools) -> Iterator[dict[str, Any]]:
    """Tags of ready passages, as JSON-ready rows of ``id`` and ``tags`` in the file's order; nothing is stored.

    Raises:
        InvalidPassages: If the file is not JSONL of ready passages.
    """
    from pipeline.ready_passages import read_ready_passages

    for document in read_ready_passages(path):
        for start in range(0, len(document.passages), _SLICE):
            passages = document.passages[start : start + _SLICE]
            vectors = tools.encoder.encode_passages([passage.text_in_context for passage in passages])
            for passage, tags in zip(passages, tools.tagger.tag(passages, vectors), strict=True):
                yield {"id": passage.id, "tags": [tag_as_dict(tag, passage.text) for tag in tags]}
