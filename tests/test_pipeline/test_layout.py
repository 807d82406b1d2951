"""Reading order, paragraphs, headings, running heads and hyphens, on pages written here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from corpora.documents import Block, BlockKind, Box
from pipeline.extract import extract
from pipeline.extraction.geometry import Quarter, turn, union
from pipeline.extraction.hyphens import Joiner
from pipeline.extraction.structure import structural_kind

WORDS = [
    "hospital",
    "doctor",
    "patient",
    "device",
    "software",
    "market",
    "notified",
    "authority",
    "report",
    "risk",
    "data",
    "health",
    "quality",
    "member",
    "state",
    "body",
    "clinical",
    "evidence",
    "safety",
    "benefit",
    "record",
    "system",
    "provider",
    "deployer",
    "access",
    "research",
]


def sentences(name: str, count: int) -> str:
    """Prose in which every sentence names where it stands."""
    parts = []
    for number in range(count):
        some = [WORDS[(len(name) + 7 * number + step * 5) % len(WORDS)] for step in range(9)]
        parts.append(f"{name} sentence {number} says that {' '.join(some)}.")
    return " ".join(parts)


def column(canvas: Canvas, text: str, x: float, y: float, width: float) -> float:
    canvas.setFont("Times-Roman", 10)
    for line in simpleSplit(text, "Times-Roman", 10, width):
        canvas.drawString(x, y, line)
        y -= 12
    return y


def blocks(path: Path, canvas: Canvas) -> tuple[Block, ...]:
    canvas.save()
    return extract(path).blocks


@pytest.mark.parametrize("count", [2, 3])
def test_columns_are_read_one_after_the_other(tmp_path: Path, count: int) -> None:
    path = tmp_path / "columns.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    whole, gutter = 451, 18
    width = (whole - gutter * (count - 1)) / count
    above, below = sentences("Top", 6), sentences("Bottom", 6)
    column(canvas, above, 72, 760, whole)
    columns = [sentences(f"Column{number}", 12) for number in range(count)]
    for number in reversed(range(count)):
        column(canvas, columns[number], 72 + number * (width + gutter), 640, width)
    column(canvas, below, 72, 130, whole)
    text = " ".join(block.text for block in blocks(path, canvas))
    assert text == " ".join([above, *columns, below])


def test_columns_written_row_by_row_are_still_columns(tmp_path: Path) -> None:
    path = tmp_path / "rows.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    canvas.setFont("Times-Roman", 10)
    left, right = (simpleSplit(sentences(name, 14), "Times-Roman", 10, 216) for name in ("Left", "Right"))
    for row, pair in enumerate(zip(left, right, strict=False)):
        for x, line in zip((72, 307), pair, strict=True):
            canvas.drawString(x, 740 - 12 * row, line)
    text = " ".join(block.text for block in blocks(path, canvas))
    assert text.index("Left sentence 9") < text.index("Right sentence 0")


def test_short_cells_without_rules_are_read_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "cells.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    for row in range(6):
        canvas.drawString(72, 700 - 16 * row, f"Country {row}")
        canvas.drawString(320, 700 - 16 * row, f"{row}00 beds")
    text = " ".join(block.text for block in blocks(path, canvas))
    assert text.index("000 beds") < text.index("Country 5") < text.index("500 beds")


def test_a_paragraph_over_a_column_break_is_one_block(tmp_path: Path) -> None:
    path = tmp_path / "broken.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    lines = simpleSplit(sentences("Only", 22), "Times-Roman", 10, 210)
    canvas.setFont("Times-Roman", 10)
    half = next(n for n in range(len(lines) // 2, len(lines)) if not lines[n - 1].endswith("."))
    for number, line in enumerate(lines):
        x, y = (72, 740 - 12 * number) if number < half else (310, 740 - 12 * (number - half))
        canvas.drawString(x, y, line)
    found = blocks(path, canvas)
    assert [block.text for block in found] == [sentences("Only", 22)]
    assert [region.page for region in found[0].regions] == [1, 1]


def report(canvas: Canvas, pages: int) -> None:
    for page in range(1, pages + 1):
        canvas.setFont("Helvetica", 8)
        if page % 2:
            canvas.drawString(72, 800, "Study on hospitals")
            canvas.drawRightString(523, 800, str(page))
        else:
            canvas.drawString(72, 800, str(page))
            canvas.drawRightString(523, 800, "Chapter on data")
        canvas.setFont("Helvetica-Bold", 13)
        canvas.drawString(72, 750, f"{page}. Heading number {page}")
        y = column(canvas, sentences(f"Page{page}", 5), 72, 720, 451)
        canvas.setFont("Helvetica-Bold", 11)
        canvas.drawString(72, y - 18, f"{page}.1 Part of heading {page}")
        column(canvas, sentences(f"Part{page}", 5), 72, y - 40, 451)
        canvas.showPage()


def test_odd_and_even_running_heads_and_page_numbers_go(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    report(canvas, 7)
    text = "\n".join(block.text for block in blocks(path, canvas))
    assert "Study on hospitals" not in text
    assert "Chapter on data" not in text
    assert not {str(page) for page in range(1, 8)} & set(text.splitlines())
    assert all(f"Page{page} sentence 0" in text for page in range(1, 8))


def test_numbered_headings_have_the_depth_of_their_number(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    report(canvas, 3)
    found = [(block.level, block.text) for block in blocks(path, canvas) if block.kind is BlockKind.HEADING]
    assert found[:2] == [(1, "1. Heading number 1"), (2, "1.1 Part of heading 1")]
    assert len(found) == 6


def test_articles_at_the_same_height_of_following_pages_are_no_running_heads(tmp_path: Path) -> None:
    path = tmp_path / "articles.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    for page in range(1, 6):
        canvas.setFont("Times-Italic", 11)
        canvas.drawCentredString(297, 770, f"Article {page}")
        column(canvas, sentences(f"Page{page}", 6), 72, 740, 451)
        canvas.showPage()
    found = [block.text for block in blocks(path, canvas) if block.kind is BlockKind.HEADING]
    assert found == [f"Article {page}" for page in range(1, 6)]


def test_contents_are_marked_and_their_titles_are_no_headings(tmp_path: Path) -> None:
    path = tmp_path / "contents.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    canvas.setFont("Helvetica-Bold", 14)
    canvas.drawString(72, 770, "Contents")
    canvas.setFont("Helvetica", 10)
    for row in range(8):
        canvas.drawString(72, 740 - 16 * row, f"{row + 1}. Chapter of the report {'.' * 60} {row + 4}")
    canvas.showPage()
    column(canvas, sentences("Body", 9), 72, 740, 451)
    found = blocks(path, canvas)
    assert [block.kind for block in found] == [BlockKind.HEADING, BlockKind.CONTENTS, BlockKind.PARAGRAPH]
    assert len(found[1].text.splitlines()) == 8


def test_a_raised_note_mark_stands_apart_from_its_word(tmp_path: Path) -> None:
    path = tmp_path / "mark.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    text = canvas.beginText(72, 700)
    text.setFont("Times-Roman", 12)
    text.textOut("The market for data")
    text.setRise(5)
    text.setFont("Times-Roman", 7)
    text.textOut("12")
    text.setRise(0)
    text.setFont("Times-Roman", 12)
    text.textOut(" grows from year to year.")
    canvas.drawText(text)
    assert blocks(path, canvas)[0].text == "The market for data ¹² grows from year to year."


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Article 14", "article"),
        ("Article premier", "article"),
        ("Article 1er", "article"),
        ("Artikel 5", "article"),
        ("Artículo 3", "article"),
        ("Articolo 7", "article"),
        ("Article 6 - Licéité du traitement", "article"),
        ("CHAPTER II", "chapter"),
        ("CHAPITRE PREMIER", "chapter"),
        ("Kapitel III", "chapter"),
        ("Section 2", "section"),
        ("TITRE Ier", "title"),
        ("ANNEX III", "annex"),
        ("ANNEXE", "annex"),
        ("Article 19.", None),
        ("Article 5 shall apply", None),
        ("article 14", None),
        ("Section", None),
        ("Title: Software as a Medical Device", None),
        ("Annexes to the", None),
    ],
)
def test_structural_kind(line: str, kind: str | None) -> None:
    assert structural_kind(line) == kind


@pytest.mark.parametrize(
    ("known", "lines", "joined"),
    [
        (["post-market surveillance"], ["of post\ufffe", "market"], "of post-market"),
        (["the obligations"], ["the obli\ufffe", "gations of"], "the obligations of"),
        (["risk and based"], ["a risk-", "based view"], "a risk-based view"),
        ([], ["impos-", "sible"], "impossible"),
        ([], ["EU-", "Kommission"], "EU-Kommission"),
        ([], ["peut-être qu’est-", "ce"], "peut-être qu’est-ce"),
        ([], ["page 131-", "26 et"], "page 131-26 et"),
        ([], ["a dash -", "and more"], "a dash - and more"),
        ([], ["plain", "lines"], "plain lines"),
        ([], [], ""),
    ],
)
def test_lines_are_joined(known: list[str], lines: list[str], joined: str) -> None:
    assert Joiner([*known, "est qu’est-ce"] if "être" in joined else known).join(lines) == joined


@given(st.lists(st.text(alphabet="abcé ", min_size=1).map(str.strip).filter(bool), max_size=8))
def test_joining_keeps_every_letter(lines: Sequence[str]) -> None:
    joined = Joiner(lines).join(lines)
    assert joined.replace(" ", "") == "".join(lines).replace(" ", "")


boxes = st.tuples(*[st.floats(0, 300)] * 2, *[st.floats(300, 600)] * 2)


@given(boxes, st.sampled_from([0, 1, 2, 3]))
def test_turning_a_page_four_times_brings_a_box_back(box: Box, quarter: Quarter) -> None:
    width, height = 600.0, 800.0
    turned = turn(box, quarter, width, height)
    if quarter % 2:
        width, height = height, width
    back: Quarter = (4 - quarter) % 4  # type: ignore[assignment]
    assert turn(turned, back, width, height) == pytest.approx(box)


@given(st.lists(boxes, min_size=1))
def test_union_holds_every_box(some: list[Box]) -> None:
    x0, top, x1, bottom = union(some)
    assert all(x0 <= b[0] and top <= b[1] and x1 >= b[2] and bottom >= b[3] for b in some)


def test_numbered_points_in_small_type_are_no_footnotes(tmp_path: Path) -> None:
    path = tmp_path / "annex.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    for name in ("First", "Second"):
        column(canvas, sentences(name, 16), 72, 740, 451)
        canvas.showPage()
    canvas.setFont("Times-Roman", 8)
    for number in range(1, 9):
        canvas.drawString(72, 740 - 20 * number, f"{number}. Point {number} of an annex that is set in smaller type.")
    assert BlockKind.FOOTNOTE not in {block.kind for block in blocks(path, canvas)}


def test_the_same_heading_at_the_top_of_far_pages_stays(tmp_path: Path) -> None:
    path = tmp_path / "far.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    for page in range(1, 14):
        if page in (1, 6, 12):
            canvas.setFont("Times-Bold", 12)
            canvas.drawCentredString(297, 770, "CHAPTER III")
        column(canvas, sentences(f"Page{page}", 6), 72, 740, 451)
        canvas.showPage()
    found = [block.page_first for block in blocks(path, canvas) if block.text.startswith("CHAPTER III")]
    assert found == [1, 6, 12]


def lines_of(canvas: Canvas, *lines: str, y: float = 760) -> float:
    """Paragraphs of ordinary type, one line each, set well apart."""
    canvas.setFont("Times-Roman", 10)
    for line in lines:
        canvas.drawString(72, y, line)
        y -= 26
    return y


def headings_of(path: Path, canvas: Canvas) -> list[tuple[int, str]]:
    return [(block.level, block.text) for block in blocks(path, canvas) if block.kind is BlockKind.HEADING]


def an_act(canvas: Canvas) -> None:
    y = lines_of(canvas, "(Texte présentant de l’intérêt pour l’EEE)", "considérant ce qui suit:", "(1) Il convient.")
    y = column(canvas, sentences("Recital", 8), 72, y, 451) - 20
    for number in range(1, 5):
        canvas.setFont("Times-Bold", 10)
        canvas.drawCentredString(297, y, f"Article {number}")
        y = lines_of(canvas, "[Dispositions déclarées non conformes à la Constitution.]", y=y - 26)
    canvas.showPage()
    canvas.setFont("Times-Bold", 10)
    canvas.drawCentredString(297, 780, "ANNEXE I")
    y = lines_of(canvas, "1.1. Description et spécification", y=750)
    column(canvas, sentences("Annex", 8), 72, y, 451)


def test_recitals_stand_under_their_opening_and_a_remark_in_brackets_is_no_title(tmp_path: Path) -> None:
    path = tmp_path / "act.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    an_act(canvas)
    articles = [(1, f"Article {number}") for number in range(1, 5)]
    expected = [(1, "considérant ce qui suit:"), *articles, (1, "ANNEXE I"), (3, "1.1. Description et spécification")]
    assert headings_of(path, canvas) == expected


def test_a_heading_holds_no_address_of_the_web(tmp_path: Path) -> None:
    path = tmp_path / "address.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    canvas.setFont("Helvetica-Bold", 14)
    canvas.drawString(72, 770, "Incident Database. https://example.org/")
    canvas.drawString(72, 740, "A heading")
    column(canvas, sentences("Body", 9), 72, 700, 451)
    assert [text for _, text in headings_of(path, canvas)] == ["A heading"]


def test_a_footnote_that_pages_repeat_stays_and_the_foot_below_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "notes.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    for page in range(1, 9):
        column(canvas, sentences(f"Page{page}", 9), 72, 740, 451)
        canvas.setFont("Times-Roman", 10)
        canvas.drawString(72, 112, "+ Please insert in the text the number of this Regulation, and complete")
        canvas.drawString(72, 100, "the note to which it belongs.")
        canvas.drawString(72, 40, f"P9_TA(2024)0138 page {page}")
        canvas.showPage()
    text = "\n".join(block.text for block in blocks(path, canvas))
    assert text.count("+ Please insert in the text") == text.count("the note to which it belongs.") == 8
    assert "P9_TA" not in text
