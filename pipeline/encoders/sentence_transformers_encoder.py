"""Any other model: sentence-transformers, from a folder or a hub name, on a GPU where there is one."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpora.encoders import Vectors
from corpora.errors import EncoderUnavailable

_E5_PROMPTS = {"query": "query: ", "passage": "passage: "}
_E5 = re.compile(r"(^|[-_])e5([-_]|$)(?!.*instruct)", re.IGNORECASE)
_HUB_NAME = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")
_HUB_SECONDS = 10.0
_SAMPLES = 256


class SentenceTransformersEncoder:
    """Runs a model with its own prompts; what its files say decides, then the habits of its family.

    Raises:
        EncoderUnavailable: If the model is neither a folder, nor downloaded, nor to be had from the hub.
    """

    def __init__(self, name_or_path: str) -> None:
        self._model = _loaded(name_or_path)
        label = Path(name_or_path).expanduser().absolute().name
        self._prompts = _prompts(self._model, label)
        self._name = f"{label}@{_fingerprint(self._model)}"
        self._dimension = int(self._encoded([""], "")[0].shape[0])

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._dimension

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape ``(len(texts), dimension)``, in order."""
        if not texts:
            return np.empty((0, self._dimension), dtype=np.float32)
        return self._encoded(texts, self._prompts["passage"])

    def encode_query(self, text: str) -> Vectors:
        """One vector of shape ``(dimension,)``."""
        vector: Vectors = self._encoded([text], self._prompts["query"])[0]
        return vector

    def _encoded(self, texts: Sequence[str], prompt: str) -> Vectors:
        sound = [text.encode("utf-8", "ignore").decode("utf-8") for text in texts]
        vectors = self._model.encode(
            sound, prompt=prompt, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


def _loaded(name_or_path: str) -> Any:
    """The model, from the disk if it is there, else from the hub; float32 on a CPU."""
    try:
        folder = Path(name_or_path).expanduser()
    except RuntimeError:
        raise EncoderUnavailable(f"encoder {name_or_path}: no such user; give the folder's full path") from None
    if not folder.is_dir() and not _HUB_NAME.fullmatch(name_or_path):
        raise EncoderUnavailable(f"encoder {name_or_path}: no such folder")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        model = _from_disk(str(folder)) if folder.is_dir() else _by_name(name_or_path)
    except Exception as error:  # hub, file formats and torch each raise their own kinds
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise EncoderUnavailable(
            f"encoder {name_or_path} cannot be loaded ({reason[:200]}); "
            "check the name, or give the path of a local sentence-transformers folder"
        ) from error
    return model.float() if model.device.type == "cpu" else model


def _by_name(name: str) -> Any:
    """A model downloaded before, without asking the hub; else the hub's, if it answers."""
    from huggingface_hub import HfApi
    from sentence_transformers import SentenceTransformer

    try:
        return _from_disk(name)
    except Exception:  # no one kind means "not downloaded"
        try:
            HfApi().model_info(name, timeout=_HUB_SECONDS)  # says at once what loading says after a minute
        except Exception as error:
            raise OSError(f"not downloaded yet, and the hub answers: {error}") from error
        return SentenceTransformer(name)


def _from_disk(name_or_path: str) -> Any:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    return SentenceTransformer(name_or_path, local_files_only=True)


def _prompts(model: Any, label: str) -> dict[str, str]:
    """What goes before a query and before a passage."""
    own = {kind: prompt for kind, prompt in model.prompts.items() if prompt}
    if own:
        passage = own.get("passage", own.get("document", ""))
        return {"query": own.get("query", ""), "passage": passage}
    return _E5_PROMPTS if _E5.search(label) else {"query": "", "passage": ""}


def _fingerprint(model: Any) -> str:
    """8 hex digits from samples of all weights, the modules and prompts: same model, same digits."""
    digest = hashlib.sha256(repr((sorted(model.prompts.items()), model.max_seq_length)).encode())
    for module in model:
        digest.update(type(module).__name__.encode())
    for name, weights in sorted(model.state_dict().items()):
        if "pooler." in name:  # unused by sentence-transformers; random where a checkpoint has none
            continue
        flat = weights.detach().flatten()
        sample = flat[:: max(1, len(flat) // _SAMPLES)].float().cpu().numpy()
        digest.update(f"{name}{tuple(weights.shape)}".encode() + sample.tobytes())
    return digest.hexdigest()[:8]
