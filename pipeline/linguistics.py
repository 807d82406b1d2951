"""Sentences and lemmas by blank spaCy pipelines: no statistical model, the same on every machine."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from corpora.passages import Span

if TYPE_CHECKING:
    from spacy.language import Language

_LANGUAGES = ("en", "fr")
_PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\n")
_ENUMERATOR_AT_END = re.compile(r"(?:^|[:;]\s+)\(?(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[ivxlIVXL]{1,5})[.)]+$")
_LAST_WORD = re.compile(r"([^\W_]+(?:[.°º][^\W_]+)*[°º]?)\.$")
_OPENING_AT_END = re.compile(r"(?<=\s)[(\[«“‘\"'][\s(\[«“‘\"']*$")
# Points that spaCy's tokenizer takes for part of the word, so that the sentencizer never sees them.
_SPOKEN_TO_THE_END = re.compile(r"(?<![\w.])(?:etc|[A-Z])\.\s+(?=[^\W\d_a-zß-ÿ])")
_CLOSING = "\"'’”»)]}›"

# Written without the final point. What may end a sentence too ("etc.") is left out on purpose: such a
# point only continues the sentence where a lower-case letter follows, and that rule holds for all words.
_ABBREVIATIONS = {
    "en": """al ann app approx cf ch chap cl dept dir doc dr ed eds e.g eg esp et.al fed figs gen gov hon i.e ie
        incl jr lit mr mrs ms n.b nb op p para paras pp prof pt r ref reg regs rep rev s sched sec sect secs sr
        st stat subpara subsec suppl u.s.c v viz vol vols vs""",
    "fr": """al ann app av c.-à-d c.à.d cass cf ch chap chr circ civ coll comm c.civ crim déc dir doc dr éd ex
        fasc figs ibid infra insc j.o jo l lég lett m mm mgr mlle mme mmes n n° nº n.b nb obs op ord p p.ex
        paragr pp pr prof préc prov r réf règl req s sect ss st ste suppl suiv supra t tab tél trib v vol""",
}
_BEFORE_NUMBERS = frozenset(("art", "arts", "fig", "no", "nos", "par"))  # otherwise words that may end a sentence
_NUMBER_NEXT = re.compile(r"\s*(?:\d|[A-Z]{1,2}[. *]?\s?\d|[IVXL]+\b)")
_LABELLED_BY_LETTER = re.compile(
    r"(?:annexe?s?|appendix|article|chapt?[ei]t?re?|classe?|figure|groupe?|part(?:ie)?|section|table(?:au)?"
    r"|tit[lr]e|type|vitamine?)\W+$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a text, folded to lower case without accents, with its lemma: ``text[start:end]``."""

    lemma: str
    form: str
    start: int
    end: int


def sentence_spans(text: str, language: str) -> list[Span]:
    """Half-open character ranges of the sentences of ``text``, in order.

    Together they cover every character that is not white space; none is empty or begins or ends with
    white space. A blank line always ends a sentence; "art. 5", "n° 3", "p. ex.", "e.g." and a
    numeral at the head of a paragraph never do. Any language is taken; French and English have their
    own abbreviations, the others share both lists.
    """
    spans: list[Span] = []
    start = 0
    for boundary in [*_candidate_boundaries(text, language), len(text)]:
        if boundary < len(text) and not _is_sentence_end(text, start, boundary, language):
            continue
        span = _without_outer_space(text, start, boundary)
        if span is not None:
            spans.append(span)
        start = boundary
    return spans


def terms(text: str, language: str) -> list[Term]:
    """The words of ``text`` with their lemmas, in order; punctuation is a term too, white space is not.

    A hyphen counts as a space ("real-world" gives two terms) and French elision is parted from its
    word ("l'accès" gives "le" and "acces"). Lemmas come from lookup tables, so a form always has
    the same lemma, whatever its sense here; languages without a table keep their forms.
    """
    pipeline = _pipeline(language if language in _LANGUAGES else "xx")
    found = []
    for token in pipeline.tokenizer(text.translate(_SAME_LENGTH)):
        if not token.is_space:
            form, lemma = folded(token.text), lemma_of(token.text, language)
            found.append(Term(lemma, form, token.idx, token.idx + len(token)))
    return found


