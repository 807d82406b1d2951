"""The table that is handed over: every row checkable, safe in a spreadsheet, whole or absent."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpora.dialects import CsvWriter, Dialect, guarded
from corpora.documents import Document, Metadata, Region, document_id
from corpora.errors import StorageError
from corpora.export import Exported, Shape, boxes_as_text, columns, export_csv
from corpora.passages import Passage, Tag
from corpora.selection import Selection
from corpora.storage import Corpus, open_corpus
from corpora.taxonomy import Concept, Taxonomy

ROOT = Path(__file__).parents[2]
TAXONOMY = Taxonomy(
    "tests",
    {"en": "Tests"},
    "2.1",
    (
        Concept("need", {"en": "Needs", "fr": "Besoins"}),
        Concept("need.care", {"en": "Care", "fr": "Soins"}, broader="need"),
        Concept("action", {"en": "Actions"}),
        Concept("action.fund", {"en": "Funding"}, broader="action"),
        Concept("language", {"fr": "Langue"}, broader="action"),
    ),
    "f" * 64,
)
DOCUMENT = Document(
    *(document_id("a" * 64), "a" * 64, "/reports/étude.pdf", "étude.pdf"),
    *(Metadata("Étude; sur l’IA", "Commission", "2025-07"), "fr", 241, TAXONOMY.hash),
)
PASSAGES = [
    Passage(
        *("p0", DOCUMENT.id, 0, "Les soins, et leur financement."),
        headings=("1 Besoins", "1.2 Soins"),
        language="fr",
        regions=(Region(12, (70.0, 90.55, 520.25, 118.2)), Region(13, (-1.5, 0.0, 1.0, 2.0))),
    ),
    Passage("p1", DOCUMENT.id, 1, "=HYPERLINK(1)\nsecond line", language="en"),
    Passage("p2", DOCUMENT.id, 2, "Untagged."),
    Passage("p3", DOCUMENT.id, 3, "1 Besoins ..... 12", kind="contents"),
]
TAGS = [
    [Tag("action.fund", 0.25, ((18, 30),), "dense"), Tag("need.care", 0.875, ((0, 9), (14, 18)), "lexical")],
    [Tag("gone.concept", 0.5, ((0, 13),), "dense")],
    [],
    [],
]


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Corpus]:
    monkeypatch.setenv("REGLOUPE_HOME", str(tmp_path / "home"))
    with open_corpus("tests", create=True) as corpus:
        corpus.use_taxonomy(TAXONOMY.hash, "content")
        corpus.remember({"encoder": "multilingual-e5-small"})
        corpus.store(DOCUMENT, PASSAGES, np.ones((len(PASSAGES), 4), np.float32), TAGS)
        yield corpus


def exported(corpus: Corpus, target: Path, **options: object) -> tuple[Exported, list[dict[str, str]]]:
    result = export_csv(corpus, TAXONOMY, target, numbers=corpus.select(Selection()), **options)  # type: ignore[arg-type]
    with target.open(encoding="utf-8-sig", newline="") as stream:
        delimiter = ";" if options.get("dialect") is Dialect.EXCEL_FR else ","
        return result, list(csv.DictReader(stream, delimiter=delimiter))


def test_tidy_has_a_row_per_passage_and_tag(corpus: Corpus, tmp_path: Path) -> None:
    result, rows = exported(corpus, tmp_path / "out.csv")
    assert result == Exported(rows=3, passages=2, untagged=1, shortened=0)
    assert rows[0] == {
        "document_id": "a" * 16,
        "document_sha256": "a" * 64,
        "title": "Étude; sur l’IA",
        "issuer": "Commission",
        "date": "2025-07",
        "file": "étude.pdf",
        "page_first": "12",
        "page_last": "13",
        "boxes": "12:70,90.55,520.25,118.2; 13:-1.5,0,1,2",
        "headings": "1 Besoins > 1.2 Soins",
        "language": "fr",
        "passage_id": "p0",
        "text": "Les soins, et leur financement.",
        "concept": "need.care",
        "facet": "need",
        "label_en": "Care",
        "label_fr": "Soins",
        "score": "0.875",
        "evidence": "Les soins … leur",
        "taxonomy_version": "2.1",
        "taxonomy_hash": "f" * 64,
        "encoder": "multilingual-e5-small",
    }
    assert [(row["passage_id"], row["concept"]) for row in rows] == [
        ("p0", "need.care"),
        ("p0", "action.fund"),
        ("p1", "gone.concept"),
    ]


def test_a_concept_that_the_taxonomy_no_longer_has_keeps_its_id(corpus: Corpus, tmp_path: Path) -> None:
    row = exported(corpus, tmp_path / "out.csv")[1][2]
    assert [row[name] for name in ("concept", "facet", "label_en", "label_fr")] == ["gone.concept", "", "", ""]
    assert row["page_first"] == row["page_last"] == row["boxes"] == ""


def test_wide_has_a_row_per_passage_and_a_column_per_concept(corpus: Corpus, tmp_path: Path) -> None:
    result, rows = exported(corpus, tmp_path / "out.csv", shape=Shape.WIDE)
    assert result == Exported(rows=3, passages=3, untagged=0, shortened=0)
    names = ("need.care", "action.fund", "concept language")
    assert [tuple(row[name] for name in names) for row in rows] == [("1", "1", "0"), ("0", "0", "0"), ("0", "0", "0")]
    assert [row["language"] for row in rows] == ["fr", "en", "en"]
    assert not {"need", "action", "score", "concept"} & set(rows[0])


@pytest.mark.parametrize("shape", Shape)
def test_concepts_and_scores_choose_among_the_tags(corpus: Corpus, tmp_path: Path, shape: Shape) -> None:
    rows = exported(corpus, tmp_path / "a.csv", shape=shape, concepts=("action.fund",))[1]
    if shape is Shape.TIDY:
        assert [row["concept"] for row in rows] == ["action.fund"]
    else:
        assert [row["action.fund"] for row in rows] == ["1", "0", "0"]
        assert "need.care" not in rows[0]
    rows = exported(corpus, tmp_path / "b.csv", shape=shape, min_score=0.5)[1]
    if shape is Shape.TIDY:
        assert [row["concept"] for row in rows] == ["need.care", "gone.concept"]
    else:
        assert (rows[0]["need.care"], rows[0]["action.fund"]) == ("1", "0")


def test_the_taxonomys_version_is_not_claimed_for_another_hash(corpus: Corpus, tmp_path: Path) -> None:
    corpus.use_taxonomy("other", "content")
    corpus.replace_tags(DOCUMENT.id, "other", {1: [Tag("need.care", 0.5, ((0, 1),), "dense")]})
    row = exported(corpus, tmp_path / "out.csv")[1][0]
    assert (row["taxonomy_version"], row["taxonomy_hash"]) == ("", "other")


def test_rows_follow_the_numbers_and_skip_those_that_are_gone(corpus: Corpus, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    export_csv(corpus, TAXONOMY, target, numbers=[2, 99, 1], shape=Shape.WIDE)
    with target.open(encoding="utf-8", newline="") as stream:
        assert [row["passage_id"] for row in csv.DictReader(stream)] == ["p1", "p0"]


def test_more_passages_than_one_batch(corpus: Corpus, tmp_path: Path) -> None:
    document = replace(DOCUMENT, id="b" * 16, sha256="b" * 64)
    passages = [Passage(f"many{at}", document.id, at, f"text {at}") for at in range(2345)]
    corpus.store(document, passages, np.ones((2345, 4), np.float32), [TAGS[1]] * 2345)
    result, rows = exported(corpus, tmp_path / "out.csv")
    assert result.rows == len(rows) == 2345 + 3
    assert [row["passage_id"] for row in rows[3:]] == [passage.id for passage in passages]


def test_standard_is_plain_utf8_with_newlines(corpus: Corpus, tmp_path: Path) -> None:
    exported(corpus, tmp_path / "out.csv")
    content = (tmp_path / "out.csv").read_bytes()
    assert content.startswith(b"document_id,document_sha256,")
    assert b"\r" not in content
    assert b",0.875," in content


def test_excel_in_france_gets_what_it_wants(corpus: Corpus, tmp_path: Path) -> None:
    _, rows = exported(corpus, tmp_path / "out.csv", dialect=Dialect.EXCEL_FR)
    content = (tmp_path / "out.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfdocument_id;document_sha256;")
    assert content.count(b"\xef\xbb\xbf") == 1
    assert content.count(b"\r\n") == 4
    assert b";0,875;" in content
    assert rows[0]["title"] == "Étude; sur l’IA"
    assert rows[0]["boxes"] == "12:70,90.55,520.25,118.2; 13:-1.5,0,1,2"


def test_formulas_are_disarmed_and_numbers_left_alone(corpus: Corpus, tmp_path: Path) -> None:
    assert exported(corpus, tmp_path / "out.csv")[1][2]["text"] == "'=HYPERLINK(1)\nsecond line"
    for text in ("=1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        assert guarded(text) == "'" + text
    for text in ("", "a=1", " =1", "'=1", "1-2", "\n=1"):
        assert guarded(text) == text
    assert written(["-1", -1, -0.5, None, True]) == "'-1,-1,-0.5,,True\n"


def test_a_cell_too_long_for_excel_is_cut_there_alone() -> None:
    long = "é" * 40_000
    stream = io.StringIO()
    writer = CsvWriter(stream, Dialect.EXCEL_FR)
    writer.write([long, "😀" * 20_000, "x" * 32_767])
    assert writer.shortened == 2
    cells = stream.getvalue().removeprefix("\ufeff").removesuffix("\r\n").split(";")
    assert [len(cell.encode("utf-16-le")) // 2 for cell in cells] == [32_767, 32_767, 32_767]
    assert cells[0].endswith("é…")
    assert written([long]) == long + "\n"


def test_a_nul_is_marked() -> None:
    assert written(["a\0b"]) == "a\ufffdb\n"


def written(cells: list[str | int | float | None], dialect: Dialect = Dialect.STANDARD) -> str:
    stream = io.StringIO()
    CsvWriter(stream, dialect).write(cells)
    return stream.getvalue()


hostile = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(list("=+-@\t\r\n\",;'\0…€œ\u202e😀")))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(hostile, min_size=2, max_size=2), min_size=1, max_size=5), st.sampled_from(Dialect))
def test_any_text_comes_back_from_csv(rows: list[list[str]], dialect: Dialect) -> None:
    stream = io.StringIO(newline="")
    writer = CsvWriter(stream, dialect)
    for row in rows:
        writer.write(row)
    delimiter = ";" if dialect is Dialect.EXCEL_FR else ","
    stream.seek(len("\ufeff") if dialect is Dialect.EXCEL_FR else 0)
    back = list(csv.reader(stream, delimiter=delimiter))
    assert back == [[guarded(cell.replace("\0", "\ufffd")) for cell in row] for row in rows]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(hostile, hostile), min_size=1, max_size=4), st.sampled_from(Dialect))
def test_stored_text_comes_back_from_the_export(
    corpus: Corpus, tmp_path: Path, texts: list[tuple[str, str]], dialect: Dialect
) -> None:
    document = replace(DOCUMENT, id=hashlib.sha256(b"h").hexdigest()[:16], metadata=Metadata(title=texts[0][1]))
    passages = [Passage(f"h{at}", document.id, at, text, (heading,)) for at, (text, heading) in enumerate(texts)]
    tags = [[Tag("need.care", 0.5, ((0, len(text)),), "dense")] for text, _ in texts]
    corpus.store(document, passages, np.ones((len(texts), 4), np.float32), tags)
    rows = [row for row in exported(corpus, tmp_path / "out.csv", dialect=dialect)[1] if row["passage_id"][0] == "h"]
    for row, (text, heading) in zip(rows, texts, strict=True):
        safe = guarded(text.replace("\0", "\ufffd"))
        assert (row["text"], row["evidence"]) == (safe, safe)
        assert row["headings"] == guarded(heading.replace("\0", "\ufffd"))


@given(st.lists(st.tuples(st.integers(1, 999), st.lists(st.integers(-99999, 99999), min_size=4, max_size=4))))
def test_boxes_can_be_read_back(places: list[tuple[int, list[int]]]) -> None:
    regions = [Region(page, tuple(side / 100 for side in box)) for page, box in places]  # type: ignore[arg-type]
    text = boxes_as_text(regions)
    back = [part.split(":") for part in text.split("; ") if part]
    placed = [region for region in regions if any(region.box)]
    assert [Region(int(page), tuple(map(float, box.split(",")))) for page, box in back] == placed  # type: ignore[arg-type]


def test_a_summary_says_what_was_left_out() -> None:
    assert Exported(1, 1, 0, 0).summary("out.csv") == "wrote 1 row from 1 passage to out.csv"
    said = Exported(1234, 900, 2, 1).summary("-")
    assert said.startswith("wrote 1,234 rows from 900 passages to standard output; 2 passages without a tag left out")
    assert "1 cell cut" in said


def test_a_corpus_that_fails_while_it_is_read_leaves_the_old_file(corpus: Corpus, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("mine")
    numbers = corpus.select(Selection())
    corpus._database.execute("ALTER TABLE tags RENAME TO lost")
    with pytest.raises(StorageError, match="no such table"):
        export_csv(corpus, TAXONOMY, target, numbers=numbers)
    assert target.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "out.csv"]


def test_the_columns_are_documented_in_order() -> None:
    page = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
    table = page.split("## Columns")[1].split("## ")[0]
    documented = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert documented == list(columns(TAXONOMY, Shape.TIDY))
    for dialect in Dialect:
        assert f"`{dialect}`" in page
