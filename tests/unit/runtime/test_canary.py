"""The canary page: an ordinary page in form, marked as a canary, different every time."""

from datetime import UTC, datetime, timedelta

from runtime.canary import SOURCE, Flights, canary_page
from schemas import Page

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_two_canaries_differ_and_each_is_marked():
    """No canary is taken for a duplicate of the one before, and none for a page of the world."""
    first, second = canary_page(NOON), canary_page(NOON + timedelta(seconds=10))

    assert first.canary and second.canary
    assert first.source == SOURCE
    assert first.id != second.id and first.sha256 != second.sha256
    assert first == canary_page(NOON)


def test_a_canary_survives_the_wire():
    """A canary is a page like any other for whoever reads the stream."""
    page = canary_page(NOON)

    assert Page.from_json(page.to_json()) == page


def test_a_flight_is_timed_once():
    """The second event of one canary, as after a redelivery, is not timed again."""
    flights = Flights().sent("pg_1", 100.0)

    flights, first = flights.arrived("pg_1", 100.4)
    flights, second = flights.arrived("pg_1", 101.0)

    assert (round(first or 0, 3), second) == (0.4, None)


def test_flights_that_never_arrive_do_not_pile_up():
    """A pipeline that is down for a day costs the monitor no memory."""
    flights = Flights(most=10)

    for number in range(1000):
        flights = flights.sent(f"pg_{number}", float(number))

    assert list(flights.sent_at) == [f"pg_{number}" for number in range(990, 1000)]
