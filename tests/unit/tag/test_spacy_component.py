"""The matcher in a spaCy pipeline."""

import spacy

import services.tag.spacy_component  # noqa: F401  (registers the factory)


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
