"""What a feed says, what its pages say later, and what sites ask for: revisions, dates, pauses, conditions."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from threading import Event
from time import monotonic

import pytest

from services.produce.adapters.network import resolve
from services.produce.source_registry import SourceSpec
from tests.site_farm.http import Answer, Server
from tests.site_farm.producing import Readings, dropped, pages, producing, specs_of
from tests.site_farm.sites import STARTED_AT, Farm, article
from tests.wait import until


@pytest.fixture
async def server():
    async with Server({}) as server:
        yield server


def rss(*items: str) -> Answer:
    body = f"<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>F</title>{''.join(items)}</channel></rss>"
    return Answer(body.encode(), headers={"Content-Type": "application/rss+xml"})


def item(url: str, *, title: str = "T", hours_ago: float | None = 1) -> str:
    at = STARTED_AT - timedelta(hours=hours_ago or 0)
    date = f"<pubDate>{at.strftime('%a, %d %b %Y %H:%M:%S GMT')}</pubDate>" if hours_ago is not None else ""
    return f"<item><title>{title}</title><link>{url}</link>{date}</item>"


async def test_an_edited_page_is_a_new_revision_and_an_unchanged_one_is_dropped(redis, settings, server):
    """The feed announces two updates: one is an edit of the prose, the other only a new advertisement around it."""
    site = Farm(server.port).site("edits.farm.example")
    edited, same = site.page("/edited", article("first")), site.page("/same", article("same"))
    announced = [item(edited), item(same)]
    site.paths["/feed"] = lambda _: rss(*announced)
    server.handlers = {site.host: site.handle}

    async with producing(redis, settings, server, specs_of([site.url("/feed")])) as producer:
        readings = Readings(producer)
        await until(lambda: readings.least() >= 2, describe="both pages were read")
        site.page("/edited", article("second"))
        site.page("/same", article("same").replace("Sport", "Advertisement"))
        announced[:] = [item(edited, title="Updated"), item(same, title="Updated")]
        before = readings.least()
        await until(lambda: readings.least() >= before + 2, describe="both pages were read again")

    arrived = await pages(redis, settings)
    assert [(page.url, page.revision) for page in arrived] == [(same, 1), (edited, 1), (edited, 2)]
    assert await dropped(redis, settings, "duplicate") == 1
    assert len({page.id for page in arrived}) == 3


async def test_dates_are_what_the_feed_states_and_old_entries_are_left(redis, settings, server):
    """Published comes from the feed, unknown stays unknown, and what is older than the limit is not fetched."""
    site = Farm(server.port).site("dates.farm.example")
    links = [site.page(f"/{name}", article(name)) for name in ("fresh", "undated", "old")]
    edited = STARTED_AT.isoformat()
    first = item(links[0], title="Fresh").replace("</item>", f"<atom:updated>{edited}</atom:updated></item>")
    feed = rss(first, item(links[1], hours_ago=None), item(links[2], hours_ago=24 * 60))
    site.paths["/feed"] = lambda _: feed
    server.handlers = {site.host: site.handle}

    spec = SourceSpec(id="dates", kind="feed", url=site.url("/feed"), name="Dates", country="NER", tier=2)
    async with producing(redis, settings, server, (spec,)) as producer:
        readings = Readings(producer)
        await until(lambda: readings.least() >= 2, describe="the feed was read")

    undated, fresh = await pages(redis, settings)
    assert fresh.published is not None
    assert fresh.published.value == (STARTED_AT - timedelta(hours=1)).isoformat()
    assert fresh.published.source == "feed"
    assert fresh.updated is not None
    assert (fresh.updated.value, fresh.updated.source) == (edited, "feed")
    assert fresh.title == "Fresh"
    assert (fresh.source.id, fresh.source.country, fresh.source.tier) == ("dates", "NER", 2)
    assert (undated.published, undated.updated) == (None, None)
    assert fresh.fetched_at >= STARTED_AT
    assert await dropped(redis, settings, "stale_entry") == 1
    assert "/old" not in {request.path for request in server.traffic[site.host].requests}


async def test_a_site_that_asks_for_a_pause_is_left_alone(redis, settings, server):
    """After a 429 with Retry-After nothing is asked of that host until then; afterwards its page arrives."""
    site = Farm(server.port).site("pause.farm.example")
    link = site.page("/page", article("patience"))
    good, asked_at = site.paths["/page"], []

    def busy_once(request):
        asked_at.append(request.at)
        return (
            good(request)
            if len(asked_at) > 1
            else Answer(status=429, headers={"Retry-After": "1", "Content-Length": "0"})
        )

    site.paths["/page"] = busy_once
    site.paths["/feed"] = lambda _: rss(item(link))
    server.handlers = {site.host: site.handle}

    async with producing(redis, settings, server, specs_of([site.url("/feed")])):
        await until(lambda: pages(redis, settings), describe="the page arrives")

    times = [request.at for request in server.traffic[site.host].requests]
    pause = min(at for at in times if at > asked_at[0]) - asked_at[0]
    assert pause >= 0.95


async def test_a_broken_host_does_not_hold_up_the_others(redis, settings, server):
    """Fifty feeds of hosts that never answer take the readers' time; a good one is read between them all the same."""
    farm = Farm(server.port)
    good = farm.site("good.farm.example")
    url = good.feed([good.page("/page", article("good"))])
    silent = [f"http://silent{n}.farm.example:{server.port}/feed" for n in range(50)]

    async def never(request):
        await asyncio.sleep(60)
        return Answer()

    server.handlers = {f"silent{n}.farm.example": never for n in range(50)} | farm.handlers
    started = monotonic()

    async with producing(redis, settings, server, specs_of([*silent, url]), concurrency=16, request_timeout=0.5):
        await until(lambda: pages(redis, settings), describe="the good page arrives", within_seconds=30)

    assert monotonic() - started < 15


