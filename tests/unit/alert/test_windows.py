"""Windows, quiet hours and cooldown at their edges; a window also against a plain reading of its meaning."""

from datetime import UTC, datetime, time, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.alert.rule import Over, Quiet, Rule
from services.alert.windows import (
    SPARE_SIGHTINGS,
    Sightings,
    as_known_now,
    is_cooling,
    is_muted,
    is_quiet,
    see,
    window_holds,
)
from tests.unit.alert.given_alerts import NOON, a_rule, a_rulebook

HOUR = 3600.0
SIGHTINGS = st.lists(
    st.tuples(st.integers(0, 40).map(float), st.sampled_from("abcde"), st.sampled_from("st")), max_size=14
)


def _holds_plainly(sightings: Sightings, at: float, over: Over) -> bool:
    """Some stretch shorter than the window has `at` in it, begins and ends with a sighting, and holds the origins."""
    length = over.window.total_seconds()
    return any(
        begin <= at <= end
        and end - begin < length
        and len({origin for when, origin, _ in sightings if begin <= when <= end}) >= over.origins
        for begin, *_ in sightings
        for end, *_ in sightings
    )


@settings(max_examples=1500, deadline=None)
@given(SIGHTINGS, st.integers(0, 40).map(float), st.integers(1, 4), st.integers(1, 20))
def test_a_window_holds_when_a_stretch_around_the_moment_has_the_origins(
    seen: Sightings, at: float, origins: int, seconds: int
) -> None:
    over = Over(origins, timedelta(seconds=seconds))
    sightings = sorted({*seen, (at, "a", "s")})

    assert window_holds(sightings, at, over) == _holds_plainly(sightings, at, over)


@settings(max_examples=300, deadline=None)
@given(SIGHTINGS, st.integers(1, 4))
def test_sightings_stand_in_order_and_once(seen: Sightings, origins: int) -> None:
    """However they arrive; what `see` answers is what the window holds of all that was seen, also what is not kept."""
    over, kept = Over(origins, timedelta(seconds=7)), Sightings()

    for number, (at, origin, story) in enumerate(seen, start=1):
        everything = sorted(set(seen[:number]))
        assert see(kept, origin, at, over, story) == _holds_plainly(everything, at, over)
        assert kept == sorted(set(kept)) and set(kept) <= set(everything)


def test_the_last_to_arrive_completes_the_window_in_any_order() -> None:
    over = Over(3, timedelta(hours=6))
    events = [(0.0, "a"), (2 * HOUR, "b"), (5.9 * HOUR, "c")]

    for order in permutations(events):
        kept: Sightings = []
        assert [see(kept, origin, at, over) for at, origin in order] == [False, False, True]


def test_of_a_flood_the_newest_sightings_are_kept() -> None:
    """Four windows' worth and a few spare ones, never more."""
    over, kept = Over(2, timedelta(seconds=1)), Sightings()
    most = 2 * 4 + SPARE_SIGHTINGS

    for number in range(most + 5):
        see(kept, "a", float(number), over)

    assert kept == [(float(number), "a", "") for number in range(5, most + 5)]


def test_an_origin_that_floods_pushes_no_other_out() -> None:
    """A live blog tells it every minute; the wire that told it first still counts when the third voice comes."""
    over, kept = Over(3, timedelta(hours=6)), Sightings()
    see(kept, "wire", 0.0, over)
    for minute in range(1, 100):
        assert not see(kept, "blog", minute * 60.0, over)

    assert see(kept, "paper", 2 * HOUR, over)


def test_in_a_window_an_origin_is_called_as_its_story_knows_it_now() -> None:
    """In the other story the voice speaks for itself."""
    seen = [(1.0, "a", "s"), (1.0, "b", "s"), (2.0, "b", "s"), (3.0, "c", "s"), (4.0, "b", "t")]

    renamed = as_known_now(seen, "s", {"b": "a"})

    assert renamed == [(1.0, "a", "s"), (2.0, "a", "s"), (3.0, "c", "s"), (4.0, "b", "t")]
    assert as_known_now(seen, "u", {"b": "a"}) == seen


