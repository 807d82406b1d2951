"""Taxonomy files: YAML in, checked to the line; YAML out."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from corpora.errors import TaxonomyError
from corpora.taxonomy import GAP, Concept, Taxonomy

SHIPPED = Path(__file__).parent / "taxonomies" / "ai-in-healthcare.yaml"

_Place = tuple[str | int, ...]
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # base: "no" is a language, "1.10" a version
_DEEPEST = 20
_REMEDIES = {
    "missing": ("is missing", "add it"),
    "extra_forbidden": ("is no key of a taxonomy file", "remove it or mend its spelling"),
    "string_type": ("is not text", "write text here, in quotes if need be"),
    "dict_type": ("is not by language", "write one entry per language, such as 'en: …'"),
    "tuple_type": ("is not a list", "write one '- phrase' per line"),
    "model_type": ("is not a set of keys", "write 'key: value' lines"),
    "too_short": ("is empty", "give at least one entry"),
}


def _clean_text(text: str) -> str:
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if not text:
        raise ValueError("is empty; write some text or remove it")
    return text


def _check_id(identifier: str) -> str:
    if not re.fullmatch(r"\w[\w./-]*", identifier):
        raise ValueError("is no id; use letters, digits, '.', '-', '_' and '/' only")
    return identifier


def _check_language(code: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", code):
        raise ValueError("is no language code; use one such as 'en' or 'fr'")
    return code


def _check_phrase(phrase: str) -> str:
    parts = phrase.split(GAP)
    if not all(re.search(r"\w", part) for part in parts):
        raise ValueError(f"has a '{GAP}' with no word beside it; write 'words {GAP} words'")
    if re.search(r"(?:^|\W)\*|\*\w", phrase):
        raise ValueError("has a '*' that does not end a word; write it as in 'word*'")
    return phrase


_Text = Annotated[str, AfterValidator(_clean_text)]
_Id = Annotated[_Text, AfterValidator(_check_id)]
_Language = Annotated[str, AfterValidator(_check_language)]
_Phrase = Annotated[_Text, AfterValidator(_check_phrase)]
_Texts = dict[_Language, _Text]
_Phrases = dict[_Language, tuple[_Phrase, ...]]


class _ConceptEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: _Id
    broader: _Id | None = None
    preferred_label: Annotated[_Texts, Field(min_length=1)]
    definition: _Texts = {}
    alternative_labels: _Phrases = {}
    indicative_phrases: _Phrases = {}


class _TaxonomyEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: _Id
    version: _Text
    title: Annotated[_Texts, Field(min_length=1)]
    concepts: Annotated[tuple[_ConceptEntry, ...], Field(min_length=1)]


def load_taxonomy(path: Path | None = None) -> Taxonomy:
    """Read and check a taxonomy file in YAML; ``None`` is the shipped one.

    Raises:
        TaxonomyError: If the file cannot be read or used: one line with file, line, mistake, remedy.
    """
    path = SHIPPED if path is None else path
    return parse_taxonomy(_text_in(path), path)


def parse_taxonomy(text: str, source: Path) -> Taxonomy:
    """Check a taxonomy in YAML; errors name ``source``.

    Raises:
        TaxonomyError: If it cannot be used: one line with source, line, mistake, remedy.
    """
    content, lines = _content(text, source)
    try:
        entry = _TaxonomyEntry.model_validate(content)
    except ValidationError as error:
        raise _validation_error(source, lines, error) from None
    _check_relations(source, lines, entry.concepts)
    concepts = tuple(Concept(**dict(concept)) for concept in entry.concepts)
    return Taxonomy(entry.id, entry.title, entry.version, concepts, _content_hash(entry))


def taxonomy_as_yaml(taxonomy: Taxonomy) -> str:
    """The taxonomy as the text of a file that ``load_taxonomy`` reads back equal."""
    concepts = [_without_empty(_concept_content(concept)) for concept in taxonomy.concepts]
    content = {"id": taxonomy.id, "version": taxonomy.version, "title": dict(taxonomy.title), "concepts": concepts}
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=110)


def _concept_content(concept: Concept) -> dict[str, Any]:
    return {
        "id": concept.id,
        "broader": concept.broader,
        "preferred_label": dict(concept.preferred_label),
        "definition": dict(concept.definition),
        "alternative_labels": {code: list(labels) for code, labels in concept.alternative_labels.items()},
        "indicative_phrases": {code: list(phrases) for code, phrases in concept.indicative_phrases.items()},
    }


def _without_empty(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if value}


def _content_hash(entry: _TaxonomyEntry) -> str:
    canonical = json.dumps(entry.model_dump(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _text_in(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _error(path, line, "is not UTF-8 text", "save the file as UTF-8") from None
    except OSError as error:
        reason = (error.strerror or "unreadable").lower()
        raise TaxonomyError(f"{path}: cannot be read ({reason}); give the path of a taxonomy file") from None


def _content(text: str, path: Path) -> tuple[Any, dict[_Place, int]]:
    """The content in plain dicts, lists and strings, and the line of each place in it."""
    try:
        _check_events(text, path)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise _syntax_error(path, error) from None
    if node is None:
        raise _error(path, 1, "is empty", "see docs/taxonomies.md for the format")
    lines: dict[_Place, int] = {}
    return _plain(path, node, (), lines), lines


def _check_events(text: str, path: Path) -> None:
    """Refuse, before anything is built, what could grow without end: aliases and deep nesting."""
    depth = 0
    events: Iterable[Any] = yaml.parse(text, Loader=_LOADER)
    for event in events:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise _error(path, line, "has a YAML alias ('*name')", "write the text out in each place")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise _error(path, line, "is nested too deeply", "see docs/taxonomies.md for the format")


def _plain(path: Path, node: Any, place: _Place, lines: dict[_Place, int]) -> Any:
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_plain(path, child, (*place, number), lines) for number, child in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return node.value
    content: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise _error(path, line, "a key is not text", "write 'key: value'")
        if key_node.value in content:
            raise _error(path, line, f"'{key_node.value}' stands here twice", "keep one of them")
        content[key_node.value] = _plain(path, value_node, (*place, key_node.value), lines)
        lines[(*place, key_node.value)] = line
    return content


def _error(path: Path, line: int, what: str, remedy: str) -> TaxonomyError:
    return TaxonomyError(f"{path}:{line}: {what}; {remedy}")


def _syntax_error(path: Path, error: yaml.YAMLError) -> TaxonomyError:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "broken YAML"
    remedy = "mend the YAML there: indentation, a colon, or quotes around text with ': ' or '#'"
    return _error(path, mark.line + 1 if mark else 1, f"YAML cannot be read ({problem})", remedy)


def _validation_error(path: Path, lines: dict[_Place, int], error: ValidationError) -> TaxonomyError:
    first = error.errors(include_url=False)[0]
    place: _Place = tuple(part for part in first["loc"] if part != "[key]")
    if first["type"] == "value_error":
        what, _, remedy = str(first["ctx"]["error"]).partition("; ")
    else:
        what, remedy = _REMEDIES.get(first["type"], (first["msg"], "see docs/taxonomies.md for the format"))
    name = ".".join(str(part) for part in place if isinstance(part, str)) or "the file"
    return _error(path, _line_of(lines, place), f"'{name}' {what}" if place else f"{name} {what}", remedy)


def _line_of(lines: dict[_Place, int], place: _Place) -> int:
    """The line of the place, or of the nearest thing around it that the file has."""
    while place and place not in lines:
        place = place[:-1]
    return lines[place]


def _check_relations(path: Path, lines: dict[_Place, int], concepts: Iterable[_ConceptEntry]) -> None:
    """Ids are unique; every ``broader`` is an id of the file and leads up to a facet."""
    parents: dict[str, str | None] = {}
    for number, concept in enumerate(concepts):
        if concept.id in parents:
            line = lines["concepts", number, "id"]
            raise _error(path, line, f"the id '{concept.id}' is used twice", "rename or remove one")
        parents[concept.id] = concept.broader
    for number, (identifier, broader) in enumerate(parents.items()):
        if broader is None:
            continue
        line = lines["concepts", number, "broader"]
        if broader not in parents:
            raise _error(path, line, f"broader '{broader}' is no concept of this file", "add it or mend the id")
        if _leads_back(parents, identifier):
            raise _error(path, line, f"'{identifier}' is broader than itself", "break the circle of 'broader'")


def _leads_back(parents: dict[str, str | None], identifier: str) -> bool:
    seen = {identifier}
    current = parents[identifier]
    while current is not None and current in parents:
        if current in seen:
            return True
        seen.add(current)
        current = parents[current]
    return False
