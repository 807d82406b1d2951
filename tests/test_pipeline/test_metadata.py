"""Metadata: dates, the table beside the files, and which source wins."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.documents import Metadata
from corpora.errors import DocumentError
from pipeline.metadata import merge, metadata_from_csv, parse_date


def folder_with(folder: Path, table: str | bytes, *files: str) -> Path:
    for file in files:
        (folder / file).write_bytes(b"%PDF-")
    (folder / "metadata.csv").write_bytes(table if isinstance(table, bytes) else table.encode())
    return folder


@pytest.mark.parametrize("text", ["2024", "2024-06", "2024-06-13", "2024-02-29", " 2024 "])
def test_iso_dates_are_taken(text: str) -> None:
    assert parse_date(text) == text.strip()


@pytest.mark.parametrize(
    "text", ["", "13/06/2024", "2024-6-13", "2024-13", "2023-02-29", "0000", "20240613", "June 2024", "２０２４"]
)
def test_other_dates_are_refused_with_the_form_to_write(text: str) -> None:
    with pytest.raises(DocumentError, match="write it as 2024, 2024-06 or 2024-06-13"):
        parse_date(text)


@given(st.dates())
def test_every_day_of_the_calendar_is_a_date(day: object) -> None:
    assert parse_date(str(day)) == str(day)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_table_is_read_with_either_delimiter_with_or_without_mark(tmp_path: Path, mark: str, delimiter: str) -> None:
    table = f'{mark}File,Title,issuer,date\na.pdf,"Règlement; annexes, I",Conseil,2024-06\r\n,,,\nb.pdf,,,\n'
    if delimiter == ";":
        table = f'{mark}File;Title;issuer;date\na.pdf;"Règlement; annexes, I";Conseil;2024-06\r\n;;;\nb.pdf;;;\n'
    assert metadata_from_csv(folder_with(tmp_path, table, "a.pdf", "b.pdf")) == {
        "a.pdf": Metadata(title="Règlement; annexes, I", issuer="Conseil", date="2024-06"),
        "b.pdf": Metadata(),
    }


def test_no_table_says_nothing(tmp_path: Path) -> None:
    assert metadata_from_csv(tmp_path) == {}


@pytest.mark.parametrize(
    ("table", "line", "said"),
    [
        ("", 1, "no column “file”"),
        ("name,title\na.pdf,A\n", 1, "no column “file”"),
        ("file,titel\na.pdf,A\n", 1, "unknown column “titel”"),
        ("file,title,title\na.pdf,A,B\n", 1, "stands twice"),
        ("file,title\na.pdf,A,B\n", 2, "3 cells under 2 columns"),
        ("file,title\n\na.pdf,A\na.pdf,B\n", 4, "has a row already"),
        ("file,title\n,A\n", 2, "no file name"),
        ("file,date\na.pdf,13/06/2024\n", 2, "is not a date"),
        ('file,title\na.pdf,"A\n', 2, "check the quotation marks"),
    ],
)
def test_a_mistake_names_file_line_and_remedy(tmp_path: Path, table: str, line: int, said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        metadata_from_csv(folder_with(tmp_path, table, "a.pdf"))
    assert str(caught.value).startswith(f"{tmp_path / 'metadata.csv'}:{line}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_row_for_an_absent_file_is_left_aside_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    table = "file,title\na.pdf,A\ngone\x1b.pdf,Gone\n"
    with caplog.at_level(logging.WARNING, "regloupe"):
        assert metadata_from_csv(folder_with(tmp_path, table, "a.pdf")) == {"a.pdf": Metadata(title="A")}
    assert caplog.messages == [f"{tmp_path / 'metadata.csv'}:3: no file 'gone\\x1b.pdf' in this folder; row ignored"]


def test_a_table_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="is not UTF-8"):
        metadata_from_csv(folder_with(tmp_path, "file,title\na.pdf,Règlement\n".encode("latin-1"), "a.pdf"))


def test_what_the_user_gives_wins_over_the_table_and_the_table_over_what_is_read() -> None:
    given_ = Metadata(title="Given", jurisdiction="EU")
    row = Metadata(title="Row", issuer="Row", date="2024")
    read = Metadata("Read", "Read", "2020", "US", "report")
    assert merge(given_, row, read) == Metadata("Given", "Row", "2024", "EU", "report")
    assert merge(Metadata(), None, read) == read
    assert merge(Metadata(), None, Metadata()) == Metadata()
