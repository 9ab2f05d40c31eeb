"""The fetcher: one GET at a time per turn, with every limit in force and every redirect looked at.

What must stay true: nothing is fetched that robots.txt forbids, from no private address, no faster than the host's
politeness; nothing is held that is larger than the limit; a fetch ends within its time limit.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urljoin

import httpcore
import httpx

from services.produce.adapters.hosts import Hosts
from services.produce.adapters.network import Resolve, resolve, transport_of
from services.produce.adapters.robots_cache import RobotsCache
from services.produce.fetch_errors import (
    AccessDenied,
    FetchFailed,
    FetchTimeout,
    HostUnreachable,
    InvalidUrl,
    PageNotFound,
    RobotsForbid,
    ServerFailed,
    TooManyRedirects,
    TooManyRequests,
    UnexpectedStatus,
)
from services.produce.fetched import Fetched, Unchanged
from services.produce.http_headers import fresh_for, retry_after
from services.produce.refusals import BinaryPage, PageTooLarge
from services.produce.robots import agent_token
from services.produce.settings import ProduceSettings
from services.produce.unpack import ACCEPT_ENCODING, Unpacker
from services.produce.url_identity import host_of

_REDIRECTS: Final = (301, 302, 303, 307, 308)
_DENIED: Final = (401, 402, 403, 407, 451)
_ACCEPT: Final = "text/html,application/xhtml+xml,application/atom+xml,application/rss+xml,text/plain;q=0.9,*/*;q=0.5"
_DEFAULT_PAUSE: Final = timedelta(minutes=1)  # after a 429 that does not say how long
_NEVER_PAGES: Final = ("audio/", "video/", "image/", "font/")
_BACK_OFF_SECONDS: Final = 1.0


class Fetcher:
    """Fetches pages, feeds and robots.txt for the whole process; close it with aclose()."""

    def __init__(self, settings: ProduceSettings, *, resolve: Resolve = resolve) -> None:
        proxy = settings.proxy.get_secret_value() if settings.proxy else None
        self._settings = settings
        self._transport = transport_of(allowed=settings.networks, proxy=proxy, resolve=resolve)
        self._hosts = Hosts(delay=settings.host_delay, concurrency=settings.host_concurrency)
        self.robots = RobotsCache(
            self._fetch_robots,
            agent=agent_token(settings.user_agent),
            failed_seconds=settings.least_interval.total_seconds(),
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        max_bytes: int | None = None,
    ) -> Fetched | Unchanged:
        """Return what is at the URL; conditional when `etag` or `last_modified` are given.

        Tries `settings.attempts` times when that may help. Raises a FetchRefused, PageTooLarge or a FetchFailed.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in conditions.items() if value}
        for attempt in range(1, self._settings.attempts + 1):
            try:
                return await self._follow(url, headers, max_bytes or self._settings.max_page_bytes)
            except (TooManyRequests, PageNotFound):
                raise
            except FetchFailed:
                if attempt == self._settings.attempts:
                    raise
                await asyncio.sleep(_BACK_OFF_SECONDS * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))
        raise AssertionError("unreachable: attempts are at least one")

    async def _follow(self, url: str, headers: dict[str, str], max_bytes: int) -> Fetched | Unchanged:
        seen = [url]
        while True:
            if self._settings.obey_robots:
                await self._ask_robots(seen[-1])
            found = await self._get(seen[-1], headers, max_bytes)
            if not isinstance(found, str):
                return found
            if found in seen:
                raise TooManyRedirects(f"the redirects of {host_of(url)} go round in a circle")
            seen.append(found)
            if len(seen) > self._settings.max_redirects + 1:
                raise TooManyRedirects(f"expected at most {self._settings.max_redirects} redirects, found more")

    async def _ask_robots(self, url: str) -> None:
        robots = await self.robots.of(url)
        if not robots.allows(url):
            raise RobotsForbid(f"robots.txt of {_host(url)} forbids this address to {robots.agent}")
        if robots.crawl_delay_seconds:
            self._hosts.slow_down(_host(url), robots.crawl_delay_seconds)

    async def _get(self, url: str, headers: dict[str, str], max_bytes: int) -> Fetched | Unchanged | str:
        """One request in the host's turn; a string is where it redirects to."""
        host = _host(url)
        async with self._hosts.turn(host):
            try:
                async with asyncio.timeout(self._settings.request_timeout.total_seconds()):
                    return await self._request(url, headers, max_bytes)
            except (TimeoutError, httpx.TimeoutException, httpcore.TimeoutException):
                seconds = self._settings.request_timeout.total_seconds()
                raise FetchTimeout(f"{host} did not finish answering within {seconds:g} s") from None
            except (httpx.HTTPError, httpcore.ProtocolError, httpcore.NetworkError) as error:
                raise HostUnreachable(f"{host} cannot be read: {error or type(error).__name__}") from None
            except (httpx.InvalidURL, UnicodeError):
                raise InvalidUrl("expected a URL that can be asked for") from None
            except TooManyRequests as error:
                self._hosts.pause(host, error.retry_after or _DEFAULT_PAUSE)
                raise

    async def _request(self, url: str, headers: dict[str, str], max_bytes: int) -> Fetched | Unchanged | str:
        request = httpx.Request(
            "GET",
            url,
            headers={
                "User-Agent": self._settings.user_agent,
                "Accept": _ACCEPT,
                "Accept-Encoding": ACCEPT_ENCODING,
                **headers,
            },
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), 20.0)},
        )
        response = await self._transport.handle_async_request(request)
        try:
            now = datetime.now(UTC)
            if response.status_code in _REDIRECTS and "location" in response.headers:
                return _target(url, response.headers["location"])
            if response.status_code == 304 and headers:
                return Unchanged(url, fresh_for(response.headers, now))
            _check_status(response, url, now)
            body = await _read(response, max_bytes)
        finally:
            await response.aclose()
        told = response.headers.get
        return Fetched(
            url=url,
            body=body,
            content_type=told("content-type"),
            etag=told("etag"),
            last_modified=told("last-modified"),
            fresh_for=fresh_for(response.headers, now),
            fetched_at=now,
        )

    async def _fetch_robots(self, url: str) -> bytes | None:
        """The bytes of a robots.txt, None when the site has none; raises FetchFailed when it cannot be known."""
        for _ in range(self._settings.max_redirects + 1):
            try:
                found = await self._get(url, {}, 2 * self._settings.max_page_bytes)
            except (PageNotFound, AccessDenied, UnexpectedStatus, PageTooLarge, BinaryPage):
                return None  # RFC 9309, 2.3.1.3: unavailable means no rules
            if isinstance(found, Fetched):
                return found.body
            if isinstance(found, str):
                url = found
        return None


