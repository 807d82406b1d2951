"""Rankings into one ranking, by rank and never by the scale of a score."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Number = int
"""A passage's number in its corpus."""

Scored = tuple[Number, float]
"""A passage with its score in one ranking; higher is better."""

RRF_K = 60


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[Number]], *, k: int = RRF_K, weights: Sequence[float] | None = None
) -> list[Scored]:
    """Merge rankings by rank alone, so lexical and dense scores need no common scale.

    A passage scores the sum over rankings of ``weight / (k + rank)``, rank from 1; absent adds nothing.
    Equal scores come in the order of passage numbers.

    Args:
        k: Damping, in ranks; larger values flatten the lead of the top ranks.
        weights: One per ranking, 1 where not given.

    Raises:
        ValueError: If a ranking holds the same passage twice.

    Source: Cormack, Clarke and Buettcher, SIGIR 2009.
    """
    scores: dict[Number, float] = {}
    for ranking, weight in zip(rankings, weights or [1.0] * len(rankings), strict=True):
        if len(set(ranking)) < len(ranking):
            raise ValueError("a ranking holds the same passage twice")
        for rank, number in enumerate(ranking, start=1):
            scores[number] = scores.get(number, 0.0) + weight / (k + rank)
    return best_first(scores.items())


def best_first(scored: Iterable[Scored]) -> list[Scored]:
    """Sorted by falling score; equal scores by passage number, so that a ranking is one and the same each time."""
    return sorted(scored, key=lambda item: (-item[1], item[0]))
