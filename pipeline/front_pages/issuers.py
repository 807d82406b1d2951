"""Who issues regulatory documents, by the names they print on covers, and whose law that is."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Issuer:
    """One issuer under the name we store, its jurisdiction, and the names it is recognised by.

    ``marks`` are wordings that only its documents carry, wherever they stand in a line.
    """

    name: str
    jurisdiction: str
    names: tuple[str, ...]
    marks: tuple[str, ...] = ()


PARLIAMENT_AND_COUNCIL = "European Parliament and Council"
COUNCIL = "Council of the European Union"
COMMISSION = "European Commission"
FRANCE = "République française"

# The more telling name comes first: a cover that names an agency also names its ministry.
ISSUERS = (
    Issuer("European Medicines Agency", "EU", ("European Medicines Agency", "EMA")),
    Issuer("European Data Protection Board", "EU", ("European Data Protection Board", "EDPB")),
    Issuer("European Data Protection Supervisor", "EU", ("European Data Protection Supervisor", "EDPS")),
    Issuer("European Banking Authority", "EU", ("European Banking Authority", "EBA")),
    Issuer("European Securities and Markets Authority", "EU", ("European Securities and Markets Authority",)),
    Issuer("European Central Bank", "EU", ("European Central Bank", "Banque centrale européenne")),
    Issuer("European Union Agency for Cybersecurity", "EU", ("ENISA", "European Union Agency for Cybersecurity")),
    Issuer("European Court of Auditors", "EU", ("European Court of Auditors", "Cour des comptes européenne")),
    Issuer("Medical Device Coordination Group", "EU", ("MDCG", "Medical Device Coordination Group")),
    Issuer(
        "Expert Panel on effective ways of investing in Health",
        "EU",
        ("Expert Panel on effective ways of investing in Health", "EXPH"),
    ),
    Issuer(COMMISSION, "EU", ("European Commission", "Commission européenne", "Europäische Kommission")),
    Issuer(COUNCIL, "EU", ("Council of the European Union", "Conseil de l'Union européenne")),
    Issuer("European Parliament", "EU", ("European Parliament", "Parlement européen")),
    Issuer(
        "FDA",
        "US",
        (
            "Food and Drug Administration",
            "U.S. Food and Drug Administration",
            "US Food and Drug Administration",
            "US FDA",
            "U.S. Department of Health and Human Services Food and Drug Administration",
            "Guidance for Industry and Food and Drug Administration Staff",
            "FDA",
            "CDRH",
        ),
    ),
    Issuer(
        "NIST",
        "US",
        ("NIST", "National Institute of Standards and Technology", "NIST Trustworthy and Responsible AI"),
    ),
    Issuer("OMB", "US", ("Office of Management and Budget", "OMB")),
    Issuer("FTC", "US", ("Federal Trade Commission",)),
    Issuer("SEC", "US", ("Securities and Exchange Commission", "U.S. Securities and Exchange Commission")),
    Issuer("CMS", "US", ("Centers for Medicare & Medicaid Services",)),
    Issuer("GAO", "US", ("United States Government Accountability Office",)),
    Issuer("HHS", "US", ("U.S. Department of Health and Human Services",)),
    Issuer("The White House", "US", ("The White House",)),
    Issuer("US Congress", "US", ("Congress of the United States",)),
    Issuer("MHRA", "UK", ("MHRA", "Medicines and Healthcare products Regulatory Agency")),
    Issuer("ICO", "UK", ("Information Commissioner's Office",)),
    Issuer("NHS England", "UK", ("NHS England",)),
    Issuer("FCA", "UK", ("Financial Conduct Authority",)),
    Issuer(
        "UK Government",
        "UK",
        (
            "UK Government",
            "HM Government",
            "His Majesty's Government",
            "Her Majesty's Government",
            "Government Digital Service",
        ),
        ("Crown copyright", "Presented to Parliament by the Secretary of State", "by Command of His Majesty"),
    ),
    Issuer("CNIL", "FR", ("CNIL", "Commission nationale de l'informatique et des libertés")),
    Issuer("Haute Autorité de santé", "FR", ("Haute Autorité de santé",)),
    Issuer("ANSM", "FR", ("Agence nationale de sécurité du médicament",)),
    Issuer("ANSSI", "FR", ("Agence nationale de la sécurité des systèmes d'information",)),
    Issuer("Autorité des marchés financiers", "FR", ("Autorité des marchés financiers",)),
    Issuer("Assemblée nationale", "FR", ("Assemblée nationale",)),
    Issuer(FRANCE, "FR", (FRANCE, "Journal officiel de la République française")),
    Issuer("Health Canada", "CA", ("Health Canada", "Santé Canada")),
    Issuer("OECD", "INT", ("OECD", "OCDE", "Organisation for Economic Co-operation and Development")),
    Issuer("WHO", "INT", ("World Health Organization", "Organisation mondiale de la santé")),
    Issuer("IMDRF", "INT", ("International Medical Device Regulators Forum",)),
)

_SHORT = 8


def issuer_named(text: str) -> Issuer | None:
    """The issuer whose name ``text`` begins with; a short name ("FDA") must be all of it, in capitals.

    In longer names case, accents, spaces and punctuation do not count, nor do the letters I and l,
    which scanned covers confuse.
    """
    folded = _folded(text)
    for issuer in ISSUERS:
        for name in issuer.names:
            if text.strip() == name or (len(name) >= _SHORT and folded.startswith(_folded(name))):
                return issuer
    return None


def issuer_marked(text: str) -> Issuer | None:
    """The issuer one of whose marks stands in ``text``."""
    folded = _folded(text)
    return next((issuer for issuer in ISSUERS if any(_folded(mark) in folded for mark in issuer.marks)), None)


@lru_cache(maxsize=512)
def _folded(text: str) -> str:
    letters = filter(str.isalpha, unicodedata.normalize("NFKD", text.lower()))
    return "".join(letters).replace("l", "i")