async def _read(response: httpx.Response, max_bytes: int) -> bytes:
    kind = response.headers.get("content-type", "").strip().lower()
    if kind.startswith(_NEVER_PAGES):  # entries of podcasts lead to them: not worth their megabytes
        raise BinaryPage(f"expected HTML or plain text, found {kind.partition(';')[0]}")
    stated = response.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > max_bytes:
        raise PageTooLarge(f"expected at most {max_bytes} bytes, found {stated}")
    unpacker = Unpacker(response.headers.get("content-encoding", ""), max_bytes=max_bytes)
    stream = response.stream
    assert isinstance(stream, httpx.AsyncByteStream)
    pieces: AsyncIterator[bytes] = aiter(stream)
    async for piece in pieces:
        unpacker.feed(piece)
    return unpacker.body()


def _check_status(response: httpx.Response, url: str, now: datetime) -> None:
    status, host = response.status_code, _host(url)
    if 200 <= status < 300:
        return
    wait = retry_after(response.headers, now)
    if status in (404, 410):
        raise PageNotFound(f"{host} has no such page ({status})")
    if status == 429 or (status == 503 and wait is not None):
        raise TooManyRequests(f"{host} asks to come back later ({status})", retry_after=wait)
    if status in _DENIED:
        raise AccessDenied(f"{host} refuses access ({status})")
    if status >= 500:
        raise ServerFailed(f"{host} failed ({status})", retry_after=wait)
    raise UnexpectedStatus(f"{host} answered with status {status}")


def _target(url: str, location: str) -> str:
    try:
        target = urljoin(url, location.strip())
        host_of(target)
    except ValueError:
        raise InvalidUrl(f"{_host(url)} redirects to something that is no http(s) URL") from None
    return target.partition("#")[0]


def _host(url: str) -> str:
    try:
        return host_of(url)
    except ValueError as error:
        raise InvalidUrl(str(error)) from None
