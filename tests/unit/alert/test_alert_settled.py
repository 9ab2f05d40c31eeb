"""Candidates are released in the order of events, whatever order they arrive in, as long as none is too late."""

from datetime import timedelta
from random import Random

import pytest

from services.alert.settled import Arrival, Rank, rank_of, released
from tests.unit.alert.given_alerts import NOON, a_tagged_article

SETTLE_MS = 1000


def an_arrival(event: int, arrived_ms: int, *, is_news: bool = True) -> Arrival:
    return Arrival(
        Rank(is_news, NOON + timedelta(minutes=event), 1, f"pg_{event}"), f"{arrived_ms}-{event}", arrived_ms
    )


def order_of(arrivals: list[Arrival], step_ms: int) -> list[int]:
    """Return the events in the order they come out when somebody looks every `step_ms`."""
    told: list[Arrival] = []
    for now_ms in range(0, 10 * SETTLE_MS, step_ms):
        waiting = [one for one in arrivals if one.arrived_ms <= now_ms and one not in told]
        told += released(waiting, now_ms=now_ms, settle_ms=SETTLE_MS)
    return [int(one.rank.page.removeprefix("pg_")) for one in told]


@pytest.mark.parametrize("seed", range(20))
def test_any_order_of_arrival_within_the_settling_time_comes_out_in_the_order_of_events(seed):
    """Whenever anybody looks; each comes out once."""
    dice = Random(seed)
    arrivals = [an_arrival(event, dice.randrange(SETTLE_MS)) for event in range(50)]

    assert order_of(arrivals, step_ms=dice.choice((1, 7, 100, 990))) == list(range(50))


def test_a_stream_that_goes_on_comes_out_in_order_while_nothing_is_later_than_the_settling_time():
    """Events a minute apart, each up to the settling time late."""
    dice = Random(1)
    arrivals = [an_arrival(event, event * 50 + dice.randrange(SETTLE_MS)) for event in range(100)]

    assert order_of(arrivals, step_ms=3) == list(range(100))


def test_nothing_waits_longer_than_the_settling_time():
    assert released([an_arrival(1, 0)], now_ms=SETTLE_MS - 1, settle_ms=SETTLE_MS) == []
    assert released([an_arrival(1, 0)], now_ms=SETTLE_MS, settle_ms=SETTLE_MS) == [an_arrival(1, 0)]


def test_what_comes_too_late_comes_out_behind():
    early, late = an_arrival(2, 0), an_arrival(1, SETTLE_MS + 500)

    assert order_of([early, late], step_ms=10) == [2, 1]


def test_a_canary_does_not_wait_and_takes_nobody_along():
    canary, news = an_arrival(9, 10, is_news=False), an_arrival(1, 5)

    assert released([news, canary], now_ms=20, settle_ms=SETTLE_MS) == [canary]


def test_the_place_of_an_article_is_when_it_was_published_as_far_as_it_says():
    published = a_tagged_article("x", published="2026-03-02T09:00:00Z").article
    undated = a_tagged_article("y").article

    assert rank_of(published) == (True, NOON - timedelta(hours=3), 1, published.id)
    assert rank_of(undated) == (True, NOON, 1, undated.id)


def test_an_edit_comes_behind_what_it_edits():
    first = a_tagged_article("x", id="pg_9").article
    edit = a_tagged_article("y", id="pg_1", revision=2).article

    assert rank_of(first) < rank_of(edit)
