"""The corpus as a table in which every row can be checked against the page."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from corpora.dialects import Cell, CsvWriter, Dialect
from corpora.documents import Document, Region
from corpora.passages import Passage, Tag
from corpora.storage import Corpus, Numbers
from corpora.targets import STANDARD_OUTPUT, writing_to
from corpora.taxonomy import Taxonomy

PASSAGE_COLUMNS = (
    *("document_id", "document_sha256", "title", "issuer", "date", "file", "page_first", "page_last", "boxes"),
    *("headings", "language", "passage_id", "text"),
)
TAG_COLUMNS = ("concept", "facet", "label_en", "label_fr", "score", "evidence")
ORIGIN_COLUMNS = ("taxonomy_version", "taxonomy_hash", "encoder")

_BATCH = 1_000  # passages in memory at a time


class Shape(StrEnum):
    """``tidy``: a row per passage and tag. ``wide``: a row per passage, a 0/1 column per concept."""

    TIDY = "tidy"
    WIDE = "wide"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: ``rows``, from ``passages``; ``untagged`` passages gave no row (tidy only).

    ``shortened`` cells were cut to what Excel can hold (dialect excel-fr only).
    """

    rows: int
    passages: int
    untagged: int
    shortened: int

    def summary(self, target: Path | str) -> str:
        """One line for the user."""
        place = "standard output" if str(target) == STANDARD_OUTPUT else str(target)
        parts = [f"wrote {_counted(self.rows, 'row')} from {_counted(self.passages, 'passage')} to {place}"]
        if self.untagged:
            parts.append(f"{_counted(self.untagged, 'passage')} without a tag left out (--shape wide keeps them)")
        if self.shortened:
            parts.append(f"{_counted(self.shortened, 'cell')} cut to what Excel holds (--dialect standard does not)")
        return "; ".join(parts)


def export_csv(
    corpus: Corpus,
    taxonomy: Taxonomy,
    target: Path | str,
    *,
    numbers: Sequence[int] | Numbers,
    shape: Shape = Shape.TIDY,
    dialect: Dialect = Dialect.STANDARD,
    concepts: Collection[str] = (),
    min_score: float = 0.0,
) -> Exported:
    """Write the passages of these numbers, in this order, with their tags.

    The file appears whole or not at all. Memory does not grow with the number of rows.

    Args:
        target: A file, replaced where it exists; ``-`` is standard output.
        numbers: Passage numbers, as :meth:`Corpus.select` or a search gives them; gone ones are left out.
        concepts: Only tags of these concepts count; none given means all.
        min_score: Only tags of at least this score count.

    Raises:
        StorageError: If the target cannot be written or the corpus cannot be read.
    """
    table = _Table(corpus, taxonomy, shape, frozenset(concepts), min_score)
    with writing_to(target) as stream:
        return table.write(stream, dialect, numbers)


def columns(taxonomy: Taxonomy, shape: Shape, concepts: Collection[str] = ()) -> tuple[str, ...]:
    """The names of the columns, in order, of an export of this shape."""
    if shape is Shape.TIDY:
        return (*PASSAGE_COLUMNS, *TAG_COLUMNS, *ORIGIN_COLUMNS)
    names = (concept_column(concept) for concept in _wide_concepts(taxonomy, concepts))
    return (*PASSAGE_COLUMNS, *names, *ORIGIN_COLUMNS)


def concept_column(concept: str) -> str:
    """The concept's id, marked where it is the name of a fixed column too."""
    return f"concept {concept}" if concept in {*PASSAGE_COLUMNS, *ORIGIN_COLUMNS} else concept


def boxes_as_text(regions: Sequence[Region]) -> str:
    """``page:x0,top,x1,bottom`` for each region whose place is known, joined by ``; ``; points from the top left."""
    placed = (region for region in regions if any(region.box))
    return "; ".join(f"{region.page}:{','.join(map(_points, region.box))}" for region in placed)


