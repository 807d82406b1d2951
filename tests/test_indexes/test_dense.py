"""FAISS gives what numpy gives, under passage numbers, whatever was removed and whatever is allowed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexes.dense import DenseIndex

DIMENSION = 16


def unit_vectors(count: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def brute_force(numbers: np.ndarray, vectors: np.ndarray, query: np.ndarray, k: int) -> list[float]:
    """The best similarities over half-precision vectors, falling."""
    similarities = vectors.astype(np.float16).astype(np.float32) @ query
    return np.sort(similarities)[::-1][:k].tolist()


@settings(max_examples=60, deadline=None)
@given(
    numbers=st.sets(st.integers(1, 5000), min_size=1, max_size=200),
    removed=st.sets(st.integers(1, 5000), max_size=200),
    allowed=st.none() | st.sets(st.integers(0, 6000), max_size=300),
    k=st.integers(1, 30),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_filtered_search_is_brute_force(
    numbers: set[int], removed: set[int], allowed: set[int] | None, k: int, seed: int
) -> None:
    ids = np.array(sorted(numbers), np.int64)
    vectors = unit_vectors(len(ids), seed)
    index = DenseIndex.empty(DIMENSION)
    index.add(ids, vectors)
    index.remove(np.array(sorted(removed), np.int64))
    kept = np.array([n not in removed and (allowed is None or n in allowed) for n in ids.tolist()])
    query = unit_vectors(1, seed + 1)[0]

    filter_ = None if allowed is None else np.array(sorted(allowed), np.int64)
    found = index.search(query, k, filter_)

    assert len(found) == min(k, kept.sum())
    assert {number for number, _ in found} <= set(ids[kept].tolist())
    assert [score for _, score in found] == pytest.approx(brute_force(ids[kept], vectors[kept], query, k), abs=1e-5)
    by_number = dict(zip(ids.tolist(), vectors, strict=True))
    for number, score in found:
        assert score == pytest.approx(float(by_number[number] @ query), abs=2e-3)


def test_a_saved_index_answers_the_same(tmp_path: Path) -> None:
    index = DenseIndex.empty(DIMENSION)
    ids, vectors = np.arange(7, 307, 3, dtype=np.int64), unit_vectors(100, 1)
    index.add(ids, vectors)
    index.save(tmp_path / "dense.faiss")
    for to_change in (False, True):
        loaded = DenseIndex.load(tmp_path / "dense.faiss", to_change=to_change)
        assert loaded.search(vectors[5], 10) == index.search(vectors[5], 10)
        assert loaded.numbers.tolist() == ids.tolist()
        assert loaded.vectors([70, 7]) == pytest.approx(vectors[[21, 0]], abs=1e-3)
    assert index.search(vectors[5], 1)[0][0] == ids[5]


def test_the_centre_is_the_mean_of_what_is_there() -> None:
    index = DenseIndex.empty(DIMENSION)
    vectors = unit_vectors(50, 2)
    index.add(np.arange(50, dtype=np.int64), vectors)
    index.remove(np.arange(10, dtype=np.int64))
    assert index.centre() == pytest.approx(vectors[10:].mean(axis=0), abs=1e-3)
    assert DenseIndex.empty(DIMENSION).centre().tolist() == [0.0] * DIMENSION


def test_an_empty_index_finds_nothing() -> None:
    assert DenseIndex.empty(DIMENSION).search(unit_vectors(1, 3)[0], 10) == []


@pytest.mark.parametrize("content", [b"", b"not an index at all", b"IxM2"])
def test_a_damaged_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "dense.faiss").write_bytes(content)
    with pytest.raises(RuntimeError):
        DenseIndex.load(tmp_path / "dense.faiss")
