"""Extraction: one PDF in, its pages and blocks out."""

from __future__ import annotations

from pathlib import Path

from corpora.documents import ExtractedDocument
from corpora.errors import NoTextLayer
from pipeline.extraction.layout import lay_out
from pipeline.extraction.pdfium import Pdf


def extract(path: Path, *, password: str | None = None) -> ExtractedDocument:
    """Read a PDF in this process; :func:`pipeline.sandbox.extract_safely` does so behind limits.

    Raises:
        UnreadablePdf: If it is not a PDF, is empty or cut short.
        EncryptedPdf: If it asks for a password that is absent or wrong.
        NoTextLayer: If no page has text that can be used.
        DocumentError: If the file is missing or may not be read.
    """
    with Pdf(path, password=password) as pdf:
        contents = list(pdf.pages())
        outline, properties = pdf.outline(), pdf.properties()
    pages, blocks = lay_out(contents, outline)
    if not any(character.isalnum() for block in blocks for character in block.text):
        raise NoTextLayer(
            f"{path.name}: none of its {len(pages)} page(s) holds text, as in a scan; reading scans (OCR) "
            "comes in a later version, until then give a PDF with text"
        )
    return ExtractedDocument(tuple(pages), tuple(blocks), properties)
