"""The pages of the sample PDFs: styles, columns, footnotes, tables, cover and contents."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from reportlab.lib.colors import HexColor, white
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Table, TableStyle

from corpora.samples.sample_markup import LABEL, MARK, Source, inline

# Lengths are PDF points, y grows upwards from the foot of the page.
WIDTH, HEIGHT = A4
LEFT, TEXT_WIDTH, GUTTER = 82.0, WIDTH - 164.0, 22.0
TOP, BOTTOM = HEIGHT - 92.0, 84.0
NOTE_GAP, KEEP_WITH_NEXT = 12.0, 62.0
INK, BLUE, TEAL, PALE, GREY = (HexColor(c) for c in ("#1d2733", "#12355b", "#1b7f8c", "#e9f1f5", "#66727f"))


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading for contents and outline; ``page`` counts from 1."""

    level: int
    text: str
    page: int


def _style(name: str, **settings: Any) -> Any:
    base = {"fontName": "Times-Roman", "fontSize": 11, "leading": 15.2, "textColor": INK, "spaceAfter": 7}
    base |= {"bulletFontName": "Times-Roman", "bulletFontSize": settings.get("fontSize", 11)}
    return ParagraphStyle(name, **{**base, "allowWidows": 0, "allowOrphans": 0, **settings})


_SANS: dict[str, Any] = {"fontName": "Helvetica-Bold", "textColor": BLUE}
_HANGING: dict[str, Any] = {"alignment": TA_JUSTIFY, "leftIndent": 22, "spaceAfter": 5}
_SHADED: dict[str, Any] = {"backColor": PALE, "borderPadding": (8, 10, 10, 10), "leftIndent": 10, "rightIndent": 10}
STYLES: dict[str, Any] = {
    "paragraph": _style("paragraph", alignment=TA_JUSTIFY),
    "columns": _style("columns", fontSize=10.4, leading=14),
    "bullet": _style("bullet", bulletIndent=6, **_HANGING),
    "numbered": _style("numbered", **_HANGING),
    "point": _style("point", bulletIndent=22, **{**_HANGING, "leftIndent": 44}),
    "callout": _style("callout", spaceBefore=10, spaceAfter=20, **_SHADED),
    "chapter": _style("chapter", fontSize=18, leading=23, spaceBefore=20, spaceAfter=10, **_SANS),
    "section": _style("section", fontSize=13, leading=17, spaceBefore=11, spaceAfter=6, **_SANS),
    "minor": _style("minor", fontSize=11.5, leading=15, spaceBefore=7, spaceAfter=4, **{**_SANS, "textColor": TEAL}),
    "article": _style("article", alignment=TA_CENTER, spaceBefore=10, spaceAfter=1, **_SANS),
    "article_title": _style("article_title", alignment=TA_CENTER, fontName="Times-BoldItalic"),
    "caption": _style("caption", fontSize=9.5, leading=13, spaceBefore=9, spaceAfter=5, **_SANS),
    "cell": _style("cell", fontSize=9.6, leading=12.2, spaceAfter=0),
    "header_cell": _style("header_cell", fontName="Helvetica-Bold", fontSize=9, leading=12, textColor=white),
    "note": _style("note", fontSize=8.6, leading=10.8, leftIndent=12, spaceAfter=2),
    "title": _style("title", fontName="Helvetica-Bold", fontSize=30, leading=37, textColor=white, spaceAfter=14),
    "subtitle": _style("subtitle", fontName="Helvetica", fontSize=14, leading=20, textColor=white),
    "note_title": _style("note_title", fontSize=22, leading=27, **_SANS),
    "note_subtitle": _style("note_subtitle", fontName="Helvetica", fontSize=12, leading=16, textColor=TEAL),
    "notice": _style("notice", fontName="Helvetica", fontSize=9.5, leading=13.5, spaceAfter=22, **_SHADED),
}


def _raised(paragraph: Any) -> int:
    """How many footnote marks a wrapped paragraph, or a part split from one, holds."""
    lines = (getattr(line, "words", ()) for line in paragraph.blPara.lines)
    return sum(getattr(word, "rise", 0) > 0 for words in lines for word in words)