async def test_a_watched_page_is_pushed_when_its_prose_changes(redis, settings, server):
    """Each edit is one revision; a counter that moves is none."""
    site = Farm(server.port).site("watched.farm.example")
    versions = [article("one"), article("one").replace("Home", "Home 2"), article("two")]
    asked = iter(range(100))
    site.paths["/live"] = lambda _: Answer(versions[min(next(asked), 2)].encode())
    server.handlers = {site.host: site.handle}

    async with producing(redis, settings, server, specs_of([site.url("/live")], kind="url")) as producer:
        readings = Readings(producer)
        await until(lambda: readings.least() >= 5, describe="the page was looked at five times")

    arrived = await pages(redis, settings)
    assert [(page.body, page.revision) for page in arrived] == [(versions[0], 1), (versions[2], 2)]
    assert await dropped(redis, settings, "unchanged") >= 2


async def test_a_news_sitemap_leads_to_its_pages(redis, settings, server):
    """Also through an index and a packed file."""
    import gzip

    site = Farm(server.port).site("maps.farm.example")
    links = [site.page(f"/{n}", article(f"map {n}")) for n in range(3)]
    urls = "".join(f"<url><loc>{link}</loc><lastmod>2026-01-01</lastmod></url>" for link in links)
    packed = gzip.compress(f"<urlset>{urls}</urlset>".encode())
    index = f"<sitemapindex><sitemap><loc>{site.url('/news.xml.gz')}</loc></sitemap></sitemapindex>".encode()
    site.paths["/news.xml.gz"] = lambda _: Answer(packed, headers={"Content-Type": "application/gzip"})
    site.paths["/index.xml"] = lambda _: Answer(index, headers={"Content-Type": "text/xml"})
    server.handlers = {site.host: site.handle}
    specs = specs_of([site.url("/index.xml")], kind="sitemap")

    async with producing(redis, settings, server, specs, oldest_entry=timedelta(days=10_000)) as producer:
        readings = Readings(producer)
        await until(lambda: readings.least() >= 2, describe="the sitemap was read twice")

    assert {page.url for page in await pages(redis, settings)} == set(links)
    assert len(await pages(redis, settings)) == 3


