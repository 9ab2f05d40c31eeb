"""HTTP headers that tell when to come back: Retry-After, Cache-Control, Expires."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

_MAX_AGE: Final = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
MAX_WAIT: Final = timedelta(days=1)  # longer is a mistake of the server, or a way to be forgotten


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long the server asks to be left alone (seconds or a date), at most MAX_WAIT; None when it does not."""
    stated = headers.get("retry-after", "").strip()
    if stated.isdecimal():
        return min(timedelta(seconds=min(int(stated), 10**6)), MAX_WAIT)
    at = _date(stated)
    return min(max(at - now, timedelta(0)), MAX_WAIT) if at else None


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long the answer stays good by Cache-Control or Expires, at most MAX_WAIT; None when unsaid."""
    control = headers.get("cache-control", "")
    if "no-cache" in control.lower() or "no-store" in control.lower():
        return None
    if match := _MAX_AGE.search(control):
        age = headers.get("age", "")
        seconds = int(match[1]) - (int(age) if age.isdecimal() and len(age) < 10 else 0)
        return min(timedelta(seconds=max(0, seconds)), MAX_WAIT)
    at = _date(headers.get("expires", ""))
    return min(max(at - now, timedelta(0)), MAX_WAIT) if at else None


def _date(stated: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(stated)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
