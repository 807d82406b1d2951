"""Queries come in from JSONL, rankings go out as TREC runs."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from corpora.documents import Document, Metadata, Region
from corpora.errors import QueryError
from corpora.passages import Passage, Tag
from indexes.hits import Hit, hit_as_dict
from indexes.runs import read_queries, write_run

DOCUMENT = Document("d1", "0" * 64, "/x/act.pdf", "act.pdf", Metadata(title="Act"), "en", 9)
PASSAGE = Passage("p1", "d1", 0, "Providers shall act.", ("I", "II"), "en", (Region(3, (0, 0, 1, 1)),), number=7)


def hits(*scores: float) -> list[Hit]:
    return [Hit(rank, score, PASSAGE, DOCUMENT) for rank, score in enumerate(scores, 1)]


def test_a_run_has_six_columns_and_strictly_falling_scores() -> None:
    stream = io.StringIO()
    write_run([("q1", hits(0.5, 0.5, 0.5)), ("q2", []), ("q3", hits(1.0))], stream)
    lines = [line.split() for line in stream.getvalue().splitlines()]
    assert [line[:4] for line in lines] == [
        ["q1", "Q0", "p1", "1"],
        ["q1", "Q0", "p1", "2"],
        ["q1", "Q0", "p1", "3"],
        ["q3", "Q0", "p1", "1"],
    ]
    assert {len(line) for line in lines} == {6}
    assert float(lines[0][4]) > float(lines[1][4]) > float(lines[2][4])


@pytest.mark.parametrize("identity", ["two words", "tab\t", "line\u2028end", ""])
def test_a_run_cannot_hold_an_id_with_white_space(identity: str) -> None:
    hit = Hit(1, 0.5, replace(PASSAGE, id=identity), DOCUMENT)
    with pytest.raises(QueryError, match="a TREC run cannot hold") as error:
        write_run([("q1", [hit])], io.StringIO())
    assert repr(identity) in str(error.value)


def test_queries_are_read_in_order(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_bytes('\ufeff{"id": "b", "text": "un\u2028deux"}\r\n\n{"id": 2, "text": "zwei", "more": 1}\n'.encode())
    assert read_queries(file) == [("b", "un\u2028deux"), ("2", "zwei")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON"),
        ("[1]", '"id"'),
        ('{"text": "x"}', '"id"'),
        ('{"id": true, "text": "x"}', '"id"'),
        ('{"id": "2"}', '"text"'),
        ('{"id": "2", "text": "  "}', '"text"'),
        ('{"id": "2 3", "text": "x"}', "space"),
        ('{"id": "1", "text": "x"}', "unique"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, reason: str) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"id": "1", "text": "x"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(QueryError, match=reason) as error:
        read_queries(file)
    assert "q.jsonl:2" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match=r"none\.jsonl"):
        read_queries(tmp_path / "none.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b'{"id": "1", "text": "\xe9"}')
    with pytest.raises(QueryError, match="UTF-8"):
        read_queries(tmp_path / "latin.jsonl")


def test_a_hit_as_json() -> None:
    hit = Hit(1, 0.5, PASSAGE, DOCUMENT, (Tag("need.x", 0.75, ((0, 9), (16, 19)), "lexical"),), ((0, 9),))
    assert hit_as_dict(hit) == {
        "rank": 1,
        "score": 0.5,
        "passage_id": "p1",
        "document_id": "d1",
        "file": "act.pdf",
        "title": "Act",
        "page_first": 3,
        "page_last": 3,
        "headings": ["I", "II"],
        "language": "en",
        "tags": [{"concept": "need.x", "score": 0.75, "evidence": "Providers … act"}],
        "text": "Providers shall act.",
    }
