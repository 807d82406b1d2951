"""Lexical indexes: words ranked by BM25, analysed by the rules of their language. The only door to Tantivy."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import tantivy
from tantivy import Filter, Occur, Query

from corpora.errors import QueryError
from corpora.passages import Passage, Span
from corpora.storage import Numbers
from indexes.fusion import Scored, best_first

OTHER = "other"
"""Stands for every language without rules of its own: words are lower-cased and lose their accents."""

_STEMMED = {"en": "english", "fr": "french"}
# References such as 2017/745 and 4.2.1 are one word; an elided l' or d' falls off at its apostrophe.
_WORDS = r"\d+(?:[./]\d+)+|\w+"
# Tantivy's French list would drop "AI" as a form of avoir.
_FRENCH_STOP_WORDS = """
au aux avec ce ces cet cette dans de des donc dont du elle elles en entre est et etre être il ils je la le les leur
leurs lui ma mais me mes moi mon même mêmes ne ni nos notre nous on ont ou où par pas pour qu que qui quoi sa sans se
ses si son sont sur ta te tes toi ton tu un une vos votre vous y à été était étaient ayant avait avaient soit soient
sera seront serait quel quelle quels quelles c d j l m n s t jusqu lorsqu puisqu quoiqu
"""
_BOOSTS = {"text": 1.0, "headings": 1.0, "title": 0.3}
_OPERATORS = re.compile(r'"|(?:^|[\s(])[-+](?=[\w"(])|\b(?:AND|OR|NOT)\b')
_MEANINGLESS = re.compile(r"[\[\]{}<>^~*?\\:/`']|(?<!\w)[-+]+(?![\w\"(])")
_HEAP = 64_000_000  # bytes; Tantivy wants at least 15 MB
_FEW = 1_000


def language_group(language: str) -> str:
    """The language whose rules apply: ``en``, ``fr`` or ``other``."""
    return language if language in _STEMMED else OTHER


@cache
def _analyzer(group: str) -> tantivy.TextAnalyzer:
    """Lower case, no stop words, stems, then no accents (stemmers need them), in that order."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(_WORDS)).filter(Filter.lowercase())
    if group in _STEMMED:
        builder = builder.filter(_stop_words(group)).filter(Filter.stemmer(_STEMMED[group]))
    return builder.filter(Filter.ascii_fold()).build()


def _stop_words(group: str) -> Filter:
    if group == "fr":
        return Filter.custom_stopword(_FRENCH_STOP_WORDS.split())
    return Filter.stopword(_STEMMED[group])


def content_words(question: str) -> list[str]:
    """The question's words, as written, but for the stop words of its language."""
    words = dict.fromkeys(re.findall(_WORDS, unicodedata.normalize("NFC", question)))
    own = _analyzer(question_group(question) or OTHER)
    return [word for word in words if own.analyze(word)]


def question_group(question: str) -> str | None:
    """The language whose stop words the question has most of; None where that decides nothing."""
    words = re.findall(_WORDS, question)
    counts = {group: sum(not _analyzer(group).analyze(word) for word in words) for group in _STEMMED}
    most = max(counts.values())
    found = [group for group, count in counts.items() if count == most]
    return found[0] if len(found) == 1 else None


def marks(question: str, passage: Passage) -> tuple[Span, ...]:
    """Spans of the passage's words that are a form of one of the question's words."""
    analyzer = _analyzer(language_group(passage.language))
    wanted = {term for word in content_words(question) for term in analyzer.analyze(word)}
    tokens = analyzer.pre_tokenize(passage.text).tokens if wanted else []
    return tuple((token.char_offset_from, token.char_offset_to) for token in tokens if token.text in wanted)


class LexicalWriter:
    """Changes to one index; none is seen before :meth:`commit`."""

    def __init__(self, index: tantivy.Index) -> None:
        self._writer = index.writer(heap_size=_HEAP, num_threads=1)

    def remove(self, document_id: str) -> None:
        self._writer.delete_documents_by_term("document", document_id)

    def add(self, passage: Passage, title: str) -> None:
        self._writer.add_document(_entry(passage, title))

    def commit(self) -> None:
        """Make the changes hold and wait until Tantivy has left the folder in peace."""
        self._writer.commit()
        self._writer.wait_merging_threads()