class Composer:
    """Lays a source's items on pages: columns, footnotes at the foot, headings kept with their text."""

    def __init__(self, target: io.BytesIO, source: Source) -> None:
        self.source = source
        self.marks = list(source.notes)
        self.headings: list[Heading] = []
        self.canvas: Any = Canvas(target, pagesize=A4, invariant=1, lang=source.fields["language"])
        self.page = 1
        self.notes: list[Any] = []
        self._single(TOP)
        self._describe()

    def _describe(self) -> None:
        fields, canvas = self.source.fields, self.canvas
        canvas.showOutline()
        canvas.setTitle(fields["title"])
        canvas.setAuthor(fields["author"])
        canvas.setSubject(fields["subject"])
        canvas.setKeywords(fields["keywords"])
        canvas.setCreator("corpora/samples/make_samples.py")
        canvas.setDateFormatter(lambda *_: f"D:{fields['created']}+00'00'")

    def _single(self, top: float) -> None:
        self.frames = [(LEFT, TEXT_WIDTH)]
        self.frame, self.top, self.y = 0, top, top

    def _columns(self) -> None:
        width = (TEXT_WIDTH - GUTTER) / 2
        self.frames = [(LEFT, width), (LEFT + width + GUTTER, width)]
        self.frame, self.top = 0, self.y - 8
        self.y = self.top

    def _next_frame(self) -> None:
        if self.frame + 1 < len(self.frames):
            self.frame += 1
            self.y = self.top
        else:
            self.end_page()

    def end_page(self) -> None:
        """Set the footnotes, the running head and the foot, and open the next page."""
        self._set_notes()
        canvas, fields = self.canvas, self.source.fields
        canvas.setStrokeColor(TEAL)
        canvas.setLineWidth(0.6)
        canvas.line(LEFT, HEIGHT - 66, LEFT + TEXT_WIDTH, HEIGHT - 66)
        canvas.setFillColor(GREY)
        canvas.setFont("Helvetica", 8.5)
        canvas.drawString(LEFT, HEIGHT - 60, fields["running"])
        canvas.drawRightString(LEFT + TEXT_WIDTH, HEIGHT - 60, fields["label"])
        canvas.drawString(LEFT, 46, fields["foot"])
        canvas.drawRightString(LEFT + TEXT_WIDTH, 46, str(self.page))
        self.break_page()

    def break_page(self) -> None:
        """Open the next page and leave this one as it is."""
        self.canvas.showPage()
        self.page += 1
        self.notes = []
        self._single(TOP)

    def _notes_height(self, notes: list[Any]) -> float:
        heights = [note.wrap(TEXT_WIDTH, HEIGHT)[1] + note.style.spaceAfter for note in notes]
        return NOTE_GAP + sum(heights) if heights else 0.0

    def _set_notes(self) -> None:
        y = BOTTOM + self._notes_height(self.notes) - NOTE_GAP
        if self.notes:
            self.canvas.setStrokeColor(GREY)
            self.canvas.setLineWidth(0.5)
            self.canvas.line(LEFT, y + 5, LEFT + 120, y + 5)
        for note in self.notes:
            _, height = note.wrap(TEXT_WIDTH, HEIGHT)
            note.drawOn(self.canvas, LEFT, y - height)
            y -= height + note.style.spaceAfter

    def _note(self, key: str) -> Any:
        text = inline(self.source.notes[key], self.marks)
        return Paragraph(f"<bullet>{self.marks.index(key) + 1}</bullet>{text}", STYLES["note"])

    def flow(self, paragraph: Any, notes: list[Any], keep: float = 0.0) -> None:
        """Set a paragraph, split over frames where it must be; its notes stand on the page of their marks."""
        while True:
            if self.y < self.top:
                self.y -= paragraph.getSpaceBefore()
            width = self.frames[self.frame][1]
            room = self.y - BOTTOM - self._notes_height(self.notes + notes)
            height = paragraph.wrap(width, HEIGHT)[1]
            if height + keep <= room:
                self._put(paragraph, height, notes)
                return
            parts = paragraph.split(width, room) if room > 0 and not keep else []
            if len(parts) == 2:
                height = parts[0].wrap(width, HEIGHT)[1]
                kept = _raised(parts[0])
                self._put(parts[0], height, notes[:kept])
                paragraph, notes = parts[1], notes[kept:]
            self._next_frame()

    def _put(self, flowable: Any, height: float, notes: list[Any]) -> None:
        flowable.drawOn(self.canvas, self.frames[self.frame][0], self.y - height)
        self.y -= height + flowable.getSpaceAfter()
        self.notes = self.notes + notes

    def text(self, kind: str, text: str, keep: float = 0.0) -> None:
        """Set one block of text in the style of its kind."""
        style = STYLES["columns" if kind == "paragraph" and len(self.frames) > 1 else kind]
        label = LABEL.match(text) if kind in ("point", "numbered") else None
        bullet = label[1] if label else "\u2022" if kind == "bullet" else None
        content = inline(text[label.end() :] if label else text, self.marks)
        notes = [self._note(key) for key in MARK.findall(text)]
        self.flow(Paragraph(content, style, bulletText=bullet), notes, keep)

    def heading(self, kind: str, text: str) -> None:
        """Set a heading with the start of what follows, and enter it in the outline."""
        level = {"chapter": 0, "section": 1, "minor": 2, "article": 2}[kind]
        line, _, title = text.partition(" | ")
        self.text(kind, line, KEEP_WITH_NEXT)
        if title:
            self.text("article_title", title)
        entry, key = text.replace(" | ", ". "), f"heading-{len(self.headings)}"
        self.canvas.bookmarkHorizontalAbsolute(key, min(self.y + 50, HEIGHT))
        self.canvas.addOutlineEntry(entry, key, min(level, 1))
        self.headings.append(Heading(level, entry, self.page))

    def table(self, text: str) -> None:
        """Set a ruled table with its caption, whole, on one page."""
        caption, *lines = text.splitlines()
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        cells = [
            [Paragraph(inline(cell, self.marks), STYLES["cell" if i else "header_cell"]) for cell in row]
            for i, row in enumerate(rows)
        ]
        shares = {3: (0.32, 0.42, 0.26), 4: (0.21, 0.40, 0.23, 0.16)}[len(rows[0])]
        style = [("GRID", (0, 0), (-1, -1), 0.6, GREY), ("BACKGROUND", (0, 0), (-1, 0), BLUE)]
        style += [("VALIGN", (0, 0), (-1, -1), "TOP"), ("ROWBACKGROUNDS", (0, 1), (-1, -1), [white, PALE])]
        table = Table(cells, [share * TEXT_WIDTH for share in shares], spaceAfter=14, style=TableStyle(style))
        height = table.wrap(TEXT_WIDTH, HEIGHT)[1]
        self.text("caption", caption[2:], height)
        self._put(table, height, [])

    def body(self) -> None:
        """Set all items."""
        actions = {"page": self.end_page, "columns": self._columns}
        for item in self.source.items:
            if item.kind in actions:
                actions[item.kind]()
            elif item.kind in ("chapter", "section", "minor", "article"):
                self.heading(item.kind, item.text)
            elif item.kind == "table":
                self.table(item.text)
            else:
                self.text(item.kind, item.text)
        self.end_page()

    def cover(self) -> None:
        """Draw the cover page of a report."""
        canvas, fields = self.canvas, self.source.fields
        canvas.setFillColor(BLUE)
        canvas.rect(0, 300, WIDTH, HEIGHT - 300, stroke=0, fill=1)
        _draw_lens(canvas)
        canvas.setFillColor(white)
        canvas.setFont("Helvetica-Bold", 11)
        canvas.drawString(LEFT, HEIGHT - 110, fields["label"].upper())
        self.y = HEIGHT - 330
        self.flow(Paragraph(fields["title"], STYLES["title"]), [])
        self.flow(Paragraph(fields["subtitle"], STYLES["subtitle"]), [])
        canvas.setFillColor(BLUE)
        canvas.setFont("Helvetica-Bold", 12)
        canvas.drawString(LEFT, 262, f"{fields['author']} | {fields['date']}")
        self.y = 215
        self.flow(Paragraph(fields["notice"], STYLES["notice"]), [])
        self.break_page()

    def contents(self, headings: tuple[Heading, ...]) -> None:
        """Set the contents page: chapters and sections, dot leaders, page numbers."""
        self.text("chapter", self.source.fields["contents"])
        for number, heading in enumerate(headings):
            if heading.level < 2:
                self._contents_line(heading, f"heading-{number}")
        self.end_page()

    def _contents_line(self, heading: Heading, key: str) -> None:
        font, x = ("Times-Roman", LEFT + 14) if heading.level else ("Times-Bold", LEFT)
        self.y -= 12.6 if heading.level else 16.4
        right, size = LEFT + TEXT_WIDTH, 10.4
        text, page = heading.text + " ", " " + str(heading.page)
        start, end = x + stringWidth(text, font, size), right - stringWidth(page, font, size)
        dots = "." * int((end - start) / stringWidth(".", font, size))
        self.canvas.setFillColor(INK)
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, self.y, text)
        self.canvas.drawRightString(right, self.y, dots + page)
        self.canvas.linkRect("", key, (x, self.y - 3, right, self.y + 9), relative=0, thickness=0)

    def title_block(self) -> None:
        """Set the title, the subtitle and the notice of a note above its text."""
        fields = self.source.fields
        self.canvas.setFillColor(TEAL)
        self.canvas.rect(LEFT, self.y - 4, 64, 5, stroke=0, fill=1)
        self.y -= 22
        self.flow(Paragraph(fields["title"], STYLES["note_title"]), [])
        self.flow(Paragraph(fields["subtitle"], STYLES["note_subtitle"]), [])
        self.y -= 10
        notice = f"<b>{fields['label']}. {fields['date']}.</b> {fields['notice']}"
        self.flow(Paragraph(notice, STYLES["notice"]), [])


def _draw_lens(canvas: Any) -> None:
    """A reading glass over ruled lines: the cover's picture."""
    canvas.setLineCap(1)
    canvas.setStrokeColor(TEAL)
    for line in range(9):
        y = HEIGHT - 150 - 15 * line
        canvas.setLineWidth(3)
        canvas.line(330, y, 500 - 37 * (line % 3 == 2), y)
    canvas.setFillColor(BLUE)
    canvas.setStrokeColor(white)
    canvas.setLineWidth(6)
    canvas.circle(430, HEIGHT - 205, 44, stroke=1, fill=1)
    canvas.setLineWidth(11)
    canvas.line(463, HEIGHT - 238, 495, HEIGHT - 270)
    canvas.setStrokeColor(TEAL)
    canvas.setLineWidth(5)
    for y, reach in ((HEIGHT - 190, 24), (HEIGHT - 205, 30), (HEIGHT - 220, 20)):
        canvas.line(430 - reach, y, 430 + reach, y)
