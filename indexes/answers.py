"""How each language answers a question, and whether it says again what the question's own language says."""

from __future__ import annotations

from collections.abc import Sequence

from corpora.encoders import Vectors
from corpora.storage import Numbers
from indexes.fusion import LanguageRanking, Scored, reciprocal_rank_fusion
from indexes.groups import Group
from indexes.lexical import question_group

_FOREIGN_WORDS = 0.2  # weight of words where the question is in another language: names help, false friends do not
_BEST = 3  # passages at home whose counterparts are looked for
_COUNTERPARTS = 2.0  # weight of those of the first; the second has half of it, the third a third
_CLOSE = 0.28  # on a scale from an average passage to the very same one; measured, see docs/decisions/0003-search.md


def answers(
    groups: Sequence[Group], vector: Vectors, words: str | None, depth: int, allowed: Numbers | None
) -> list[LanguageRanking]:
    """A ranking of ``depth`` passages per language group, fewer where fewer are allowed.

    The group with the passage most similar to ``vector`` is at home. A passage is closer to its translation than
    a question is to either, so the best passages at home ask again in the other groups; where they meet
    close counterparts, these take part in the ranking.

    Args:
        words: The question, None to go by meaning alone.
    """
    found = [(group, group.dense.search(vector, depth, allowed)) for group in groups]
    heard = sorted((answer for answer in found if answer[1]), key=lambda answer: -answer[1][0][1])
    rankings: list[LanguageRanking] = []
    for group, dense in heard:
        parts = [(dense, 1.0)]
        if words:
            lexical = group.lexical.search(group.lexical.words_query(words), depth, allowed)
            parts.append((lexical, _weight_of_words(words, group)))
        counterparts: list[list[Scored]] = []
        if rankings:
            counterparts = _counterparts(heard[0][0], group, rankings[0].ranking, allowed)
            parts += [(ranking, _COUNTERPARTS / place) for place, ranking in enumerate(counterparts, start=1)]
        ranking = dense if len(parts) == 1 else _fused(parts)
        similarities = [similarity for _, similarity in dense]
        rankings.append(LanguageRanking(ranking, similarities, float(group.centre @ vector), bool(counterparts)))
    return rankings


def _fused(parts: Sequence[tuple[list[Scored], float]]) -> list[Scored]:
    numbers = [[number for number, _ in ranking] for ranking, _ in parts]
    return reciprocal_rank_fusion(numbers, weights=[weight for _, weight in parts])


def _weight_of_words(question: str, group: Group) -> float:
    return 1.0 if question_group(question) in (group.name, None) else _FOREIGN_WORDS


def _counterparts(home: Group, other: Group, ranking: Sequence[Scored], allowed: Numbers | None) -> list[list[Scored]]:
    """The nearest passage in ``other`` to each of the best at home, as rankings of one; none if none is close.

    Half of what all passages at home have in common is taken off first: else passages that are similar to everything
    come before the translation. How close a counterpart is, is measured from the similarity that passages of the
    two languages have on average.
    """
    rankings = []
    closest = -1.0
    for passage in home.dense.vectors([number for number, _ in ranking[:_BEST]]):
        nearest = other.dense.search(passage - home.centre / 2, 1, allowed)
        similarity = float(other.dense.vectors([nearest[0][0]])[0] @ passage)
        average = float((home.centre + other.centre) @ passage) / 2
        closest = max(closest, (similarity - average) / (1 - average))
        rankings.append(nearest)
    return rankings if closest >= _CLOSE else []
