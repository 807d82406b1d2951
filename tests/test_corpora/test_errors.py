"""The tree of errors is a contract: users catch these names."""

from __future__ import annotations

import corpora.errors
from corpora.errors import (
    DocumentError,
    RegloupeError,
    SearchIndexError,
    StorageError,
)


def test_the_names_are_exactly_these() -> None:
    assert corpora.errors.__all__ == [
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


def test_every_error_of_the_module_is_named() -> None:
    defined = {name for name, value in vars(corpora.errors).items() if isinstance(value, type)}
    assert defined == set(corpora.errors.__all__)


def test_every_error_has_its_place_in_the_tree() -> None:
    families = {
        DocumentError: {"UnreadablePdf", "EncryptedPdf", "NoTextLayer", "ExtractionLimit", "InvalidPassages"},
        StorageError: {"CorpusNotFound", "CorpusLocked"},
        SearchIndexError: {"IndexNotBuilt", "EncoderMismatch", "EncoderUnavailable", "QueryError"},
    }
    for family, members in families.items():
        assert {child.__name__ for child in family.__subclasses__()} == members
    tops = {"DocumentError", "TaxonomyError", "StorageError", "SearchIndexError"}
    assert {child.__name__ for child in RegloupeError.__subclasses__()} == tops
    assert all(getattr(corpora.errors, name).__doc__ for name in corpora.errors.__all__)
