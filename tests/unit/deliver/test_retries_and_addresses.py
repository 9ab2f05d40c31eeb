"""When to try again, and where never to go."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.deliver.addresses import ForbiddenTarget, check_url
from services.deliver.retries import SECONDS, retry_after_seconds, wait_seconds

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@given(st.floats(0, 1))
def test_tries_go_on_for_days_and_then_end(chance: float) -> None:
    """Waits grow, vary by a fifth, and sum up to more than two days."""
    waits = [wait_seconds(n, chance=chance) for n in range(1, len(SECONDS) + 1)]

    assert all(wait is not None and 0.79 * s <= wait <= 1.21 * s for wait, s in zip(waits, SECONDS, strict=True))
    assert sum(wait or 0 for wait in waits) > 2 * 24 * 3600 * 0.8
    assert wait_seconds(len(SECONDS) + 1, chance=chance) is None


def test_a_receiver_may_ask_for_patience_but_not_for_ever() -> None:
    """The longer of both waits counts, at most a day; a shorter one is not granted."""
    assert wait_seconds(1, chance=0.5, retry_after=120) == 120
    assert wait_seconds(2, chance=0.5, retry_after=1) == SECONDS[1]
    assert wait_seconds(1, chance=0.5, retry_after=1e9) == 24 * 3600


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param("120", 120, id="seconds"),
        pytest.param("Thu, 01 Jan 2026 12:01:00 GMT", 60, id="a date"),
        pytest.param("Thu, 01 Jan 2025 12:01:00 GMT", 0, id="a date that has been"),
        pytest.param("soon", None, id="nonsense"),
        pytest.param("²", None, id="a digit of another kind"),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_retry_after_is_read_in_both_forms(header: str | None, expected: float | None) -> None:
    """What cannot be read asks for nothing."""
    assert retry_after_seconds(header, now=NOW) == expected


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://x/", "ftp://x/", "x", "http://", "http://[::1", "//a"])
def test_only_the_web_is_asked(url: str) -> None:
    """Other schemes and what is no URL are refused before anything is resolved."""
    with pytest.raises(ForbiddenTarget):
        check_url(url)
