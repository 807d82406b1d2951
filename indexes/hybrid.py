"""Search: a question in, hits out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from corpora.encoders import Encoder, Vectors
from corpora.errors import EncoderMismatch, IndexNotBuilt, QueryError, SearchIndexError
from corpora.home import index_directory
from corpora.selection import Selection
from corpora.storage import Corpus, Numbers
from indexes.fusion import LanguageRanking, Scored, best_first, merge_languages, reciprocal_rank_fusion
from indexes.generations import read_manifest
from indexes.groups import Group, open_group
from indexes.hits import DEFAULT_K, Hit, Mode
from indexes.lexical import marks, question_group
from indexes.refresh import is_fresh, refresh

_DEPTH = 100  # how far down each ranking is read before fusion
_FOREIGN_WORDS = (
    0.2  # weight of words where the question is in another language: names and numbers, but also false friends
)
_ECHOED = 3  # passages whose mean asks again in the other languages
_TRIES = 5
EVERYTHING = Selection()


def search(
    corpus: Corpus,
    question: str,
    *,
    encoder: Callable[[], Encoder],
    k: int = DEFAULT_K,
    mode: Mode = Mode.HYBRID,
    selection: Selection = EVERYTHING,
) -> list[Hit]:
    """The ``k`` passages that answer best, best first; see :meth:`Searcher.search`."""
    return Searcher(corpus, encoder=encoder, mode=mode, selection=selection).search(question, k=k)


class Searcher:
    """A corpus's indexes, open for any number of questions over one selection of its passages.

    Args:
        encoder: Called once, before the first question, and never in lexical mode.

    Raises:
        IndexNotBuilt: If the corpus is empty.
        EncoderMismatch: If the corpus was embedded with another encoder.
    """

    def __init__(
        self,
        corpus: Corpus,
        *,
        encoder: Callable[[], Encoder],
        mode: Mode = Mode.HYBRID,
        selection: Selection = EVERYTHING,
    ) -> None:
        if corpus.setting("encoder") is None or not corpus.counts()["passages"]:
            raise IndexNotBuilt(f"corpus {corpus.name!r} is empty: fill it with `regloupe ingest PATH`")
        self._corpus = corpus
        self._mode = mode
        self._encoder = None if mode is Mode.LEXICAL else _matching(encoder(), corpus)
        self._groups = _open_groups(corpus)
        self._allowed = None if selection.is_everything else corpus.select(selection)
        self._documents = {document.id: document for document in corpus.documents()}

    def search(self, question: str, *, k: int = DEFAULT_K) -> list[Hit]:
        """The ``k`` passages that answer best, best first; fewer where fewer are selected or match.

        Raises:
            QueryError: If the question is blank, or malformed in lexical mode.
        """
        if not question.strip():
            raise QueryError("the question is empty: give some words to search for")
        return self._hits(self._ranking(question, k), question)

    def _ranking(self, question: str, k: int) -> list[Scored]:
        if self._encoder is None:
            return _lexical_ranking(self._groups, question, k, self._allowed)
        vector = self._encoder.encode_query(question)
        depth = max(_DEPTH, 2 * k)
        answers = [(group, group.dense.search(vector, depth, self._allowed)) for group in self._groups]
        heard = sorted((answer for answer in answers if answer[1]), key=lambda answer: -answer[1][0][1])
        rankings = self._fused(heard, question) if self._mode is Mode.HYBRID else [dense for _, dense in heard]
        languages = [
            LanguageRanking(ranking, [similarity for _, similarity in dense], float(group.centre @ vector))
            for ranking, (group, dense) in zip(rankings, heard, strict=True)
        ]
        return merge_languages(languages)[:k]

    def _fused(self, answers: Sequence[tuple[Group, list[Scored]]], question: str) -> Iterator[list[Scored]]:
        """Each group's passages by meaning and words; after the first group, also by likeness to its best.

        A passage is closer to its translation than a question is to either: what was found in the question's language
        asks again in the others.
        """
        spoken = question_group(question)
        echo: Vectors | None = None
        for group, dense in answers:
            lexical = group.lexical.search(group.lexical.words_query(question), len(dense), self._allowed)
            rankings = [dense, lexical]
            weights = [1.0, 1.0 if spoken in (group.name, None) else _FOREIGN_WORDS]
            if echo is not None:
                rankings.append(group.dense.search(echo, len(dense), self._allowed))
                weights.append(1.0)
            fused = reciprocal_rank_fusion([[number for number, _ in ranking] for ranking in rankings], weights=weights)
            if echo is None:
                echo = group.dense.vectors([number for number, _ in fused[:_ECHOED]]).mean(axis=0)
            yield fused

    def _hits(self, ranking: Sequence[Scored], question: str) -> list[Hit]:
        scores = dict(ranking)
        passages = self._corpus.passages(list(scores))
        tags = self._corpus.tags(list(scores))
        return [
            Hit(
                rank,
                scores[passage.number],
                passage,
                self._documents[passage.document_id],
                tags.get(passage.number, ()),
                marks(question, passage),
            )
            for rank, passage in enumerate(passages, start=1)
        ]


def _matching(encoder: Encoder, corpus: Corpus) -> Encoder:
    wanted = corpus.setting("encoder")
    if encoder.name != wanted:
        raise EncoderMismatch(
            f"corpus {corpus.name!r} was embedded with {wanted}, not {encoder.name}: "
            f"use `--encoder {wanted}`, or ingest into another --corpus"
        )
    return encoder


def _open_groups(corpus: Corpus) -> list[Group]:
    """The groups of the generation that holds, brought up to date first where the corpus has changed."""
    folder = index_directory(corpus.name)
    problem: Exception | None = None
    failed = ""
    for _ in range(_TRIES):
        manifest = read_manifest(folder)
        if manifest is None or not is_fresh(manifest, corpus) or manifest.generation == failed:
            # The same generation failing twice is damaged; another one was replaced while we opened it.
            refresh(corpus, rebuild=manifest is not None and manifest.generation == failed)
            manifest = read_manifest(folder)
        if manifest is None:
            continue
        generation = folder / manifest.generation
        try:
            return [open_group(name, generation / name) for name in manifest.groups]
        except (OSError, RuntimeError, ValueError) as error:
            problem, failed = error, manifest.generation
    raise SearchIndexError(f"{folder}: the index cannot be read ({problem}); delete this folder and search again")


def _lexical_ranking(groups: Iterable[Group], question: str, k: int, allowed: Numbers | None) -> list[Scored]:
    found: list[Scored] = []
    for group in groups:
        found += group.lexical.search(group.lexical.syntax_query(question), k, allowed)
    return best_first(found)[:k]