@cache
def lemma_of(word: str, language: str) -> str:
    """The lemma of one word form, folded."""
    form = unicodedata.normalize("NFKC", word).lower()
    is_acronym = len(word) <= 4 and word.isupper()  # "AI" and "US" are no forms of "have" and "we"
    table = {} if is_acronym else _lemma_table(language)
    # The French table reads "données" as a verb and "donnée" as a noun: a plural takes its singular's lemma.
    singular = form[:-1] if len(form) > 3 and form.endswith("s") and form[:-1] in table else form
    return folded(table.get(singular, form))


@cache
def folded(word: str) -> str:
    """``word`` in lower case, without accents and ligatures."""
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


_SAME_LENGTH = {ord("’"): "'", ord("ʼ"): "'", ord("-"): " ", ord("‐"): " ", ord("‑"): " ", ord("\xad"): " "}


def _candidate_boundaries(text: str, language: str) -> list[int]:
    """Where the sentencizer starts a sentence and where a blank line stands, ascending, without 0."""
    pipeline = _pipeline(language if language in _LANGUAGES else "xx")
    document = pipeline.get_pipe("sentencizer")(pipeline.tokenizer(text))
    starts = {sentence.start_char for sentence in document.sents}
    starts.update(match.end() for match in _SPOKEN_TO_THE_END.finditer(text))
    starts = {_before_opening_marks(text, start) for start in starts}
    starts.update(match.end() for match in _PARAGRAPH_BREAK.finditer(text))
    return sorted(starts - {0, len(text)})


def _before_opening_marks(text: str, boundary: int) -> int:
    """The sentencizer leaves an opening bracket with the sentence before it; take it along."""
    marks = _OPENING_AT_END.search(text, max(0, boundary - 8), boundary)
    return marks.start() if marks else boundary


def _is_sentence_end(text: str, start: int, boundary: int, language: str) -> bool:
    """Whether the sentence begun at ``start`` ends at ``boundary``, where the sentencizer says so."""
    before = text[start:boundary].rstrip()
    gap = text[start + len(before) : boundary] if before else ""
    after = text[boundary : boundary + 40]
    if not after.strip():
        return False
    if _PARAGRAPH_BREAK.search(gap + after[: len(after) - len(after.lstrip())]):
        return True
    if _ENUMERATOR_AT_END.search(before.lstrip()):
        return False
    following = after.lstrip().lstrip("«“‘\"'([ \xa0\u202f")
    if following[:1].islower() and before[-1:] in ".…":
        return _is_letter_item(following)
    return not _ends_in_abbreviation(before, after, language)


def _is_letter_item(following: str) -> bool:
    """ "a) …", "iv) …": a list item begins in lower case and is a sentence of its own."""
    return re.match(r"(?:[a-z]|[ivxl]{1,5})\)", following) is not None


def _ends_in_abbreviation(before: str, after: str, language: str) -> bool:
    word = _LAST_WORD.search(before)
    if word is None or before[-1:] in _CLOSING:
        return False
    form = word.group(1)
    if len(form) == 1 and form.isupper():
        return _LABELLED_BY_LETTER.search(before[: word.start()]) is None
    if form.lower() in _BEFORE_NUMBERS:
        return _NUMBER_NEXT.match(after) is not None
    spoken = f"{before[: word.start()]}{form}".lower()
    return form.lower() in _abbreviations(language) or spoken.endswith(("p. ex", "par ex", "c.-à-d", "et al"))


@cache
def _abbreviations(language: str) -> frozenset[str]:
    lists = [_ABBREVIATIONS[language]] if language in _ABBREVIATIONS else list(_ABBREVIATIONS.values())
    return frozenset(word for words in lists for word in words.split())


def _without_outer_space(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None


@cache
def _pipeline(language: str) -> Language:
    import spacy

    pipeline = spacy.blank(language)
    pipeline.add_pipe("sentencizer")
    return pipeline


@cache
def _lemma_table(language: str) -> dict[str, str]:
    """Form to lemma, both lower case, from spacy-lookups-data; of several lemmas the first."""
    if language not in _LANGUAGES:
        return {}
    from spacy.util import load_language_data, registry

    table = load_language_data(registry.lookups.get(language)["lemma_lookup"])
    return {form: lemma if isinstance(lemma, str) else lemma[0] for form, lemma in table.items()}
