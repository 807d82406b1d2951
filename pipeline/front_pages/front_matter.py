"""What a document says about itself on its first pages: title, issuer, date, jurisdiction, type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from corpora.documents import Block, BlockKind, ExtractedDocument, Metadata
from pipeline.front_pages.dates import MONTH, find_dates
from pipeline.front_pages.issuers import Issuer, issuer_marked, issuer_named
from pipeline.front_pages.legal_acts import Act, act_titled, binds_as_regulation, in_title_case, signing_date

_OPENING_PAGES = 3
_OPENING_BLOCKS = 80
_NAME_WORDS = 25
_LABEL_WORDS = 14
_CREDIT_WORDS = 10
_LONGEST_TITLE = 300
_FEWEST_TITLE_WORDS = 2
_SAME_HEIGHT = 3.0

_JUNK_TITLE = re.compile(
    r"^microsoft (?:word|powerpoint|excel)\b|^(?:untitled|sans titre|document\d*|presentation\d*)\b|^title$|^titre$"
    r"|\.(?:docx?|pdf|indd|qxd|tex|rtf|odt|pptx?|xlsx?|dvi|html?)\b|^(?:copy of|copie de)\b|^(?:slide|page) \d"
    r"|^(?:official journal|journal officiel|amtsblatt|diario oficial|gazzetta ufficiale)\b"
    r"|^(?:celex|oj|st|com|swd)[\s_:]?\d|^[^\s]*$|^[\W\d_]*$|^\S*\d\S*[._]\S* \S+$",
    re.IGNORECASE,
)
# What clings to a title: "CP 12 – Title – January 2025", "P9_TA(2024)0138 Title", "Title Report of the".
_TITLE_EDGES = re.compile(
    r"^[A-Z]{1,5}[ -]?\d+\s+[–—-]\s+|^\S*\d_\S*\s+|\s+(?:report|opinion|rapport|avis) (?:of|by|du|de la)(?: the)?$"
    rf"|\s+[–—-]\s+(?:(?:\d{{1,2}} )?{MONTH} )?\d{{4}}$",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"(?:^|\s)(?:subject|objet)\s*:\s*(\S.*)", re.IGNORECASE)
_SUBJECT_LABEL = re.compile(r"(?:subject|objet)\s*:", re.IGNORECASE)
_COVERING_NOTE = re.compile(r"\s+(?:delegations will find|les délégations trouveront)\b.*", re.IGNORECASE)
_NOT_A_TITLE = re.compile(
    r"(?:table of )?contents|sommaire|table des matières|foreword|preface|avant-propos|abstract|"
    r"(?:executive )?summary|introduction|cover note|annex(?:es)?(?: to the)?|(?:[A-Z]{2} ?)+|"
    r"texts adopted|overview|disclaimer|acts whose .*|"
    r"contains nonbinding recommendations|lois|décrets|i+|\D{0,4}\d[\w ./-]*",
    re.IGNORECASE,
)
_DATE_LEAD = re.compile(
    r"\b(?:(?:document )?issued on|published(?: on)?|publié le|adopted on|brussels,|bruxelles,|strasbourg,|luxembourg,)"
    r"(?:\s+(?:le|the))?\s*$|^.{0,40}\bresolution of\s*$|^.{0,40}\brésolution (?:législative )?du\s*$",
    re.IGNORECASE,
)
_DATE_ALONE = re.compile(r"(?:(?:date|published|publication|version|updated)\s*:?)?\W*", re.IGNORECASE)
_CREDIT = re.compile(
    r"^(?:(?:created|issued|prepared|published|produced|written) by|©|\(c\)|copyright)(?: the| la| le)?\s+",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:the|la|le)\s+", re.IGNORECASE)
_TYPES = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("proposal", r"^(?:amended )?proposal for an?\b|^proposition (?:modifiée )?de (?:règlement|directive|loi)\b"),
        ("resolution", r"\blegislative resolution\b|^résolution législative\b"),
        ("guidance", r"\bguidance (?:for|on)\b|\bguidance$|^guidelines?\b|\bguidelines$|^lignes directrices\b"),
        ("discussion paper", r"\bdiscussion paper\b|^document de réflexion\b"),
        ("memorandum", r"^memorandum\b"),
        ("action plan", r"\baction plan\b|\bplan d[’']action\b|\bcoordinated plan\b"),
        ("communication", r"^communication (?:from|de)\b"),
        ("opinion", r"^opinion (?:of|on)\b|^avis (?:du|de la|n)\b"),
        ("report", r"^(?:final |annual |interim )?report\b|\breport$|^rapport\b"),
        ("guidance", r"\b(?:playbook|handbook|code of practice)\b|^guide\b"),
    )
)


def read_front_matter(document: ExtractedDocument) -> Metadata:
    """Metadata from the first three pages that hold text and the PDF's Title and Author."""
    blocks = _opening(document.blocks)
    act = _act(blocks)
    if act:
        return Metadata(act.title, act.issuer, act.date, act.jurisdiction, act.kind)
    lines = [line for block in blocks for line in _lines(block)]
    given = document.properties.get("Title", "")
    title = _title_property(given, lines) or _subject(lines) or _subject_beside(blocks) or _heading_title(blocks)
    named = " ".join(given.split()[:2]) if title else ""
    issuer = _issuer([*lines, document.properties.get("Author", ""), named])
    found = Metadata(
        title=title,
        issuer=issuer.name if issuer else None,
        date=_own_date(lines),
        jurisdiction=issuer.jurisdiction if issuer else None,
        type=_type(title or "", lines),
    )
    return found if issuer else _closing(document.blocks).corrected(found)


