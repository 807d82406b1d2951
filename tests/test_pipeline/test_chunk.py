"""Passages: even sizes, never over a heading, nothing lost, the right place."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.documents import Block, BlockKind, Region
from corpora.passages import Passage
from pipeline.chunk import MAX_TOKENS, chunk, document_language
from pipeline.prose import is_prose

WORDS = ["provider", "device", "risk", "measure", "system", "data", "authority", "patient", "body", "clinical"]


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def chunked(*blocks: Block) -> list[Passage]:
    return chunk("d" * 16, blocks, count_tokens=count_words)


def block(
    text: str, kind: BlockKind = BlockKind.PARAGRAPH, *, page: int = 1, level: int = 0, top: float = 100
) -> Block:
    return Block(kind, text, (Region(page, (72, top, 500, top + 20)),), level)


def heading(text: str, level: int = 1, page: int = 1) -> Block:
    return block(text, BlockKind.HEADING, page=page, level=level)


def sentences(words: int, length: int = 20) -> str:
    """``words`` words in sentences of ``length``."""
    flow = [WORDS[i % len(WORDS)] for i in range(words)]
    parts = [" ".join(flow[i : i + length]).capitalize() + "." for i in range(0, words, length)]
    return " ".join(parts)


def squeezed(texts: Sequence[str]) -> str:
    return "".join("".join(texts).split())


def test_a_section_just_over_the_maximum_makes_two_even_passages() -> None:
    passages = chunked(heading("Scope"), block(sentences(260)))
    assert [passage.tokens for passage in passages] in ([120, 140], [140, 120])


def test_paragraphs_stay_whole_where_sizes_allow() -> None:
    first, second = sentences(160), sentences(180)
    passages = chunked(heading("Scope"), block(first), block(second))
    assert [passage.text for passage in passages] == [first, second]


def test_small_blocks_of_a_section_share_a_passage_line_by_line() -> None:
    passages = chunked(heading("Scope"), block("One rule."), block("Another rule."))
    assert [passage.text for passage in passages] == ["One rule.\nAnother rule."]


def test_a_short_section_is_not_merged_over_its_heading() -> None:
    passages = chunked(heading("A"), block("Short."), heading("B"), block("Also short."))
    assert [(passage.headings, passage.text) for passage in passages] == [
        (("A",), "Short."),
        (("B",), "Also short."),
    ]


def test_headings_are_the_open_ones_by_level_and_bare_ones_are_passages() -> None:
    passages = chunked(
        block("Before any heading."),
        heading("Chapter I"),
        heading("Article 1", 2),
        block("Text of article 1."),
        heading("Chapter II"),
        block("Text of chapter II."),
        heading("Article 9", 3),
        block("Text of article 9."),
        heading("Article 10", 3),
        heading("Left empty"),
    )
    assert [(passage.kind, passage.headings, passage.text) for passage in passages] == [
        ("prose", (), "Before any heading."),
        ("prose", ("Chapter I", "Article 1"), "Text of article 1."),
        ("prose", ("Chapter II",), "Text of chapter II."),
        ("prose", ("Chapter II", "Article 9"), "Text of article 9."),
        ("heading", ("Chapter II",), "Article 10"),
        ("heading", (), "Left empty"),
    ]
    assert not is_prose(passages[-1])


def test_a_paragraph_with_the_next_number_is_not_under_the_heading_before() -> None:
    passages = chunked(
        heading("ANNEX I"),
        heading("10.4. Substances", 2),
        heading("10.4.1. Design", 3),
        block("Devices shall be designed well."),
        block("10.4.2. Where devices hold substances, say so."),
        block("10.5. Devices shall be designed for use."),
        block("Of which 10.6 is no part."),
    )
    assert [(passage.headings, passage.text) for passage in passages] == [
        (("ANNEX I", "10.4. Substances", "10.4.1. Design"), "Devices shall be designed well."),
        (("ANNEX I", "10.4. Substances"), "10.4.2. Where devices hold substances, say so."),
        (("ANNEX I",), "10.5. Devices shall be designed for use.\nOf which 10.6 is no part."),
    ]


def test_a_list_keeps_its_introduction_with_its_first_items() -> None:
    items = [block(sentences(20), BlockKind.LIST_ITEM) for _ in range(12)]
    passages = chunked(block(sentences(150)), block("The plan shall contain the following:"), *items)
    with_introduction = next(p for p in passages if "The plan shall contain" in p.text)
    assert with_introduction.text.split("the following:\n")[1]


def test_a_sentence_longer_than_a_passage_is_cut_at_clauses() -> None:
    clauses = [" ".join(WORDS) for _ in range(40)]
    passages = chunked(block("; ".join(clauses) + "."))
    assert all(passage.tokens <= MAX_TOKENS for passage in passages)
    assert all(passage.text.endswith((";", ".")) for passage in passages)


def test_a_word_without_end_is_cut_too() -> None:
    def count_characters(texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]

    passages = chunk("d", [block("x" * 1000)], count_tokens=count_characters)
    assert "".join(passage.text for passage in passages) == "x" * 1000
    assert max(passage.tokens for passage in passages) <= MAX_TOKENS


def test_a_table_repeats_its_header_row_and_stays_apart_from_prose() -> None:
    rows = [f"Row {i} | {' '.join(WORDS)}" for i in range(60)]
    table = block("\n".join(["Number | What it holds", *rows]), BlockKind.TABLE)
    passages = chunked(heading("A"), block("Before."), table, block("After."))
    assert [passage.kind for passage in passages][:1] == ["prose"]
    assert passages[-1].text == "After."
    tables = passages[1:-1]
    assert len(tables) > 1
    assert {passage.kind for passage in tables} == {"table"}
    assert all(passage.text.startswith("Number | What it holds\nRow ") for passage in tables)
    assert [line for p in tables for line in p.text.split("\n")[1:]] == rows
    assert all(passage.tokens <= MAX_TOKENS for passage in tables)


def test_footnotes_and_contents_have_their_own_passages() -> None:
    passages = chunked(
        heading("Contents"),
        block("1 Scope … 3", BlockKind.CONTENTS),
        block("2 Terms … 4", BlockKind.CONTENTS),
        heading("1 Scope"),
        block("The first half"),
        block("1 See Directive 93/42/EEC.", BlockKind.FOOTNOTE),
        block("2 OJ L 169.", BlockKind.FOOTNOTE),
        block("of the text.", page=2),
        block("3 Ibid.", BlockKind.FOOTNOTE, page=2),
    )
    assert [(passage.kind, passage.text) for passage in passages] == [
        ("contents", "1 Scope … 3\n2 Terms … 4"),
        ("prose", "The first half\nof the text."),
        ("footnote", "1 See Directive 93/42/EEC.\n2 OJ L 169."),
        ("footnote", "3 Ibid."),
    ]
    assert passages[2].headings == ("1 Scope",)
    assert (passages[1].page_first, passages[1].page_last) == (1, 2)


def test_regions_are_joined_within_a_column_and_kept_apart_across_columns_and_pages() -> None:
    left, right = (72.0, 100.0, 280.0, 200.0), (310.0, 100.0, 520.0, 200.0)
    passages = chunked(
        Block(BlockKind.PARAGRAPH, "Left.", (Region(1, left),)),
        Block(BlockKind.LIST_ITEM, "Indented.", (Region(1, (90, 210, 280, 230)),)),
        Block(BlockKind.PARAGRAPH, "Right and over.", (Region(1, right), Region(2, left))),
    )
    assert passages[0].regions == (Region(1, (72, 100, 280, 230)), Region(1, right), Region(2, left))


def test_a_part_of_a_block_over_many_pages_names_only_the_pages_it_can_stand_on() -> None:
    regions = tuple(Region(page, (72, 72, 520, 720)) for page in range(1, 11))
    passages = chunked(Block(BlockKind.PARAGRAPH, sentences(4000), regions))
    assert passages[0].page_first == 1
    assert passages[-1].page_last == 10
    assert all((p.page_last or 0) - (p.page_first or 0) <= 2 for p in passages)
    assert {region.page for p in passages for region in p.regions} == set(range(1, 11))


def test_language_is_the_passage_s_own_and_the_document_s_where_unsure() -> None:
    french = "Le fournisseur établit et documente un système de surveillance après commercialisation. " * 4
    passages = chunked(
        heading("A"),
        block(french),
        heading("B"),
        block("OJ L 119, p. 1."),
        heading("C"),
        block("The provider shall establish and document a monitoring system for the whole life of the device."),
        block(french),
    )
    assert document_language([block(french)] * 3 + [block("The provider shall establish a system. " * 3)]) == "fr"
    assert [passage.language for passage in passages][:2] == ["fr", "fr"]


def test_no_blocks_make_no_passages() -> None:
    assert chunked() == []
    assert [passage.text for passage in chunked(heading("Alone"), block("  \n "))] == ["Alone"]
    assert document_language([], default="fr") == "fr"


word = st.text("abcdefghijklmnoé-", min_size=1, max_size=14)
mark = st.sampled_from(["", "", "", ".", ",", ";", ":", " art.", "\n", "  "])
words = st.lists(st.builds(str.__add__, word, mark), min_size=1, max_size=30)
prose = st.builds(lambda words, times: " ".join(words * times), words, st.integers(1, 60))
kinds = st.sampled_from([BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.CAPTION, BlockKind.FOOTNOTE])
pages = st.integers(1, 3)
text_blocks = st.builds(lambda text, kind, page: block(text, kind, page=page), prose, kinds, pages)
heading_blocks = st.builds(heading, st.sampled_from(["A", "B", "C"]), st.integers(1, 3))
documents = st.lists(st.one_of(text_blocks, text_blocks, heading_blocks), max_size=12)


@settings(max_examples=50, deadline=None)
@given(documents)
def test_no_text_is_lost_or_invented_and_sizes_hold(blocks: list[Block]) -> None:
    passages = chunked(*blocks)
    notes = [b.text for b in blocks if b.kind is BlockKind.FOOTNOTE]
    body = [b.text for b in blocks if b.kind not in (BlockKind.FOOTNOTE, BlockKind.HEADING)]
    assert squeezed([p.text for p in passages if p.kind == "prose"]) == squeezed(body)
    # The notes of a page stand together, so only made-up page orders shuffle them.
    assert sorted(squeezed([p.text for p in passages if p.kind == "footnote"])) == sorted(squeezed(notes))
    shown = {word for p in passages for text in (p.text, *p.headings) for word in text.split()}
    assert shown >= {word for b in blocks for word in b.text.split()}
    assert all(0 < passage.tokens <= MAX_TOKENS for passage in passages)
    assert [passage.tokens for passage in passages] == count_words([passage.text for passage in passages])
    assert [passage.ordinal for passage in passages] == list(range(len(passages)))
    assert all(passage.text == passage.text.strip() for passage in passages)


@settings(max_examples=40, deadline=None)
@given(documents)
def test_ids_are_stable_and_unique_and_no_passage_is_shared_by_two_headings(blocks: list[Block]) -> None:
    numbered = [heading(f"{i} {b.text}", b.level) if b.kind is BlockKind.HEADING else b for i, b in enumerate(blocks)]
    passages = chunked(*numbered)
    assert [p.id for p in passages] == [p.id for p in chunked(*numbered)]
    assert len({p.id for p in passages}) == len(passages)
    by_section: dict[str, list[str]] = {}
    section = ""
    for b in numbered:
        section = b.text if b.kind is BlockKind.HEADING else section
        by_section.setdefault(section, []).extend([b.text] if b.kind is not BlockKind.HEADING else [])
    for section, texts in by_section.items():
        own = [p.text for p in passages if p.kind != "heading" and (p.headings[-1] if p.headings else "") == section]
        assert sorted(squeezed(own)) == sorted(squeezed(texts))


@settings(max_examples=40, deadline=None)
@given(documents)
def test_regions_stay_on_the_pages_of_the_blocks(blocks: list[Block]) -> None:
    known = {b.page_first for b in blocks}
    for passage in chunked(*blocks):
        assert passage.regions
        assert {region.page for region in passage.regions} <= known
        assert all(one != other for one, other in pairwise(passage.regions))
