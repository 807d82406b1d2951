"""Search: a question in, hits out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from corpora.encoders import Encoder
from corpora.errors import EncoderMismatch, IndexNotBuilt, QueryError, SearchIndexError
from corpora.home import index_directory
from corpora.selection import Selection
from corpora.storage import Corpus, Numbers
from indexes.answers import answers
from indexes.fusion import Scored, best_first, merge_languages
from indexes.generations import read_manifest
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
        if self._encoder is None:
            return _lexical_ranking(self._groups, question, k, self._allowed)
        vector = self._encoder.encode_query(question)
        words = question if self._mode is Mode.HYBRID else None
        return merge_languages(answers(self._groups, vector, words, max(_DEPTH, 2 * k), self._allowed))[:k]

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
            "leave --encoder out, or ingest into another --corpus"
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
