"""In which order candidates are decided: that of events, whatever order, partition or worker they come from.

What must stay true: two candidates are released in the order of their events unless the earlier event arrives more than
the settling time after the later one; and nothing waits longer than that.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from schemas import Article
from services.alert.sketch import event_time


class Rank(NamedTuple):
    """The place of a candidate: canaries at once, then by time of the event, an edit behind what it edits, by page."""

    is_news: bool
    event_at: datetime
    revision: int
    page: str


class Arrival(NamedTuple):
    """A candidate that waits."""

    rank: Rank
    id: str  # of its entry
    arrived_ms: int


def rank_of(article: Article) -> Rank:
    """Return the place of an article; nothing but the article decides it."""
    return Rank(not article.canary, event_time(article), article.revision, article.id)


def released(waiting: Iterable[Arrival], *, now_ms: int, settle_ms: int) -> list[Arrival]:
    """Return what is to be decided now, in order: what waited long enough, and all that comes before it."""
    waiting = sorted(waiting)
    ready = [number for number, one in enumerate(waiting) if _is_ready(one, now_ms, settle_ms)]
    return waiting[: ready[-1] + 1] if ready else []


def _is_ready(one: Arrival, now_ms: int, settle_ms: int) -> bool:
    return not one.rank.is_news or now_ms - one.arrived_ms >= settle_ms
