"""Taxonomy files: the shipped one, mistakes told to the line, and the way out and back."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.errors import TaxonomyError
from corpora.taxonomy_files import load_taxonomy, taxonomy_as_yaml

SMALL = """\
id: colours
version: "1.10"
title: {en: Colours}
concepts:
  - id: warm
    preferred_label: {en: Warm, fr: Chaud}
  - id: warm.red
    broader: warm
    preferred_label: {en: Red}
    alternative_labels: {en: [crimson]}
    indicative_phrases: {en: [blood*, colour … fire], no: [rød]}
  - id: grey
    preferred_label: {fr: Gris}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "t.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_taxonomy_is_complete_in_both_languages() -> None:
    taxonomy = load_taxonomy()
    assert len(taxonomy.assignable) == 20
    assert {taxonomy.facet(c.id) for c in taxonomy.assignable} == {"need", "challenge", "accelerator", "action"}
    for concept in taxonomy.assignable:
        for language in ("en", "fr"):
            assert concept.preferred_label[language]
            assert concept.definition[language]
            assert len(concept.alternative_labels[language]) >= 4
            assert len(concept.indicative_phrases[language]) >= 15


def test_paths_facets_and_assignable_concepts(tmp_path: Path) -> None:
    taxonomy = load_taxonomy(written(tmp_path, SMALL))
    assert taxonomy.path("warm.red") == ("warm", "warm.red")
    assert taxonomy.facet("warm.red") == "warm"
    assert [concept.id for concept in taxonomy.assignable] == ["warm.red", "grey"]
    assert taxonomy.concept("grey").label("en") == "Gris"
    assert "warm" in taxonomy
    assert "cold" not in taxonomy
    assert taxonomy.version == "1.10"
    assert taxonomy.concept("warm.red").indicative_phrases["no"] == ("rød",)


def test_layout_and_comments_do_not_change_the_hash_but_words_do(tmp_path: Path) -> None:
    first = load_taxonomy(written(tmp_path, SMALL)).hash
    assert load_taxonomy(written(tmp_path, "# note\n" + SMALL.replace("{en: Red}", "\n      en: Red"))).hash == first
    assert load_taxonomy(written(tmp_path, SMALL.replace("crimson", "scarlet"))).hash != first


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("title: {en: Colours}", "title: {en: Colours", ":4: YAML cannot be read"),
        ("    broader: warm\n", "    broder: warm\n", ":8: 'concepts.broder' is no key of a taxonomy file; remove"),
        ("    preferred_label: {en: Red}\n", "", ":7: 'concepts.preferred_label' is missing; add it"),
        ("{en: Red}", "Red", ":9: 'concepts.preferred_label' is not by language"),
        ("{en: Red}", "{}", ":9: 'concepts.preferred_label' is empty"),
        ("{en: Red}", "{English: Red}", ":9: 'concepts.preferred_label.English' is no language code; use"),
        ("{en: Red}", "{en: ''}", ":9: 'concepts.preferred_label.en' is empty"),
        ("[crimson]", "crimson", ":10: 'concepts.alternative_labels.en' is not a list; write"),
        ("colour … fire", "colour …", "has a '…' with no word beside it"),
        ("blood*", "b*lood", "has a '*' that does not end a word"),
        ("id: grey", "id: warm", ":12: the id 'warm' is used twice; rename"),
        ("id: grey", "id: dark grey", ":12: 'concepts.id' is no id; use"),
        ("broader: warm", "broader: hot", ":8: broader 'hot' is no concept of this file; add"),
        ("broader: warm", "broader: warm.red", ":8: 'warm.red' is broader than itself; break"),
        ("version:", "id: b\nversion:", ":2: 'id' stands here twice; keep one"),
        ("[crimson]", "&a [crimson]", None),
    ],
)
def test_a_mistake_gets_file_line_and_remedy(tmp_path: Path, before: str, after: str, expected: str | None) -> None:
    assert before in SMALL
    path = written(tmp_path, SMALL.replace(before, after, 1))
    if expected is None:
        load_taxonomy(path)
        return
    with pytest.raises(TaxonomyError) as caught:
        load_taxonomy(path)
    message = str(caught.value)
    assert expected in message
    assert message.startswith(f"{path}:")
    assert "\n" not in message


def test_a_circle_of_two_is_found(tmp_path: Path) -> None:
    text = SMALL.replace("- id: warm\n", "- id: warm\n    broader: warm.red\n")
    with pytest.raises(TaxonomyError, match="broader than itself"):
        load_taxonomy(written(tmp_path, text))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ":1: is empty"),
        (b"# only a comment\n", ":1: is empty"),
        (b"just words", ":1: the file is not a set of keys"),
        ("id: a\ntitle: été".encode("latin-1"), ":2: is not UTF-8"),
        (b"\x00\x01", "YAML cannot be read"),
        (b"id: &a [*a]", "alias"),
        (b"[" * 5000 + b"]" * 5000, ":1: "),
        (b"? [a]\n: b", "a key is not text"),
    ],
)
def test_what_is_no_taxonomy_at_all(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "t.yaml"
    path.write_bytes(content)
    with pytest.raises(TaxonomyError) as caught:
        load_taxonomy(path)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.yaml", tmp_path):
        with pytest.raises(TaxonomyError, match="cannot be read"):
            load_taxonomy(path)


def test_the_shipped_taxonomy_reads_back_equal(tmp_path: Path) -> None:
    taxonomy = load_taxonomy()
    assert load_taxonomy(written(tmp_path, taxonomy_as_yaml(taxonomy))) == taxonomy


letters = st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co", "Z"], exclude_characters="…*")
words = st.text(letters, min_size=1, max_size=12).map(lambda text: "w" + text)
texts = st.lists(words, min_size=1, max_size=4).map(" ".join)


@given(labels=st.lists(texts, min_size=1, max_size=3), phrases=st.lists(texts, max_size=4), definition=texts)
@settings(max_examples=60, deadline=None)
def test_any_wording_reads_back_equal(
    tmp_path_factory: pytest.TempPathFactory, labels: list[str], phrases: list[str], definition: str
) -> None:
    import yaml

    concepts = [
        {
            "id": f"c{number}",
            "preferred_label": {"fr": label},
            "definition": {"en": definition},
            "indicative_phrases": {"en": list(phrases)},
        }
        for number, label in enumerate(labels)
    ]
    content = {"id": "x", "version": definition, "title": {"en": labels[0]}, "concepts": concepts}
    folder = tmp_path_factory.mktemp("taxonomy")
    taxonomy = load_taxonomy(written(folder, yaml.safe_dump(content, allow_unicode=True)))
    again = load_taxonomy(written(folder, taxonomy_as_yaml(taxonomy)))
    assert again.hash == taxonomy.hash
    assert [c.preferred_label for c in again.concepts] == [c.preferred_label for c in taxonomy.concepts]
