"""Where the data lives."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpora.errors import StorageError
from corpora.home import corpus_directory, corpus_names, home, index_directory
from corpora.storage import open_corpus


def test_regloupe_home_is_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGLOUPE_HOME", str(tmp_path))
    assert home() == tmp_path
    assert corpus_directory("a") == tmp_path / "corpora" / "a"
    assert index_directory("a") == tmp_path / "indexes" / "a"


def test_a_relative_home_and_a_tilde_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REGLOUPE_HOME", "données")
    assert home() == tmp_path / "données"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("REGLOUPE_HOME", "~/regloupe")
    assert home() == tmp_path / "regloupe"


@pytest.mark.parametrize("value", [None, ""])
def test_without_it_the_systems_place_is_taken(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if value is None:
        monkeypatch.delenv("REGLOUPE_HOME", raising=False)
    else:
        monkeypatch.setenv("REGLOUPE_HOME", value)
    assert home().is_absolute()
    assert home().name == "regloupe"


def test_an_unknown_user_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGLOUPE_HOME", "~nobody-of-that-name/data")
    with pytest.raises(StorageError, match="no such user; give a folder's full path"):
        home()


def test_corpora_are_listed_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGLOUPE_HOME", str(tmp_path / "not yet"))
    assert corpus_names() == []
    for name in ("b", "a", "été"):
        open_corpus(name, create=True)
    (tmp_path / "not yet" / "corpora" / "empty").mkdir()
    assert corpus_names() == ["a", "b", "été"]


@pytest.mark.parametrize("name", ["", ".", "..", "../a", "a/b", "a\\b", ".hidden", "a b", "a\n", "x" * 65, "a\0"])
def test_names_that_could_leave_the_folder_are_refused(name: str) -> None:
    with pytest.raises(StorageError, match="use letters, digits"):
        corpus_directory(name)
