"""The sites of the farm: what each serves, and which of its pages should arrive."""

import asyncio
import gzip
import hashlib
import json
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.site_farm.http import Answer, Handler, Request

STARTED_AT = datetime.now(UTC).replace(microsecond=0)


def article(name: str, *, extra: str = "") -> str:
    """A page with two paragraphs of its own and chrome that is the same everywhere."""
    return (
        f"<html><head><title>Story {name}</title></head><body><nav>Home | World | Sport</nav>"
        f"<p>The ministry said on Tuesday that convoy {name} had reached the town after three days on the road.</p>"
        f"<p>Nobody was hurt, and the road was open again by the evening of the same day, {name} reported. {extra}</p>"
        "<footer>All rights reserved</footer></body></html>"
    )


@dataclass
class Site:
    """One host: its paths, and the bodies that should arrive from it (by SHA-256)."""

    host: str
    port: int
    paths: dict[str, Callable[[Request], Answer]] = field(default_factory=dict)
    wanted: set[str] = field(default_factory=set)

    def url(self, path: str) -> str:
        return f"http://{self.host}:{self.port}{path}"

    def handle(self, request: Request) -> Answer:
        serve = self.paths.get(request.path) or self.paths.get(request.path.partition("?")[0])
        return serve(request) if serve else Answer(b"nothing here", status=404)

    def page(self, path: str, body: str | bytes, *, is_wanted: bool = True, **headers: str) -> str:
        """Serve a page; returns its address."""
        raw = body.encode() if isinstance(body, str) else body
        told = {"Content-Type": "text/html; charset=utf-8", **{k.replace("_", "-"): v for k, v in headers.items()}}
        sent = gzip.compress(raw) if told.get("Content-Encoding") == "gzip" else raw
        self.paths[path] = lambda _: Answer(sent, headers=told)
        if is_wanted:
            self.wanted.add(hashlib.sha256(raw).hexdigest())
        return self.url(path)

    def feed(self, links: list[str], *, kind: str = "rss", path: str = "/feed", has_etag: bool = True) -> str:
        """Serve a feed of links; returns its address."""
        raw, content_type = FEEDS[kind](links)
        etag = f'"{hashlib.sha256(raw).hexdigest()[:12]}"'

        def serve(request: Request) -> Answer:
            headers = {"Content-Type": content_type} | ({"ETag": etag} if has_etag else {})
            if has_etag and request.headers.get("if-none-match") == etag:
                return Answer(status=304, headers=headers | {"Content-Length": "0"})
            return Answer(raw, headers=headers)

        self.paths[path] = serve
        return self.url(path)


def rss(links: list[str]) -> tuple[bytes, str]:
    items = "".join(
        f"<item><title>T{n}</title><link>{link.replace('&', '&amp;')}</link><guid>{link.replace('&', '&amp;')}</guid>"
        f"<pubDate>{_rfc822(n)}</pubDate></item>"
        for n, link in enumerate(links)
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>F</title>{items}</channel></rss>'.encode(),
        "text/xml",
    )


def atom(links: list[str]) -> tuple[bytes, str]:
    items = "".join(
        f'<entry><title>T{n}</title><id>urn:{n}:{link}</id><link href="{link}"/>'
        f"<updated>{(STARTED_AT - timedelta(hours=n)).isoformat()}</updated></entry>"
        for n, link in enumerate(link.replace("&", "&amp;") for link in links)
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title>{items}</feed>'.encode(), "application/atom+xml"


def json_feed(links: list[str]) -> tuple[bytes, str]:
    items = [{"id": link, "url": link, "title": "T", "date_published": STARTED_AT.isoformat()} for link in links]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": items}
    return json.dumps(feed).encode(), "application/feed+json"


FEEDS = {"rss": rss, "atom": atom, "json": json_feed}


def _rfc822(hours_ago: int) -> str:
    return (STARTED_AT - timedelta(hours=hours_ago)).strftime("%a, %d %b %Y %H:%M:%S GMT")


async def endless(piece: bytes, pause_seconds: float) -> AsyncIterator[bytes]:
    while True:
        yield piece
        await asyncio.sleep(pause_seconds)


def bomb(size_bytes: int) -> bytes:
    """A gzip stream of `size_bytes` spaces."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    pieces = [packer.compress(b" " * 1_000_000) for _ in range(size_bytes // 1_000_000)]
    return b"".join(pieces) + packer.flush()


@dataclass
class Farm:
    """Many sites: `feeds` are the addresses to read, `wanted` what should arrive."""

    port: int
    sites: dict[str, Site] = field(default_factory=dict)
    feeds: list[str] = field(default_factory=list)

    def site(self, host: str) -> Site:
        return self.sites.setdefault(host, Site(host, self.port))

    @property
    def handlers(self) -> dict[str, Handler]:
        return {host: site.handle for host, site in self.sites.items()}

    @property
    def wanted(self) -> set[str]:
        return set().union(*(site.wanted for site in self.sites.values()))


def add_good_sites(farm: Farm, count: int, pages_each: int = 3) -> None:
    """Sites as they should be: every kind of feed, with and without ETag, packed and not, in several charsets."""
    for n in range(count):
        site = farm.site(f"good{n}.farm.example")
        links = []
        for p in range(pages_each):
            name = f"{n}-{p}"
            if p % 3 == 1:
                links.append(site.page(f"/{name}", article(name), Content_Encoding="gzip"))
            elif p % 3 == 2:
                raw = article(f"{name} près de Niamey").encode("windows-1252")
                links.append(site.page(f"/{name}", raw, Content_Type="text/html; charset=windows-1252"))
            else:
                links.append(site.page(f"/{name}", article(name)) + "?utm_source=rss&utm_medium=feed")
        farm.feeds.append(site.feed(links, kind=("rss", "atom", "json")[n % 3], has_etag=n % 4 != 3))
