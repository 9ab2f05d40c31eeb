"""The index of stories finds what a look at each text, one after the other, would find; read from Redis or not."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from services.alert import stories
from services.alert.adapters.leaders import leader_from_json, leader_to_json
from services.alert.bands import BANDS, TEXTS_A_SEGMENT, band_keys
from services.alert.sketch import PERMUTATIONS, Sketch
from services.alert.stories import (
    KEPT_FOR,
    LEAST_REWRITE,
    MOST_REWRITES,
    Found,
    Leader,
    StoryIndex,
    is_copy,
    likeness,
    rewrite_likeness,
    story_id,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_sketch(dice: random.Random, number: int) -> Sketch:
    """Return a text of one of a few families: some of its signature and facts are its family's."""
    family = random.Random(dice.randrange(12))
    signature = np.array([family.randrange(2**32) for _ in range(PERMUTATIONS)], np.uint32)
    own = dice.sample(range(PERMUTATIONS), dice.choice((0, 20, 70, 100, PERMUTATIONS)))
    signature[own] = [dice.randrange(2**32) for _ in own]
    words = [f"{family.random():.4f}" for _ in range(12)]

    def some(count: int) -> frozenset[str]:
        return frozenset(dice.sample(words, count) + [f"{dice.random():.6f}"] * dice.randrange(2))

    return Sketch(
        page=f"pg_{number}",
        event_at=NOON + timedelta(minutes=dice.randrange(-6000, 1)),
        signature=signature,
        shingles=dice.choice((0, 40, 200, 400)),
        owner=f"site:{dice.randrange(5)}",
        actors=some(2),
        topics=some(1),
        numbers=some(dice.randrange(4)),
        names=some(dice.randrange(6)),
        words=some(8),
        heads=some(dice.randrange(3)),
    )


def looked_for(leaders: list[Leader], sketch: Sketch, now: datetime) -> Found | None:
    """Return what StoryIndex.find must where few share facts: from a look at all that share a band or two facts."""
    keys, best, copied = set(band_keys(sketch.signature).tolist()), None, []
    facts = {*sketch.names, *(f"#{one}" for one in sketch.heads)}
    for leader in leaders:
        text = leader.sketch
        same_band = sketch.shingles and text.shingles and keys & set(band_keys(text.signature).tolist())
        if not same_band and len(facts & {*text.names, *(f"#{one}" for one in text.heads)}) < 2:
            continue
        if now - leader.decided_at > KEPT_FOR or abs(sketch.event_at - text.event_at) > KEPT_FOR:
            continue
        if is_copy(sketch, text):
            copied.append(leader)
            found = Found(leader, True, max(likeness(sketch, text)))
        elif (alike := rewrite_likeness(sketch, text)) >= LEAST_REWRITE:
            found = Found(leader, False, alike)
        else:
            continue
        if best is None or (found.is_copy, found.likeness) > (best.is_copy, best.likeness):
            best = found
    return best and best._replace(texts=tuple(one.sketch.page for one in copied if one.story == best.leader.story))


@pytest.mark.parametrize("is_read_from_redis", [False, True])
def test_the_index_finds_what_a_look_at_every_text_finds(*, is_read_from_redis: bool) -> None:
    dice = random.Random(20_260_302)
    index, leaders, found = StoryIndex(), [], []
    for number in range(300):
        sketch, now = a_sketch(dice, number), NOON + timedelta(minutes=number * 20)
        expected = looked_for(leaders, sketch, now)
        got = index.find(sketch, now)
        assert (got and got._replace(leader=got.leader.sketch.page)) == (
            expected and expected._replace(leader=expected.leader.sketch.page)
        )
        found.append(got and got.is_copy)
        leader = Leader(got.leader.story if got else story_id(sketch.page), sketch, now)
        leaders.append(leader)
        index.add(leader_from_json(leader_to_json(leader)) if is_read_from_redis else leader)
    assert min(found.count(one) for one in (None, False, True)) > len(found) / 50


def test_texts_are_found_in_sealed_segments_as_in_the_open_one() -> None:
    """Old texts lie in sorted arrays, new ones in a dict; neither is missed."""
    dice, index = random.Random(1), StoryIndex()
    first = a_sketch(dice, 0)
    index.add(Leader("st_first", first, NOON))
    for number in range(1, TEXTS_A_SEGMENT):
        one = np.array([dice.getrandbits(32) for _ in range(PERMUTATIONS)], np.uint32)
        index.bands.add(number, band_keys(one))
    shared = np.zeros(TEXTS_A_SEGMENT, np.uint8)

    index.bands.count(band_keys(first.signature), shared)

    assert index.bands.sealed and not index.bands.open
    assert (shared[0], np.flatnonzero(shared).tolist()) == (BANDS, [0])


def test_notices_of_one_template_are_not_looked_at_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A site with a thousand notices a day must not slow down the alerter: other facts, another story, all at once."""
    dice, index, looked_at = random.Random(3), StoryIndex(), []
    for name in ("same_facts", "rewrite_likeness"):
        real = getattr(stories, name)
        monkeypatch.setattr(stories, name, lambda *both, real=real: looked_at.append(both) or real(*both))
    template = np.array([dice.getrandbits(32) for _ in range(PERMUTATIONS)], np.uint32)

    def a_notice(number: int) -> Sketch:
        signature = template.copy()
        signature[dice.sample(range(PERMUTATIONS), 50)] = [dice.getrandbits(32) for _ in range(50)]
        numbers = frozenset(f"{dice.getrandbits(40)}" for _ in range(6))
        return replace(a_sketch(dice, number), signature=signature, shingles=300, event_at=NOON, numbers=numbers)

    for number in range(1000):
        index.add(Leader(f"st_{number}", a_notice(number), NOON))
    looked_at.clear()

    index.find(a_notice(1000), NOON)

    assert len(looked_at) <= MOST_REWRITES


def test_old_texts_are_forgotten_once_they_are_half_of_all() -> None:
    """Until then they take room, and nothing else: what is too old is found no more."""
    dice, index = random.Random(2), StoryIndex()
    for number in range(10):
        index.add(Leader(f"st_{number}", a_sketch(dice, number), NOON + timedelta(hours=number)))

    index.forget(NOON + timedelta(hours=5))
    assert len(index.leaders) == 10
    index.forget(NOON + timedelta(hours=6))

    assert [leader.story for leader in index.leaders] == ["st_6", "st_7", "st_8", "st_9"]
    assert index.bands.texts == sum(leader.sketch.shingles > 0 for leader in index.leaders)
    assert len({number for numbers in index.by_fact.values() for number in numbers}) <= 4
