"""Extraction from real PDFs: written here by reportlab, and those of ../shared where it is present."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from corpora.documents import Block, BlockKind, ExtractedDocument
from corpora.errors import DocumentError, EncryptedPdf, NoTextLayer, UnreadablePdf
from pipeline.extract import extract
from pipeline.extraction.pages import clean
from pipeline.extraction.pdfium import Pdf

SHARED = Path(__file__).parents[2].parent / "shared"
BODY = (
    "The provider shall keep the technical documentation at the disposal of the national authorities",
    "for a period of ten years after the system has been placed on the market or put into service, and",
    "shall inform them without undue delay of every serious incident that becomes known in that time.",
)
ENDS = ("", "", "comes to its end", "stops", "is completed only here")
ARTICLES = {
    "eu-2024-1689-ai-act-en.pdf": 113,
    "eu-2024-1689-ai-act-fr.pdf": 113,
    "eu-2025-327-ehds-en.pdf": 105,
    "eu-2017-745-mdr-consolidated-2024-07-09-en.pdf": 123,
    "eu-2016-679-rgpd-fr.pdf": 99,
    "eu-ep-p9-ta-2024-0138-ai-act-adopted-text-en.pdf": 113,
}


def write(path: Path, draw: Callable[[Canvas], None], **options: object) -> Path:
    canvas = Canvas(str(path), pagesize=A4, **options)
    draw(canvas)
    canvas.save()
    return path


def put(canvas: Canvas, y: float, lines: Iterable[str], *, font: str = "Times-Roman", size: float = 11) -> float:
    canvas.setFont(font, size)
    for line in lines:
        canvas.drawString(72, y, line)
        y -= 1.25 * size
    return y


def texts(document: ExtractedDocument, kind: BlockKind) -> list[str]:
    return [block.text for block in document.blocks if block.kind is kind]


def act(canvas: Canvas) -> None:
    """Four pages of an act with running heads, a sentence over a page break and a footnote."""
    for page in range(1, 5):
        canvas.setFont("Helvetica", 9)
        canvas.drawString(72, 810, "OJ L, 12.7.2024" if page % 2 else "EN")
        canvas.drawRightString(523, 30, f"{page}/4")
        y = 760.0
        if page > 1:
            y = put(canvas, y, [f"and the sentence before {ENDS[page]} on this page."]) - 14
        canvas.setFont("Times-Italic", 11)
        canvas.drawCentredString(297, y, f"Article {page + 13}")
        canvas.setFont("Times-Bold", 11)
        canvas.drawCentredString(297, y - 18, f"Title of the article number {page + 13}")
        y = put(canvas, y - 44, [f"{page}. {BODY[0]}", *BODY[1:]]) - 10
        y = put(canvas, y, ["(a) the first point of the list;"]) - 10
        y = put(canvas, y, ["(b) the second point of the list."]) - 10
        put(canvas, y, ["In that case the obligations that this Regulation lays down apply to every provider here,"])
        put(canvas, 70, [f"({page}) OJ C {page}17, 22.12.2021, p. 56."], size=8)
        canvas.showPage()


def test_an_act_becomes_a_tree_without_its_running_heads(tmp_path: Path) -> None:
    document = extract(write(tmp_path / "act.pdf", act))
    headings = [(block.level, block.text) for block in document.blocks if block.kind is BlockKind.HEADING]
    assert headings == [(1, f"Article {n} Title of the article number {n}") for n in range(14, 18)]
    everything = "\n".join(block.text for block in document.blocks)
    assert "OJ L, 12.7.2024" not in everything
    assert "1/4" not in everything
    assert texts(document, BlockKind.LIST_ITEM)[:2] == [
        "(a) the first point of the list;",
        "(b) the second point of the list.",
    ]
    assert texts(document, BlockKind.FOOTNOTE)[1] == "(2) OJ C 217, 22.12.2021, p. 56."


def test_a_paragraph_over_a_page_break_is_one_block_with_two_regions(tmp_path: Path) -> None:
    document = extract(write(tmp_path / "act.pdf", act))
    block = next(block for block in document.blocks if "comes to its end" in block.text)
    assert block.text.startswith("In that case the obligations")
    assert [region.page for region in block.regions] == [1, 2]


def test_boxes_lie_on_the_page_and_around_their_words(tmp_path: Path) -> None:
    document = extract(write(tmp_path / "act.pdf", act))
    page = document.pages[0]
    for block in document.blocks:
        for region in block.regions:
            x0, top, x1, bottom = region.box
            assert 0 <= x0 < x1 <= page.width
            assert 0 <= top < bottom <= page.height
    first = document.blocks[0].regions[0].box
    assert first[1] == pytest.approx(A4[1] - 760, abs=14)


def test_nothing_of_a_page_is_lost(tmp_path: Path) -> None:
    document = extract(write(tmp_path / "act.pdf", act))
    kept = sum(len("".join(block.text.split())) for block in document.blocks)
    assert kept == sum(page.characters for page in document.pages)


def test_line_end_hyphens_follow_the_documents_own_words(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        y = put(canvas, 760, ["The post-market plan covers every product. The obligations of providers matter."])
        y = put(canvas, y - 20, ["The manufacturer shall set up a system for the collection of data about post-"])
        y = put(canvas, y, ["market experience and shall document how it fulfils every one of the obli-"])
        put(canvas, y, ["gations that follow from it."])

    text = extract(write(tmp_path / "hyphens.pdf", draw)).blocks[-1].text
    assert "about post-market experience" in text
    assert "the obligations that follow" in text


def test_properties_are_read(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setTitle("Étude sur l’IA")
        put(canvas, 700, BODY)

    assert extract(write(tmp_path / "titled.pdf", draw)).properties["Title"] == "Étude sur l’IA"


def test_headings_take_their_levels_from_the_outline(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for number, (title, level) in enumerate((("Overview", 0), ("Scope of the study", 1), ("Findings", 0))):
            canvas.bookmarkPage(str(number))
            canvas.addOutlineEntry(title, str(number), level)
            y = put(canvas, 740, [title], font="Helvetica-Bold", size=14)
            put(canvas, y - 16, BODY)
            canvas.showPage()

    document = extract(write(tmp_path / "outline.pdf", draw))
    headings = [(block.level, block.text) for block in document.blocks if block.level]
    assert headings == [(1, "Overview"), (2, "Scope of the study"), (1, "Findings")]


def test_a_rotated_page_is_read_as_shown(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(90)
        canvas.translate(A4[0], 0)
        canvas.rotate(90)
        put(canvas, 500, BODY)

    document = extract(write(tmp_path / "rotated.pdf", draw))
    page, block = document.pages[0], document.blocks[0]
    assert (page.width, page.height) == (pytest.approx(A4[0], abs=1), pytest.approx(A4[1], abs=1))
    assert block.text == " ".join(BODY)
    x0, top, x1, bottom = block.regions[0].box
    assert x0 == pytest.approx(72, abs=2)
    assert x1 - x0 > 10 * (bottom - top) / 3
    assert top == pytest.approx(A4[0] - 500, abs=14)


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "empty"), (b"hello, I am text", "not a PDF"), (b"%PDF-1.7\n1 0 obj\n<<", "cut short")]
)
def test_what_is_no_pdf_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "bad.pdf"
    path.write_bytes(content)
    with pytest.raises(UnreadablePdf, match=says):
        extract(path)


def test_half_a_pdf_is_refused(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.pdf", act)
    half = tmp_path / "half.pdf"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(UnreadablePdf):
        extract(half)


def test_a_missing_file_is_a_document_error(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="no such file"):
        extract(tmp_path / "absent.pdf")


def test_an_encrypted_pdf_opens_with_its_password_only(tmp_path: Path) -> None:
    path = write(tmp_path / "locked.pdf", lambda c: put(c, 700, BODY), encrypt=StandardEncryption("secret"))
    with pytest.raises(EncryptedPdf, match="--password"):
        extract(path)
    with pytest.raises(EncryptedPdf, match="wrong"):
        extract(path, password="guess")
    assert BODY[0] in extract(path, password="secret").blocks[0].text


def test_a_drawing_has_no_text_layer(tmp_path: Path) -> None:
    path = write(tmp_path / "drawing.pdf", lambda canvas: canvas.rect(100, 100, 200, 200, fill=1))
    with pytest.raises(NoTextLayer, match="OCR"):
        extract(path)


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("\uf0b7", "•"),
        ("e\u0301tude", "étude"),
        ("ﬁnance", "finance"),
        ("ﬄuent", "ffluent"),
        ("a\u0000b\u0007", "ab"),
        ("\u200bx\ufeff", "x"),
    ],
)
def test_clean(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


@given(st.text())
def test_clean_is_idempotent_and_free_of_control_characters(raw: str) -> None:
    once = clean(raw)
    assert clean(once) == once
    assert not re.search(r"[\x00-\x1f\x7f\ue000\uf0b7]", once.replace("\ue000", ""))


def plumber_words(path: Path, pages: Iterable[int]) -> list[list[str]]:
    import pdfplumber

    with pdfplumber.open(path) as pdf:
        return [[word["text"] for word in pdf.pages[page - 1].extract_words()] for page in pages]


def own_words(path: Path, pages: Iterable[int]) -> list[list[str]]:
    with Pdf(path) as pdf:
        found = {page.number: [word.text.replace("\ufffe", "-") for word in page.words] for page in pdf.pages()}
    return [found[page] for page in pages]


def test_words_agree_with_pdfplumber(tmp_path: Path) -> None:
    path = write(tmp_path / "act.pdf", act)
    for own, other in zip(own_words(path, range(1, 5)), plumber_words(path, range(1, 5)), strict=True):
        assert sorted(own) == sorted(other)


@pytest.mark.parametrize(
    "name", ["eu-2024-1689-ai-act-fr.pdf", "uk-ai-opportunities-action-plan-2025-en.pdf", "us-omb-m-25-21-en.pdf"]
)
def test_words_agree_with_pdfplumber_on_real_pages(name: str) -> None:
    path = shared(name)
    for own, other in zip(own_words(path, (10, 20)), plumber_words(path, (10, 20)), strict=True):
        assert len(set(own) & set(other)) >= 0.9 * len(set(own) | set(other))


def shared(name: str) -> Path:
    path = SHARED / "corpora" / name
    if not path.exists():
        pytest.skip(f"needs ../shared/corpora/{name}")
    return path


def article_number(block: Block) -> int | None:
    match = re.match(r"Article (\d+|premier)\b", block.text) if block.kind is BlockKind.HEADING else None
    if match is None:
        return None
    return 1 if match.group(1) == "premier" else int(match.group(1))


@pytest.mark.slow
@pytest.mark.parametrize("name", ARTICLES)
def test_every_article_is_a_heading_once_and_in_order(name: str) -> None:
    numbers = [article_number(block) for block in extract(shared(name)).blocks]
    assert [number for number in numbers if number] == list(range(1, ARTICLES[name] + 1))


@pytest.mark.slow
def test_every_document_keeps_its_characters() -> None:
    for path in sorted((SHARED / "corpora").glob("*.pdf")) or [shared("any.pdf")]:
        document = extract(path)
        kept = sum(len("".join(block.text.split())) for block in document.blocks)
        assert kept >= 0.99 * sum(page.characters for page in document.pages), path.name


def test_the_ai_act_has_its_recitals_and_article_14() -> None:
    document = extract(shared("eu-2024-1689-ai-act-en.pdf"))
    assert "Article 14 Human oversight" in texts(document, BlockKind.HEADING)
    recitals = [text for text in texts(document, BlockKind.PARAGRAPH) if re.match(r"\(\d+\) [A-Z]", text)]
    assert [int(text[1 : text.index(")")]) for text in recitals[:180]] == list(range(1, 181))
    assert not any(block.text.startswith("ELI: http") for block in document.blocks)
