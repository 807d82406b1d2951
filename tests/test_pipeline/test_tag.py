"""Tags carry their score and the words that earned them; what is not prose gets none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corpora.encoders import Encoder
from corpora.passages import Passage, Tag
from corpora.taxonomy_files import load_taxonomy
from pipeline.embed import load_encoder
from pipeline.linguistics import sentence_spans
from pipeline.phrases import PhraseMatcher
from pipeline.prose import is_prose
from pipeline.tag import THRESHOLD, Tagger

ENGLISH = (
    "Health inequalities between rural and urban areas keep growing. Patients in remote regions have no equitable "
    "access to care, and unequal access to healthcare for people on low incomes makes outcomes worse."
)
FRENCH = (
    "Les inégalités d'accès aux soins entre villes et zones rurales se creusent. Les déserts médicaux privent les "
    "populations précaires d’un accès équitable aux soins, et ces inégalités de santé pèsent sur les résultats."
)
NEUTRAL = (
    "This Regulation shall enter into force on the twentieth day following that of its publication in the Official "
    "Journal. It shall be binding in its entirety and directly applicable in all Member States."
)


def passage(text: str, language: str = "en", kind: str = "prose") -> Passage:
    return Passage("p", "d", 0, text, language=language, kind=kind)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder(for_queries=True)


@pytest.fixture(scope="module")
def tagger(encoder: Encoder) -> Tagger:
    return Tagger(load_taxonomy(), encoder)


def tags(tagger: Tagger, encoder: Encoder, *passages: Passage) -> list[tuple[Tag, ...]]:
    return tagger.tag(passages, encoder.encode_passages([p.text_in_context for p in passages]))


def test_both_languages_are_tagged_with_evidence(tagger: Tagger, encoder: Encoder) -> None:
    passages = passage(ENGLISH), passage(FRENCH, "fr"), passage(NEUTRAL)
    found = tags(tagger, encoder, *passages)
    assert [own[0].concept if own else None for own in found] == ["need.access-disparities"] * 2 + [None]
    assert "Health inequalities" in found[0][0].evidence(ENGLISH)
    assert "inégalités d'accès aux soins" in found[1][0].evidence(FRENCH)
    for one, own in zip(passages, found, strict=True):
        for tag in own:
            assert THRESHOLD <= tag.score <= 1
            assert tag.spans
            assert all(0 <= start < end <= len(one.text) for start, end in tag.spans)
    assert tags(tagger, encoder, *passages) == found


def test_one_word_in_passing_is_not_enough(tagger: Tagger, encoder: Encoder) -> None:
    (found,) = tags(tagger, encoder, passage(NEUTRAL + " The annex lists forms for oncology and other departments."))
    assert found == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (ENGLISH, "contents"),
        ("Health inequalities and unequal access to healthcare", "prose"),
        (
            "Health inequalities ........... 12\nUnequal access to healthcare ........... 14\nDivide ....... 15",
            "prose",
        ),
        (
            "Doe J. et al (2019) Health inequalities. Lancet, vol. 3, pp. 2. doi:10.1/x. Roe A. et al (2020) Unequal "
            "access to healthcare, https://example.org",
            "prose",
        ),
    ],
)
def test_what_is_not_prose_gets_no_tag(tagger: Tagger, encoder: Encoder, text: str, kind: str) -> None:
    assert not is_prose(passage(text, kind=kind))
    assert tags(tagger, encoder, passage(text, kind=kind)) == [()]


def test_a_taxonomy_of_definitions_alone_tags_by_similarity(tmp_path: Path, encoder: Encoder) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        "id: own\nversion: '1'\ntitle: {en: Own}\nconcepts:\n"
        "  - id: fishing\n    preferred_label: {en: Fishery}\n    definition: {en: Catching fish at sea with nets.}\n"
        "  - id: tax\n    preferred_label: {en: Taxation}\n    definition: {en: Duties levied on income and goods.}\n",
        encoding="utf-8",
    )
    text = "The weather was calm. Trawlers hauled tonnes of cod and herring aboard off the northern coast all night."
    (found,) = tags(Tagger(load_taxonomy(path), encoder), encoder, passage(text))
    assert [(tag.concept, tag.method) for tag in found] in ([("fishing", "dense")], [])
    assert all(tag.evidence(text).startswith(("The weather", "Trawlers")) for tag in found)


def test_languages_without_phrases_no_passages_and_wrong_vectors(tagger: Tagger, encoder: Encoder) -> None:
    assert tagger.tag([], np.empty((0, encoder.dimension), dtype=np.float32)) == []
    assert len(tags(tagger, encoder, passage(ENGLISH, "de"), passage(" "))) == 2
    with pytest.raises(ValueError, match="1 passages but 0 vectors"):
        tagger.tag([passage(ENGLISH)], np.empty((0, encoder.dimension), dtype=np.float32))


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("data silo", "Data silos remain.", True),
        ("real world data", "real-world data", True),
        ("quality of data", "the quality of the data", True),
        ("hallucinat*", "It hallucinates.", True),
        ("hallucinat*", "The halls are full.", False),
        ("lack … skill", "Skills in AI are what hospitals lack.", True),
        ("lack … skill", "They lack time. Skills are fine.", False),
        ("data silo", "data, silo", False),
    ],
)
def test_phrases(phrase: str, text: str, found: bool) -> None:
    matcher = PhraseMatcher([phrase], "en")
    assert bool(matcher.matches(matcher.words(text), sentence_spans(text, "en"))) is found


def test_french_phrases_pass_over_articles_and_accents() -> None:
    matcher = PhraseMatcher(["accès aux soins", "donnée de santé"], "fr")
    text = "L’ACCES À DES SOINS dépend des données de la santé."
    assert [match.phrase for match in matcher.matches(matcher.words(text), sentence_spans(text, "fr"))] == [0, 1]
