"""Every state and territory of the catalogue by each of its names and adjectives, in plain sentences of both languages.

What cancels a false friend (a Danish, the Mexican wave) must never cancel the adjective itself.
"""

from pathlib import Path

import pytest

from services.tag.catalogue import Alias, Catalogue
from tests.unit.tag.conftest import Tag

ADJECTIVES = {
    "en": (
        "The {} government denied the report.", "Two {} soldiers were killed.", "A {} court fined the firm.",
        "{} farmers blocked roads.", "An ex-{} minister left.", "Most {} exports go by sea.", "A {}-made drone fell.",
    ),
    "fr": (
        "Le gouvernement {} dément.", "Deux soldats {} sont morts.", "Un tribunal {} condamne.",
        "La presse {} proteste.", "Les autorités {} démentent.", "Des exportations {} reculent.",
    ),
}  # fmt: skip
NAMES = {
    "en": ("{} denied the report.", "Talks with {} collapsed.", "Refugees left {} on foot.", "In {}, prices rose."),
    "fr": ("Les négociations avec {} échouent.", "Des réfugiés ont quitté {} à pied.", "L'armée de {} recule."),
}
SHARED = {"COG"}  # Congo and Congolese are DR Congo when nothing else is said; see test_support
NO_ADJECTIVE = {"ATA", "DMA", "MNP", "MSR", "NIU", "REU", "SHN", "SPM", "SXM", "TCA", "TKL", "VAT", "VGB", "VIR"}


def _aliases(catalogue: Catalogue, kind: str, language: str) -> list[Alias]:
    """Return the aliases of states in a language that must be found whatever else a text says."""
    return [
        alias
        for alias in catalogue.aliases
        if alias.kind == kind
        and alias.language in (language, "" if kind == "name" else language)
        and len(alias.actor) == 3
        and alias.actor not in SHARED
        and not alias.ambiguous
        and not alias.text.endswith("-")
    ]


def _wrong(tag: Tag, aliases: list[Alias], sentence: str, language: str) -> dict[str, set[str]]:
    wrong = {}
    for alias in aliases:
        found = {mention.actor for mention in tag(sentence.format(alias.text), language=language).mentions}
        if found != {alias.actor}:
            wrong[f"{alias.actor} {alias.text}"] = found
    return wrong


@pytest.mark.parametrize("language, sentence", [(lang, one) for lang, ones in ADJECTIVES.items() for one in ones])
def test_every_adjective_of_a_state_is_found(tag: Tag, catalogue: Catalogue, language: str, sentence: str) -> None:
    # Dane, Finn, Scot are nouns that people bear as names: their own rule decides (test_traps).
    known = [one for one in _aliases(catalogue, "demonym", language) if not one.shape]
    aliases = [one for one in known if not one.text.startswith("Channel Islander")]

    assert _wrong(tag, aliases, sentence, language) == {}


@pytest.mark.parametrize("language, sentence", [(lang, one) for lang, ones in NAMES.items() for one in ones])
def test_every_name_of_a_state_is_found(tag: Tag, catalogue: Catalogue, language: str, sentence: str) -> None:
    assert _wrong(tag, _aliases(catalogue, "name", language), sentence, language) == {}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_state_has_an_adjective(catalogue: Catalogue, language: str) -> None:
    having = {
        alias.actor for alias in catalogue.aliases if alias.kind == "demonym" and alias.language in (language, "")
    }
    states = {actor for actor in catalogue.actors if len(actor) == 3 and actor.isupper()}

    assert states - having <= NO_ADJECTIVE


def _news_words(section: str) -> list[str]:
    text = (Path(__file__).parent / "news_words.txt").read_text("utf-8")
    return text.partition(f"[{section}]")[2].partition("[")[0].split()


@pytest.mark.parametrize(
    "language, sentence",
    [("en", "Officials said {adjective} {noun} would come."), ("fr", "Selon lui, {noun} {adjective} ont bougé lundi.")],
)
def test_what_news_says_of_a_state_never_cancels_its_adjective(tag: Tag, language: str, sentence: str) -> None:
    lost = [
        (adjective, noun)
        for adjective in _news_words(f"{language} adjectives")
        for noun in _news_words(f"{language} nouns")
        if not tag(sentence.format(adjective=adjective, noun=noun), language=language).mentions
    ]

    assert lost == []
