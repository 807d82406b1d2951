"""The two indexes of one language group, side by side: written together, opened together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpora.encoders import Vectors
from corpora.passages import Passage
from corpora.storage import Numbers
from indexes.dense import DenseIndex
from indexes.generations import link_files
from indexes.lexical import LexicalIndex

_DENSE = "dense.faiss"
_CENTRE = "centre.npy"
_LEXICAL = "lexical"


class GroupWriter:
    """A language group's indexes in a new generation, begun from those of the last one if any."""

    def __init__(self, group: str, target: Path, source: Path | None, dimension: int) -> None:
        if source:
            link_files(source / _LEXICAL, target / _LEXICAL)
            self._dense = DenseIndex.load(source / _DENSE, to_change=True)
        else:
            self._dense = DenseIndex.empty(dimension)
        self._target = target
        self._lexical = LexicalIndex(target / _LEXICAL, group, create=source is None).writer()
        self._present: set[int] = set(self._dense.numbers.tolist())
        self.entries = 0

    def keep_only(self, live: Numbers) -> None:
        """Drop the vectors of passages that are not in ``live``."""
        stale = np.setdiff1d(self._dense.numbers, live)
        self._dense.remove(stale)
        self._present.difference_update(stale.tolist())

    def forget(self, document_id: str) -> None:
        """Drop a document's words."""
        self._lexical.remove(document_id)

    def add(self, passages: Sequence[Passage], vectors: Vectors, title: str) -> None:
        """Add passages with their vectors, shape ``(len(passages), dimension)``.

        A vector that is there already stays: passages never change under their number, titles do.
        """
        new = [row for row, passage in enumerate(passages) if passage.number not in self._present]
        numbers = np.array([passages[row].number for row in new], np.int64)
        self._dense.add(numbers, vectors[new])
        self._present.update(numbers.tolist())
        for passage in passages:
            self._lexical.add(passage, title)
        self.entries += len(passages)

    def finish(self) -> int:
        """Write everything to disk; how many passages the group holds."""
        self._lexical.commit()
        self._dense.save(self._target / _DENSE)
        np.save(self._target / _CENTRE, self._dense.centre())
        return len(self._present)


@dataclass(frozen=True, slots=True)
class Group:
    """A language group's indexes, open; ``centre`` is the mean of its vectors, shape ``(dimension,)``."""

    name: str
    dense: DenseIndex
    lexical: LexicalIndex
    centre: Vectors


def open_group(name: str, folder: Path) -> Group:
    """Open what a :class:`GroupWriter` has written in ``folder``.

    Raises:
        OSError, RuntimeError, ValueError: If a file is missing or damaged.
    """
    centre = np.load(folder / _CENTRE)
    return Group(name, DenseIndex.load(folder / _DENSE), LexicalIndex(folder / _LEXICAL, name), centre)
