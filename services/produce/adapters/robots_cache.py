"""robots.txt of every host, asked once a day, by one request however many pages wait for it."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from services.produce.fetch_errors import FetchFailed, FetchRefused, RobotsUnreachable
from services.produce.robots import Robots, parse_robots

GOOD_SECONDS: Final = 24 * 3600.0  # RFC 9309, 2.4
FAILED_SECONDS: Final = 10 * 60.0  # a site that is down is asked again soon
MAX_HOSTS: Final = 20_000

FetchRobots = Callable[[str], Awaitable[bytes | None]]


class RobotsCache:
    """Remembers the rules of the most recently used hosts."""

    def __init__(self, fetch: FetchRobots, *, agent: str) -> None:
        self._fetch = fetch
        self._agent = agent
        self._known: OrderedDict[str, tuple[float, Robots | FetchFailed | FetchRefused]] = OrderedDict()
        self._asking: dict[str, asyncio.Lock] = {}

    async def of(self, url: str) -> Robots:
        """Return the rules of the URL's host; raises RobotsUnreachable, or the FetchRefused its robots.txt met."""
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
        if isinstance(found, FetchRefused):
            raise type(found)(str(found))
        raise RobotsUnreachable(f"robots.txt cannot be read: {found}", retry_after=found.retry_after)

    def _remembered(self, site: str) -> Robots | FetchFailed | FetchRefused | None:
        until, found = self._known.get(site, (0.0, None))
        if until <= monotonic():
            return None
        self._known.move_to_end(site)
        return found

    async def _ask(self, site: str) -> Robots | FetchFailed | FetchRefused:
        found: Robots | FetchFailed | FetchRefused
        try:
            raw = await self._fetch(f"{site}/robots.txt")
            found = Robots(None, self._agent) if raw is None else parse_robots(raw, agent=self._agent)
            seconds = GOOD_SECONDS
        except (FetchFailed, FetchRefused) as error:
            found, seconds = error, FAILED_SECONDS
        self._known[site] = (monotonic() + seconds, found)
        self._known.move_to_end(site)
        while len(self._known) > MAX_HOSTS:
            self._known.popitem(last=False)
        return found
