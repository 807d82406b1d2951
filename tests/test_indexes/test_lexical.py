"""Words are found in the forms of their language; text is never taken for syntax unless it is meant so."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpora.errors import QueryError
from corpora.passages import Passage
from indexes.lexical import LexicalIndex, content_words, language_group, marks, question_group

ENGLISH = [
    "Providers shall establish a post-market monitoring system.",
    "The importer verifies the conformity assessment of Regulation (EU) 2017/745.",
    "Cats slept on the mat while the dog was monitoring the door.",
    "Deployers monitor the operation of the system, article 14(4) notwithstanding.",
]
FRENCH = [
    "Le fournisseur établit un système de surveillance après l'évaluation.",
    "Les importateurs vérifient la conformité ; règlement (UE) 2017/745.",
    "Qu’il s’agisse d’une œuvre ou d'un élève, l’hôpital décide.",
]


def built(folder: Path, texts: list[str], group: str) -> LexicalIndex:
    index = LexicalIndex(folder, group, create=True)
    writer = index.writer()
    for number, text in enumerate(texts, start=1):
        passage = Passage(f"p{number}", f"d{number}", 0, text, ("Heading",), group, number=number)
        writer.add(passage, "Title of all")
    writer.commit()
    return LexicalIndex(folder, group)


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    return built(tmp_path_factory.mktemp("lexical") / "en", ENGLISH, "en")


@pytest.fixture(scope="module")
def french(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    return built(tmp_path_factory.mktemp("lexical") / "fr", FRENCH, "fr")


def found(index: LexicalIndex, question: str, syntax: bool = False) -> list[int]:
    query = index.syntax_query(question) if syntax else index.words_query(question)
    return [number for number, _ in index.search(query, 10)]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("establishing provider", [1]),
        ("cat", [3]),
        ("regulation 2017/745", [2]),
        ("POST-MARKET", [1]),
        ("the of and", []),
        ("title", [1, 2, 3, 4]),
        ("", []),
    ],
)
def test_english_words_are_stemmed(english: LexicalIndex, question: str, expected: list[int]) -> None:
    assert sorted(found(english, question)) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("fournisseurs", [1]),
        ("l'évaluation", [1]),
        ("evaluation", [1]),
        ("de l’importateur", [2]),
        ("oeuvre", [3]),
        ("HOPITAL", [3]),
        ("e\u0301le\u0300ves", [3]),
        ("qu'il d'une", []),
    ],
)
def test_french_words_lose_elision_ending_and_accents(french: LexicalIndex, question: str, expected: list[int]) -> None:
    assert found(french, question) == expected


def test_other_languages_are_folded(tmp_path: Path) -> None:
    index = built(tmp_path / "other", ["Der Händler prüft die Konformität."], "other")
    assert found(index, "handler") == found(index, "HÄNDLER") == [1]
    assert (language_group("de"), language_group("fr"), language_group("en")) == ("other", "fr", "en")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ('"monitoring system"', [1]),
        ("monitor -cats", [1, 4]),
        ("importer OR cats", [2, 3]),
        ("monitoring AND dog", [3]),
        ('"conformity assessment" AND importer', [2]),
        ("Article 14: obligations?", [4]),
        ('- what is "monitoring the" - door?', [1, 3, 4]),
    ],
)
def test_syntax_means_what_it_says(english: LexicalIndex, question: str, expected: list[int]) -> None:
    assert sorted(found(english, question, syntax=True)) == expected


@pytest.mark.parametrize("question", ['"open quote', "one AND", "(cat OR", 'AND "x"', "OR"])
def test_malformed_syntax_gets_help_in_one_line(english: LexicalIndex, question: str) -> None:
    with pytest.raises(QueryError) as error:
        english.syntax_query(question)
    assert "\n" not in str(error.value)
    assert "quote" in str(error.value)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=st.text(max_size=60) | st.text("ab\"-+():^~[]{}*/\\ 'ANDORNT", max_size=20))
def test_any_text_is_a_question(english: LexicalIndex, question: str) -> None:
    found(english, question)
    with suppress(QueryError):
        found(english, question, syntax=True)


@pytest.mark.parametrize("wanted", [3, 60, 2000])
def test_a_filter_leaves_full_results(tmp_path: Path, wanted: int) -> None:
    count = 3000
    index = built(tmp_path / "en", [f"provider number{n} " + "word " * (n % 7) for n in range(1, count + 1)], "en")
    allowed = np.random.default_rng(5).choice(np.arange(1, count + 1), size=wanted, replace=False)
    query = index.words_query("provider")
    scores = dict(index.search(query, count))
    ranking = index.search(query, 50, allowed)
    assert {number for number, _ in ranking} <= set(allowed.tolist())
    best = sorted((scores[number] for number in allowed.tolist()), reverse=True)[:50]
    assert [score for _, score in ranking] == pytest.approx(best, rel=1e-5)


def test_a_document_is_taken_out_whole(tmp_path: Path) -> None:
    built(tmp_path / "en", ENGLISH, "en")
    writer = LexicalIndex(tmp_path / "en", "en").writer()
    writer.remove("d1")
    writer.commit()
    assert sorted(found(LexicalIndex(tmp_path / "en", "en"), "monitoring")) == [3, 4]


def test_a_folder_without_an_index_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r".+"):
        LexicalIndex(tmp_path, "en")


@pytest.mark.parametrize(
    ("question", "group"),
    [
        ("Que doit surveiller le fournisseur après la mise sur le marché ?", "fr"),
        ("What must the provider monitor after placing on the market?", "en"),
        ("AI Act", None),
        ("", None),
    ],
)
def test_the_language_of_a_question(question: str, group: str | None) -> None:
    assert question_group(question) == group


def words_marked(question: str, text: str, language: str) -> list[str]:
    passage = Passage("p", "d", 0, text, language=language)
    return [text[start:end] for start, end in marks(question, passage)]


def test_matching_words_are_marked() -> None:
    assert words_marked("Which providers are monitoring the market?", ENGLISH[0], "en") == [
        "Providers",
        "market",
        "monitoring",
    ]
    assert words_marked("l'œuvre de l'hôpital", FRENCH[2], "fr") == ["œuvre", "hôpital"]
    assert words_marked("the of on", ENGLISH[2], "en") == []
    assert words_marked("What does the AI Act say?", "The AI Act.", "en") == ["AI", "Act"]
    assert content_words("Qui doit surveiller le marché de l'AI ?") == ["doit", "surveiller", "marché", "AI"]


@given(st.text(max_size=50), st.text(max_size=100), st.sampled_from(["en", "fr", "de"]))
def test_marks_lie_in_the_text_in_order(question: str, text: str, language: str) -> None:
    spans = marks(question, Passage("p", "d", 0, text, language=language))
    ends = [0]
    for start, end in spans:
        assert ends[-1] <= start < end <= len(text)
        ends.append(end)
