"""Which language a text is in, among the official languages of the European Union."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LANGUAGES = (
    *("bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr"),
    *("hu", "it", "lt", "lv", "mt", "nl", "pl", "pt", "ro", "sk", "sl", "sv"),
)
"""The 24 official languages of the European Union, ISO 639-1."""

# Measured on 288 labelled passages, English and French: 200 characters suffice for 100 %, and no
# wrong answer on the first 30 to 60 characters was surer than 0.41.
SAMPLE_CHARACTERS = 300
MINIMUM_LETTERS = 20
MINIMUM_PROBABILITY = 0.6


def detect_language(text: str, default: str = "en") -> str:
    """The ISO 639-1 code of the language that ``text`` begins in.

    Only the first 300 characters are read. A text of fewer than 20 letters, or one that the model is
    not sure of (a list of names, a row of references), is in the ``default`` language.
    """
    sample = text.strip()[:SAMPLE_CHARACTERS]
    if sum(map(str.isalpha, sample)) < MINIMUM_LETTERS:
        return default
    language, probability = _identifier().classify(sample)
    return str(language) if probability >= MINIMUM_PROBABILITY else default


@cache
def _identifier() -> LanguageIdentifier:
    """The model, loaded once per process in about half a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier
