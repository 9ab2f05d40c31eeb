"""The silence watch: learns a rhythm, reports its loss soon, keeps quiet about everything else."""

import random
from collections.abc import Callable

import pytest

from runtime.silence import SLOT_SECONDS, Change, Watch, from_fields, to_fields

DAY = 86_400
SLOTS_A_DAY = DAY // SLOT_SECONDS
MONDAY = 1_767_571_200.0  # 2026-01-05T00:00:00Z


def watch_for(days: float, speaks: Callable[[float], bool], watch: Watch, start: float = MONDAY) -> list[Change]:
    changes = []
    for slot in range(int(days * SLOTS_A_DAY)):
        begins = start + slot * SLOT_SECONDS
        if speaks(begins):
            changes += watch.heard("source", "herald", begins + 1)
        changes += watch.slot_over(begins + SLOT_SECONDS, was_watching=True)
    return changes


def poisson(per_day: float, seed: int) -> Callable[[float], bool]:
    dice = random.Random(seed)
    return lambda _: dice.random() < min(1.0, per_day / SLOTS_A_DAY)


def by_day_only(at: float) -> bool:
    return 6 * 3600 <= at % DAY < 22 * 3600


@pytest.mark.parametrize(
    ("speaks", "within_hours"),
    [
        pytest.param(lambda _: True, 0.5, id="every slot"),
        pytest.param(poisson(96, seed=1), 5.0, id="about every quarter of an hour"),
        pytest.param(poisson(24, seed=2), 20.0, id="about every hour"),
    ],
)
def test_a_silence_is_noticed_in_proportion_to_the_rhythm(speaks, within_hours):
    """The busier a source, the sooner its silence is news."""
    watch = Watch()
    assert watch_for(7, speaks, watch) == []

    changes = watch_for(2, lambda _: False, watch, MONDAY + 7 * DAY)

    (change,) = changes
    assert change.change == "began"
    assert change.quiet_seconds <= within_hours * 3600
    assert change.likelihood <= 1e-6
    assert watch.silent("source") == ["herald"]


def test_the_end_of_a_silence_is_told_with_the_first_event():
    """Recovery is an event of its own, and the source is expected as before."""
    watch = Watch()
    watch_for(7, lambda _: True, watch)
    watch_for(1, lambda _: False, watch, MONDAY + 7 * DAY)

    (change,) = watch.heard("source", "herald", MONDAY + 8 * DAY)

    assert (change.change, watch.silent("source")) == ("ended", [])
    assert change.quiet_seconds == DAY


def test_a_quiet_night_is_known_to_be_quiet():
    """A source that speaks by day only is not reported at night, and soon reported by day."""
    watch = Watch()
    assert watch_for(7, by_day_only, watch) == []

    changes = watch_for(1, lambda _: False, watch, MONDAY + 7 * DAY)

    (change,) = changes
    assert 8.0 < change.quiet_seconds / 3600 < 9.0  # from 22 h to soon after 6 h


@pytest.mark.parametrize("per_day", [2, 8, 24, 96, 200])
def test_chance_is_not_silence(per_day):
    """Eight sources at random over thirty days give no false report."""
    for seed in range(8):
        assert watch_for(30, poisson(per_day, seed), Watch()) == []


def test_a_rare_source_is_expected_nothing():
    """Who spoke three times in a week is never called silent."""
    watch = Watch()

    changes = watch_for(14, lambda at: (at - MONDAY) in (0.0, DAY, 2 * DAY), watch)

    assert changes == []
    assert watch.learned("source") == 0


def test_an_outage_of_our_own_is_nobodys_silence():
    """Slots in which the pipeline did not work count for nothing."""
    watch = Watch()
    watch_for(7, lambda _: True, watch)

    changes = [
        change
        for slot in range(SLOTS_A_DAY)
        for change in watch.slot_over(MONDAY + 7 * DAY + slot * SLOT_SECONDS, was_watching=False)
    ]

    assert changes == []


def test_a_long_silence_does_not_teach_that_silence_is_normal():
    """A source that is down for two weeks is still missed on the last day."""
    watch = Watch()
    watch_for(7, lambda _: True, watch)

    watch_for(14, lambda _: False, watch, MONDAY + 7 * DAY)

    assert watch.silent("source") == ["herald"]


def test_what_was_learned_survives_a_restart():
    """A rhythm comes back from plain data as it was."""
    watch = Watch()
    watch_for(3, by_day_only, watch)
    rhythm = watch.rhythms[("source", "herald")]

    assert from_fields(to_fields(rhythm) | {"of_a_newer_version": 1}) == rhythm


def test_subjects_are_bounded():
    """Sources nobody can count do not become memory nobody can count."""
    watch = Watch(most=3)

    for number in range(100):
        watch.heard("source", f"source-{number}", MONDAY)

    assert len(watch.rhythms) == 3


def test_who_spoke_a_month_ago_makes_room():
    """The bound is on who speaks now: names of long ago do not keep new ones from being watched."""
    watch = Watch(most=1)
    watch.heard("source", "once", MONDAY)
    watch_for(31, lambda _: False, watch)

    watch.heard("source", "new", MONDAY + 31 * DAY)

    assert set(watch.rhythms) == {("source", "new")}


def test_who_is_silent_is_missed_until_told_otherwise():
    """A silence of two months is still one; only `forget` ends the expectation."""
    watch = Watch()
    watch_for(7, lambda _: True, watch)
    watch_for(60, lambda _: False, watch, MONDAY + 7 * DAY)
    assert watch.silent("source") == ["herald"]

    (change,) = watch.forget("source", "herald")

    assert (change.change, change.forgotten) == ("ended", True) and change.quiet_seconds > 59 * DAY
    assert watch.forget("source", "herald") == []
    assert watch.silent("source") == [] and watch.rhythms == {}
