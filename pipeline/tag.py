"""Tags: which concepts a passage is about, how surely, and the words that say so."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corpora.encoders import Encoder, Vectors
from corpora.passages import Passage, Span, Tag
from corpora.taxonomy import Concept, Taxonomy
from pipeline.linguistics import Term, sentence_spans
from pipeline.phrases import PhraseMatch, PhraseMatcher
from pipeline.prose import is_prose

# Few global numbers, the same for every concept and language: nothing here is fitted to one concept.
ALTERNATIVE_LABEL_WEIGHT = 0.9
PHRASE_WEIGHT = 0.5
REPEATED_WEIGHT = 0.3
"""An alternative label names the concept, a phrase points to it; said again it adds less."""
EVIDENCE_CAP = 2.0
BIAS, EVIDENCE_FACTOR, SIMILARITY_FACTOR = -3.0, 2.2, 5.0
DENSE_ONLY_SIMILARITY = 0.45
"""Without a single word of a concept, this similarity alone earns the tag."""
THRESHOLD = 0.4


@dataclass(frozen=True, slots=True)
class _Entry:
    """A phrase of the lexicon: whose it is and what one occurrence weighs."""

    concept: str
    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What one passage says for one concept: a weight, and where."""

    weight: float
    spans: tuple[Span, ...]


class Tagger:
    """Joins the words of a taxonomy with the similarity of passages to its concepts.

    Lexical evidence for a concept is the weight of its phrases found in the passage, each word
    counted once. It is joined by the cosine of passage and concept, both centred on the mean concept so
    that what all concepts have in common does not count. The sum becomes a score by the logistic
    function; a tag needs ``THRESHOLD``.

    The encoder encodes one text per concept and language when the tagger is made.
    """

    def __init__(self, taxonomy: Taxonomy, encoder: Encoder) -> None:
        self.taxonomy = taxonomy
        self._encoder = encoder
        self._centre, self._prototypes = _prototypes(taxonomy.assignable, encoder)
        self._lexicons: dict[str, _Lexicon] = {}

    def tag(self, passages: Sequence[Passage], vectors: Vectors) -> list[tuple[Tag, ...]]:
        """The tags of each passage, surest first; none for what is not prose.

        Args:
            vectors: The passages' own vectors, of shape ``(len(passages), dimension)``, by the
                encoder that the tagger was made with.
        """
        if len(passages) != len(vectors):
            raise ValueError(f"{len(passages)} passages but {len(vectors)} vectors")
        if not passages:
            return []
        similarities = _unit(vectors - self._centre) @ self._prototypes.T
        return [self._tags(p, row) if is_prose(p) else () for p, row in zip(passages, similarities, strict=True)]

    def _tags(self, passage: Passage, similarities: npt.NDArray[np.float32]) -> tuple[Tag, ...]:
        sentences = sentence_spans(passage.text, passage.language)
        evidence = self._lexicon(passage.language).evidence(passage.text, sentences)
        tags = []
        for concept, similarity in zip(self.taxonomy.assignable, similarities.tolist(), strict=True):
            own = evidence.get(concept.id)
            if own is not None:
                score = _score(own.weight, similarity)
                if score >= THRESHOLD:
                    method = "lexical+dense" if similarity > 0 else "lexical"
                    tags.append(Tag(concept.id, round(score, 4), own.spans, method))
            elif similarity >= DENSE_ONLY_SIMILARITY:
                span = self._nearest_sentence(passage.text, sentences, concept)
                tags.append(Tag(concept.id, round(_dense_score(similarity), 4), (span,), "dense"))
        return tuple(sorted(tags, key=lambda tag: (-tag.score, tag.concept)))

    def _lexicon(self, language: str) -> _Lexicon:
        if language not in self._lexicons:
            self._lexicons[language] = _Lexicon(self.taxonomy, language)
        return self._lexicons[language]

    def _nearest_sentence(self, text: str, sentences: Sequence[Span], concept: Concept) -> Span:
        """The sentence most similar to the concept; encoded only for the rare dense tag."""
        if len(sentences) == 1:
            return sentences[0]
        vectors = self._encoder.encode_passages([text[start:end] for start, end in sentences])
        number = self.taxonomy.assignable.index(concept)
        return sentences[int(np.argmax(_unit(vectors - self._centre) @ self._prototypes[number]))]


