"""Sentences never break at a legal abbreviation; lemmas join the forms of a word."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.linguistics import lemma_of, sentence_spans, terms


def sentences(text: str, language: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, language)]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fr", ["Voir l'art. 5, al. 2, n° 3 du règl. (UE) 2017/745, cf. p. ex. M. Dupont.", "Le fabricant agit."]),
        ("fr", ["Au sens de l’art. L. 5211-1, le dispositif est sûr.", "C’est l’état de l’art.", "Il suffit."]),
        ("fr", ["Le logiciel coûte 3,5 M€ (hors T.V.A.) par an.", "« C’est trop. »", "Il renonce."]),
        ("fr", ["Sont visés les hôpitaux, les cliniques, etc.", "Les autres ne le sont pas."]),
        ("en", ["See Art. 5, para. 2, e.g. No. 3 of Reg. (EU) 2017/745, i.e. Dr. Smith.", "It ends."]),
        ("en", ["The U.S. Food and Drug Administration acts.", "(It does so often.)", "The answer is no.", "Then?"]),
        ("en", ["1. Providers shall act.", "2. Deployers, etc. shall too."]),
        ("en", ["This is set out in Annex A.", "The rest applies."]),
        ("de", ["Das ist gut.", "Wirklich."]),
    ],
)
def test_sentences(language: str, expected: list[str]) -> None:
    assert sentences(" ".join(expected), language) == expected


def test_a_blank_line_ends_a_sentence_without_a_point() -> None:
    assert sentences("Scope\n\nthis Regulation applies", "en") == ["Scope", "this Regulation applies"]


@given(text=st.text(max_size=200), language=st.sampled_from(["en", "fr", "de", "ja", ""]))
@settings(max_examples=150, deadline=None)
def test_spans_are_ordered_and_cover_all_that_is_not_space(text: str, language: str) -> None:
    spans = sentence_spans(text, language)
    covered = [position for start, end in spans for position in range(start, end)]
    assert covered == sorted(set(covered))
    assert all(start < end and not text[start].isspace() and not text[end - 1].isspace() for start, end in spans)
    assert all(text[position].isspace() for position in set(range(len(text))) - set(covered))


@given(text=st.text(max_size=200), language=st.sampled_from(["en", "fr", "de"]))
@settings(max_examples=100, deadline=None)
def test_terms_stand_in_the_text(text: str, language: str) -> None:
    found = terms(text, language)
    assert all(0 <= term.start < term.end <= len(text) for term in found)
    assert [term.start for term in found] == sorted(term.start for term in found)


def test_lemmas_join_the_forms_of_a_word() -> None:
    assert lemma_of("données", "fr") == lemma_of("Donnée", "fr") == "donnee"
    assert lemma_of("hospitals", "en") == "hospital"
    assert lemma_of("AI", "en") == "ai"
    assert lemma_of("identiﬁed", "en") == "identify"
    assert lemma_of("Größe", "de") == "große"


def test_elision_and_hyphens_part_words() -> None:
    assert [term.lemma for term in terms("l’accès", "fr")] == ["le", "acces"]
    assert [term.lemma for term in terms("real-world", "en")] == ["real", "world"]
