"""The main job through the command line: ingest, list, search, export, correct, remove."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

HIT_KEYS = {
    *("rank", "score", "passage_id", "document_id", "file", "title", "page_first", "page_last"),
    *("headings", "language", "tags", "text"),
}
ENGLISH = "ai-in-healthcare-sample-report-en.pdf"
FRENCH = "note-ia-sante-exemple-fr.pdf"


def hits(command: Command, *arguments: str) -> list[dict[str, Any]]:
    result = command("search", *arguments, "--format", "json")
    assert result.code == 0, result.stderr
    return json.loads(result.stdout)


def test_version_and_help_teach(regloupe: Command) -> None:
    assert regloupe("--version").stdout.startswith("regloupe ")
    assert "regloupe ingest reports/" in regloupe("--help").stdout


def test_the_samples_are_listed_with_their_metadata(on_samples: Command) -> None:
    documents = {row["file"]: row for row in json.loads(on_samples("documents", "list", "--format", "json").stdout)}
    assert documents.keys() == {ENGLISH, FRENCH}
    assert documents[ENGLISH]["language"] == "en"
    assert documents[FRENCH]["language"] == "fr"
    assert documents[ENGLISH]["title"]
    assert documents[ENGLISH]["pages"] >= 12
    assert documents[FRENCH]["pages"] >= 4


def test_a_search_answers_with_page_and_text(on_samples: Command) -> None:
    found = hits(on_samples, "funding and reimbursement of AI tools", "-k", "4")
    assert [hit["rank"] for hit in found] == [1, 2, 3, 4]
    assert all(hit.keys() == HIT_KEYS for hit in found)
    assert sorted((hit["score"] for hit in found), reverse=True) == [hit["score"] for hit in found]
    assert all(1 <= hit["page_first"] <= hit["page_last"] for hit in found)


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_every_mode_gives_k_hits(on_samples: Command, mode: str) -> None:
    assert len(hits(on_samples, "patients data trust", "-k", "5", "--mode", mode)) == 5


def test_a_search_crosses_languages(on_samples: Command) -> None:
    asked_in_french = hits(on_samples, "Que doit surveiller l'hôpital après le déploiement d'un outil ?", "-k", "5")
    asked_in_english = hits(on_samples, "Who pays for AI tools once the pilot grant ends?", "-k", "5")
    assert "en" in {hit["language"] for hit in asked_in_french}
    assert "fr" in {hit["language"] for hit in asked_in_english}


def test_filters_narrow_a_search(on_samples: Command) -> None:
    assert {hit["file"] for hit in hits(on_samples, "données", "--document", FRENCH)} == {FRENCH}
    assert {hit["language"] for hit in hits(on_samples, "données", "--language", "en")} == {"en"}
    pages = [(hit["page_first"], hit["page_last"]) for hit in hits(on_samples, "needs", "--page", "4-6")]
    assert pages
    assert all(first <= 6 and last >= 4 for first, last in pages)
    tagged = hits(on_samples, "hospital", "--concept", "challenge")
    assert tagged
    assert all(any(tag["concept"].startswith("challenge.") for tag in hit["tags"]) for hit in tagged)


def test_formats_agree(on_samples: Command) -> None:
    asked = ("search", "trust of patients", "-k", "3")
    listed = json.loads(on_samples(*asked, "--format", "json").stdout)
    lines = [json.loads(line) for line in on_samples(*asked, "--format", "jsonl").stdout.splitlines()]
    table = list(csv.DictReader(io.StringIO(on_samples(*asked, "--format", "csv").stdout)))
    assert lines == listed
    assert [row["passage_id"] for row in table] == [hit["passage_id"] for hit in listed]
    for hit in listed:
        assert str(hit["page_first"]) in on_samples(*asked).stdout


def test_a_batch_of_queries_gives_a_trec_run(on_samples: Command, tmp_path: Path) -> None:
    queries = tmp_path / "queries.jsonl"
    queries.write_text('{"id": "q1", "text": "cancer"}\n{"id": "q2", "text": "confiance"}\n', encoding="utf-8")
    run = tmp_path / "run.trec"
    assert on_samples("search", "--queries", str(queries), "--output", str(run), "-k", "3").code == 0
    lines = [line.split() for line in run.read_text(encoding="utf-8").splitlines()]
    assert [(line[0], line[1], line[3]) for line in lines] == [
        (q, "Q0", str(r)) for q in ("q1", "q2") for r in (1, 2, 3)
    ]
    assert lines[0][2] == hits(on_samples, "cancer", "-k", "1")[0]["passage_id"]


def test_a_tidy_export_proves_every_row(on_samples: Command, tmp_path: Path) -> None:
    target = tmp_path / "evidence.csv"
    assert on_samples("export", str(target)).code == 0
    with target.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows
    assert {"need", "challenge", "accelerator", "action"} >= {row["facet"] for row in rows}
    for row in rows:
        assert 0 <= float(row["score"]) <= 1
        assert all(part in row["text"] for part in row["evidence"].split(" … "))
        assert row["boxes"].startswith(f"{row['page_first']}:")


def test_export_follows_query_concept_and_shape(on_samples: Command) -> None:
    wide = on_samples("export", "-", "--shape", "wide", "--query", "cancer", "-k", "5").stdout
    rows = list(csv.DictReader(io.StringIO(wide)))
    assert len(rows) == 5
    assert {row["need.cancer-care"] for row in rows} <= {"0", "1"}
    tidy = on_samples("export", "-", "--concept", "need.cancer-care").stdout
    assert {row["concept"] for row in csv.DictReader(io.StringIO(tidy))} == {"need.cancer-care"}


def test_french_excel_gets_its_dialect(on_samples: Command, tmp_path: Path) -> None:
    target = tmp_path / "preuves.csv"
    assert on_samples("export", str(target), "--dialect", "excel-fr").code == 0
    content = target.read_bytes()
    assert content.startswith(b"\xef\xbb\xbfdocument_id;")
    assert b"\r\n" in content


def test_ready_passages_keep_their_ids(regloupe: Command, tmp_path: Path) -> None:
    file = tmp_path / "ready.jsonl"
    passages = [
        {"id": "a-1", "text": "Hospitals lack funding for AI.", "document": "one", "page": 3, "language": "en"},
        {"id": "b-1", "text": "Les patients attendent trop longtemps.", "document": "two", "headings": ["Besoins"]},
    ]
    file.write_text("".join(json.dumps(passage) + "\n" for passage in passages), encoding="utf-8")
    assert regloupe("ingest", str(file)).code == 0
    first = hits(regloupe, "lack of funding", "-k", "1")[0]
    assert (first["passage_id"], first["page_first"], first["file"]) == ("a-1", 3, "one")
    assert hits(regloupe, "délais d'attente", "-k", "1")[0]["headings"] == ["Besoins"]


def test_tag_prints_tags_and_stores_nothing(regloupe: Command, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "ready.jsonl"
    texts = {
        "1": "Nurses spend hours on paperwork; the administrative burden keeps them away from patients.",
        "2": "The weather was fine.",
    }
    file.write_text("".join(json.dumps({"id": k, "text": v}) + "\n" for k, v in texts.items()), encoding="utf-8")
    result = regloupe("tag", str(file))
    rows = {row["id"]: row["tags"] for row in map(json.loads, result.stdout.splitlines())}
    assert "need.administrative-burden" in {tag["concept"] for tag in rows["1"]}
    assert rows["2"] == []
    assert all(tag["evidence"] in texts["1"] or " … " in tag["evidence"] for tag in rows["1"])
    assert not list(home.glob("corpora/*"))


def test_a_changed_file_replaces_its_old_version(regloupe: Command, write_pdf: Callable[..., Path]) -> None:
    file = write_pdf("report.pdf", "Hospitals need money for artificial intelligence.\nThey have none.")
    assert "1 stored" in regloupe("ingest", str(file)).stderr
    assert "1 skipped" in regloupe("ingest", str(file)).stderr
    assert regloupe("documents", "edit", "report.pdf", "--issuer", "A Ministry").code == 0
    before = listed(regloupe)
    write_pdf("report.pdf", "Patients fear that machines replace doctors.\nTrust is missing.")
    changed = regloupe("ingest", str(file))
    assert "replaced" in changed.stderr
    assert "report.pdf" in changed.stderr
    after = listed(regloupe)
    assert [row["file"] for row in after] == ["report.pdf"]
    assert after[0]["id"] != before[0]["id"]
    assert after[0]["issuer"] == "A Ministry"
    assert "machines" in hits(regloupe, "fear", "-k", "1")[0]["text"]


def test_bytes_that_another_path_still_holds_stay(
    regloupe: Command, write_pdf: Callable[..., Path], tmp_path: Path
) -> None:
    file = write_pdf("report.pdf", "Hospitals need money for artificial intelligence.")
    regloupe("ingest", str(file))
    (tmp_path / "old").mkdir()
    archived = tmp_path / "old" / "report-v1.pdf"
    file.rename(archived)
    write_pdf("report.pdf", "Patients fear that machines replace doctors.")
    assert regloupe("ingest", str(tmp_path)).code == 0
    assert sorted(row["file"] for row in listed(regloupe)) == ["report-v1.pdf", "report.pdf"]
    shutil.copy(file, archived)
    assert "1 replaced" in regloupe("ingest", str(archived)).stderr
    assert [row["file"] for row in listed(regloupe)] == ["report.pdf"]


def listed(command: Command) -> list[dict[str, Any]]:
    return json.loads(command("documents", "list", "--format", "json").stdout)


def test_documents_are_corrected_and_removed(regloupe: Command, write_pdf: Callable[..., Path]) -> None:
    file = write_pdf("act.pdf", "Providers shall monitor their systems after deployment.")
    regloupe("ingest", str(file), "--issuer", "A Ministry", "--date", "2024-06")
    shown = json.loads(regloupe("documents", "show", "act.pdf", "--format", "json").stdout)[0]
    assert (shown["issuer"], shown["date"]) == ("A Ministry", "2024-06")
    assert regloupe("documents", "edit", "act.pdf", "--title", "An Act", "--issuer", "").code == 0
    listed = json.loads(regloupe("documents", "list", "--format", "json").stdout)[0]
    assert (listed["title"], listed["issuer"], listed["date"]) == ("An Act", None, "2024-06")
    assert hits(regloupe, "monitor", "--before", "2024-12")[0]["title"] == "An Act"
    assert hits(regloupe, "monitor", "--after", "2025") == []
    assert regloupe("documents", "remove", "act.pdf", "--yes").code == 0
    assert json.loads(regloupe("documents", "list", "--format", "json").stdout) == []


def test_metadata_csv_beside_the_files_is_read(regloupe: Command, write_pdf: Callable[..., Path]) -> None:
    file = write_pdf("a.pdf", "Hospitals need money for artificial intelligence.")
    (file.parent / "metadata.csv").write_text("file;title;issuer\na.pdf;Été;Ministère\n", encoding="utf-8-sig")
    regloupe("ingest", str(file))
    listed = json.loads(regloupe("documents", "list", "--format", "json").stdout)[0]
    assert (listed["title"], listed["issuer"]) == ("Été", "Ministère")


def test_a_dry_run_stores_nothing(regloupe: Command, home: Path, write_pdf: Callable[..., Path]) -> None:
    result = regloupe("ingest", str(write_pdf("a.pdf", "Text.")), "--dry-run")
    assert "stored" in result.stdout
    assert not home.exists()


def test_info_says_where_everything_is(on_samples: Command, sample_home: Path) -> None:
    facts = json.loads(on_samples("info", "--format", "json").stdout)[0]
    assert facts["home"] == str(sample_home)
    assert facts["corpus"]["documents"] == 2
    assert facts["corpus"]["encoder"].startswith("multilingual-e5-small")


def test_taxonomy_is_shown_and_checked(regloupe: Command, tmp_path: Path) -> None:
    shown = json.loads(regloupe("taxonomy", "show", "--lang", "fr", "--format", "json").stdout)
    labels = {row["id"]: row["label"] for row in shown}
    assert len(labels) == 24
    assert labels["need.cancer-care"] == "Prise en charge du cancer"
    broken = tmp_path / "mine.yaml"
    broken.write_text("id: mine\nconcepts: [}\n", encoding="utf-8")
    result = regloupe("taxonomy", "validate", str(broken))
    assert result.code == 1
    assert "mine.yaml:2" in result.stderr
    assert "Traceback" not in result.stderr