class _Lexicon:
    """All phrases of a taxonomy in the language of a passage, ready to be found.

    A language that the taxonomy does not have is read with the phrases of its first language.
    """

    def __init__(self, taxonomy: Taxonomy, language: str) -> None:
        if not any(language in concept.preferred_label for concept in taxonomy.concepts):
            language = next(iter(taxonomy.concepts[0].preferred_label))
        self._entries = [entry for concept in taxonomy.assignable for entry in _entries(concept, language)]
        self._matcher = PhraseMatcher([entry.text for entry in self._entries], language)

    def evidence(self, text: str, sentences: Sequence[Span]) -> dict[str, _Evidence]:
        """The evidence for each concept that has any."""
        words = self._matcher.words(text)
        matches: dict[str, list[PhraseMatch]] = defaultdict(list)
        for match in self._matcher.matches(words, sentences):
            matches[self._entries[match.phrase].concept].append(match)
        return {concept: self._weigh(found, words) for concept, found in matches.items()}

    def _weigh(self, matches: Iterable[PhraseMatch], words: Sequence[Term]) -> _Evidence:
        """Sum the matches, heaviest first; one that mostly repeats words already counted adds nothing."""
        counted: set[int] = set()
        said: Counter[tuple[str, ...]] = Counter()
        weight = 0.0
        for match in sorted(matches, key=self._heaviest_first):
            new = sum(word not in counted for word in match.words) / len(match.words)
            if new < 0.5:
                continue
            counted.update(match.words)
            lemmas = tuple(words[word].lemma for word in match.words)
            weight += self._entries[match.phrase].weight * new * REPEATED_WEIGHT ** said[lemmas]
            said[lemmas] += 1
        return _Evidence(weight, _runs(sorted(counted), words))

    def _heaviest_first(self, match: PhraseMatch) -> tuple[float, int, tuple[int, ...], int]:
        return -self._entries[match.phrase].weight, -len(match.words), match.words, match.phrase


def _entries(concept: Concept, language: str) -> Iterable[_Entry]:
    """The preferred label counts as a phrase: it is often too general to name the concept ("Access")."""
    labels = concept.alternative_labels.get(language, ())
    phrases = concept.indicative_phrases.get(language, ())
    if language in concept.preferred_label:
        phrases = (concept.preferred_label[language], *phrases)
    yield from (_Entry(concept.id, label, ALTERNATIVE_LABEL_WEIGHT) for label in labels)
    yield from (_Entry(concept.id, phrase, PHRASE_WEIGHT) for phrase in phrases)


def _runs(numbers: Sequence[int], words: Sequence[Term]) -> tuple[Span, ...]:
    """The character spans of the words, neighbours joined."""
    spans: list[Span] = []
    previous = None
    for number in numbers:
        word = words[number]
        if previous is not None and number == previous + 1:
            spans[-1] = (spans[-1][0], word.end)
        else:
            spans.append((word.start, word.end))
        previous = number
    return tuple(spans)


def _prototypes(concepts: Sequence[Concept], encoder: Encoder) -> tuple[Vectors, Vectors]:
    """The mean over concepts, of shape ``(dimension,)``, and one centred unit vector per concept.

    A taxonomy of a single concept has nothing to be told from: its vector is zero, words alone decide.
    """
    texts = [(number, text) for number, concept in enumerate(concepts) for text in _descriptions(concept)]
    vectors = encoder.encode_passages([text for _, text in texts])
    sums = np.zeros((len(concepts), vectors.shape[1]), dtype=np.float32)
    for (number, _), vector in zip(texts, vectors, strict=True):
        sums[number] += vector
    units = _unit(sums)
    centre = units.mean(axis=0)
    return centre, _unit(units - centre)


def _descriptions(concept: Concept) -> Iterable[str]:
    """One text per language: label, definition and alternative labels."""
    for language, label in concept.preferred_label.items():
        parts = [label, concept.definition.get(language, "")]
        yield ". ".join(filter(None, [*parts, ", ".join(concept.alternative_labels.get(language, ()))]))


def _score(weight: float, similarity: float) -> float:
    evidence = EVIDENCE_FACTOR * min(weight, EVIDENCE_CAP)
    return float(1 / (1 + np.exp(-(BIAS + evidence + SIMILARITY_FACTOR * similarity))))


def _dense_score(similarity: float) -> float:
    """From ``THRESHOLD`` at the least similarity that earns a tag to 1 at similarity 1."""
    return THRESHOLD + (1 - THRESHOLD) * (similarity - DENSE_ONLY_SIMILARITY) / (1 - DENSE_ONLY_SIMILARITY)


def _unit(vectors: npt.NDArray[np.float32]) -> Vectors:
    """The rows at length 1; a row of zeros stays as it is."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)
