"""What an extraction yields and what a document is: boxes, regions, blocks, documents."""

from __future__ import annotations

from dataclasses import astuple, dataclass, field
from enum import StrEnum

Box = tuple[float, float, float, float]
"""``(x0, top, x1, bottom)`` in PDF points, origin at the top left of the page as it is shown."""


class BlockKind(StrEnum):
    """What a block is on its page; only ``heading`` opens a section."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    FOOTNOTE = "footnote"
    CAPTION = "caption"
    CONTENTS = "contents"


@dataclass(frozen=True, slots=True)
class Region:
    """A box on a page, numbered from 1."""

    page: int
    box: Box


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph, list item, table, footnote … in reading order.

    ``regions`` has one entry per page or column that the block stands in, in reading order: a
    paragraph that runs over a page break has two. ``level`` is 1 for the highest heading and 0 for
    everything that is not a heading.
    """

    kind: BlockKind
    text: str
    regions: tuple[Region, ...]
    level: int = 0

    @property
    def page_first(self) -> int:
        return min(region.page for region in self.regions)


@dataclass(frozen=True, slots=True)
class Page:
    """One page as extracted: ``source`` is the way its text was had (``text``, ``table``, ``none``)."""

    number: int
    width: float
    height: float
    source: str
    characters: int


@dataclass(frozen=True, slots=True)
class ExtractedDocument:
    """All that extraction reads from one PDF: pages, blocks in reading order, the PDF's own metadata.

    ``properties`` holds the PDF's information dictionary as text (``Title``, ``Author``,
    ``CreationDate`` …), absent keys left out.
    """

    pages: tuple[Page, ...]
    blocks: tuple[Block, ...]
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is said about a document, by the user or by the document itself; ``None`` is unknown.

    ``date`` is ISO 8601, as exact as known: ``2024``, ``2024-06`` or ``2024-06-13``.
    """

    title: str | None = None
    issuer: str | None = None
    date: str | None = None
    jurisdiction: str | None = None
    type: str | None = None

    def over(self, below: Metadata) -> Metadata:
        """What is said here, else what ``below`` says; an empty text is said."""
        pairs = zip(astuple(self), astuple(below), strict=True)
        return Metadata(*(lower if upper is None else upper for upper, lower in pairs))

    def corrected(self, by: Metadata) -> Metadata:
        """What ``by`` says, else what stands here; an empty text clears."""
        return Metadata(*(value or None for value in astuple(by.over(self))))


NOTHING_SAID = Metadata()


@dataclass(frozen=True, slots=True)
class Document:
    """A stored document; ``sha256`` is that of the file's bytes, and ``id`` comes from it.

    ``path`` is where the file was when it was ingested, ``file`` its name without folders, or the
    document's name where it came as ready passages; ``pages`` is then 0. ``revision`` grows with every
    change to the document, so that an index can tell what it has not seen yet. ``taxonomy`` is the
    hash of the taxonomy that tagged it. ``corrections`` is what the user has corrected in ``metadata``, an
    empty text where it was cleared; a changed file's new version keeps them.
    """

    id: str
    sha256: str
    path: str
    file: str
    metadata: Metadata
    language: str
    pages: int
    taxonomy: str = ""
    corrections: Metadata = NOTHING_SAID
    passages: int = 0
    ingested_at: str = ""
    revision: int = 0


def document_id(sha256: str) -> str:
    """The id of a document whose content has this SHA-256 (hex): its first 16 digits."""
    return sha256[:16]
