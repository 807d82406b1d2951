"""The titles of legal acts: of the European Union in its larger languages, of France in French."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.front_pages.dates import find_dates
from pipeline.front_pages.issuers import COMMISSION, COUNCIL, FRANCE, PARLIAMENT_AND_COUNCIL

_EU_KINDS = {
    "regulation": "regulation|règlement|verordnung|reglamento|regolamento",
    "directive": "directive|richtlinie|directiva|direttiva",
    "decision": "decision|décision|beschluss|decisión|decisione",
    "recommendation": "recommendation|recommandation|empfehlung|recomendación|raccomandazione",
}
_FR_KINDS = {"law": "loi", "decree": "décret", "ordinance": "ordonnance", "order": "arrêté"}


def _kinds(words: dict[str, str]) -> str:
    return "|".join(f"(?P<{kind}>{names})" for kind, names in words.items())


_EU_ACT = re.compile(
    rf"(?:►\w+\s+)?(?:(?:council|commission)\s+)?(?:delegated\s+|implementing\s+|delegierte\s+)?(?:durchführungs)?"
    rf"(?:{_kinds(_EU_KINDS)})\b(?:\s+déléguée?|\s+d[’']exécution)?\s+"
    r"(?:\((?:EU|EC|EEC|UE|CE|CEE|EG|EWG)[^)]{0,12}\)\s+)?(?:(?:no|n[°º]|nr\.?)\s*)?\d{1,4}/\d{1,4}(?:/[A-Z]{2,4})?\b",
    re.IGNORECASE,
)
_FR_ACT = re.compile(
    rf"(?:{_kinds(_FR_KINDS)})\b(?:\s+organique)?\s+(?:n\s?[o°º]\s*\d[\d-]+\s+)?du\s+\d", re.IGNORECASE
)
# What follows the title of an act, and never a mention of it: a remark in brackets, the Journal, the
# enacting institution, the preamble, a register number.
_END = re.compile(
    r"\s*(?:\((?:text with|texte présentant|text von|texto pertinente|testo rilevante|(?:oj|jo|do|gu|abl\.?) [lc] )"
    r"|\btext with eea|\btexte présentant de l|\bhaving regard to|(?<=\s)vu (?:le|la|l[’'])|\bnor\s?:"
    r"|\bthe (?:european parliament and the|council of the|commission of the|european commission,)"
    r"|\ble (?:parlement européen et le|conseil de l|président de la république|premier ministre)"
    r"|\bla commission européenne,|\bl[’']assemblée nationale et|\bdas europäische parlament und"
    r"|\bel parlamento europeo y|\bil parlamento europeo e)",
    re.IGNORECASE,
)
_AMENDMENTS = re.compile(
    r",?\s+(?:(?:and|et|und|y|e)\s+)?(?:amending|repealing|modifiant|abrogeant|zur änderung|"
    r"por el que se (?:modifi|derog)\w+|che (?:modific|abrog)\w+)\b",
    re.IGNORECASE,
)
_SHORT_NAME = re.compile(r"\(([^()]{6,80})\)\s*$")
_INSTITUTIONS = tuple(
    (name, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for name, words in (
        (
            PARLIAMENT_AND_COUNCIL,
            "european parliament|parlement européen|europäischen parlaments|parlamento europeo",
        ),
        (COMMISSION, "commission|kommission|comisión|commissione"),
        (COUNCIL, "council|conseil|rates|consejo|consiglio"),
    )
)
_SMALL_WORDS = re.compile(
    r"an?|and|as|at|by|for|from|in|of|on|or|the|to|with|aux?|du|en|et|les?|la|par|pour|sur|une?|d[eiu]?|des|del|della"
    r"|l|der|die|das|und|zu[rm]|vo[mn]|für|über|y|el|l[ao]s|por|e|il|che",
    re.IGNORECASE,
)
_ACRONYMS = re.compile(
    r"AI|IA|EU|UE|EC|CE|EEC|CEE|EEA|EEE|US|USA|UK|UN|ONU|FDA|EMA|IT|ICT|TIC|RGPD|OECD|OCDE|WHO|OMS|ISO|IEC"
)
_ELISION = re.compile(r"(?:[CDJLMNST]|QU)[’']")
_VOWEL = re.compile(r"[AEIOUYÀ-Ý]")
_BINDS = re.compile(
    r"(?:this regulation shall be binding in its entirety|le présent règlement est obligatoire dans tous ses éléments"
    r"|diese verordnung ist in allen ihren teilen verbindlich|el presente reglamento será obligatorio en todos sus"
    r"|il presente regolamento è obbligatorio in tutti i suoi elementi)\b",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"(?:done at|fait à|geschehen zu|hecho en|fatto a)\b", re.IGNORECASE)
_LONGEST_TITLE = 1200
_SHORTEST_SUBJECT = 10
_NOTE_MARK = re.compile(r"\s*\(\d{1,2}\)\s*$")


@dataclass(frozen=True, slots=True)
class Act:
    """A legal act as its title names it; ``kind`` is ``regulation``, ``directive``, ``law`` …"""

    title: str
    kind: str
    jurisdiction: str
    issuer: str | None
    date: str


def act_titled(text: str) -> Act | None:
    """The act whose full title ``text`` begins with: kind, number and date, then its subject.

    The title is kept up to what it amends or repeals; a short name in brackets at its end stays. A
    mention of an act is none: it lacks the date, or what follows a title.
    """
    match = _EU_ACT.match(text) or _FR_ACT.match(text)
    if match is None:
        return None
    title = " ".join(text[:_LONGEST_TITLE].split()).removeprefix("►B ")
    dated = next(find_dates(title), None)
    if dated is None or len(dated.iso) < len("2024-06-13") or dated.span[0] > match.end() + 120:
        return None
    end = _END.search(title, dated.span[1])
    if end is None:
        return None
    head, subject = title[: dated.span[1]], _NOTE_MARK.sub("", title[dated.span[1] : end.start()]).strip(" ,;")
    kind = next(name for name, word in match.groupdict().items() if word)
    shown = f"{in_title_case(head)} {_shortened(subject)}".rstrip()
    if kind in _FR_KINDS:
        return Act(shown, kind, "FR", FRANCE, dated.iso)
    issuer = next((name for name, pattern in _INSTITUTIONS if pattern.search(head)), None)
    return Act(shown, kind, "EU", issuer, dated.iso)


def binds_as_regulation(text: str) -> bool:
    """Whether ``text`` begins with the sentence that ends every regulation of the European Union."""
    return _BINDS.match(" ".join(text.split())) is not None


def signing_date(text: str) -> str | None:
    """The date of "Done at Brussels, 13 June 2024."; ``None`` where ``text`` is no such line."""
    dated = next(find_dates(text), None) if _SIGNED.match(text) else None
    return dated.iso if dated else None


def in_title_case(text: str) -> str:
    """``text`` with words in capitals written as in a title; numbers and known acronyms stay."""
    words = [_word_in_title_case(word) for word in text.split()]
    shown = " ".join(words).replace("Parlement Européen", "Parlement européen").replace("’Exécution", "’exécution")
    return shown[:1].upper() + shown[1:]


def _word_in_title_case(word: str) -> str:
    letters = word.strip("(),.:;’'–-")
    if not letters.isupper() or not re.fullmatch(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*", letters):
        return word
    if _SMALL_WORDS.fullmatch(letters):
        return word.lower()
    if elision := _ELISION.match(letters):
        return word.replace(letters, elision[0].lower() + letters[elision.end() :].capitalize())
    acronym = _ACRONYMS.fullmatch(letters) or not _VOWEL.search(letters) or len(letters) == 1
    return word if acronym else word.replace(letters, letters.capitalize())


def _shortened(subject: str) -> str:
    tail = _AMENDMENTS.search(subject, _SHORTEST_SUBJECT)
    name = _SHORT_NAME.search(subject)
    if tail is None:
        return subject
    return subject[: tail.start()] + (f" ({name[1]})" if name else "")
