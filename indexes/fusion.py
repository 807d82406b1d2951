"""Rankings into one ranking: by rank within a language, by similarity between languages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Number = int
"""A passage's number in its corpus."""

Scored = tuple[Number, float]
"""A passage with its score in one ranking; higher is better."""

RRF_K = 10
"""Measured, see docs/decisions/0003-search.md: better than the usual 60 on every development set."""

CREDIT = 0.5
_SPACING = 3


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
    """Sorted by falling score; equal scores by passage number, so that a ranking is the same each time."""
    return sorted(scored, key=lambda item: (-item[1], item[0]))


@dataclass(frozen=True, slots=True)
class LanguageRanking:
    """How the passages of one language answer.

    ``ranking`` is their order, best first, with scores. ``similarities`` are the best of their
    similarities to the question, falling, and ``mean`` is that of all of them.
    """

    ranking: Sequence[Scored]
    similarities: Sequence[float]
    mean: float


def merge_languages(languages: Sequence[LanguageRanking]) -> list[Scored]:
    """One ranking out of several languages', each kept in its own order.

    Encoders find a text in the question's language more similar than its translation. So the language
    of the most similar passage is at home, and passages of the others get a credit: a share ``CREDIT`` of
    the lead that the best passage at home has over the mean there, but never so much that they pass it.
    Equals then stand side by side, and a language that has nothing to say stays far below. Of the
    passages from abroad the *n*-th stands at rank 3n − 1 or lower, as long as there are others.

    The place of a passage follows from the similarity that belongs to its rank in its language. Scores are the
    given ones, falling with the merged rank.
    """
    heard = sorted((given for given in languages if given.similarities), key=lambda given: -given.similarities[0])
    if not heard:
        return []
    home, *others = heard
    lead = home.similarities[0] - home.mean
    abroad: list[tuple[float, Scored]] = []
    for other in others:
        credit = min(CREDIT * lead, home.similarities[0] - other.similarities[0])
        raised = (similarity + credit for similarity in other.similarities)
        abroad += zip(raised, other.ranking, strict=False)
    abroad.sort(key=lambda place: -place[0])
    merged = _spaced(list(zip(home.similarities, home.ranking, strict=False)), abroad)
    scores = sorted((score for _, score in merged), reverse=True)
    return [(number, score) for (number, _), score in zip(merged, scores, strict=True)]


def _spaced(home: list[tuple[float, Scored]], abroad: list[tuple[float, Scored]]) -> list[Scored]:
    merged: list[Scored] = []
    at_home = from_abroad = 0
    while at_home < len(home) or from_abroad < len(abroad):
        due = from_abroad < len(abroad) and len(merged) + 1 >= _SPACING * (from_abroad + 1) - 1
        left = at_home < len(home)
        if left and not (due and abroad[from_abroad][0] > home[at_home][0]):
            merged.append(home[at_home][1])
            at_home += 1
        else:
            merged.append(abroad[from_abroad][1])
            from_abroad += 1
    return merged
