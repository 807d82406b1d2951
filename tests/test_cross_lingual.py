"""A French question finds the English article, and the other way round, with both languages in one corpus."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

FRENCH_TO_ENGLISH = {
    "Que doit surveiller le fournisseur après la mise sur le marché ?": {72},
    "Quelles pratiques d'intelligence artificielle sont interdites ?": {5},
    "Comment une personne peut-elle contrôler un système à haut risque pendant son utilisation ?": {14, 26},
    "Quelles amendes risque une entreprise qui ne respecte pas les interdictions ?": {99},
    "À quoi servent les bacs à sable réglementaires ?": {57, 58},
}
ENGLISH_TO_FRENCH = {
    "Which obligations do importers of high-risk AI systems have?": {23},
    "When must a serious incident be reported to the authorities?": {73},
    "Where must providers register their high-risk AI systems?": {49, 71},
    "Who must assess the impact on fundamental rights before using a high-risk system?": {27},
    "Who sits on the European Artificial Intelligence Board?": {65},
}


@pytest.fixture(scope="module")
def on_both_languages(
    shared: Path, command_at: Callable[[Path], Command], tmp_path_factory: pytest.TempPathFactory
) -> Command:
    command = command_at(tmp_path_factory.mktemp("acts"))
    acts = [str(shared / "corpora" / f"eu-2024-1689-ai-act-{language}.pdf") for language in ("en", "fr")]
    assert command("ingest", *acts).code == 0
    return command


def articles_found(command: Command, question: str, language: str) -> set[int]:
    """Numbers of the articles in this language among the first five hits."""
    hits = json.loads(command("search", question, "-k", "5", "--format", "json").stdout)
    headings = [heading for hit in hits if hit["language"] == language for heading in hit["headings"]]
    return {
        int(heading.split()[1])
        for heading in headings
        if heading.startswith("Article ") and heading.split()[1].isdigit()
    }


@pytest.mark.slow
@pytest.mark.parametrize("question", FRENCH_TO_ENGLISH)
def test_a_french_question_finds_the_english_article(on_both_languages: Command, question: str) -> None:
    assert articles_found(on_both_languages, question, "en") & FRENCH_TO_ENGLISH[question]


@pytest.mark.slow
@pytest.mark.parametrize("question", ENGLISH_TO_FRENCH)
def test_an_english_question_finds_the_french_article(on_both_languages: Command, question: str) -> None:
    assert articles_found(on_both_languages, question, "fr") & ENGLISH_TO_FRENCH[question]
