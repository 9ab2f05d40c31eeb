"""The produce app: off unless it is asked for, refuses a wrong file, takes up a changed one, outlives its Redis."""

import asyncio
import contextlib
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from runtime.redis_client import connect
from runtime.settings import RuntimeSettings
from services.produce.adapters.looks import check_sources, list_sources, probe, probe_all
from services.produce.adapters.producer import Producer
from services.produce.app import build
from services.produce.mark_verified import mark_verified
from services.produce.source_registry import SourcesInvalid
from tests.site_farm.http import Server
from tests.site_farm.producing import Readings, pages, pages_key, produce_settings, producing, specs_of
from tests.site_farm.sites import Farm, add_good_sites, article
from tests.wait import until


def registry(path: Path, urls: list[str], more: str = "") -> None:
    items = "".join(f"  - id: s{n}\n    kind: feed\n    url: {url}\n" for n, url in enumerate(urls))
    path.write_text(f"sources:\n{items}{more}")


@contextlib.asynccontextmanager
async def running(app):
    task = asyncio.create_task(app.run())
    try:
        yield
    finally:
        app.exit()
        await asyncio.wait_for(task, 10)


def folder_registry(watch: Path, inbox: Path) -> None:
    (watch / "sources.yaml").write_text(f"sources:\n  - id: inbox\n    kind: folder\n    url: {inbox}\n")


async def test_sources_are_read_only_when_they_are_switched_on(redis, settings, tmp_path, caplog):
    """`tocsin run` reaches out to nobody by itself; with sources=on it reads the user's file."""
    watch, inbox = tmp_path / "watch", tmp_path / "inbox"
    watch.mkdir()
    inbox.mkdir()
    (inbox / "one.txt").write_text("one")
    folder_registry(watch, inbox)
    runtime = settings.model_copy(update={"watch_dir": watch})

    caplog.set_level("INFO")
    async with running(build(runtime, produce_settings(sources="off"))):
        await until(lambda: "sources are read" in caplog.text, describe="the producer runs")
    assert [record.sources for record in caplog.records if record.message == "sources are read"] == [0]
    assert await pages(redis, runtime) == []

    async with running(build(runtime, produce_settings(sources="on", least_interval=0.2))):
        await until(lambda: pages(redis, runtime), describe="the page arrives")


def test_a_wrong_file_refuses_to_start_and_an_unused_one_does_not_matter(settings, tmp_path):
    """Every mistake is told before anything runs."""
    (tmp_path / "sources.yaml").write_text("sources:\n  - id: a\n    kind: feed\n    url: nowhere\n    tier: 9\n")
    runtime = settings.model_copy(update={"watch_dir": tmp_path})

    with pytest.raises(SourcesInvalid) as invalid:
        build(runtime, produce_settings(sources="on"))

    assert len(invalid.value.mistakes) == 2
    build(runtime, produce_settings(sources="off"))


async def test_a_changed_file_is_taken_up_and_a_wrong_one_is_not(redis, settings, tmp_path, caplog):
    """Sources come and go while the producer runs; a file with mistakes changes nothing and says so once."""
    path = tmp_path / "sources.yaml"
    async with Server({}) as server:
        farm = Farm(server.port)
        add_good_sites(farm, 2, pages_each=1)
        server.handlers = farm.handlers
        registry(path, farm.feeds[:1])
        specs = check_sources(path).sources
        async with producing(redis, settings, server, specs, path=path) as producer:
            await until(lambda: _has(redis, settings, 1), describe="the first source is read")
            registry(path, farm.feeds, more="  - nonsense\n")
            await until(lambda: "sources not reloaded" in caplog.text, describe="the mistake is told")
            assert producer.scheduler is not None
            assert len(producer.scheduler.specs) == 1
            registry(path, farm.feeds)
            await until(lambda: _has(redis, settings, 2), describe="the new source is read")

            async def all_well() -> bool:
                found = await list_sources(redis, settings, check_sources(path).sources)
                return len(found) == 2 and all(one.last_new_at and not one.failures for one in found)

            await until(all_well, describe="both sources are listed as well")

    assert {page.source.id for page in await pages(redis, settings)} == {"s0", "s1"}
    assert caplog.text.count("sources not reloaded") == 1


async def _has(redis, settings, count: int) -> bool:
    return len(await pages(redis, settings)) >= count


