"""Reading rules and matching articles take turns: neither keeps the other waiting for long."""

import threading

import pytest

from services.alert.adapters import turns
from services.alert.adapters.turns import Turns
from services.alert.rulebook import parse_rules
from tests.unit.alert.given_alerts import NAMES
from tests.unit.alert.test_alert_reload import ONE


def test_rules_that_take_long_to_read_get_less_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a worker handles some thirty messages a second for as long as that takes."""
    taking, waits, now = Turns(), [], [100.0]
    monkeypatch.setattr(turns, "sleep", waits.append)
    monkeypatch.setattr(turns, "monotonic", lambda: now[0])

    with taking.reading():
        taking.before(bytes)(b"soon")
        now[0] += turns.LONG_SECONDS
        taking.before(bytes)(b"later")

    assert waits == [turns.GIVE_WAY_SECONDS, turns.GIVE_WAY_LATER_SECONDS]


def test_reading_rests_while_a_message_is_handled_and_goes_on_beside_a_long_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between any two rules; a message that never ends would otherwise keep the old rules in force for ever."""
    most = turns.MOST_REST_SECONDS
    monkeypatch.setattr(turns, "MOST_REST_SECONDS", 10.0)  # so that a slow machine does not make the first one long
    taking, done, is_handled, may_end = Turns(), [], threading.Event(), threading.Event()

    def handle(data: bytes) -> None:
        is_handled.set()
        may_end.wait(10)
        done.append(data)

    with taking.reading():
        thread = threading.Thread(target=taking.before(handle), args=(b"one",))
        thread.start()
        assert is_handled.wait(10)
        threading.Timer(most, may_end.set).start()
        parse_rules({"a.yaml": ONE}, NAMES, rest=taking.rest)
        assert done == [b"one"]
        thread.join()

        monkeypatch.setattr(turns, "MOST_REST_SECONDS", most)
        is_handled.clear()
        may_end.clear()
        thread = threading.Thread(target=taking.before(handle), args=(b"two",))
        thread.start()
        assert is_handled.wait(10)
        parse_rules({"a.yaml": ONE}, NAMES, rest=taking.rest)
        assert done == [b"one"]
        may_end.set()
        thread.join()
