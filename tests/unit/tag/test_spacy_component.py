"""The matcher in a spaCy pipeline."""

import tomllib
from importlib import import_module
from pathlib import Path

import spacy

from services.tag.spacy_component import make_actors_component


def test_the_component_puts_actors_into_the_spans_and_sets_sentences() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("tocsin_actors")

    doc = nlp("Niger’s army met U.S. envoys. Chad Smith left.")

    assert [(span.text, span.label_, span.id_) for span in doc.spans["actors"]] == [
        ("Niger", "NER", "name"),
        ("U.S.", "USA", "name"),
    ]
    assert len(list(doc.sents)) == 2


def test_a_french_pipeline_knows_french_adjectives() -> None:
    nlp = spacy.blank("fr")
    nlp.add_pipe("tocsin_actors", config={"spans_key": "watched"})

    doc = nlp("L'armée nigérienne a quitté Moscou.")

    assert [span.label_ for span in doc.spans["watched"]] == ["NER", "RUS"]


def test_spacy_finds_the_component_by_its_entry_point() -> None:
    """`nlp.add_pipe("tocsin_actors")` needs no import where the package is installed: spaCy reads this group."""
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))["project"]

    module, _, name = project["entry-points"]["spacy_factories"]["tocsin_actors"].partition(":")

    assert getattr(import_module(module), name) is make_actors_component
