"""Ruled tables, on PDFs written here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from corpora.documents import BlockKind, ExtractedDocument
from pipeline.extract import extract

ROWS = [["Country", "Hospitals", "Share"], ["France", "1 342", "12 %"], ["Italy", "998", ""], ["Spain", "774", "7 %"]]
BEFORE = "Before the table the report explains at some length what the figures in it are to show its readers."
AFTER = "After the table the report draws its conclusions, which are the same as those of last year."


def table_page(path: Path, style: TableStyle) -> ExtractedDocument:
    body = getSampleStyleSheet()["BodyText"]
    table = Table(ROWS, style=style)
    SimpleDocTemplate(str(path), pagesize=A4).build(
        [Paragraph(BEFORE, body), Spacer(1, 12), table, Spacer(1, 12), Paragraph(AFTER, body)]
    )
    return extract(path)


def test_a_ruled_table_is_one_block_of_rows(tmp_path: Path) -> None:
    document = table_page(tmp_path / "grid.pdf", TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)]))
    assert [block.kind for block in document.blocks] == [BlockKind.PARAGRAPH, BlockKind.TABLE, BlockKind.PARAGRAPH]
    assert document.blocks[1].text.splitlines() == [
        "Country | Hospitals | Share",
        "France | 1 342 | 12 %",
        "Italy | 998 | ",
        "Spain | 774 | 7 %",
    ]
    assert document.pages[0].source == "table"
    assert (document.blocks[0].text, document.blocks[2].text) == (BEFORE, AFTER)


def test_the_words_of_a_table_stand_in_its_box(tmp_path: Path) -> None:
    document = table_page(tmp_path / "grid.pdf", TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)]))
    before, table, after = (block.regions[0].box for block in document.blocks)
    assert before[3] <= table[1] < table[3] <= after[1]


def test_a_page_without_rules_has_no_table(tmp_path: Path) -> None:
    document = table_page(tmp_path / "plain.pdf", TableStyle([]))
    assert document.pages[0].source == "text"
    assert not [block for block in document.blocks if block.kind is BlockKind.TABLE]


def test_a_frame_around_text_is_no_table(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "frames.pdf"), pagesize=A4)
    for place in range(3):
        canvas.rect(72, 600 - 100 * place, 400, 60)
        canvas.drawString(80, 640 - 100 * place, f"A remark in a frame, number {place}, stands by itself.")
    canvas.save()
    document = extract(tmp_path / "frames.pdf")
    assert {block.kind for block in document.blocks} == {BlockKind.PARAGRAPH}


def test_white_behind_highlighted_lines_is_no_table(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "white.pdf"), pagesize=A4)
    for place in range(5):
        canvas.setFillColorRGB(1, 1, 1)
        canvas.rect(72, 600 - 14 * place, 400, 14, stroke=0, fill=1)
        canvas.rect(300, 600 - 14 * place, 60, 14, stroke=0, fill=1)
        canvas.setFillColorRGB(0, 0, 0)
        canvas.drawString(72, 603 - 14 * place, "A line of prose that somebody copied from the web in here")
    canvas.save()
    assert extract(tmp_path / "white.pdf").pages[0].source == "text"


def test_prose_never_imports_pdfplumber(tmp_path: Path) -> None:
    path = tmp_path / "prose.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    canvas.drawString(72, 700, BEFORE)
    canvas.save()
    code = (
        "import sys; from pathlib import Path; from pipeline.extract import extract; "
        f"extract(Path({str(path)!r})); sys.exit(any(n.startswith('pdf') and 'plumber' in n for n in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
