"""What first pages say about a document, and what they must not be taken to say."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpora.documents import Block, BlockKind, ExtractedDocument, Metadata, Region
from pipeline.front_pages.dates import find_dates
from pipeline.front_pages.issuers import issuer_named
from pipeline.front_pages.legal_acts import act_titled, in_title_case
from pipeline.metadata import read_metadata

SHARED = Path(__file__).parents[3] / "shared"
HEADING, PARAGRAPH = BlockKind.HEADING, BlockKind.PARAGRAPH


def document(*texts: str | tuple[str, int], **properties: str) -> ExtractedDocument:
    """A document whose first page holds ``texts``; one with a number is a heading of that level."""
    blocks = []
    for text in texts:
        words, level = text if isinstance(text, tuple) else (text, 0)
        blocks.append(Block(HEADING if level else PARAGRAPH, words, (Region(1, (0, 0, 1, 1)),), level))
    return ExtractedDocument((), tuple(blocks), properties)


def read(*texts: str | tuple[str, int], **properties: str) -> Metadata:
    return read_metadata(document(*texts, **properties))


def test_an_act_of_the_union_gives_all_of_its_metadata() -> None:
    assert read(
        ("REGULATION (EU) 2016/679 OF THE EUROPEAN PARLIAMENT AND OF THE COUNCIL", 1),
        ("of 27 April 2016", 1),
        "on the protection of natural persons with regard to the processing of personal data and on the free "
        "movement of such data, and repealing Directive 95/46/EC (General Data Protection Regulation)",
        "(Text with EEA relevance)",
        "THE EUROPEAN PARLIAMENT AND THE COUNCIL OF THE EUROPEAN UNION,",
        Title="L_2016119EN.01000101.xml",
    ) == Metadata(
        "Regulation (EU) 2016/679 of the European Parliament and of the Council of 27 April 2016 on the protection of "
        "natural persons with regard to the processing of personal data and on the free movement of such data "
        "(General Data Protection Regulation)",
        "European Parliament and Council",
        "2016-04-27",
        "EU",
        "regulation",
    )


@pytest.mark.parametrize(
    ("text", "title", "issuer", "date", "kind"),
    [
        (
            "COMMISSION IMPLEMENTING REGULATION (EU) 2021/2226 of 14 December 2021 laying down rules on electronic "
            "instructions for use of medical devices (Text with EEA relevance)",
            "Commission Implementing Regulation (EU) 2021/2226 of 14 December 2021 laying down rules on electronic "
            "instructions for use of medical devices",
            "European Commission",
            "2021-12-14",
            "regulation",
        ),
        (
            "RÈGLEMENT D’EXÉCUTION (UE) 2021/2226 DE LA COMMISSION du 14 décembre 2021 portant modalités d’application "
            "LA COMMISSION EUROPÉENNE, vu le traité",
            "Règlement d’exécution (UE) 2021/2226 de la Commission du 14 décembre 2021 portant modalités d’application",
            "European Commission",
            "2021-12-14",
            "regulation",
        ),
        (
            "VERORDNUNG (EU) 2024/1689 DES EUROPÄISCHEN PARLAMENTS UND DES RATES vom 13. Juni 2024 zur Festlegung "
            "harmonisierter Vorschriften für künstliche Intelligenz (Text von Bedeutung für den EWR)",
            "Verordnung (EU) 2024/1689 des Europäischen Parlaments und des Rates vom 13. Juni 2024 zur Festlegung "
            "harmonisierter Vorschriften für künstliche Intelligenz",
            "European Parliament and Council",
            "2024-06-13",
            "regulation",
        ),
        (
            "Décret n° 2018-687 du 1er août 2018 pris pour l'application de la loi n° 78-17 NOR : JUSC1815709D",
            "Décret n° 2018-687 du 1er août 2018 pris pour l'application de la loi n° 78-17",
            "République française",
            "2018-08-01",
            "decree",
        ),
    ],
)
def test_titles_of_acts(text: str, title: str, issuer: str, date: str, kind: str) -> None:
    act = act_titled(text)
    assert act is not None
    assert (act.title, act.issuer, act.date, act.kind) == (title, issuer, date, kind)


@pytest.mark.parametrize(
    "text",
    [
        "Regulation (EU) 2017/745 applies from 26 May 2021 and replaces two directives.",
        "Directive 95/46/EC of the European Parliament and of the Council of 24 October 1995 is repealed.",
        "The Regulation (EU) 2016/679 of 27 April 2016 (OJ L 119, 4.5.2016, p. 1)",
        "Loi et règlement",
        "",
    ],
)
def test_a_mention_of_an_act_is_not_its_title(text: str) -> None:
    assert act_titled(text) is None


@pytest.mark.parametrize(
    "junk",
    [
        "Microsoft Word - Report_final_v3.docx",
        "untitled",
        "Document1",
        "report-final.pdf",
        "CELEX_32016R0679_EN_TXT",
        "L_2016119EN.01000101.xml",
        "Copy of Report on trust",
        "A title about bicycles and gardens",
        "",
    ],
)
def test_a_junk_title_gives_way_to_the_highest_heading(junk: str) -> None:
    texts = (("Foreword", 1), ("Report on trust", 2), ("in medical software", 2), "Some text.")
    assert read(*texts, Title=junk).title == "Report on trust in medical software"


def test_a_title_that_the_first_pages_bear_out_is_taken_without_its_edges() -> None:
    texts = (("Trust in medical software", 1), "Presented in 2025")
    assert read(*texts, Title="CP 77 – Trust in medical software – January 2025").title == "Trust in medical software"


def test_a_memorandum_is_named_by_its_subject() -> None:
    metadata = read(
        "OFFICE OF MANAGEMENT AND BUDGET",
        "April 3, 2025",
        "MEMORANDUM FOR THE HEADS OF AGENCIES",
        "SUBJECT: Driving Efficient Acquisition",
        ("OVERVIEW", 1),
    )
    assert metadata == Metadata("Driving Efficient Acquisition", "OMB", "2025-04-03", "US", "memorandum")


def test_what_is_not_safe_is_none() -> None:
    prose = (
        "The FDA and the European Commission met on 3 May 2021 in Paris.",
        "A regulation of 4 June 2022 and another of 5 July 2023 were discussed.",
    )
    assert read(*prose, CreationDate="D:20240711144717+02'00'", Producer="Writer") == Metadata()
    assert read() == Metadata()


@pytest.mark.parametrize(
    ("lines", "date"),
    [
        (["Document issued on December 4, 2024.", "The draft was issued on April 3, 2023."], "2024-12-04"),
        (["Brussels, 21.4.2021 COM(2021) 205 final"], "2021-04-21"),
        (["Bruxelles, le 21 avril 2021"], "2021-04-21"),
        (["January 2025"], "2025-01"),
        (["Created by the Digital Service February 2025"], "2025-02"),
        (["January 2025", "March 2025"], None),
        (["The survey ran in January 2025."], None),
        (["31 February 2025"], None),
    ],
)
def test_dates(lines: list[str], date: str | None) -> None:
    assert read(*lines).date == date


def test_dates_are_found_in_five_languages_once_each() -> None:
    text = "13 June 2024, June 14, 2024, 1er août 2018, 3. März 2020, 4 de mayo de 2021, 5 giugno 2022, July 2023"
    assert [found.iso for found in find_dates(text)] == [
        *("2024-06-13", "2024-06-14", "2018-08-01", "2020-03-03", "2021-05-04", "2022-06-05", "2023-07")
    ]
    assert all(text[slice(*found.span)] for found in find_dates(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("FDA", "FDA"),
        ("U.S. Food & Drug Administration", None),
        ("U.S. FOOD AND DRUG ADMINISTRATION", "FDA"),
        ("OFFlCEOFMANAGEMENTANDBUDGET", "OMB"),
        ("République Francaise", "République française"),
        ("Who", None),
        ("FDAnotes", None),
    ],
)
def test_issuers_are_known_by_their_printed_names(text: str, name: str | None) -> None:
    issuer = issuer_named(text)
    assert (issuer.name if issuer else None) == name


def test_capitals_become_a_title() -> None:
    shown = "Assessing the Impact of AI on Health (Final Act) by the FDA"
    assert in_title_case("ASSESSING THE IMPACT OF AI ON HEALTH (FINAL ACT) BY THE FDA") == shown


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared PDFs are not here")
@pytest.mark.parametrize(
    ("file", "words", "rest"),
    [
        ("eu-93-42-mdd-en.pdf", "medical devices", ("Council of the European Union", "1993-06-14", "EU", "directive")),
        ("fr-loi-2016-1691-sapin-2-jo-fr.pdf", "transparence", ("République française", "2016-12-09", "FR", "law")),
        ("fda-samd-clinical-evaluation-2017-en.pdf", "Clinical Evaluation", ("FDA", "2017-12-08", "US", "guidance")),
        ("uk-ai-opportunities-action-plan-2025-en.pdf", "AI Opp", ("UK Government", "2025-01", "UK", "action plan")),
        ("us-omb-m-25-21-en.pdf", "Accelerating Federal Use", ("OMB", "2025-04-03", "US", "memorandum")),
    ],
)
def test_real_documents(file: str, words: str, rest: tuple[str, ...]) -> None:
    from pipeline.extract import extract

    metadata = read_metadata(extract(SHARED / "corpora" / file))
    assert words in (metadata.title or "")
    assert (metadata.issuer, metadata.date, metadata.jurisdiction, metadata.type) == rest


def test_a_title_needs_two_telling_words() -> None:
    assert read(("TREE.2.B EN", 1), ("Study of Medical Devices", 2), Title="TREE.2.B EN").title == (
        "Study of Medical Devices"
    )


def test_a_cover_with_its_labels_in_a_column_gives_the_subject_beside() -> None:
    texts = (
        ("Subject:", 50.0, 500.0),
        ("COM(2021) 206", 170.0, 480.0),
        ("Proposal for a REGULATION ON DATA", 170.0, 500.5),
    )
    blocks = tuple(Block(PARAGRAPH, text, (Region(1, (x, y, x + 90, y + 10)),)) for text, x, y in texts)
    assert read_metadata(ExtractedDocument((), blocks)).title == "Proposal for a Regulation on Data"


def test_a_regulation_behind_a_publisher_s_cover_says_so_in_its_last_words() -> None:
    found = read(
        ("Texte original du règlement", 1),
        "Le présent règlement est obligatoire dans tous ses éléments et directement applicable dans tout État membre.",
        "Fait à Bruxelles, le 27 avril 2016.",
    )
    assert (found.date, found.jurisdiction, found.type) == ("2016-04-27", "EU", "regulation")
