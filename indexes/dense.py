"""Dense indexes: unit vectors under passage numbers, searched by dot product. The only door to FAISS.

Flat, in half precision: exact order but for rounding, removal by id, full results under any filter.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np

from corpora.encoders import Vectors
from corpora.storage import Numbers
from indexes.fusion import Scored, best_first

# One question is scanned by one thread anyway; the others would only be waited for where the machine is busy.
faiss.omp_set_num_threads(1)

_ROWS_AT_ONCE = 65_536  # when all vectors are walked through: 100 MB at 384 dimensions


class DenseIndex:
    """Vectors by passage number. Make it with :meth:`empty` or :meth:`load`."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def empty(cls, dimension: int) -> Self:
        flat = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        return cls(faiss.IndexIDMap2(flat))

    @classmethod
    def load(cls, file: Path, *, to_change: bool = False) -> Self:
        """Open a saved index: mapped into memory, or read whole when it is going to be changed.

        Raises:
            RuntimeError: If the file is damaged or not an index.
        """
        index = faiss.read_index(str(file), 0 if to_change else faiss.IO_FLAG_MMAP_IFC)
        if not isinstance(index, faiss.IndexIDMap2):
            raise RuntimeError(f"{file} holds another kind of index")
        return cls(index)

    def save(self, file: Path) -> None:
        faiss.write_index(self._index, str(file))

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    @property
    def numbers(self) -> Numbers:
        """Passage numbers in no particular order, shape ``(n,)``."""
        return np.asarray(faiss.vector_to_array(self._index.id_map), np.int64)

    def add(self, numbers: Numbers, vectors: Vectors) -> None:
        """Add vectors of shape ``(n, dimension)``; the numbers must be new to the index."""
        self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), numbers)

    def remove(self, numbers: Numbers) -> None:
        """Remove vectors by number; absent numbers do no harm."""
        if len(numbers):
            self._index.remove_ids(numbers)

    def vectors(self, numbers: Sequence[int]) -> Vectors:
        """Stored vectors in the order asked, shape ``(len(numbers), dimension)``.

        Raises:
            RuntimeError: If a number is not in the index.
        """
        return np.stack([self._index.reconstruct(number) for number in numbers])

    def centre(self) -> Vectors:
        """The mean of all vectors, shape ``(dimension,)``; zeros where there is none."""
        total = np.zeros(self.dimension, np.float64)
        for start in range(0, self._index.ntotal, _ROWS_AT_ONCE):
            count = min(_ROWS_AT_ONCE, self._index.ntotal - start)
            total += self._index.index.reconstruct_n(start, count).sum(axis=0, dtype=np.float64)
        return np.asarray(total / max(1, self._index.ntotal), np.float32)

    def search(self, vector: Vectors, k: int, allowed: Numbers | None = None) -> list[Scored]:
        """The ``k`` passages most similar to ``vector``, best first; fewer where fewer are allowed."""
        options = None if allowed is None else _only(allowed)
        k = min(k, self._index.ntotal)
        if not k:
            return []
        query = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
        similarities, numbers = self._index.search(query, k, params=options)
        found = zip(numbers[0].tolist(), similarities[0].tolist(), strict=True)
        return best_first((number, score) for number, score in found if number >= 0)


def _only(numbers: Numbers) -> Any:
    """Search parameters that leave nothing but these passages."""
    selector: Any = faiss.IDSelectorBitmap
    parameters: Any = faiss.SearchParameters  # their keywords are added at import, unknown to type checkers
    return parameters(sel=selector(_bitmap(numbers)))


def _bitmap(numbers: Numbers) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Bit ``n`` is set for every number ``n``."""
    flags = np.zeros(int(numbers.max(initial=0)) + 1, np.bool_)
    flags[numbers] = True
    return np.packbits(flags, bitorder="little")
