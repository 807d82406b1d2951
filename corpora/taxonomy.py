"""A taxonomy in SKOS words: concepts with labels, definitions and indicative phrases by language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

GAP = "…"
"""Between two parts of a phrase: both in one sentence, in any order."""


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept. Mappings go from language code (``en``, ``fr``) to text; absent is absent.

    ``id`` doubles as SKOS notation (``challenge.technology``). ``broader`` is the parent's id, None
    for a facet. ``indicative_phrases`` are wordings that point to the concept without naming it.
    """

    id: str
    preferred_label: Mapping[str, str]
    definition: Mapping[str, str] = field(default_factory=dict)
    alternative_labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    indicative_phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    broader: str | None = None

    def label(self, language: str) -> str:
        """The label in ``language``, else in any language the concept has."""
        return self.preferred_label.get(language) or next(iter(self.preferred_label.values()))


@dataclass(frozen=True)
class Taxonomy:
    """Concepts in file order. Facets (``broader`` is None with narrower concepts) are not assigned."""

    id: str
    title: Mapping[str, str]
    version: str
    concepts: tuple[Concept, ...]
    hash: str
    """SHA-256 (hex) of the content in canonical form: layout and comments do not change it."""

    @cached_property
    def _by_id(self) -> dict[str, Concept]:
        return {concept.id: concept for concept in self.concepts}

    def __contains__(self, concept_id: object) -> bool:
        return concept_id in self._by_id

    def concept(self, concept_id: str) -> Concept:
        """The concept of that id; raises ``KeyError`` where there is none."""
        return self._by_id[concept_id]

    def path(self, concept_id: str) -> tuple[str, ...]:
        """Ids from the root ancestor down to the concept itself."""
        upwards = [concept_id]
        while (broader := self.concept(upwards[-1]).broader) is not None:
            upwards.append(broader)
        return tuple(reversed(upwards))

    def facet(self, concept_id: str) -> str:
        """The id of the root ancestor: ``need`` for ``need.cancer-care``."""
        return self.path(concept_id)[0]

    @cached_property
    def assignable(self) -> tuple[Concept, ...]:
        """The concepts that a passage can be tagged with: all but the facets that have narrower ones."""
        parents = {concept.broader for concept in self.concepts}
        return tuple(c for c in self.concepts if c.broader is not None or c.id not in parents)
