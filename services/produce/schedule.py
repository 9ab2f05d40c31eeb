"""When a source is read next: by the rhythm it shows, the rhythm it is expected to have, and what went wrong.

Pure: chance comes in as a number from 0 to 1, time as `now`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

from schemas import FoundDate

_FIRST_GUESS: Final = timedelta(minutes=15)  # for a source that shows no dates and states no rhythm
_READINGS_PER_GAP: Final = 3  # a page is then found after a sixth of the usual gap on average
_GROWTH: Final = 1.3  # of the interval after a reading without anything new, where no dates tell the rhythm
_SHRINK: Final = 0.6  # of the interval after one with something new
_LONGEST_ASKED: Final = timedelta(hours=1)
_JITTER: Final = 0.2  # of the interval: sources that start together drift apart
_NEWEST: Final = 12  # entries whose dates tell the rhythm


@dataclass(frozen=True, slots=True)
class Limits:
    """Between which intervals sources are read."""

    least: timedelta
    most: timedelta

    def clamp(self, interval: timedelta) -> timedelta:
        """Return the interval within the limits."""
        return min(max(interval, self.least), self.most)


def first_interval(rhythm: timedelta | None, limits: Limits) -> timedelta:
    """Return the interval of a source that was never read."""
    return limits.clamp(rhythm / _READINGS_PER_GAP if rhythm else _FIRST_GUESS)


def next_interval(
    interval: timedelta,
    *,
    has_new: bool,
    published: Iterable[FoundDate | None],
    now: datetime,
    rhythm: timedelta | None,
    limits: Limits,
) -> timedelta:
    """Return the interval after a reading that went well.

    The dates of the newest entries tell the rhythm; a source that has gone quiet is read less often, down to once per
    expected rhythm. Without dates the interval shrinks while readings find something and grows while they do not.
    """
    most = min(limits.most, rhythm) if rhythm else limits.most
    within = Limits(limits.least, max(most, limits.least))
    gap = usual_gap(published, now)
    if gap is not None:
        return within.clamp(gap / _READINGS_PER_GAP)
    return within.clamp(interval * (_SHRINK if has_new else _GROWTH))


def usual_gap(published: Iterable[FoundDate | None], now: datetime) -> timedelta | None:
    """Return the median gap between the newest dates, or a quarter of the newest one's age when that is longer.

    None with fewer than three dates that carry a time. Dates in the future tell nothing.
    """
    times = sorted({at for date in published if date and (at := _at(date)) and at <= now}, reverse=True)[:_NEWEST]
    if len(times) < 3:
        return None
    gaps = [newer - older for newer, older in pairwise(times)]
    seconds = median(gap.total_seconds() for gap in gaps)
    return max(timedelta(seconds=seconds), (now - times[0]) / 4)


def after_failure(interval: timedelta, *, failures: int, retry_after: timedelta | None, limits: Limits) -> timedelta:
    """Return how long to leave a source alone after its n-th failure in a row: doubling, and at least Retry-After."""
    doublings = min(max(failures, 1) - 1, 10)
    wait = min(interval * (1 << doublings), limits.most)
    return max(wait, limits.least, min(retry_after or timedelta(0), limits.most))


def as_asked(interval: timedelta, asked: timedelta | None) -> timedelta:
    """Return the interval, or the longer one that the source asks for (Cache-Control, ttl), at most an hour of it.

    Feeds behind a cache often claim to be good for a day or a year; asking once an hour is polite all the same.
    """
    return max(interval, min(asked or interval, _LONGEST_ASKED))


def with_jitter(interval: timedelta, chance: float) -> timedelta:
    """Return the interval shortened or lengthened by at most _JITTER; `chance` is from 0 to 1."""
    return interval * (1 + _JITTER * (2 * chance - 1))


def start_at(
    next_at: datetime | None, *, now: datetime, interval: timedelta, limits: Limits, chance: float
) -> datetime:
    """Return when a source is read first after a start of the process.

    What is due in the future keeps its time. What fell due meanwhile is caught up with at once but spread over a
    minute, or over its own interval when that is shorter; so is a source that was never read.
    """
    if next_at is not None and next_at > now:
        return min(next_at, now + limits.most)  # a clock that was set back must not silence a source
    return now + min(timedelta(minutes=1), interval) * chance


def _at(date: FoundDate) -> datetime | None:
    if "T" not in date.value:
        return None
    try:
        at = datetime.fromisoformat(date.value)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)  # only gaps and rough ages are taken from it
