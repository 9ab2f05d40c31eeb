"""The trained models, beside the matcher: entities, a veto on longer person names, a warning for a missing one."""

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from services.tag import models
from services.tag.catalogue import Catalogue
from services.tag.models import TrainedModels, installed_models, needs_models, with_models
from tests.unit.tag.conftest import Tag


class FakeModel:
    """Finds what it is told to find, in the shape of a spaCy pipeline."""

    def __init__(self, **labels: str) -> None:
        self._labels = {text.replace("_", " "): label for text, label in labels.items()}

    def pipe(self, texts: list[str], batch_size: int) -> Any:
        for text in texts:
            found = [(text.find(name), name, label) for name, label in self._labels.items() if name in text]
            ents = [
                SimpleNamespace(text=name, label_=label, start_char=at, end_char=at + len(name))
                for at, name, label in found
            ]
            yield SimpleNamespace(ents=ents)


def test_a_longer_person_takes_a_mention_away(tag: Tag, catalogue: Catalogue) -> None:
    tagged = tag("Supporters of Wamba Chad cheered.")
    assert [one.actor for one in tagged.mentions] == ["TCD"]

    checked = with_models(tagged, TrainedModels({}, {"en": FakeModel(Wamba_Chad="PERSON")}), catalogue)

    assert checked.mentions == ()


def test_a_person_that_is_not_longer_or_a_name_nobody_bears_stays(tag: Tag, catalogue: Catalogue) -> None:
    tagged = tag("Niger and Nigeria met Mary Robinson of Amnesty twice, and Mary Robinson left.")
    fake = FakeModel(Niger="PERSON", Niger_and_Nigeria="PERSON", Mary_Robinson="PERSON", Amnesty="ORG")

    checked = with_models(tagged, TrainedModels({}, {"en": fake}), catalogue)

    assert {one.actor for one in checked.mentions} == {"NER", "NGA"}
    assert {(one.text, one.label) for one in checked.entities} == {
        ("Mary Robinson", "person"),
        ("Amnesty", "organisation"),
    }


def test_where_it_matters_is_where_a_rule_can_ring(tag: Tag) -> None:
    both, one = tag("Niger and Russia met."), tag("Niger won.")
    rules = [(frozenset({"NER"}), frozenset({"RUS"}))]

    assert needs_models(both, "where-it-matters", rules)
    assert not needs_models(one, "where-it-matters", rules)
    assert needs_models(one, "always", rules)
    assert not needs_models(both, "never", rules)
    assert needs_models(both, "where-it-matters")
    assert not needs_models(one, "where-it-matters")


def test_a_missing_model_is_a_warning_with_the_command(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(models.PACKAGES, "en", ("no_such_model_package", "no-such-model-package"))

    with caplog.at_level(logging.WARNING, logger="tocsin.tag"):
        loaded = installed_models(["en"])

    assert loaded.of("en") is None
    assert "pip install no-such-model-package" in [vars(record).get("install") for record in caplog.records]


def test_a_language_without_a_model_is_left_as_it_is(tag: Tag, catalogue: Catalogue) -> None:
    tagged = tag("Le Niger vote.", language="fr")

    assert with_models(tagged, TrainedModels({}), catalogue) is tagged


def test_the_sentences_that_tell_are_read_before_the_first_ones(tag: Tag, catalogue: Catalogue) -> None:
    filler = " ".join(f"Sentence number {number} names nobody." for number in range(40))
    tagged = tag(f"{filler} Mary Robinson of Amnesty flew to Niger.")
    fake = FakeModel(Amnesty="ORG")

    assert [one.text for one in with_models(tagged, TrainedModels({}, {"en": fake}), catalogue).entities] == ["Amnesty"]


@pytest.mark.parametrize(
    ("text", "person", "stays"),
    [
        pytest.param("Supporters of Wamba Chad cheered.", "Wamba_Chad", False, id="a name before"),
        pytest.param("Envoys of Niger Wamba left.", "Niger_Wamba", False, id="a name after"),
        pytest.param("Envoys of France de Wamba left.", "France_de_Wamba", False, id="a particle after"),
        pytest.param("Envoys of Chad-Wamba left.", "Chad-Wamba", False, id="a hyphen after"),
        pytest.param("Envoys left Chad, Wamba said.", "Chad,_Wamba", True, id="a comma between"),
        pytest.param("Envoys of Chad’s Wamba left.", "Chad’s_Wamba", True, id="a genitive between"),
        pytest.param("Envoys of Niger and Wamba left.", "Niger_and_Wamba", True, id="a conjunction between"),
    ],
)
@pytest.mark.parametrize("with_names", [True, False])
def test_only_a_name_right_beside_it_takes_a_mention_away_whether_other_names_are_read_or_not(
    tag: Tag, catalogue: Catalogue, text: str, person: str, *, stays: bool, with_names: bool
) -> None:
    tagged = tag(text)
    assert tagged.mentions
    models = TrainedModels({}, {"en": FakeModel(**{person: "PERSON"})})

    checked = with_models(tagged, models, catalogue, with_names=with_names)

    assert bool(checked.mentions) is stays
    assert checked.entities == ()


def test_without_names_only_doubtful_sentences_are_read(tag: Tag, catalogue: Catalogue) -> None:
    tagged = tag("Amnesty flew to Niger. Wamba Chad stayed.")
    read: list[str] = []

    class Recorder(FakeModel):
        def pipe(self, texts: list[str], batch_size: int) -> Any:
            read.extend(texts)
            return super().pipe(texts, batch_size)

    checked = with_models(tagged, TrainedModels({}, {"en": Recorder(Amnesty="ORG")}), catalogue, with_names=False)

    assert read == ["Wamba Chad stayed."]
    assert checked.entities == ()
