"""What `tocsin sources check|list|probe` tells: is the file right, how do sources stand, what would a site give."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

from runtime.cancelling import end
from runtime.errors import TocsinError
from runtime.settings import RuntimeSettings, load
from schemas import Page, Source
from services.produce.adapters.checkpoints import Checkpoints
from services.produce.adapters.fetcher import Fetcher
from services.produce.adapters.network import Resolve, resolve
from services.produce.adapters.registry_file import read_sources, sources_path
from services.produce.adapters.scheduler import is_silent
from services.produce.feed_to_entries import MAX_FEED_BYTES, NoFeed, feed_to_entries
from services.produce.fetched import Fetched
from services.produce.fetched_to_page import fetched_to_page
from services.produce.html_facts import html_facts
from services.produce.settings import ProduceSettings
from services.produce.sitemap_to_entries import NoSitemap, sitemap_to_entries
from services.produce.source_registry import Mistake, SourcesInvalid, SourceSpec
from services.produce.unpack import gunzipped

# Where content systems put their feed when the page does not say: WordPress, Drupal, SPIP, Ghost and static sites.
_USUAL_FEEDS: Final = ("feed/", "rss.xml", "feed.xml", "atom.xml", "rss", "index.xml", "spip.php?page=backend")
_FEEDS_TRIED: Final = 6


@dataclass(frozen=True, slots=True)
class Check:
    """A look at a file of sources: all its sources, or all its mistakes."""

    path: str
    sources: tuple[SourceSpec, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How one source stands."""

    spec: SourceSpec
    is_silent: bool = False
    failures: int = 0
    failed_because: str | None = None
    last_ok_at: datetime | None = None
    last_new_at: datetime | None = None
    next_at: datetime | None = None
    interval_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ProbedFeed:
    """A feed or sitemap that a site has."""

    url: str
    kind: str  # feed or sitemap, as in the registry
    title: str
    entries: int
    newest: str | None  # date of the newest entry, as the feed states it


@dataclass(frozen=True, slots=True)
class Probe:
    """What an address would give, or why it gives nothing."""

    url: str
    kind: str | None = None  # feed, sitemap or url: what to write into the registry
    feeds: tuple[ProbedFeed, ...] = ()
    page: Page | None = None
    title: str = ""
    reason: str | None = None  # of the closed sets of refusals and fetch errors
    message: str = ""


def check_sources(path: Path | None = None, settings: RuntimeSettings | None = None) -> Check:
    """Return a file's sources (default: the one in force) or its mistakes; raises Misconfigured when unreadable."""
    path = path or sources_path(settings or load(RuntimeSettings))
    try:
        return Check(str(path), sources=read_sources(path))
    except SourcesInvalid as error:
        return Check(str(path), mistakes=error.mistakes)


async def list_sources(
    redis: Any, settings: RuntimeSettings, specs: Sequence[SourceSpec], *, now: datetime | None = None
) -> list[SourceStatus]:
    """Return how each source stands, in the file's order; one that was never read has no times."""
    found = await Checkpoints(redis, prefix=settings.stream_prefix, partition=settings.tags[0]).load()
    statuses = []
    for spec in specs:
        checkpoint = found.get(spec.id)
        if checkpoint is None:
            statuses.append(SourceStatus(spec))
            continue
        statuses.append(
            SourceStatus(
                spec,
                is_silent=is_silent(spec, checkpoint, now or datetime.now(UTC)),
                failures=checkpoint.failures,
                failed_because=checkpoint.failed_because,
                last_ok_at=checkpoint.last_ok_at,
                last_new_at=checkpoint.last_new_at,
                next_at=checkpoint.next_at,
                interval_seconds=checkpoint.interval_seconds,
            )
        )
    return statuses


async def probe(url: str, settings: ProduceSettings | None = None, *, resolve: Resolve = resolve) -> Probe:
    """Return what is at a URL: a feed, a sitemap, or a page with the feeds of its site; nothing is pushed."""
    if "://" not in url:
        url = "https://" + url
    fetcher = Fetcher(settings or load(ProduceSettings), resolve=resolve)
    try:
        found = await fetcher.fetch(url, max_bytes=MAX_FEED_BYTES)
        assert isinstance(found, Fetched)  # nothing conditional was asked
        if feed := await asyncio.to_thread(_as_feed, found):
            return Probe(found.url, kind=feed.kind, feeds=(feed,), title=feed.title)
        return await _probe_page(found, fetcher)
    except TocsinError as error:
        return Probe(url, reason=error.reason, message=str(error))
    finally:
        await fetcher.aclose()


