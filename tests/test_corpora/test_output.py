"""What listings and hits look like: for people in a terminal, for programs in a pipe."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.documents import Document, Metadata, Region
from corpora.hit_output import excerpt_start, joined_marks, write_hits
from corpora.output import Format, for_terminal, write_rows
from corpora.passages import Passage, Span, Tag

ROWS = [
    {"id": "a1", "title": "Règlement [bold]IA[/bold] :smile:", "pages": 144, "score": 0.25, "headings": ["1", "1.2"]},
    {"id": "b2", "title": "=1+1", "pages": None, "score": 0.5, "headings": [], "issuer": "only in JSON"},
]
SENTENCES = [f"Sentence {number} speaks of nothing much at all, and goes on for a while." for number in range(30)]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Hit:
    rank: int
    score: float
    passage: Passage
    document: Document
    tags: Sequence[Tag] = ()
    marks: Sequence[Span] = ()


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")


def written(format: Format, rows: Sequence[dict[str, object]] = ROWS, **options: Sequence[str]) -> str:
    stream = io.StringIO()
    write_rows(rows, format, stream, **options)
    return stream.getvalue()


def test_json_is_a_list_with_everything_in_it() -> None:
    assert json.loads(written(Format.JSON)) == ROWS
    assert "Règlement" in written(Format.JSON)
    assert written(Format.JSON, []) == "[]\n"


def test_jsonl_has_a_row_on_each_line() -> None:
    assert [json.loads(line) for line in written(Format.JSONL).splitlines()] == ROWS
    assert written(Format.JSONL, []) == ""


def test_csv_is_guarded_and_lists_are_joined() -> None:
    rows = list(csv.reader(io.StringIO(written(Format.CSV))))
    assert rows == [
        ["id", "title", "pages", "score", "headings"],
        ["a1", "Règlement [bold]IA[/bold] :smile:", "144", "0.25", "1 > 1.2"],
        ["b2", "'=1+1", "", "0.5", ""],
    ]
    assert written(Format.CSV, columns=["pages", "issuer"]) == "pages,issuer\n144,\n,only in JSON\n"
    assert written(Format.CSV, []) == ""
    assert written(Format.CSV, [], columns=["id"]) == "id\n"


def test_a_list_of_tags_is_shown_by_their_concepts() -> None:
    rows: list[dict[str, object]] = [{"tags": [{"concept": "need.care", "score": 0.5}, {"concept": "action"}]}]
    assert written(Format.CSV, rows) == "tags\nneed.care; action\n"


def test_a_piped_table_is_plain_and_whole() -> None:
    rows: list[dict[str, object]] = [{**ROWS[0], "title": "long " * 100}, ROWS[1]]
    lines = written(Format.TABLE, rows).splitlines()
    assert len(lines) == 3
    assert "long " * 99 + "long" in lines[1]
    assert "\x1b" not in "".join(lines)
    assert lines[0].split() == ["id", "title", "pages", "score", "headings"]
    assert "[bold]IA[/bold] :smile:" in written(Format.TABLE)
    assert written(Format.TABLE, []) == ""


def test_a_table_in_a_terminal_fits_its_width_and_keeps_ids_whole() -> None:
    rows = [
        {"id": "0123456789abcdef", "file": f"a-very-long-name-{n}.pdf" * 3, "title": "Règlement " * 30}
        | {"issuer": "Parlement " * 9, "date": None, "pages": n}
        for n in range(3)
    ]
    stream = Terminal()
    write_rows(rows, Format.TABLE, stream)
    lines = without_styles(stream.getvalue()).splitlines()
    assert len(lines) == 2 + len(rows)
    assert max(map(len, lines)) <= 80
    assert all(line.startswith("0123456789abcdef ") for line in lines[2:])
    assert "date" not in lines[0], "a column that no row fills is left out"
    assert "pages" in lines[0]


@given(st.text())
def test_nothing_steers_the_terminal_and_every_span_still_fits(text: str) -> None:
    safe = for_terminal(text)
    assert len(safe) == len(text)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", safe)
    assert for_terminal("a\x1b[31mb\tc\nd") == "a\ufffd[31mb c\nd"


def make_hit(text: str = "Les soins de santé.", **changes: object) -> Hit:
    about = Metadata(title="Règlement sur l’intelligence artificielle")
    document = Document("d" * 16, "d" * 64, "/x/ai-act.pdf", "ai-act.pdf", about, "fr", 144)
    regions = (Region(12, (0.0, 0.0, 1.0, 1.0)), Region(13, (0.0, 0.0, 1.0, 1.0)))
    passage = Passage("p" * 16, document.id, 0, text, ("Chapitre I", "Article 4"), "fr", regions)
    return Hit(**{"rank": 1, "score": 0.03278, "passage": passage, "document": document} | changes)  # type: ignore[arg-type]


def shown(hit: Hit, stream: io.StringIO | None = None) -> str:
    stream = stream or io.StringIO()
    write_hits([hit], stream)
    return stream.getvalue()


def without_styles(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_a_hit_shows_where_it_stands_and_why() -> None:
    tags = (Tag("need.care", 0.875, ((4, 9),), "lexical"), Tag("need.data", 0.5, ((4, 9),), "dense"))
    assert shown(make_hit(tags=tags, marks=((4, 9),))) == (
        " 1  Règlement sur l’intelligence artificielle" + " " * 29 + "0.0328\n"
        "    ai-act.pdf · p. 12–13 · fr · pppppppppppppppp\n"
        "    Chapitre I › Article 4\n"
        "\n"
        "    Les **soins** de santé.\n"
        "\n"
        "    ■ need.care 0.88   ■ need.data 0.50\n"
        "\n"
    )


def test_a_terminal_shows_marks_by_style_and_no_color_leaves_them_legible(monkeypatch: pytest.MonkeyPatch) -> None:
    hit = make_hit(marks=((4, 9),), tags=(Tag("need.care", 0.9, ((4, 9),), "dense"),))
    coloured = shown(hit, Terminal())
    assert "\x1b[1;4msoins\x1b[0m" in coloured
    assert "■ need.care\x1b[2m 0.90\x1b[0m" in coloured
    assert "\x1b[1;36m 1" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    plain = shown(hit, Terminal())
    assert "\x1b[1;4msoins\x1b[0m" in plain
    assert "36m" not in plain
    assert "**" not in plain


def test_a_hit_without_title_page_headings_or_tags_leaves_no_gaps() -> None:
    document = Document("d" * 16, "d" * 64, "/x/ready.jsonl", "ready.jsonl", Metadata(), "en", 0)
    text = shown(make_hit(passage=Passage("mine", document.id, 0, "Text."), document=document))
    assert text == f" 1  {'ready.jsonl':<70}0.0328\n    en · mine\n\n    Text.\n\n"


def test_a_long_passage_is_cut_around_its_marks_and_says_so() -> None:
    text = " ".join(SENTENCES)
    where = text.index("Sentence 20 speaks")
    lines = shown(make_hit(text, marks=((where, where + 11),))).split("\n\n")[1].splitlines()
    assert len(lines) == 8
    assert lines[0].startswith("    … Sentence ")
    assert lines[-1].endswith(" …")
    assert sum("**Sentence 20**" in line for line in lines) == 1
    assert max(map(len, lines)) <= 80 + len("****")


def test_a_long_passage_without_marks_begins_at_its_beginning() -> None:
    lines = shown(make_hit(" ".join(SENTENCES))).split("\n\n")[1].splitlines()
    assert lines[0].startswith("    Sentence 0 ")
    assert lines[-1].endswith(" …")


def test_a_passage_two_lines_too_long_is_not_cut() -> None:
    text = " ".join(["words"] * 120)
    assert "…" not in shown(make_hit(text[: 70 * 9]))


texts = st.lists(st.sampled_from(["mot", "de", "l’article.", "\n", "réglementairement", "x" * 90]), min_size=1).map(
    " ".join
)


@given(texts, st.data(), st.integers(20, 100), st.integers(1, 9))
def test_the_excerpt_shows_a_mark_wherever_it_stands(text: str, data: st.DataObject, width: int, lines: int) -> None:
    spans = [match.span() for match in re.finditer(r"\S+", text)]
    marks = data.draw(st.lists(st.sampled_from(spans), max_size=4)) if spans else []
    start = excerpt_start(text, marks, width=width, lines=lines)
    assert 0 <= start <= len(text)
    assert start == 0 or any(mark >= start for mark, _ in marks)


@given(texts, st.data())
def test_joined_marks_are_ordered_apart_and_cover_what_was_marked(text: str, data: st.DataObject) -> None:
    span = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted).map(tuple)
    marks: list[Span] = data.draw(st.lists(span, max_size=6))  # type: ignore[arg-type]
    joined = joined_marks(text, marks)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(joined))
    assert all(any(start <= mark[0] and mark[1] <= end for start, end in joined) for mark in marks)


def test_words_side_by_side_are_one_mark() -> None:
    text = "post-market monitoring, plan"
    assert joined_marks(text, [(12, 22), (0, 4), (5, 11), (24, 28)]) == [(0, 22), (24, 28)]


def test_a_passage_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in shown(make_hit("red \x1b[31m text", marks=((0, 3),)))
