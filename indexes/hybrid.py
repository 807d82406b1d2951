"""Search: a question in, hits out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from corpora.encoders import Encoder, Vectors
from corpora.errors import EncoderMismatch, IndexNotBuilt, QueryError
from corpora.home import index_directory
from corpora.selection import Selection
from corpora.storage import Corpus, Numbers
from indexes.fusion import Scored, best_first, reciprocal_rank_fusion
from indexes.generations import damaged, read_manifest
from indexes.groups import Group, open_group
from indexes.hits import DEFAULT_K, Hit, Mode
from indexes.lexical import marks
from indexes.refresh import is_fresh, refresh

_DEPTH = 100  # how far down each ranking is read before fusion
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
        if self._mode is Mode.LEXICAL:
            rankings = [
                group.lexical.search(group.lexical.syntax_query(question), k, self._allowed) for group in self._groups
            ]
            return best_first(scored for ranking in rankings for scored in ranking)[:k]
        assert self._encoder is not None
        vector = self._encoder.encode_query(question)
        depth = max(_DEPTH, 2 * k)
        dense = _dense_ranking(self._groups, vector, depth, self._allowed)
        if self._mode is Mode.DENSE:
            return dense[:k]
        lexical = _lexical_ranking(self._groups, question, depth, self._allowed)
        numbers = [[number for number, _ in ranking] for ranking in (dense, lexical)]
        return reciprocal_rank_fusion(numbers)[:k]

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
    for _ in range(_TRIES):
        manifest = read_manifest(folder)
        if manifest is None or problem or not is_fresh(manifest, corpus):
            refresh(corpus)
            manifest = read_manifest(folder)
        if manifest is None:
            continue
        generation = folder / manifest.generation
        try:
            return [open_group(name, generation / name, group["passages"]) for name, group in manifest.groups.items()]
        except (OSError, RuntimeError, ValueError) as error:
            # Another process may have published a newer generation and removed this one.
            problem = error
    raise damaged(folder, problem or RuntimeError("it is replaced all the time"))


def _dense_ranking(groups: Iterable[Group], vector: Vectors, depth: int, allowed: Numbers | None) -> list[Scored]:
    found: list[Scored] = []
    for group in groups:
        offset = float(group.centre @ vector)
        found += [(number, score - offset) for number, score in group.dense.search(vector, depth, allowed)]
    return best_first(found)[:depth]


def _lexical_ranking(groups: Iterable[Group], question: str, depth: int, allowed: Numbers | None) -> list[Scored]:
    found: list[Scored] = []
    for group in groups:
        found += group.lexical.search(group.lexical.words_query(question), depth, allowed)
    return best_first(found)[:depth]