async def test_a_redis_that_goes_away_costs_no_page(server, settings):
    """Killed and started again in the middle of a reading, every page is there once."""
    port = server.port
    runtime = settings.model_copy(update={"redis_url": SecretStr(server.url)})
    server.wanted_port = port
    redis = connect(server.url)
    async with Server({}) as sites:
        farm = Farm(sites.port)
        add_good_sites(farm, 6, pages_each=6)
        sites.handlers = farm.handlers
        async with producing(redis, runtime, sites, specs_of(farm.feeds)) as producer:
            await until(lambda: _has(redis, runtime, 5), describe="some pages arrive")
            server.kill()
            server.stop()
            await until(lambda: producer.metrics.waits._value.get() > 3, describe="pushes wait for the server")
            server.start()
            await until(lambda: _has_all(server.url, runtime, farm), describe="all pages arrive", within_seconds=40)
            readings = Readings(producer)
            await until(lambda: readings.least() >= 2, describe="everything was read again", within_seconds=30)
    again = connect(server.url)
    assert await again.xlen(pages_key(runtime)) == len(farm.wanted)
    await again.aclose()
    await redis.aclose()


async def _has_all(url: str, runtime: RuntimeSettings, farm: Farm) -> bool:
    redis = connect(url)
    try:
        return {page.sha256 for page in await pages(redis, runtime)} == farm.wanted
    finally:
        await redis.aclose()


async def test_a_probe_finds_feeds_and_says_why_a_page_gives_nothing():
    """A front page leads to its feed, a feed is told as one, and a failure has a reason of the closed set."""
    async with Server({}) as server:
        site = Farm(server.port).site("probed.farm.example")
        feed = site.feed([site.page("/story", article("probed"))], path="/rss.xml")
        site.page(
            "/linked",
            article("x", extra="<!-- -->").replace(
                "<title>", f'<link rel="alternate" type="application/rss+xml" href="{feed}"><title>'
            ),
        )
        site.page("/", article("front"))
        server.handlers = {site.host: site.handle}
        settings = produce_settings()

        async def look(path: str):
            return await probe(site.url(path), settings, resolve=server.resolve)

        linked, front, itself, missing = [await look(path) for path in ("/linked", "/", "/rss.xml", "/nothing")]

    assert [(found.url, found.entries) for found in linked.feeds] == [(feed, 1)]
    assert linked.page is not None
    assert linked.title == "Story x"
    assert [found.url for found in front.feeds] == [feed]
    assert (itself.kind, itself.feeds[0].entries) == ("feed", 1)
    assert missing.reason == "page_not_found"
    assert (await probe("ftp://a.example", settings)).reason == "invalid_url"


async def test_every_source_of_a_file_is_tried_and_those_that_answer_are_marked(tmp_path):
    """A feed, a page in place of a feed, a missing one and a watched page; the rest of the file stays as it was."""
    async with Server({}) as server:
        site = Farm(server.port).site("tried.farm.example")
        story = site.page("/story", article("tried"))
        urls = [site.feed([story]), story, site.url("/missing")]
        server.handlers = {site.host: site.handle}
        path = tmp_path / "sources.yaml"
        watched = (
            f"  # by hand\n  - id: watched\n    kind: url\n    url: {story}?id=1\n    verified: false  # not yet\n"
        )
        registry(path, urls, more=watched)
        specs = check_sources(path).sources

        found = {spec.id: one async for spec, one in probe_all(specs, produce_settings(), resolve=server.resolve)}

    assert {id: one.reason for id, one in found.items()} == {
        "s0": None,
        "s1": "no_feed",
        "s2": "page_not_found",
        "watched": None,
    }
    assert found["s0"].feeds[0].entries == 1
    text = mark_verified(path.read_text(), ["s0", "watched"])
    path.write_text(text)
    assert [spec.id for spec in check_sources(path).sources if spec.is_verified] == ["s0", "watched"]
    assert "    verified: true  # not yet\n" in text
    assert mark_verified(text, ["s0", "watched"]) == text


def test_a_producer_says_whether_it_is_alive(settings):
    """Without a port nothing is served; with one the probes are there until they are stopped."""
    import urllib.error
    import urllib.request

    silent = Producer(produce_settings(), settings, registry=CollectorRegistry())
    silent.serve_probes()()
    port = _free_port()
    producer = Producer(
        produce_settings(), settings.model_copy(update={"probe_port": port}), registry=CollectorRegistry()
    )
    stop = producer.serve_probes()
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez") as answer:
            assert answer.status == 200
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            assert b'tocsin_pages_dropped_total{reason="robots_forbid"} 0.0' in answer.read()
        with pytest.raises(urllib.error.HTTPError) as not_ready:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz")
        not_ready.value.close()
        assert not_ready.value.code == 503
    finally:
        stop()


def _free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def test_a_failure_on_the_way_out_does_not_keep_a_producer_alive(redis, settings):
    """Cancelled while a save fails, the producer ends; it does not take the failure for a Redis that is away."""
    has_begun = asyncio.Event()

    class Failing(Producer):
        async def _run(self, *_):
            has_begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                raise ConnectionError("the connection broke while it was being closed")

    task = asyncio.create_task(Failing(produce_settings(), settings, registry=CollectorRegistry()).run(redis, ()))
    await has_begun.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)
