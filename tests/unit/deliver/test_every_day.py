"""The chart of a backtest has a bar for every day, so that its axis is a time and not a list."""

from datetime import date, timedelta

from services.deliver.adapters.desk_worker import DAYS_SHOWN, every_day

MONDAY = date(2026, 3, 2)


def test_days_without_an_alert_stand_between_those_with_one() -> None:
    found = every_day([MONDAY + timedelta(days=3), MONDAY, MONDAY])

    assert found == [MONDAY + timedelta(days=number) for number in range(4)]


def test_of_very_many_days_the_newest_are_shown() -> None:
    found = every_day([MONDAY, MONDAY + timedelta(days=10 * DAYS_SHOWN)])

    assert len(found) == DAYS_SHOWN
    assert found[-1] == MONDAY + timedelta(days=10 * DAYS_SHOWN)


def test_without_an_alert_there_is_no_day() -> None:
    assert every_day([]) == []
