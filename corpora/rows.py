"""SQLite rows to values and back; JSON inside a column is compact and keeps accents readable."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from corpora.documents import Document, Metadata, Region
from corpora.encoders import Vectors
from corpora.passages import Passage, Tag

DOCUMENT_COLUMNS = (
    "d.id, d.sha256, d.path, d.file, d.title, d.issuer, d.date, d.jurisdiction, d.type, d.language, d.pages, "
    "d.taxonomy, d.corrections, (SELECT count(*) FROM passages WHERE document_id = d.id), d.ingested_at, d.revision"
)
PASSAGE_COLUMNS = (
    "p.id, p.document_id, p.ordinal, p.text, p.headings, p.language, p.regions, p.kind, p.tokens, p.number"
)


def document_from_row(row: Sequence[Any]) -> Document:
    """A document from a row of ``DOCUMENT_COLUMNS``."""
    identity, sha256, path, file, title, issuer, date, jurisdiction, kind, *rest = row
    language, pages, taxonomy, corrections, passages, ingested_at, revision = rest
    metadata = Metadata(title, issuer, date, jurisdiction, kind)
    said = Metadata(**json.loads(corrections))
    made = (language, pages, taxonomy, said, passages, ingested_at, revision)
    return Document(identity, sha256, path, file, metadata, *made)


def corrections_as_json(corrections: Metadata) -> str:
    """What is said in ``corrections``, by name."""
    return _json({name: value for name, value in asdict(corrections).items() if value is not None})


def passage_from_row(row: Sequence[Any]) -> Passage:
    """A passage from a row of ``PASSAGE_COLUMNS``."""
    identity, document_id, ordinal, text, headings, language, regions, *rest = row
    path = tuple(json.loads(headings))
    return Passage(identity, document_id, ordinal, text, path, language, _regions_from_json(regions), *rest)


def passage_as_row(passage: Passage) -> tuple[Any, ...]:
    """Values for every column of ``passages`` but ``number``."""
    return (
        passage.id,
        passage.document_id,
        passage.ordinal,
        passage.text,
        _json(passage.headings),
        passage.language,
        _json([[region.page, *(round(side, 2) for side in region.box)] for region in passage.regions]),
        passage.page_first,
        passage.page_last,
        passage.kind,
        passage.tokens,
    )


def tag_from_row(row: Sequence[Any]) -> Tag:
    """A tag from concept, score, spans and method."""
    concept, score, spans, method = row
    return Tag(concept, score, tuple((start, end) for start, end in json.loads(spans)), method)


def tag_as_row(number: int, tag: Tag) -> tuple[Any, ...]:
    """Values for every column of ``tags``; numpy's numbers become Python's, which SQLite knows."""
    return int(number), tag.concept, float(tag.score), _json(tag.spans), tag.method


def vector_as_blob(vector: Vectors) -> bytes:
    """Half precision, little-endian: 2 bytes a dimension; cosines move by less than 1e-3."""
    return vector.astype("<f2").tobytes()


def vectors_from_blobs(blobs: Sequence[bytes]) -> Vectors:
    """Shape ``(len(blobs), dimension)``, float32."""
    matrix = np.frombuffer(b"".join(blobs), dtype="<f2").astype(np.float32)
    return matrix.reshape(len(blobs), -1) if blobs else matrix.reshape(0, 0)


def _regions_from_json(text: str) -> tuple[Region, ...]:
    return tuple(Region(page, (x0, top, x1, bottom)) for page, x0, top, x1, bottom in json.loads(text))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
