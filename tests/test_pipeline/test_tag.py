"""Tags carry their score and the words that earned them; what is not prose gets none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corpora.encoders import Encoder
from corpora.passages import Passage, Tag
from corpora.taxonomy_files import load_taxonomy
from pipeline.embed import load_encoder
from pipeline.linguistics import sentence_spans
from pipeline.phrases import PhraseMatcher
from pipeline.prose import is_prose
from pipeline.tag import THRESHOLD, Tagger

ENGLISH = (
    "Health inequalities between rural and urban areas keep growing. Patients in remote regions have no equitable "
    "access to care, and unequal access to healthcare for people on low incomes makes outcomes worse."
)
FRENCH = (
    "Les inégalités d'accès aux soins entre villes et zones rurales se creusent. Les déserts médicaux privent les "
    "populations précaires d’un accès équitable aux soins, et ces inégalités de santé pèsent sur les résultats."
)
NEUTRAL = (
    "This Regulation shall enter into force on the twentieth day following that of its publication in the Official "
    "Journal. It shall be binding in its entirety and directly applicable in all Member States."
)

PLAIN = [
    (
        "en",
        "Hospitals cannot afford the new AI tools, and their use is not reimbursed.",
        "challenge.organisational-business",
    ),
    (
        "en",
        "Hospitals lack funding and staff have had no training, so AI remains at the pilot stage.",
        "challenge.organisational-business",
    ),
    (
        "en",
        "Many patients do not trust an algorithm and are afraid that AI will decide for their doctor.",
        "challenge.social-cultural",
    ),
    (
        "en",
        "Radiologists fear that AI will take their jobs and some refuse to use it at all.",
        "challenge.social-cultural",
    ),
    (
        "en",
        "Developers do not know which rules apply, and nobody is sure who is liable when the software errs.",
        "challenge.legal-regulatory",
    ),
    (
        "en",
        "Certification takes more than a year and small firms struggle to comply with both laws.",
        "challenge.legal-regulatory",
    ),
    (
        "en",
        "The hospital's systems do not talk to each other and the data are of poor quality.",
        "challenge.technology",
    ),
    (
        "en",
        "The model performs worse for women, who are under-represented in the data, and it cannot be explained.",
        "challenge.technology",
    ),
    (
        "en",
        "Nurses spend hours on paperwork and doctors type the same data twice instead of seeing patients.",
        "need.administrative-burden",
    ),
    (
        "en",
        "The population is getting older and hospitals do not have enough nurses to meet the demand for care.",
        "need.growing-demand",
    ),
    ("en", "Patients wait for months for a scan and many are diagnosed too late.", "need.diagnosis-treatment-delays"),
    (
        "en",
        "People who live far from a hospital go without care, and poorer areas have the worst health outcomes.",
        "need.access-disparities",
    ),
    (
        "en",
        "The chatbot invented references and gave answers that were plausible but false.",
        "challenge.generative-ai",
    ),
    (
        "en",
        "General-purpose AI models may cause harm that is difficult to foresee when malicious actors misuse them.",
        "challenge.generative-ai",
    ),
    (
        "en",
        "The hospital trains its nurses and doctors in AI and has appointed a clinical champion on each ward.",
        "accelerator.organisational-business",
    ),
    (
        "en",
        "Patients and nurses were involved in the design of the tool, which helped to gain the trust of the public.",
        "accelerator.social-cultural",
    ),
    (
        "en",
        "The agency helps small manufacturers comply and offers them early dialogue with the regulator in a sandbox.",
        "accelerator.legal-regulatory",
    ),
    (
        "en",
        "The ministry publishes a list of certified AI tools so that hospitals can choose and compare AI products.",
        "action.catalogue",
    ),
    ("en", "The government will invest 50 million euro to fund the purchase of AI by hospitals.", "action.funding"),
    (
        "en",
        "Each hospital tests the software on its own patients and checks its performance every month after deployment.",
        "action.local-testing-monitoring",
    ),
    (
        "fr",
        "Les hôpitaux manquent de financement pour les outils d'IA et le remboursement n'est pas prévu "
        "par l'assurance maladie.",
        "challenge.organisational-business",
    ),
    (
        "fr",
        "Les établissements peinent à recruter des ingénieurs et leurs équipes ne sont pas formées à l'IA.",
        "challenge.organisational-business",
    ),
    (
        "fr",
        "Les compétences font défaut et l'acte réalisé avec l'algorithme n'est pas remboursé.",
        "challenge.organisational-business",
    ),
    (
        "fr",
        "Beaucoup de patients n'ont pas confiance dans l'IA et se méfient d'une décision prise par une machine.",
        "challenge.social-cultural",
    ),
    (
        "fr",
        "Les radiologues craignent d'être remplacés et certains soignants refusent d'utiliser l'outil.",
        "challenge.social-cultural",
    ),
    (
        "fr",
        "Les fabricants ne savent pas quelles règles appliquer et la responsabilité du médecin reste floue.",
        "challenge.legal-regulatory",
    ),
    (
        "fr",
        "Le marquage CE est long et coûteux, et l'empilement des textes décourage les jeunes entreprises.",
        "challenge.legal-regulatory",
    ),
    (
        "fr",
        "Les logiciels ne communiquent pas entre eux et les données sont de mauvaise qualité.",
        "challenge.technology",
    ),
    (
        "fr",
        "L'algorithme fonctionne moins bien chez les femmes et il est difficile d'expliquer ses résultats.",
        "challenge.technology",
    ),
    (
        "fr",
        "Les médecins passent des heures à remplir des formulaires, du temps perdu en tâches administratives.",
        "need.administrative-burden",
    ),
    (
        "fr",
        "La population vieillit et les hôpitaux manquent d'infirmières pour répondre à la demande de soins.",
        "need.growing-demand",
    ),
    (
        "fr",
        "Les patients attendent des mois un rendez-vous chez le spécialiste et sont diagnostiqués trop tard.",
        "need.diagnosis-treatment-delays",
    ),
    (
        "fr",
        "Les habitants des campagnes peinent à trouver un médecin et renoncent à se soigner.",
        "need.access-disparities",
    ),
    (
        "fr",
        "Les données de santé dorment dans les hôpitaux et restent peu exploitées par la recherche.",
        "need.health-data-exploitation",
    ),
    (
        "fr",
        "L'agent conversationnel invente des références et donne des réponses plausibles mais fausses.",
        "challenge.generative-ai",
    ),
    (
        "fr",
        "L'hôpital forme ses soignants à l'IA et a nommé un référent dans chaque service.",
        "accelerator.organisational-business",
    ),
    (
        "fr",
        "Les patients ont participé à la conception de l'outil, ce qui a permis de gagner la confiance du public.",
        "accelerator.social-cultural",
    ),
    (
        "fr",
        "L'agence recense les outils d'IA et publie un catalogue qui aide les hôpitaux à choisir une solution.",
        "action.catalogue",
    ),
    (
        "fr",
        "Le gouvernement débloque 50 millions d'euros et finance le déploiement de l'IA dans les établissements.",
        "action.funding",
    ),
    (
        "fr",
        "Chaque établissement teste le logiciel sur ses propres patients et vérifie régulièrement ses performances.",
        "action.local-testing-monitoring",
    ),
]
NOTHING = [
    ("en", "The provider of a general-purpose AI model shall draw up the technical documentation of the model."),
    ("en", "General-purpose AI model means an AI model that displays significant generality."),
    ("en", "Providers of general-purpose AI models shall put in place a policy to comply with Union law on copyright."),
    ("en", "The Commission shall be assisted by a committee within the meaning of Regulation (EU) No 182/2011."),
    ("en", "The manufacturer shall keep the certificate for ten years after the last device was sold."),
    ("en", "The annual meeting will be held in Lisbon and lunch will be served to all participants."),
    ("en", "The building was painted last summer and the car park has been closed since the spring."),
    ("en", "Member States shall lay down the rules on penalties and notify them by 2 August 2025."),
    ("en", "The orchestra struggled to sell tickets, and the conductor was not trusted by the players."),
    ("en", "In Article 3, the word 'week' is replaced by the word 'month' and point (c) is deleted."),
    ("fr", "Le fournisseur d'un modèle d'IA à usage général élabore la documentation technique du modèle."),
    ("fr", "On entend par modèle d'IA à usage général un modèle d'IA qui présente une généralité significative."),
    ("fr", "Le fournisseur d'un modèle d'IA à usage général désigne un mandataire établi dans l'Union."),
    ("fr", "La Commission est assistée par un comité au sens du règlement (UE) nº 182/2011."),
    ("fr", "Le fabricant conserve le certificat pendant dix ans après la vente du dernier exemplaire."),
    ("fr", "La réunion annuelle aura lieu à Lisbonne et un repas sera servi à tous les participants."),
    ("fr", "Le bâtiment a été repeint l'été dernier et le parc de stationnement est fermé depuis le printemps."),
    ("fr", "Les États membres déterminent le régime des sanctions et le notifient au plus tard le 2 août 2025."),
    ("fr", "Le club de football manque de joueurs et peine à trouver un entraîneur pour la saison."),
    ("fr", "À l'article 3, le mot « semaine » est remplacé par le mot « mois » et le point c) est supprimé."),
]


def passage(text: str, language: str = "en", kind: str = "prose") -> Passage:
    return Passage("p", "d", 0, text, language=language, kind=kind)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder(for_queries=True)


@pytest.fixture(scope="module")
def tagger(encoder: Encoder) -> Tagger:
    return Tagger(load_taxonomy(), encoder)


def tags(tagger: Tagger, encoder: Encoder, *passages: Passage) -> list[tuple[Tag, ...]]:
    return tagger.tag(passages, encoder.encode_passages([p.text_in_context for p in passages]))


def test_both_languages_are_tagged_with_evidence(tagger: Tagger, encoder: Encoder) -> None:
    passages = passage(ENGLISH), passage(FRENCH, "fr"), passage(NEUTRAL)
    found = tags(tagger, encoder, *passages)
    assert [own[0].concept if own else None for own in found] == ["need.access-disparities"] * 2 + [None]
    assert "Health inequalities" in found[0][0].evidence(ENGLISH)
    assert "inégalités d'accès aux soins" in found[1][0].evidence(FRENCH)
    for one, own in zip(passages, found, strict=True):
        for tag in own:
            assert THRESHOLD <= tag.score <= 1
            assert tag.spans
            assert all(0 <= start < end <= len(one.text) for start, end in tag.spans)
    assert tags(tagger, encoder, *passages) == found


@pytest.mark.parametrize(("language", "text", "concept"), PLAIN)
def test_plain_wordings_are_tagged(tagger: Tagger, encoder: Encoder, language: str, text: str, concept: str) -> None:
    (found,) = tags(tagger, encoder, passage(text, language))
    assert concept in [tag.concept for tag in found]


@pytest.mark.parametrize(("language", "text"), NOTHING)
def test_bare_rules_and_other_subjects_get_no_tag(tagger: Tagger, encoder: Encoder, language: str, text: str) -> None:
    assert tags(tagger, encoder, passage(text, language)) == [()]


def test_one_word_in_passing_is_not_enough(tagger: Tagger, encoder: Encoder) -> None:
    (found,) = tags(tagger, encoder, passage(NEUTRAL + " The annex lists forms for oncology and other departments."))
    assert found == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (ENGLISH, "contents"),
        ("Health inequalities and unequal access to healthcare", "prose"),
        (
            "Health inequalities ........... 12\nUnequal access to healthcare ........... 14\nDivide ....... 15",
            "prose",
        ),
        (
            "Doe J. et al (2019) Health inequalities. Lancet, vol. 3, pp. 2. doi:10.1/x. Roe A. et al (2020) Unequal "
            "access to healthcare, https://example.org",
            "prose",
        ),
    ],
)
def test_what_is_not_prose_gets_no_tag(tagger: Tagger, encoder: Encoder, text: str, kind: str) -> None:
    assert not is_prose(passage(text, kind=kind))
    assert tags(tagger, encoder, passage(text, kind=kind)) == [()]


def test_a_taxonomy_of_definitions_alone_tags_by_similarity(tmp_path: Path, encoder: Encoder) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        "id: own\nversion: '1'\ntitle: {en: Own}\nconcepts:\n"
        "  - id: fishing\n    preferred_label: {en: Fishery}\n    definition: {en: Catching fish at sea with nets.}\n"
        "  - id: tax\n    preferred_label: {en: Taxation}\n    definition: {en: Duties levied on income and goods.}\n",
        encoding="utf-8",
    )
    text = "The weather was calm. Trawlers hauled tonnes of cod and herring aboard off the northern coast all night."
    (found,) = tags(Tagger(load_taxonomy(path), encoder), encoder, passage(text))
    assert [(tag.concept, tag.method) for tag in found] in ([("fishing", "dense")], [])
    assert all(tag.evidence(text).startswith(("The weather", "Trawlers")) for tag in found)


def test_languages_without_phrases_no_passages_and_wrong_vectors(tagger: Tagger, encoder: Encoder) -> None:
    assert tagger.tag([], np.empty((0, encoder.dimension), dtype=np.float32)) == []
    assert len(tags(tagger, encoder, passage(ENGLISH, "de"), passage(" "))) == 2
    with pytest.raises(ValueError, match="1 passages but 0 vectors"):
        tagger.tag([passage(ENGLISH)], np.empty((0, encoder.dimension), dtype=np.float32))


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("data silo", "Data silos remain.", True),
        ("real world data", "real-world data", True),
        ("quality of data", "the quality of the data", True),
        ("hallucinat*", "It hallucinates.", True),
        ("hallucinat*", "The halls are full.", False),
        ("lack … skill", "Skills in AI are what hospitals lack.", True),
        ("lack … skill", "They lack time. Skills are fine.", False),
        ("data silo", "data, silo", False),
    ],
)
def test_phrases(phrase: str, text: str, found: bool) -> None:
    matcher = PhraseMatcher([phrase], "en")
    assert bool(matcher.matches(matcher.words(text), sentence_spans(text, "en"))) is found


def test_french_phrases_pass_over_articles_and_accents() -> None:
    matcher = PhraseMatcher(["accès aux soins", "donnée de santé"], "fr")
    text = "L’ACCES À DES SOINS dépend des données de la santé."
    assert [match.phrase for match in matcher.matches(matcher.words(text), sentence_spans(text, "fr"))] == [0, 1]
