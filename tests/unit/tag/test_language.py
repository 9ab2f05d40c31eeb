"""The language of a text, and what is tagged in one that is not supported."""

import pytest

from services.tag.language import detect_language
from tests.unit.tag.conftest import Tag


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The government said on Tuesday that troops would leave the country.", "en"),
        ("Le gouvernement a annoncé mardi le départ des troupes du pays.", "fr"),
        ("La junta militar anunció el martes la retirada de las tropas. " * 5, "es"),
        ("Niger state governor Umar Bago", "en"),
        ("Le Niger ou", None),
        ("LE NIGER SUSPEND SA COOPÉRATION MILITAIRE AVEC LES ÉTATS-UNIS", "fr"),
        ("OK 12", None),
    ],
)
def test_a_language_is_told(text: str, language: str | None) -> None:
    assert detect_language(text) == language


def test_an_unsupported_language_is_tagged_with_what_has_no_language(tag: Tag) -> None:
    tagged = tag("Niger und Russland verhandeln in Moscow, sagte Putin. Nigerian?", language="de")

    assert [one.actor for one in tagged.mentions] == ["NER", "RUS", "RUS"]


def test_an_unknown_language_is_tagged_in_both(tag: Tag) -> None:
    tagged = tag("Nigerien / nigérienne", language=None)

    assert len(tagged.mentions) >= 1
