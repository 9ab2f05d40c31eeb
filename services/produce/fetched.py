"""What a fetch gives: a body, or the news that nothing changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a GET brought: bytes as they are once unpacked, and what the server said of them."""

    url: str  # after redirects
    body: bytes
    content_type: str | None
    etag: str | None
    last_modified: str | None
    fresh_for: timedelta | None
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A conditional GET found nothing new (304)."""

    url: str
    fresh_for: timedelta | None


class Fetch(Protocol):
    """GET a URL politely; raises FetchRefused, PageTooLarge or FetchFailed (adapters/fetcher.py)."""

    async def __call__(  # noqa: D102  (the class says it)
        self, url: str, *, etag: str | None = None, last_modified: str | None = None, max_bytes: int | None = None
    ) -> Fetched | Unchanged: ...
