"""schedule and agenda: often enough, never too often, and fair."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import FoundDate
from services.produce.agenda import Agenda
from services.produce.schedule import (
    Limits,
    after_failure,
    as_asked,
    first_interval,
    next_interval,
    start_at,
    usual_gap,
    with_jitter,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIMITS = Limits(timedelta(minutes=2), timedelta(hours=6))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def dates(*ages: timedelta) -> list[FoundDate | None]:
    return [FoundDate(value=(NOW - age).isoformat(), source="feed") for age in ages]


def after(interval: timedelta, *, has_new: bool = False, published=(), rhythm: timedelta | None = None) -> timedelta:
    return next_interval(interval, has_new=has_new, published=published, now=NOW, rhythm=rhythm, limits=LIMITS)


def test_the_dates_of_a_feed_tell_how_often_to_read_it():
    """Three readings for each usual gap: an agency every few minutes, a weekly now and then."""
    agency = after(HOUR, published=dates(*(n * 15 * MINUTE for n in range(1, 10))))
    weekly = after(MINUTE, published=dates(*(n * 7 * 24 * HOUR for n in range(4))))

    assert agency == 5 * MINUTE
    assert weekly == LIMITS.most


def test_one_burst_is_no_rhythm():
    """The median of the gaps counts: ten pages in one minute after a quiet day are no agency."""
    burst = dates(*(20 * HOUR + n * MINUTE / 60 for n in range(5)))

    assert usual_gap(burst, NOW) == 5 * HOUR


def test_dates_in_the_future_or_without_a_time_tell_nothing():
    """A site whose clock is wrong is read by what it brings."""
    assert usual_gap(dates(-HOUR, -2 * HOUR, -3 * HOUR, HOUR), NOW) is None
    assert usual_gap([FoundDate(value="2026-11-22", source="feed"), None] * 3, NOW) is None


def test_without_dates_the_interval_follows_what_readings_bring():
    """Shorter after news, longer without, never beyond the limits."""
    assert after(HOUR, has_new=True) < HOUR < after(HOUR)
    assert after(LIMITS.least, has_new=True) == LIMITS.least
    assert after(LIMITS.most) == LIMITS.most


def test_an_expected_rhythm_is_the_longest_interval():
    """What is expected hourly is read hourly, however quiet it has become: else silence would go unseen."""
    quiet = dates(*(n * 24 * HOUR for n in range(1, 9)))

    assert after(HOUR, published=quiet, rhythm=HOUR) == HOUR
    assert first_interval(HOUR, LIMITS) == 20 * MINUTE


def test_failures_double_the_wait_and_retry_after_is_kept():
    """A dead source costs less and less; a site that says when to come back is believed, within the limits."""
    waits = [after_failure(HOUR / 4, failures=n, retry_after=None, limits=LIMITS) for n in range(1, 9)]

    assert waits[:3] == [HOUR / 4, HOUR / 2, HOUR]
    assert waits[-1] == LIMITS.most
    assert after_failure(MINUTE, failures=1, retry_after=HOUR, limits=LIMITS) == HOUR
    assert after_failure(MINUTE, failures=1, retry_after=72 * HOUR, limits=LIMITS) == LIMITS.most
    assert after_failure(HOUR, failures=10**9, retry_after=None, limits=LIMITS) == LIMITS.most


def test_a_source_may_ask_for_patience_but_not_for_silence():
    """Ten minutes are granted; a cache that says "good for a year" delays the news by an hour at most."""
    assert as_asked(2 * MINUTE, 10 * MINUTE) == 10 * MINUTE
    assert as_asked(2 * MINUTE, 9999 * HOUR) == HOUR
    assert as_asked(2 * HOUR, 10 * MINUTE) == 2 * HOUR
    assert as_asked(MINUTE, None) == MINUTE


@given(st.floats(0, 1))
def test_jitter_stays_near_the_interval(chance):
    """Sources drift apart, but nobody waits twice as long."""
    assert 0.79 * HOUR <= with_jitter(HOUR, chance) <= 1.21 * HOUR


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.99])
def test_after_downtime_what_fell_due_is_caught_up_with_spread_over_a_minute(chance):
    """A thousand overdue feeds do not start in the same instant; what is due later keeps its time."""
    overdue = start_at(NOW - 5 * HOUR, now=NOW, interval=HOUR, limits=LIMITS, chance=chance)

    assert NOW <= overdue <= NOW + MINUTE
    assert start_at(NOW + HOUR, now=NOW, interval=HOUR, limits=LIMITS, chance=chance) == NOW + HOUR


def test_a_clock_that_was_set_back_silences_no_source():
    """A next time that lies years ahead is no plan."""
    assert start_at(NOW + 9999 * HOUR, now=NOW, interval=HOUR, limits=LIMITS, chance=0) == NOW + LIMITS.most


def test_one_host_never_holds_all_readers():
    """Of a host's hundred due sources one is read at a time, and others get their turn between."""
    agenda = Agenda()
    for n in range(100):
        agenda.put(f"big{n}", host="big", at=0)
    agenda.put("small", host="small", at=0.5)

    assert agenda.take(1) == "big0"
    assert agenda.take(1) == "small"
    assert agenda.take(1) is None
    assert agenda.overdue == 99
    agenda.done("big0", host="big", now=1)
    assert agenda.take(1) == "big1"


def test_sources_of_a_host_take_turns():
    """A source that has more to read goes behind those of its host that wait."""
    agenda = Agenda()
    for source in ("a", "b"):
        agenda.put(source, host="h", at=0)
    order = []
    for _ in range(4):
        source = agenda.take(1)
        assert source is not None
        assert agenda.take(1) is None
        order.append(source)
        agenda.done(source, host="h", now=1)
        agenda.put(source, host="h", at=1)

    assert order == ["a", "b", "a", "b"]


def test_a_source_is_due_at_its_latest_time_and_a_removed_one_never():
    """Putting again replaces; removing forgets, also what waits for a busy host."""
    agenda = Agenda()
    agenda.put("moved", host="h", at=1)
    agenda.put("moved", host="h", at=5)
    agenda.put("gone", host="g", at=0)
    agenda.remove(["gone"])

    assert agenda.next_at() == 5
    assert agenda.take(4) is None
    assert agenda.take(5) == "moved"
    agenda.put("waits", host="h", at=5)
    assert agenda.take(6) is None
    agenda.remove(["waits"])
    agenda.done("moved", host="h", now=6)
    assert agenda.take(7) is None
    assert len(agenda) == 1


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.booleans()), max_size=60))
def test_no_source_is_lost_or_read_twice_at_once(steps):
    """Whatever comes in whatever order, every source is due, waiting for its host, or being read."""
    agenda, reading, now = Agenda(), {}, 0.0
    known: dict[str, str] = {}
    for number, wait, is_put in steps:
        source, host = f"s{number}", f"h{number % 3}"
        if is_put and source not in known:
            agenda.put(source, host=host, at=now + wait)
            known[source] = host
        while taken := agenda.take(now):
            assert known[taken] not in reading.values()
            reading[taken] = known[taken]
        if source in reading:
            del reading[source]
            agenda.done(source, host=host, now=now)
            agenda.put(source, host=host, at=now + wait)
        now += wait
    seen = set(reading)
    for source, host in list(reading.items()):
        agenda.done(source, host=host, now=now)
    for _ in range(len(known) + 1):
        while taken := agenda.take(now + 100):
            seen.add(taken)
            agenda.done(taken, host=known[taken], now=now + 100)
    assert seen == set(known)