def _quiet(start: str, end: str, zone: str = "UTC", days: set[int] | None = None) -> Quiet:
    return Quiet(time.fromisoformat(start), time.fromisoformat(end), zone, frozenset(days) if days else None)


MONDAY, TUESDAY, SUNDAY = 0, 1, 6


@pytest.mark.parametrize(
    ("quiet", "now", "is_so"),
    [
        pytest.param(_quiet("08:00", "10:00"), "2026-03-02T07:59:59", False, id="before it begins"),
        pytest.param(_quiet("08:00", "10:00"), "2026-03-02T08:00:00", True, id="as it begins"),
        pytest.param(_quiet("08:00", "10:00"), "2026-03-02T10:00:00", False, id="as it ends"),
        pytest.param(_quiet("08:00", "10:00", days={MONDAY}), "2026-03-02T09:00:00", True, id="on its day"),
        pytest.param(_quiet("08:00", "10:00", days={TUESDAY}), "2026-03-02T09:00:00", False, id="on another day"),
        pytest.param(_quiet("22:00", "06:00"), "2026-03-02T21:59:59", False, id="before a night"),
        pytest.param(_quiet("22:00", "06:00"), "2026-03-02T22:00:00", True, id="as a night begins"),
        pytest.param(_quiet("22:00", "06:00"), "2026-03-03T05:59:59", True, id="before a night ends"),
        pytest.param(_quiet("22:00", "06:00"), "2026-03-03T06:00:00", False, id="as a night ends"),
        pytest.param(_quiet("22:00", "06:00", days={MONDAY}), "2026-03-02T23:00:00", True, id="night of its day"),
        pytest.param(_quiet("22:00", "06:00", days={TUESDAY}), "2026-03-02T23:00:00", False, id="night of another"),
        pytest.param(_quiet("22:00", "06:00", days={MONDAY}), "2026-03-03T05:00:00", True, id="morning after its day"),
        pytest.param(_quiet("22:00", "06:00", days={MONDAY}), "2026-03-02T05:00:00", False, id="morning of its day"),
        pytest.param(_quiet("22:00", "06:00", days={SUNDAY}), "2026-03-02T05:00:00", True, id="over the week's end"),
        pytest.param(_quiet("08:00", "10:00", "Africa/Niamey"), "2026-03-02T07:30:00", True, id="an hour ahead"),
        pytest.param(_quiet("08:00", "09:00", "Europe/Paris"), "2026-03-28T07:30:00", True, id="winter time"),
        pytest.param(_quiet("08:00", "09:00", "Europe/Paris"), "2026-03-30T06:30:00", True, id="summer time"),
    ],
)
def test_quiet_hours(quiet: Quiet, now: str, is_so: bool) -> None:
    assert is_quiet(quiet, datetime.fromisoformat(now).replace(tzinfo=UTC)) is is_so


def _rule(**fields: str) -> Rule:
    return a_rulebook(a_rule("Niger", **fields)).rules["r"]


def test_a_rule_is_muted_until_the_moment_that_is_named() -> None:
    rule = _rule(mute="{until: 2026-03-02T12:00:00Z}")

    assert is_muted(rule, NOON - timedelta(seconds=1))
    assert not is_muted(rule, NOON)


def test_a_rule_is_muted_for_good() -> None:
    assert is_muted(_rule(mute="true"), NOON)
    assert not is_muted(_rule(), NOON)


def test_a_rule_cools_less_than_its_cooldown_before_and_after() -> None:
    hour, marks = timedelta(hours=1), {"NER": 10 * HOUR}

    assert not is_cooling(marks, "NER", 9 * HOUR, hour)
    assert is_cooling(marks, "NER", 9 * HOUR + 1, hour)
    assert is_cooling(marks, "NER", 11 * HOUR - 1, hour)
    assert not is_cooling(marks, "NER", 11 * HOUR, hour)
    assert not is_cooling(marks, "MLI", 10 * HOUR, hour)
