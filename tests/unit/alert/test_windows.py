"""Windows, spikes, quiet hours and cooldown at their edges; a window also against a plain reading of its meaning."""

from datetime import UTC, datetime, time, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.alert.memory import Record
from services.alert.rule import Over, Quiet, Rule, Spike
from services.alert.windows import (
    MOST_KEYS,
    SPARE_SIGHTINGS,
    Sightings,
    is_cooling,
    is_muted,
    is_quiet,
    see,
    see_spike,
    window_holds,
)
from tests.unit.alert.given_alerts import NOON, a_rule, a_rulebook

HOUR = 3600.0
SIGHTINGS = st.lists(st.tuples(st.integers(0, 40).map(float), st.sampled_from("abcde")), max_size=14)


def _holds_plainly(sightings: Sightings, at: float, over: Over) -> bool:
    """Some stretch shorter than the window has `at` in it, begins and ends with a sighting, and holds the origins."""
    length = over.window.total_seconds()
    return any(
        begin <= at <= end
        and end - begin < length
        and len({origin for when, origin in sightings if begin <= when <= end}) >= over.origins
        for begin, _ in sightings
        for end, _ in sightings
    )


@settings(max_examples=1500, deadline=None)
@given(SIGHTINGS, st.integers(0, 40).map(float), st.integers(1, 4), st.integers(1, 20))
def test_a_window_holds_when_a_stretch_around_the_moment_has_the_origins(
    seen: Sightings, at: float, origins: int, seconds: int
) -> None:
    over = Over(origins, timedelta(seconds=seconds))
    sightings = sorted({*seen, (at, "a")})

    assert window_holds(sightings, at, over) == _holds_plainly(sightings, at, over)


@settings(max_examples=300, deadline=None)
@given(SIGHTINGS, st.integers(1, 4))
def test_sightings_stand_in_order_and_once(seen: Sightings, origins: int) -> None:
    """However they arrive; what `see` answers is what the window holds of all that was seen, also what is not kept."""
    over, kept = Over(origins, timedelta(seconds=7)), list[tuple[float, str]]()

    for number, (at, origin) in enumerate(seen, start=1):
        everything = sorted(set(seen[:number]))
        assert see(kept, origin, at, over) == _holds_plainly(everything, at, over)
        assert kept == sorted(set(kept)) and set(kept) <= set(everything)


def test_the_last_to_arrive_completes_the_window_in_any_order() -> None:
    over = Over(3, timedelta(hours=6))
    events = [(0.0, "a"), (2 * HOUR, "b"), (5.9 * HOUR, "c")]

    for order in permutations(events):
        kept: Sightings = []
        assert [see(kept, origin, at, over) for at, origin in order] == [False, False, True]


def test_of_a_flood_the_newest_sightings_are_kept() -> None:
    """Four windows' worth and a few spare ones, never more."""
    over, kept = Over(2, timedelta(seconds=1)), list[tuple[float, str]]()
    most = 2 * 4 + SPARE_SIGHTINGS

    for number in range(most + 5):
        see(kept, "a", float(number), over)

    assert kept == [(float(number), "a") for number in range(5, most + 5)]


def test_an_origin_that_floods_pushes_no_other_out() -> None:
    """A live blog tells it every minute; the wire that told it first still counts when the third voice comes."""
    over, kept = Over(3, timedelta(hours=6)), list[tuple[float, str]]()
    see(kept, "wire", 0.0, over)
    for minute in range(1, 100):
        assert not see(kept, "blog", minute * 60.0, over)

    assert see(kept, "paper", 2 * HOUR, over)


def _spike(**given: object) -> Spike:
    fields = {"window": timedelta(hours=1), "baseline": timedelta(hours=24), "learn": timedelta(hours=4), "at_least": 3}
    return Spike(**(fields | given))  # type: ignore[arg-type]


def _see(record: Record, origin: str, at: float) -> str | None:
    """See an article that was fetched when it was published."""
    return see_spike(record, origin, at, _spike(), looked_at=at)


def _one_origin_an_hour(hours: int) -> Record:
    record: Record = {}
    for hour in range(hours):
        _see(record, "usual", hour * HOUR)
    return record


def test_three_times_the_average_is_a_spike_and_says_why() -> None:
    record = _one_origin_an_hour(4)

    said = [_see(record, origin, 4 * HOUR + second) for second, origin in enumerate("abc")]

    assert said == [None, None, "3 origins in 1:00:00, 1 on average over the last 4 hours"]


def test_a_copy_is_no_further_origin_of_a_spike() -> None:
    record = _one_origin_an_hour(4)

    assert [_see(record, origin, 4.5 * HOUR) for origin in "aabb"] == [None] * 4


def test_nothing_spikes_before_enough_was_seen() -> None:
    record = _one_origin_an_hour(4)

    assert [_see(record, origin, 3.5 * HOUR) for origin in "abcdefg"] == [None] * 7


def test_fewer_than_at_least_are_no_spike_however_rare_they_are() -> None:
    record = _one_origin_an_hour(1)

    assert [_see(record, origin, 20 * HOUR) for origin in "ab"] == [None, None]
    assert _see(record, "c", 20 * HOUR) == ("3 origins in 1:00:00, 0.05 on average over the last 20 hours")


def test_the_average_is_over_the_baseline_only() -> None:
    """A busy day that is too long ago does not raise the bar, and is forgotten."""
    record: Record = {}
    for origin in "abcdefgh":
        _see(record, origin, 0.0)

    said = [_see(record, origin, 24 * HOUR) for origin in "abc"]

    assert said == [None, None, "3 origins in 1:00:00, 0.33 on average over the last 24 hours"]
    assert set(record["buckets"]) == {"0", "24"}
    assert _see(record, "a", 25 * HOUR) is None
    assert set(record["buckets"]) == {"24", "25"}


def test_an_earlier_event_moves_the_beginning_back() -> None:
    """The first bucket is the earliest, whatever arrived first."""
    record: Record = {}

    _see(record, "a", 9.9 * HOUR)
    _see(record, "a", 2.2 * HOUR)

    assert record["first"] == 2
    assert record["buckets"] == {"9": ["a"], "2": ["a"]}


def test_an_old_article_found_today_teaches_nothing() -> None:
    record: Record = {}

    see_spike(record, "archive", 0.0, _spike(), looked_at=700 * HOUR)
    said = [_see(record, origin, 700.5 * HOUR) for origin in "abcdef"]

    assert said == [None] * 6


def test_a_bucket_is_bounded() -> None:
    record: Record = {}

    for number in range(MOST_KEYS + 3):
        _see(record, str(number), 0.0)

    assert record["buckets"]["0"] == [str(number) for number in range(MOST_KEYS)]


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
