"""The one face of every encoder, whatever engine runs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

DEFAULT_ENCODER = "multilingual-e5-small"


class Encoder(Protocol):
    """Turns texts into unit vectors; dot product is cosine similarity.

    Prefixes that a model wants ("query: ", "passage: ") are the encoder's own affair.
    """

    @property
    def name(self) -> str:
        """What the corpus records: equal names give comparable vectors."""
        ...

    @property
    def dimension(self) -> int: ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape ``(len(texts), dimension)``, float32, L2-normalised, in order."""
        ...

    def encode_query(self, text: str) -> Vectors:
        """One vector of shape ``(dimension,)``, float32, L2-normalised."""
        ...