class _Table:
    """The rows of one export, with what repeats from row to row made once."""

    def __init__(
        self, corpus: Corpus, taxonomy: Taxonomy, shape: Shape, concepts: frozenset[str], min_score: float
    ) -> None:
        self._corpus = corpus
        self._taxonomy = taxonomy
        self._shape = shape
        self._concepts = concepts
        self._min_score = min_score
        self._wide = _wide_concepts(taxonomy, concepts)
        self._encoder = corpus.setting("encoder") or ""
        self._labels: dict[str, tuple[str, ...]] = {}

    def write(self, stream: TextIO, dialect: Dialect, numbers: Sequence[int] | Numbers) -> Exported:
        writer = CsvWriter(stream, dialect)
        writer.write(columns(self._taxonomy, self._shape, self._concepts))
        documents = {document.id: document for document in self._corpus.documents()}
        rows = passages = untagged = 0
        for passage, tags in self._tagged(numbers):
            written = 0
            for row in self._rows(documents[passage.document_id], passage, tags):
                writer.write(row)
                written += 1
            rows, passages, untagged = rows + written, passages + (written > 0), untagged + (written == 0)
        return Exported(rows, passages, untagged, writer.shortened)

    def _tagged(self, numbers: Sequence[int] | Numbers) -> Iterator[tuple[Passage, list[Tag]]]:
        for start in range(0, len(numbers), _BATCH):
            batch = [int(number) for number in numbers[start : start + _BATCH]]
            tags = self._corpus.tags(batch)
            for passage in self._corpus.passages(batch):
                if passage.kind == "contents":
                    continue  # never judged, so neither a 0 nor a missing tag would be true of it
                yield passage, [tag for tag in tags.get(passage.number, ()) if self._counts(tag)]

    def _counts(self, tag: Tag) -> bool:
        return tag.score >= self._min_score and (not self._concepts or tag.concept in self._concepts)

    def _rows(self, document: Document, passage: Passage, tags: Sequence[Tag]) -> Iterator[tuple[Cell, ...]]:
        start = _passage_cells(document, passage)
        end = (self._version(document), document.taxonomy, self._encoder)
        if self._shape is Shape.WIDE:
            found = {tag.concept for tag in tags}
            yield (*start, *(int(concept in found) for concept in self._wide), *end)
            return
        for tag in tags:
            yield (*start, *self._concept_cells(tag.concept), round(tag.score, 4), tag.evidence(passage.text), *end)

    def _version(self, document: Document) -> str:
        """Known only of the taxonomy in use; another one's rows have its hash alone."""
        return self._taxonomy.version if document.taxonomy == self._taxonomy.hash else ""

    def _concept_cells(self, identity: str) -> tuple[str, ...]:
        if identity not in self._labels:
            self._labels[identity] = _concept_cells(self._taxonomy, identity)
        return self._labels[identity]


def _wide_concepts(taxonomy: Taxonomy, concepts: Collection[str]) -> tuple[str, ...]:
    return tuple(concept.id for concept in taxonomy.assignable if not concepts or concept.id in concepts)


def _passage_cells(document: Document, passage: Passage) -> tuple[Cell, ...]:
    about = document.metadata
    return (
        *(document.id, document.sha256, about.title, about.issuer, about.date, document.file),
        *(passage.page_first, passage.page_last, boxes_as_text(passage.regions)),
        *(" > ".join(passage.headings), passage.language, passage.id, passage.text),
    )


def _concept_cells(taxonomy: Taxonomy, identity: str) -> tuple[str, ...]:
    """Id, facet and labels; a concept that the taxonomy no longer has keeps its id alone."""
    if identity not in taxonomy:
        return identity, "", "", ""
    labels = taxonomy.concept(identity).preferred_label
    return identity, taxonomy.facet(identity), labels.get("en", ""), labels.get("fr", "")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _points(length: float) -> str:
    return f"{length + 0.0:.2f}".rstrip("0").rstrip(".")