def _closing(blocks: Sequence[Block]) -> Metadata:
    """What the last words of a regulation say, where a publisher's cover stands before it."""
    for block, signed in pairwise(blocks):
        if binds_as_regulation(block.text):
            return Metadata(date=signing_date(signed.text), jurisdiction="EU", type="regulation")
    return Metadata()


def _opening(blocks: Sequence[Block]) -> list[Block]:
    """The blocks of the first pages that hold text, without contents and footnotes."""
    pages = sorted({block.page_first for block in blocks[: 4 * _OPENING_BLOCKS]})[:_OPENING_PAGES]
    apart = (BlockKind.CONTENTS, BlockKind.FOOTNOTE)
    return [b for b in blocks if b.page_first in pages and b.kind not in apart][:_OPENING_BLOCKS]


def _lines(block: Block) -> list[str]:
    return [" ".join(line.split()) for line in block.text.split("\n") if line.strip()]


def _act(blocks: Sequence[Block]) -> Act | None:
    """The first act whose title begins with a block; titles run over several blocks."""
    for number in range(len(blocks)):
        act = act_titled(" ".join(block.text for block in blocks[number : number + 8]))
        if act:
            return act
    return None


def _title_property(given: str, lines: Iterable[str]) -> str | None:
    """The PDF's Title, unless it is junk or names something that the first pages do not."""
    title = _TITLE_EDGES.sub("", _TITLE_EDGES.sub("", " ".join(given.split())))
    if len(title) > _LONGEST_TITLE or _JUNK_TITLE.search(title):
        return None
    opening = " ".join(lines).lower()
    words = _telling_words(title)
    found = sum(word in opening for word in words)
    return title if found >= max(_FEWEST_TITLE_WORDS, 0.6 * len(words)) else None


def _telling_words(text: str) -> list[str]:
    return [word for word in re.findall(r"\w{4,}", text.lower()) if word.isalpha()]


def _subject(lines: Iterable[str]) -> str | None:
    """What a letter or memorandum says after "Subject:"."""
    matches = (_SUBJECT.search(line) for line in lines)
    return _as_subject(next((match[1] for match in matches if match), ""))


def _subject_beside(blocks: Sequence[Block]) -> str | None:
    """What stands to the right of "Subject:" on a cover that has its labels in a column of their own."""
    for label in blocks:
        if not _SUBJECT_LABEL.fullmatch(label.text.strip()):
            continue
        place = label.regions[0]
        for block in blocks:
            beside = block.regions[0].page == place.page and block.regions[0].box[0] >= place.box[2]
            if beside and abs(block.regions[0].box[1] - place.box[1]) < _SAME_HEIGHT:
                return _as_subject(" ".join(block.text.split()))
    return None


def _as_subject(text: str) -> str | None:
    text = _COVERING_NOTE.sub("", text)
    return in_title_case(text) if len(text.split()) > 1 and len(text) <= _LONGEST_TITLE else None


def _heading_title(blocks: Sequence[Block]) -> str | None:
    """The highest headings of the first page that has one fit to be a title, joined where they adjoin."""
    for page in sorted({block.page_first for block in blocks}):
        headings = [(i, b) for i, b in enumerate(blocks) if b.page_first == page and _may_be_title(b)]
        top = min((block.level for _, block in headings), default=0)
        own = [(i, block) for i, block in headings if block.level == top]
        joined = [block for n, (i, block) in enumerate(own) if i == own[0][0] + n]
        title = _TITLE_EDGES.sub("", " ".join(" ".join(block.text.split()) for block in joined))
        if len(title.split()) > 1 and len(title) <= _LONGEST_TITLE:
            return in_title_case(title) if title.isupper() else title
    return None


def _may_be_title(block: Block) -> bool:
    text = " ".join(block.text.split())
    if block.kind is not BlockKind.HEADING or len(_telling_words(text)) < _FEWEST_TITLE_WORDS:
        return False
    return not _NOT_A_TITLE.fullmatch(text) and issuer_named(text) is None


def _issuer(lines: Sequence[str]) -> Issuer | None:
    """The first issuer that a line of its own names or marks; a sentence that speaks of one does not count."""
    labels = [line for line in lines if len(line.split()) <= _NAME_WORDS and not line.endswith((".", ";"))]
    bare = [_ARTICLE.sub("", _CREDIT.sub("", label)) for label in labels]
    named = (issuer_named(text) for pair in zip(labels, bare, strict=True) for text in pair)
    return next(filter(None, [*named, *map(issuer_marked, labels)]), None)


def _own_date(lines: Sequence[str]) -> str | None:
    """The date behind "issued on", "Brussels," and the like, else the only one with a line to itself."""
    alone = []
    for line in lines:
        for found in find_dates(line):
            before, after = line[: found.span[0]], line[found.span[1] :]
            if _DATE_LEAD.search(before):
                return found.iso
            if (_DATE_ALONE.fullmatch(before) or _is_credit(before)) and not after.strip(" ."):
                alone.append(found.iso)
    return alone[0] if len(set(alone)) == 1 else None


def _is_credit(text: str) -> bool:
    """Whether ``text`` is "Created by the …", as covers have it before a date."""
    return _CREDIT.match(text) is not None and len(text.split()) <= _CREDIT_WORDS


def _type(title: str, lines: Iterable[str]) -> str | None:
    """The kind of document that the title or, failing that, a line of the opening begins with or names."""
    labels = (" ".join(line.split()[:_LABEL_WORDS]) for line in lines if not line.endswith("."))
    for label in (title, *labels):
        for kind, pattern in _TYPES:
            if pattern.search(label):
                return kind
    return None
