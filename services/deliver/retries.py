"""When to try a delivery again: the schedule that Standard Webhooks recommends, over almost three days."""

from datetime import datetime
from email.utils import parsedate_to_datetime

MINUTE, HOUR = 60, 3600
SECONDS = (5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)
JITTER = 0.2  # share by which a wait varies, so that what failed together does not come back together
MOST_ASKED_SECONDS = 24 * HOUR  # a receiver may ask for patience, not for oblivion


def wait_seconds(failures: int, *, chance: float, retry_after: float | None = None) -> float | None:
    """Return the wait after so many failures (1, 2 …), None when it is time to give up.

    `chance` is from 0.0 to 1.0. A receiver that asks for more patience by Retry-After gets it.
    """
    if failures > len(SECONDS):
        return None
    wait = SECONDS[failures - 1] * (1 - JITTER + 2 * JITTER * chance)
    return max(wait, min(retry_after or 0.0, MOST_ASKED_SECONDS))


def retry_after_seconds(header: str | None, *, now: datetime) -> float | None:
    """Return the seconds a Retry-After header asks for, in either of its forms; None when it asks for nothing."""
    if not header:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text[:9]), MOST_ASKED_SECONDS))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    return max(0.0, (at - now).total_seconds())