async def test_an_index_with_a_missing_sitemap_is_read_and_an_unchanged_one_is_not_sent_again(redis, settings, server):
    """One sitemap is gone and one is broken; of the other two, one says that it did not change, and one has news."""
    site = Farm(server.port).site("index.farm.example")
    old, new = site.page("/old", article("old")), site.page("/new", article("new"))
    news = [site.page("/first", article("first"))]
    names = ("gone", "broken", "archive", "news")
    index = "".join(f"<sitemap><loc>{site.url(f'/{name}.xml')}</loc></sitemap>" for name in names)
    sent: list[str] = []

    def serve(name, links):
        def answer(request):
            raw = f"<urlset>{''.join(f'<url><loc>{link}</loc></url>' for link in links)}</urlset>".encode()
            etag = f'"{len(links)}"'
            if request.headers.get("if-none-match") == etag:
                return Answer(status=304, headers={"Content-Length": "0"})
            sent.append(name)
            return Answer(raw, headers={"ETag": etag})

        return answer

    site.paths["/archive.xml"], site.paths["/news.xml"] = serve("archive", [old]), serve("news", news)
    site.paths["/broken.xml"] = lambda _: Answer(b"\x1f\x8b\x08half")
    site.paths["/index.xml"] = lambda _: Answer(f"<sitemapindex>{index}</sitemapindex>".encode())
    server.handlers = {site.host: site.handle}

    async with producing(redis, settings, server, specs_of([site.url("/index.xml")], kind="sitemap")) as producer:
        await until(lambda: _has(redis, settings, 2), describe="both sitemaps are read")
        readings = Readings(producer)
        await until(lambda: readings.least() >= 2, describe="the index was read again")
        news.append(new)
        await until(lambda: _has(redis, settings, 3), describe="the news arrive")
        assert producer.scheduler is not None
        assert producer.scheduler.checkpoints["sitemap0"].failures == 0

    assert [page.url for page in await pages(redis, settings)] == [news[0], old, new]
    assert sent == ["archive", "news", "news"]
    assert await dropped(redis, settings, "page_not_found") >= 2


async def _has(redis, settings, count: int) -> bool:
    return len(await pages(redis, settings)) >= count


async def test_names_that_do_not_resolve_do_not_keep_pages_from_being_parsed(server):
    """Fifty name servers that hang take threads of their own; what else needs a thread gets one at once."""
    hanging = Event()
    asks = [
        asyncio.create_task(resolve(f"a{n}.example", 80, look_up=lambda *_, **__: hanging.wait(30) and []))
        for n in range(50)
    ]
    try:
        async with asyncio.timeout(5):
            assert await asyncio.to_thread(lambda: "parsed") == "parsed"
    finally:
        hanging.set()
        await asyncio.gather(*asks)


async def test_a_proxy_is_used_and_not_asked_for_private_addresses(redis, settings, server):
    """Names go to the proxy as they are; an address that is private in itself is refused here."""
    site = Farm(server.port).site("behind.farm.example")
    link = site.page("/page", article("behind a proxy"))
    paths = [f"http://behind.farm.example{path}" for path in ("/feed", "/robots.txt", "/page")]
    site.paths["/feed"] = lambda _: rss(item(paths[2]), item("http://169.254.169.254/latest"), item("http://[::1]/"))
    asked: list[str] = []

    def proxy(request):
        asked.append(request.path)
        path = request.path.removeprefix("http://behind.farm.example")
        return site.handle(replace(request, path=path))

    server.handlers = {"behind.farm.example": proxy, "169.254.169.254": proxy, "[": proxy}

    async with producing(
        redis, settings, server, specs_of(paths[:1]), proxy=f"http://127.0.0.1:{server.port}"
    ) as producer:
        readings = Readings(producer)
        await until(lambda: readings.least() >= 2, describe="the feed was read twice")

    assert link
    assert [page.url for page in await pages(redis, settings)] == [paths[2]]
    assert set(asked) == set(paths)
    assert await dropped(redis, settings, "private_address") == 2
