"""The encoder and the tagger of a run, loaded when first used."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from corpora.encoders import DEFAULT_ENCODER, Encoder
from corpora.errors import EncoderMismatch
from corpora.storage import Corpus
from corpora.taxonomy import Taxonomy

if TYPE_CHECKING:
    from pipeline.tag import Tagger


class Tools:
    """What passages are embedded and tagged with."""

    def __init__(self, encoder_source: str, taxonomy: Taxonomy) -> None:
        self.encoder_source = encoder_source
        self.taxonomy = taxonomy

    @cached_property
    def encoder(self) -> Encoder:
        from pipeline.embed import load_encoder

        return load_encoder(self.encoder_source)

    @cached_property
    def tagger(self) -> Tagger:
        from pipeline.tag import Tagger

        return Tagger(self.taxonomy, self.encoder)

    def load_for(self, corpus: Corpus) -> None:
        """Load encoder and tagger, which takes seconds.

        Raises:
            EncoderMismatch: If the corpus was embedded with another encoder.
        """
        embedded_with = corpus.setting("encoder")
        if embedded_with not in (None, self.encoder.name) and corpus.counts()["passages"]:
            raise EncoderMismatch(
                f"corpus {corpus.name!r} is embedded with {embedded_with}, not {self.encoder.name}: "
                "leave --encoder out, or ingest into another --corpus"
            )
        _ = self.tagger

    def claim(self, corpus: Corpus) -> None:
        """Make encoder and taxonomy the corpus's own, before something made with them is stored."""
        from corpora.taxonomy_files import taxonomy_as_yaml

        if corpus.setting("encoder") != self.encoder.name:
            corpus.remember({"encoder": self.encoder.name, "encoder_source": self.encoder_source})
        if corpus.setting("taxonomy") != self.taxonomy.hash:
            corpus.use_taxonomy(self.taxonomy.hash, taxonomy_as_yaml(self.taxonomy))


def tools_for(corpus: Corpus | None, encoder: str | None = None, taxonomy: str | None = None) -> Tools:
    """What the user asks for, else what the corpus has, else what regloupe ships.

    Args:
        encoder: A model's name or folder.
        taxonomy: A taxonomy file.

    Raises:
        TaxonomyError: If the taxonomy cannot be used.
    """
    return Tools(_lasting(encoder) if encoder else _encoder_source(corpus), taxonomy_of(corpus, taxonomy))


def query_encoder(corpus: Corpus, encoder: str | None = None) -> Callable[[], Encoder]:
    """Loads, when called, the encoder that questions to this corpus need."""

    def load() -> Encoder:
        from pipeline.embed import load_encoder

        return load_encoder(encoder or _encoder_source(corpus), for_queries=True)

    return load


def taxonomy_of(corpus: Corpus | None, taxonomy: str | None = None) -> Taxonomy:
    """The taxonomy asked for, else the corpus's, else the shipped one."""
    from corpora.taxonomy_files import load_taxonomy, parse_taxonomy

    if taxonomy is None and corpus and (content := corpus.taxonomy()):
        return parse_taxonomy(content, corpus.file)
    return load_taxonomy(Path(taxonomy) if taxonomy else None)


def _encoder_source(corpus: Corpus | None) -> str:
    return (corpus and corpus.setting("encoder_source")) or DEFAULT_ENCODER


def _lasting(encoder: str) -> str:
    """A folder's path in full, for it is remembered and the user moves about; any other name as it is."""
    return str(Path(encoder).resolve()) if Path(encoder).is_dir() else encoder
