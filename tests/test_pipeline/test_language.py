"""The language of a text, and what stands in for it where the text does not say."""

from __future__ import annotations

import pytest

from pipeline.language import detect_language

SENTENCES = {
    "en": "The provider shall establish and document a post-market monitoring system.",
    "fr": "Le fournisseur établit et documente un système de surveillance après commercialisation.",
    "de": "Die Anbieter müssen ein System zur Beobachtung nach dem Inverkehrbringen einrichten.",
    "es": "Los proveedores establecerán y documentarán un sistema de vigilancia poscomercialización.",
    "it": "I fornitori istituiscono e documentano un sistema di monitoraggio successivo all'immissione.",
    "nl": "Aanbieders zetten een systeem op voor monitoring na het in de handel brengen.",
    "pl": "Dostawcy ustanawiają i dokumentują system monitorowania po wprowadzeniu do obrotu.",
    "el": "Οι πάροχοι καθιερώνουν και τεκμηριώνουν σύστημα παρακολούθησης μετά τη διάθεση.",
}


@pytest.mark.parametrize(("language", "text"), SENTENCES.items())
def test_one_sentence_is_enough(language: str, text: str) -> None:
    assert detect_language(text, default="sv") == language
    assert detect_language(text.upper(), default="sv") == language


@pytest.mark.parametrize("text", ["", "   ", "Article 14", "12 345,67", "OJ L 119, 4.5.2016, p. 1.", "1.2.3 | 4 | 5"])
def test_a_text_that_does_not_say_is_in_the_default(text: str) -> None:
    assert detect_language(text, default="fr") == "fr"
    assert detect_language(text) == "en"


def test_only_the_beginning_is_read() -> None:
    assert detect_language(f"{SENTENCES['fr']} " * 4 + SENTENCES["en"] * 1000) == "fr"
