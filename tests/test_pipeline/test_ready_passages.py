"""Ready passages from JSONL: what is kept, and what each mistake gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpora.documents import Region, document_id
from corpora.errors import DocumentError, InvalidPassages
from pipeline.ready_passages import NO_BOX, read_ready_passages

ENGLISH = "The provider shall establish and document a post-market monitoring system."
FRENCH = "Le fournisseur établit et documente un système de surveillance après commercialisation."


def written(folder: Path, *rows: object, name: str = "passages.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def test_a_line_gives_a_passage_with_its_id_kept(tmp_path: Path) -> None:
    row = {
        "id": "Art. 14/4 é",
        "text": f"  {FRENCH}",
        "document": "AI Act",
        "page": [3, 5],
        "headings": ["Chapter III", "Article 14"],
        "language": "fr-BE",
        "score": 1.5,
    }
    [document] = read_ready_passages(written(tmp_path, row))
    [passage] = document.passages
    assert (document.name, passage.document_id) == ("AI Act", document_id(document.sha256))
    assert (passage.id, passage.text, passage.ordinal) == ("Art. 14/4 é", f"  {FRENCH}", 0)
    assert passage.headings == ("Chapter III", "Article 14")
    assert passage.regions == (Region(3, NO_BOX), Region(5, NO_BOX))
    assert (passage.page_first, passage.page_last, passage.language) == (3, 5, "fr")


def test_only_id_and_text_are_needed(tmp_path: Path) -> None:
    path = written(tmp_path, {"id": 7, "text": ENGLISH}, {"id": "x", "text": FRENCH, "page": 2, "headings": "One"})
    [document] = read_ready_passages(path)
    first, second = document.passages
    assert document.name == "passages"
    assert (first.id, first.regions, first.headings, first.page_first) == ("7", (), (), None)
    assert (second.headings, second.page_first, second.page_last) == (("One",), 2, 2)
    assert [first.language, second.language] == ["en", "fr"]


def test_documents_come_in_order_of_appearance_with_ids_of_their_own(tmp_path: Path) -> None:
    rows = [{"id": f"{n}", "text": ENGLISH, "document": "ba"[n % 2]} for n in range(4)]
    path = written(tmp_path, *rows)
    documents = read_ready_passages(path)
    assert [d.name for d in documents] == ["b", "a"]
    assert [[p.id for p in d.passages] for d in documents] == [["0", "2"], ["1", "3"]]
    assert documents == read_ready_passages(path)
    assert len({d.sha256 for d in documents}) == 2
    changed = read_ready_passages(written(tmp_path, *rows, {"id": "4", "text": "More.", "document": "c"}))
    assert not {d.sha256 for d in documents} & {d.sha256 for d in changed}


def test_byte_order_mark_blank_lines_and_line_ends_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": "1", "text": "One."}\r\n\r\n  \n{"id": "2", "text": "Two."}')
    [document] = read_ready_passages(path)
    assert [p.text for p in document.passages] == ["One.", "Two."]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"no json", "is not JSON"),
        (b'{"id": "1", "text": "x"', "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'["id"]', "is no object"),
        (b'{"text": "x"}', 'has no "id"'),
        (b'{"id": "1"}', 'has no "text"'),
        (b'{"id": "1", "text": "  "}', '"text" is blank'),
        (b'{"id": "1", "text": 5}', '"text" is no text'),
        (b'{"id": true, "text": "x"}', '"id" is no text'),
        (b'{"id": "a\\tb", "text": "x"}', '"id" holds a tab'),
        (b'{"id": "1", "text": "a\\u0000b"}', "NUL byte"),
        (b'{"id": "1", "text": "a\\ud800b"}', "half a character"),
        (b'{"id": "1", "text": "\xff"}', "is not UTF-8"),
        (b'{"id": "1", "text": "x", "page": 0}', '"page" must be'),
        (b'{"id": "1", "text": "x", "page": [5, 3]}', '"page" must be'),
        (b'{"id": "1", "text": "x", "page": [1, 2, 3]}', '"page" must be'),
        (b'{"id": "1", "text": "x", "page": "3"}', '"page" must be'),
        (b'{"id": "1", "text": "x", "page": 1e400}', '"page" must be'),
        (b'{"id": "1", "text": "x", "page": 99999999999999999999}', '"page" must be'),
        (b'{"id": "1", "text": "x", "headings": [1]}', '"headings" is no text'),
        (b'{"id": "1", "text": "x", "language": "English please"}', '"language" must be'),
        (b'{"id": "0", "text": "x"}', "id '0' stands on line 1 too"),
    ],
)
def test_a_mistake_names_file_line_and_remedy(tmp_path: Path, line: bytes, said: str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_bytes(b'{"id": "0", "text": "Good."}\n\n' + line + b"\n")
    with pytest.raises(InvalidPassages) as caught:
        read_ready_passages(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:3: ")
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_a_file_without_passages_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p.jsonl"
    path.write_bytes(content)
    with pytest.raises(InvalidPassages, match="holds no passage"):
        read_ready_passages(path)


def test_a_file_that_cannot_be_read_is_a_document_error(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        read_ready_passages(tmp_path / "absent.jsonl")


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1).filter(str.strip)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(texts, min_size=1, max_size=8))
def test_any_text_comes_back_as_written(tmp_path: Path, given_texts: list[str]) -> None:
    rows = [{"id": f"p{number}", "text": text} for number, text in enumerate(given_texts)]
    [document] = read_ready_passages(written(tmp_path, *rows))
    assert [passage.text for passage in document.passages] == given_texts
    assert [passage.id for passage in document.passages] == [row["id"] for row in rows]