class LexicalIndex:
    """The words of one language group's passages, in a folder of Tantivy's."""

    def __init__(self, folder: Path, group: str, *, create: bool = False) -> None:
        """Open the index in the folder, or make one there.

        Raises:
            ValueError: If the folder holds none, or a damaged one.
        """
        self._group = group
        if create:
            folder.mkdir(parents=True)
            self._index = tantivy.Index(_schema(group), str(folder))
        else:
            self._index = tantivy.Index.open(str(folder))
        self._schema = self._index.schema
        self._index.register_tokenizer(group, _analyzer(group))
        self._searcher = self._index.searcher()

    def writer(self) -> LexicalWriter:
        return LexicalWriter(self._index)

    def search(self, query: Query, k: int, allowed: Numbers | None = None) -> list[Scored]:
        """The ``k`` passages that match best, best first; fewer where fewer match and are allowed."""
        if allowed is None:
            return self._top(query, k)
        if len(allowed) <= _FEW:
            among = Query.term_set_query(self._schema, "number", allowed.tolist())
            both = Query.boolean_query([(Occur.Must, query), (Occur.Must, Query.const_score_query(among, 0.0))])
            return self._top(both, k)
        return self._top_allowed(query, k, set(allowed.tolist()))

    def words_query(self, question: str) -> Query:
        """Any of the question's words, in any field; the more and the rarer, the better."""
        analyzer = _analyzer(self._group)
        terms = dict.fromkeys(term for word in content_words(question) for term in analyzer.analyze(word))
        either = [
            (Occur.Should, Query.boost_query(Query.term_query(self._schema, field, term), boost))
            for term in terms
            for field, boost in _BOOSTS.items()
        ]
        return Query.boolean_query(either) if either else Query.empty_query()

    def syntax_query(self, question: str) -> Query:
        """The question with quoted phrases, ``-word``, ``AND`` and ``OR`` meaning what they say.

        Raises:
            QueryError: If it cannot be parsed.
        """
        if not _OPERATORS.search(question):
            return self.words_query(question)
        text = _MEANINGLESS.sub(" ", unicodedata.normalize("NFC", question))
        try:
            return self._index.parse_query(text, list(_BOOSTS), field_boosts=_BOOSTS)
        except ValueError:
            raise QueryError(
                f"query {question!r} cannot be read: close every quote and bracket, put a word on both sides "
                'of AND and OR; such as "post-market monitoring" AND provider -importer'
            ) from None

    def _top(self, query: Query, k: int) -> list[Scored]:
        # Tantivy sets memory aside for as many hits as it is asked for.
        limit = max(1, min(k, self._searcher.num_docs))
        hits = self._searcher.search(query, limit, count=False).hits
        numbers = self._searcher.fast_field_values("number", [address for _, address in hits])
        scores = (score for score, _ in hits)
        return best_first((int(number or 0), score) for number, score in zip(numbers, scores, strict=True))[:k]

    def _top_allowed(self, query: Query, k: int, allowed: set[int]) -> list[Scored]:
        """Look further and further down the ranking until enough of it is allowed."""
        depth = 4 * k
        while True:
            top = self._top(query, depth)
            found = [scored for scored in top if scored[0] in allowed]
            if len(found) >= k or len(top) < depth:
                return found[:k]
            depth *= 8


def _schema(group: str) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("number", indexed=True, fast=True)
    builder.add_text_field("document", tokenizer_name="raw", index_option="basic")
    for field in _BOOSTS:
        builder.add_text_field(field, tokenizer_name=group)
    return builder.build()


def _entry(passage: Passage, title: str) -> tantivy.Document:
    entry = tantivy.Document()
    entry.add_integer("number", passage.number)
    entry.add_text("document", passage.document_id)
    entry.add_text("title", title)
    entry.add_text("headings", _composed(passage.headings))
    entry.add_text("text", _composed([passage.text]))
    return entry


def _composed(texts: Sequence[str]) -> str:
    """The lines as one NFC text: an accent drawn apart is the same letter."""
    return unicodedata.normalize("NFC", "\n".join(texts))
