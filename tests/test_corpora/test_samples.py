"""The sample PDFs: made from their text, readable, and of the shape that the demo and its readers expect."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from corpora.samples.make_samples import HERE, SAMPLES, make
from corpora.samples.sample_markup import parse

REPORT, NOTE = SAMPLES["report_en.md"], SAMPLES["note_fr.md"]


def _read(path: Path) -> tuple[list[str], dict[str, str], list[tuple[str, int]]]:
    """The text of each page, the document information, and the outline with page numbers."""
    document: Any = pypdfium2.PdfDocument(path)
    texts = []
    for page in document:
        texts.append(page.get_textpage().get_text_bounded().replace("\r\n", "\n"))
        page.close()
    outline = [(mark.get_title(), mark.get_dest().get_index() + 1) for mark in document.get_toc()]
    information = document.get_metadata_dict()
    document.close()
    return texts, information, outline


@cache
def _sample(file: str) -> tuple[list[str], dict[str, str], list[tuple[str, int]]]:
    return _read(HERE / file)


@pytest.mark.parametrize("file", [REPORT, NOTE])
def test_the_committed_pdf_is_what_the_script_makes(file: str, tmp_path: Path) -> None:
    made = {path.name: path for path in make(tmp_path)}[file]
    # Another reportlab or zlib may write other bytes; the pages must still say the same.
    assert made.read_bytes() == (HERE / file).read_bytes() or _read(made) == _sample(file)


def test_making_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first = [path.read_bytes() for path in make(tmp_path)]
    assert [path.read_bytes() for path in make(tmp_path)] == first


@pytest.mark.parametrize(
    ("file", "pages", "label"),
    [(REPORT, 12, "It is not an official document"), (NOTE, 4, "Ce n’est pas un document officiel")],
)
def test_length_and_label(file: str, pages: int, label: str) -> None:
    texts, _, _ = _sample(file)
    assert len(texts) >= pages
    assert label in texts[0].replace("\n", " ")
    assert sum(len(text.split()) for text in texts) / len(texts) > 350


@pytest.mark.parametrize("source", SAMPLES)
def test_information_dictionary(source: str) -> None:
    fields = parse((HERE / source).read_text(encoding="utf-8")).fields
    _, information, _ = _sample(SAMPLES[source])
    assert information["Title"] == fields["title"]
    assert information["Author"] == fields["author"]
    assert information["Subject"] == fields["subject"]
    assert information["CreationDate"].startswith("D:20261116")


@pytest.mark.parametrize("file", [REPORT, NOTE])
def test_the_outline_points_at_the_headings(file: str) -> None:
    texts, _, outline = _sample(file)
    assert len(outline) > 10
    for title, page in outline:
        line = title.split(". ")[0] if title.startswith("Article ") else title
        wanted = line.replace("\u00a0", " ")
        assert wanted in texts[page - 1].replace("\u00a0", " ").splitlines(), (title, page)


def test_the_contents_page_names_the_pages_of_the_outline() -> None:
    texts, _, outline = _sample(REPORT)
    listed = re.findall(r"^(.+?) \.{5,} (\d+)$", texts[1], flags=re.MULTILINE)
    assert len(listed) > 30
    assert {(title, int(page)) for title, page in listed} <= set(outline)


@pytest.mark.parametrize("file", [REPORT, NOTE])
def test_running_heads_and_page_numbers(file: str) -> None:
    texts, _, _ = _sample(file)
    for number, text in list(enumerate(texts, start=1))[1:]:
        head, foot = text.replace("\u00a0", " ").splitlines()[-2:]
        assert head.endswith(("Sample document", "Document d’exemple"))
        assert foot.endswith(f" {number}")


@pytest.mark.parametrize("source", SAMPLES)
def test_each_footnote_stands_on_the_page_of_its_mark(source: str) -> None:
    texts, _, _ = _sample(SAMPLES[source])
    parsed = parse((HERE / source).read_text(encoding="utf-8"))
    bodies = [item.text for item in parsed.items]
    for number, (key, note) in enumerate(parsed.notes.items(), start=1):
        before = next(text.split(f"[^{key}]")[0] for text in bodies if f"[^{key}]" in text)
        mark = before.split()[-1].split("\u00a0")[-1] + str(number)
        start = f"\n{number} " + " ".join(re.split(r"\s", note)[:3])
        pages = [page for page, text in enumerate(texts) if start in text.replace("\u00a0", " ")]
        assert len(pages) == 1
        assert mark in texts[pages[0]]


def test_articles_stand_on_lines_of_their_own() -> None:
    texts, _, _ = _sample(REPORT)
    lines = [line for text in texts for line in text.splitlines()]
    assert [line for line in lines if re.fullmatch(r"Article \d+", line)] == [f"Article {n}" for n in range(1, 9)]
    assert any(line.startswith("(a) ") for line in lines)


def test_french_letters_and_signs_can_be_read() -> None:
    texts, _, _ = _sample(NOTE)
    assert set("éèêàâçùûîôœÀÉ«»’–•") <= set("".join(texts))
    assert "le cœur du déploiement" in texts[-1]
    assert re.search("«\\s(.+?)\\s»", texts[1])


def test_metadata_names_both_files() -> None:
    with (HERE / "metadata.csv").open(encoding="utf-8", newline="") as lines:
        rows = {row["file"]: row for row in csv.DictReader(lines)}
    assert set(rows) == set(SAMPLES.values())
    for file, row in rows.items():
        assert row["title"] == _sample(file)[1]["Title"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", row["date"])
        assert all(row.values())
