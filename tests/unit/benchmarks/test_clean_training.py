"""Training of the cleaner: the same pages and seed give the same weights, and made-up sites are whole."""

import random
import re

import numpy as np
import pytest

from benchmarks.clean_training.additions import boxes_of, with_below, with_boxes
from benchmarks.clean_training.composed import below, composed
from benchmarks.clean_training.train import stored
from benchmarks.clean_training.trainer import Example, Plan, train
from services.clean.network import Model, probabilities, read

SLOTS = set("TSNDdWBCP") | {"TITLE", "T="}


def _examples(count: int) -> list[Example]:
    """Pages of 30 blocks whose first feature says whether a block is body."""
    dice = np.random.default_rng(0)
    found = []
    for _ in range(count):
        features = dice.standard_normal((30, 6)).astype(np.float32)
        labels = (features[:, 0] > 0).astype(np.float32)
        found.append(Example(features, labels, np.ones(30, np.float32)))
    return found


def _model(seed: int) -> Model:
    names = tuple("abcdef")
    return Model(names, (train([_examples(12)], Plan(epochs=80), seed),), (0.5, 0.65, 0.8))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    one, two, other = stored(_model(3)), stored(_model(3)), stored(_model(4))

    assert one == two
    assert one != other


def test_a_trained_network_knows_what_it_was_shown_also_once_stored():
    page = _examples(13)[-1]
    model = _model(3)

    likely = probabilities(model, page.features)

    assert np.mean((likely > 0.5) == (page.labels > 0.5)) > 0.75
    assert np.abs(probabilities(read(stored(model)), page.features) - likely).max() < 0.01


@pytest.mark.parametrize("language", ["en", "fr", "de", None])
def test_a_composed_site_has_its_title_once_above_the_body_and_only_known_slots(language):
    for seed in range(200):
        theme = composed(language, random.Random(seed))
        texts = (theme.before, *theme.inside, theme.after)

        assert theme.before.count("{TITLE}") >= 1
        assert set(re.findall(r"\{([^{}]*)\}", "\n".join(texts))) <= SLOTS
        assert all(text.strip() for text in theme.inside)


def test_sites_are_composed_the_same_way_again_and_differ_from_each_other():
    drawn = [composed("fr", random.Random(seed)) for seed in range(30)]

    assert drawn == [composed("fr", random.Random(seed)) for seed in range(30)]
    assert len({theme.after for theme in drawn}) > 25


@pytest.mark.parametrize("language", ["en", "fr", "de", None])
def test_what_stands_below_a_body_has_only_known_slots(language):
    for seed in range(200):
        text = below(language, random.Random(seed))

        assert text.strip()
        assert set(re.findall(r"\{([^{}]*)\}", text)) <= SLOTS


MENU, ONE, TWO, THREE, FOOT = ("Menu", 0.0), ("One.", 1.0), ("Two.", 1.0), ("Three.", 1.0), ("Foot", 0.0)


def test_boxes_are_what_stands_between_two_body_lines_and_not_too_long():
    box, long = [("", 0.0), ("Read more", 0.0)], [("A list", 0.0)] * 20

    assert boxes_of([MENU, ONE, *box, TWO, *long, THREE, FOOT]) == [box]


def test_additions_leave_the_body_as_it_is_and_stand_where_they_belong():
    box, prose = [("Read more", 0.0)], [("He writes about Gabon.", 0.0)]
    for seed in range(50):
        dice = random.Random(seed)
        lines = with_below(with_boxes([MENU, ONE, TWO, THREE, *[FOOT] * 20], [box], dice), prose, dice)
        at = {text: number for number, (text, _) in enumerate(lines)}

        assert [line for line in lines if line[1]] == [ONE, TWO, THREE]
        assert at["One."] < at["Read more"] < at["Three."] < at["He writes about Gabon."] < len(lines) - 1
