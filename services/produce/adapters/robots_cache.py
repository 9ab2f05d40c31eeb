"""robots.txt of every host, asked once a day, by one request however many pages wait for it."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from services.produce.fetch_errors import FetchFailed, FetchRefused, FetchTimeout, HostUnreachable, RobotsUnreachable
from services.produce.robots import MAX_ROBOTS_BYTES, Robots, parse_robots

GOOD_SECONDS: Final = 24 * 3600.0  # RFC 9309, 2.4
MAX_HOSTS: Final = 20_000
MAX_BYTES: Final = 32 * 1024 * 1024  # of all files together; parsed they take a few times that

FetchRobots = Callable[[str], Awaitable[bytes | None]]


class RobotsCache:
    """Remembers the rules of the most recently used hosts."""

    def __init__(self, fetch: FetchRobots, *, agent: str, failed_seconds: float) -> None:
        """`failed_seconds` is how long a failure is remembered: one lost packet must not silence a host for long."""
        self._fetch = fetch
        self._agent = agent
        self._failed_seconds = failed_seconds
        self._known: OrderedDict[str, tuple[float, int, Robots | FetchFailed | FetchRefused]] = OrderedDict()
        self._size_bytes = 0
        self._asking: dict[str, asyncio.Lock] = {}

    async def of(self, url: str) -> Robots:
        """Return the rules of the URL's host; raises RobotsUnreachable, or what stands in the way of the whole host."""
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"
        lock = self._asking.setdefault(site, asyncio.Lock())
        try:
            async with lock:
                found = self._remembered(site) or await self._ask(site)
        finally:
            if not lock.locked():
                self._asking.pop(site, None)
        if isinstance(found, Robots):
            return found
        if isinstance(found, (FetchRefused, HostUnreachable, FetchTimeout)):
            raise type(found)(str(found))
        raise RobotsUnreachable(f"robots.txt cannot be read: {found}", retry_after=found.retry_after)

    def _remembered(self, site: str) -> Robots | FetchFailed | FetchRefused | None:
        until, _, found = self._known.get(site, (0.0, 0, None))
        if until <= monotonic():
            return None
        self._known.move_to_end(site)
        return found

    async def _ask(self, site: str) -> Robots | FetchFailed | FetchRefused:
        found: Robots | FetchFailed | FetchRefused
        size_bytes = 0
        try:
            raw = await self._fetch(f"{site}/robots.txt")
            found = Robots(None, self._agent)
            if raw is not None:  # half a megabyte of rules takes a tenth of a second
                found = await asyncio.to_thread(parse_robots, raw, agent=self._agent)
            seconds, size_bytes = GOOD_SECONDS, min(len(raw or b""), MAX_ROBOTS_BYTES)
        except (FetchFailed, FetchRefused) as error:
            found, seconds = error, self._failed_seconds
        self._forget(site)
        self._known[site] = (monotonic() + seconds, size_bytes, found)
        self._size_bytes += size_bytes
        while len(self._known) > MAX_HOSTS or (self._size_bytes > MAX_BYTES and len(self._known) > 1):
            self._forget(next(iter(self._known)))
        return found

    def _forget(self, site: str) -> None:
        _, size_bytes, _ = self._known.pop(site, (0.0, 0, None))
        self._size_bytes -= size_bytes