async def probe_all(
    specs: Sequence[SourceSpec], settings: ProduceSettings | None = None, *, resolve: Resolve = resolve
) -> AsyncIterator[tuple[SourceSpec, Probe]]:
    """Yield what each feed, sitemap and page of a registry gives, as they answer; politely, and nothing is pushed."""
    settings = settings or load(ProduceSettings)
    fetcher, slots = Fetcher(settings, resolve=resolve), asyncio.Semaphore(settings.concurrency)

    async def look(spec: SourceSpec) -> tuple[SourceSpec, Probe]:
        async with slots:
            return spec, await _probe_source(spec, fetcher)

    looks = [asyncio.create_task(look(spec)) for spec in specs if spec.kind in ("feed", "sitemap", "url")]
    try:
        for one in asyncio.as_completed(looks):
            yield await one
    finally:
        await end(looks)
        await fetcher.aclose()


async def _probe_source(spec: SourceSpec, fetcher: Fetcher) -> Probe:
    try:
        found = await fetcher.fetch(spec.url, max_bytes=MAX_FEED_BYTES)
        assert isinstance(found, Fetched)  # nothing conditional was asked
        if spec.kind == "url":
            return Probe(found.url, kind="url", page=await asyncio.to_thread(_page_of, found))
        feed = await asyncio.to_thread(_as_feed, found)
    except TocsinError as error:
        return Probe(spec.url, reason=error.reason, message=str(error))
    if feed is None or feed.kind != spec.kind:
        wrong = NoFeed(f"expected a {spec.kind}, found {feed.kind if feed else 'something else'}")
        return Probe(found.url, reason=wrong.reason, message=str(wrong))
    return Probe(found.url, kind=feed.kind, feeds=(feed,), title=feed.title)


def _page_of(found: Fetched) -> Page:
    return fetched_to_page(
        found.body,
        url=found.url,
        content_type=found.content_type,
        source=Source(id="probe"),
        fetched_at=found.fetched_at,
    ).page


async def _probe_page(found: Fetched, fetcher: Fetcher) -> Probe:
    facts = await asyncio.to_thread(html_facts, found.body, url=found.url)
    robots = await fetcher.robots.of(found.url)
    addresses = [url for url, _ in facts.feeds] or [urljoin(found.url, "/" + path) for path in _USUAL_FEEDS]
    feeds = [feed for url in addresses[:_FEEDS_TRIED] if (feed := await _try_feed(url, fetcher))]
    feeds += [feed for url in robots.sitemaps[:2] if (feed := await _try_feed(url, fetcher))]
    try:
        page = await asyncio.to_thread(_page_of, found)
    except TocsinError as error:
        return Probe(found.url, feeds=tuple(feeds), title=facts.title, reason=error.reason, message=str(error))
    return Probe(found.url, kind="url", feeds=tuple(feeds), page=page, title=facts.title)


async def _try_feed(url: str, fetcher: Fetcher) -> ProbedFeed | None:
    try:
        found = await fetcher.fetch(url, max_bytes=MAX_FEED_BYTES)
    except TocsinError:
        return None
    return await asyncio.to_thread(_as_feed, found) if isinstance(found, Fetched) else None


def _as_feed(found: Fetched) -> ProbedFeed | None:
    try:
        feed = feed_to_entries(found.body, url=found.url, content_type=found.content_type)
        newest = max((entry.published.value for entry in feed.entries if entry.published), default=None)
        return ProbedFeed(found.url, "feed", feed.title, len(feed.entries), newest)
    except NoFeed:
        pass
    try:
        sitemap = sitemap_to_entries(gunzipped(found.body, max_bytes=MAX_FEED_BYTES))
    except (NoSitemap, TocsinError):
        return None
    dates = (date.value for entry in sitemap.entries if (date := entry.published or entry.updated))
    return ProbedFeed(found.url, "sitemap", "", len(sitemap.entries) + len(sitemap.sitemaps), max(dates, default=None))
