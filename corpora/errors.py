"""Every error that regloupe raises on purpose: what went wrong, where, and what to do about it."""

from __future__ import annotations

__all__ = [
    "CorpusLocked",
    "CorpusNotFound",
    "DocumentError",
    "EncoderMismatch",
    "EncoderUnavailable",
    "EncryptedPdf",
    "ExtractionLimit",
    "IndexNotBuilt",
    "InvalidPassages",
    "NoTextLayer",
    "QueryError",
    "RegloupeError",
    "SearchIndexError",
    "StorageError",
    "TaxonomyError",
    "UnreadablePdf",
]


class RegloupeError(Exception):
    """Root of the tree; its text is one line for the user, never a traceback."""


class DocumentError(RegloupeError):
    """One document cannot be ingested; the others of the same run can."""


class UnreadablePdf(DocumentError):
    """The bytes are not a PDF, or one too damaged to open."""


class EncryptedPdf(DocumentError):
    """The PDF asks for a password that was not given or is wrong."""


class NoTextLayer(DocumentError):
    """No page holds text: a scan, or drawn outlines."""


class ExtractionLimit(DocumentError):
    """The extraction was ended: it passed its memory, CPU or wall limit, or the PDF engine died."""


class InvalidPassages(DocumentError):
    """A JSONL file of ready passages breaks the format; the message names the line."""


class TaxonomyError(RegloupeError):
    """A taxonomy file cannot be used; the message names file, line and remedy."""


class StorageError(RegloupeError):
    """The corpus cannot be read or written."""


class CorpusNotFound(StorageError):
    """No corpus of that name, or no document of that id in it."""


class CorpusLocked(StorageError):
    """Another process is writing to the corpus."""


class SearchIndexError(RegloupeError):
    """The search indexes cannot answer."""


class IndexNotBuilt(SearchIndexError):
    """The corpus holds nothing to search yet."""


class EncoderMismatch(SearchIndexError):
    """The corpus was embedded with another encoder than the one asked for."""


class EncoderUnavailable(SearchIndexError):
    """The encoder's model cannot be found or loaded."""


class QueryError(SearchIndexError):
    """The question or one of its filters cannot be understood."""
