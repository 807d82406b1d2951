"""Batches of questions: read from JSONL, answered as a TREC run."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from corpora.errors import QueryError
from indexes.hits import Hit

RUN_TAG = "regloupe"

Query = tuple[str, str]
"""A query's id and its text."""


def read_queries(path: Path) -> list[Query]:
    """Queries from a JSONL file whose lines have ``id`` and ``text``; blank lines are skipped.

    Raises:
        QueryError: If the file cannot be read, a line breaks the format, or an id comes twice; the
            message names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise QueryError(f"{path}: {error.strerror}; give a JSONL file of queries") from None
    except UnicodeDecodeError:
        raise QueryError(f"{path}: not UTF-8; save the queries as UTF-8 text") from None
    queries: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            identity, text = _query(line, f"{path}:{number}")
            if identity in queries:
                raise QueryError(f"{path}:{number}: id {identity!r} was used above; ids must be unique")
            queries[identity] = text
    return list(queries.items())


def write_run(rankings: Iterable[tuple[str, list[Hit]]], stream: TextIO) -> None:
    """Write rankings in TREC's format: ``query Q0 passage rank score tag``, one hit a line.

    Evaluators sort by score and break ties by their own rules: each rank costs a millionth, so that none is left.

    Raises:
        QueryError: If a passage's id has white space; those of ready passages are their maker's.
    """
    for query_id, hits in rankings:
        for hit in hits:
            identity = hit.passage.id
            if not _is_one_word(identity):
                raise QueryError(
                    f"{hit.document.file}: passage id {identity!r} has white space, which a TREC run cannot hold; "
                    "give the passage another id and ingest the file again"
                )
            score = hit.score - 1e-6 * hit.rank
            stream.write(f"{query_id} Q0 {identity} {hit.rank} {score:.7f} {RUN_TAG}\n")


def _query(line: str, place: str) -> Query:
    try:
        given = json.loads(line)
    except ValueError as error:
        raise QueryError(f'{place}: not JSON ({error}); each line needs {{"id": …, "text": …}}') from None
    if not isinstance(given, dict) or not isinstance(given.get("id"), str | int) or given["id"] is True:
        raise QueryError(f'{place}: no "id"; each line needs {{"id": …, "text": …}}')
    text = given.get("text")
    if not isinstance(text, str) or not text.strip():
        raise QueryError(f'{place}: no "text"; each line needs {{"id": …, "text": …}}')
    identity = str(given["id"])
    if not _is_one_word(identity):
        raise QueryError(f"{place}: id {identity!r} has a space, which a TREC run cannot hold")
    return identity, text


def _is_one_word(identity: str) -> bool:
    return identity.split() == [identity]
