"""The ingest edge on a real server: once, bounded, counted, and durable when asked."""

import asyncio
from time import time
from typing import Any

import pytest

from runtime.ingest import Ingest
from runtime.redis_client import connect
from runtime.settings import RuntimeSettings
from schemas import streams
from services.cli.push import Pushed, push_paths


def an_ingest(redis: Any, settings: RuntimeSettings, **given: Any) -> Ingest:
    limits = {"max_waiting": 1000, "remember_seconds": 3600, "durable": False} | given
    return Ingest(redis, prefix=settings.stream_prefix, partition=settings.tags[0], **limits)


def key(settings: RuntimeSettings, *names: str) -> str:
    return streams.key(settings.stream_prefix, settings.tags[0], *names)


async def stats(redis: Any, settings: RuntimeSettings) -> dict[str, int]:
    counts = await redis.hgetall(key(settings, "stats", "produce"))
    return {name.decode(): int(count) for name, count in counts.items()}


async def test_a_page_enters_once_whoever_sends_it_again(redis, settings):
    """Twenty pushes of one identity at the same time leave one entry, and every one of them is counted."""
    ingest = an_ingest(redis, settings)

    outcomes = await asyncio.gather(*(ingest.push(b"page", identity="one") for _ in range(20)))

    assert sorted(outcomes) == ["accepted"] + ["duplicate"] * 19
    assert [fields async for _, fields in entries(redis, settings)] == [{b"d": b"page"}]
    assert await stats(redis, settings) == {"in": 20, "out": 1, "dropped:duplicate": 19}


async def entries(redis: Any, settings: RuntimeSettings) -> Any:
    for entry in await redis.xrange(key(settings, streams.PAGES)):
        yield entry


async def test_a_full_stream_takes_nothing_and_forgets_nothing(redis, settings):
    """What found no room is not remembered as taken; it enters once there is room again."""
    ingest = an_ingest(redis, settings, max_waiting=2)
    pages = [(b"%d" % n, f"page {n}") for n in range(3)]

    assert await ingest.push_many([*pages, pages[0]]) == ["accepted", "accepted", "full", "duplicate"]
    oldest = await redis.xrange(key(settings, streams.PAGES), count=1)
    await redis.xdel(key(settings, streams.PAGES), oldest[0][0])

    assert await ingest.push_many(pages) == ["duplicate", "duplicate", "accepted"]
    counts = await stats(redis, settings)
    assert counts["in"] == counts["out"] + counts["dropped:duplicate"] == 6


async def test_the_memory_of_identities_is_bounded(redis, settings):
    """The identities that would be forgotten first are forgotten early when there are too many."""
    few = an_ingest(redis, settings, max_remembered=5)
    for n in range(12):
        await few.push(b"x", identity=str(n))

    assert await redis.zcard(key(settings, "seen", "pages")) == 5
    assert await few.push(b"x", identity="11") == "duplicate"
    assert await few.push(b"x", identity="0") == "accepted"


async def test_each_producer_remembers_for_as_long_as_it_says(redis, settings):
    """A brief memory forgets its own identities, and leaves alone those that another producer remembers for longer."""
    brief, long = an_ingest(redis, settings, remember_seconds=0), an_ingest(redis, settings)
    await long.push(b"x", identity="long")

    outcomes = [await brief.push(b"x", identity=identity) for identity in ("brief", "brief", "long")]

    assert outcomes == ["accepted", "accepted", "duplicate"]
    assert await long.push(b"x", identity="long") == "duplicate"


async def test_big_batches_keep_their_order(redis, settings):
    """A push of more than one script call, of pages small and large, arrives in the order it was given."""
    ingest = an_ingest(redis, settings)
    payloads = [b"%04d" % n + b"x" * (2_000_000 if n % 60 == 7 else 10) for n in range(250)]

    outcomes = await ingest.push_many([(payload, payload[:4].decode()) for payload in payloads])

    assert outcomes == ["accepted"] * 250
    arrived = [fields[b"d"] for _, fields in await redis.xrange(key(settings, streams.PAGES))]
    assert arrived == payloads


async def test_a_full_server_is_back_pressure_and_no_error(server, settings):
    """At maxmemory the server refuses the page whole; it is offered again later, as for a full stream."""
    redis = connect(server.url)
    ingest = an_ingest(redis, settings)
    await ingest.push(b"x", identity="before")
    await redis.config_set("maxmemory", 1)

    outcome = await ingest.push(b"page", identity="one")
    await redis.config_set("maxmemory", 0)

    assert outcome == "full"
    assert await ingest.push(b"page", identity="one") == "accepted"
    await redis.aclose()


@pytest.mark.parametrize("appendfsync", ["always", "everysec"])
async def test_a_durable_push_survives_a_kill_of_the_server(server, settings, appendfsync):
    """What a durable push has confirmed is there after SIGKILL, and is still known as taken."""
    redis = connect(server.url)
    await redis.config_set("appendfsync", appendfsync)
    ingest = an_ingest(redis, settings, durable=True)

    assert await ingest.push_many([(b"%d" % n, str(n)) for n in range(150)]) == ["accepted"] * 150
    await redis.aclose()
    server.kill()
    server.stop()
    server.start()

    redis = connect(server.url)
    again = an_ingest(redis, settings, durable=True)
    assert await redis.xlen(key(settings, streams.PAGES)) == 150
    assert set(await again.push_many([(b"%d" % n, str(n)) for n in range(150)])) == {"duplicate"}
    await redis.aclose()


async def test_a_server_without_a_log_takes_durable_pushes_with_a_warning(server, settings, caplog):
    """Where there is nothing to wait for, the push goes through and says so once."""
    redis = connect(server.url)
    await redis.config_set("appendonly", "no")
    ingest = an_ingest(redis, settings, durable=True)

    outcomes = [await ingest.push(b"x", identity="1"), await ingest.push(b"y", identity="2")]
    await redis.aclose()

    assert outcomes == ["accepted", "accepted"]
    assert [r.message for r in caplog.records] == ["durable pushes are not possible on this server"]


@pytest.mark.parametrize("durable", [True, False])
async def test_tocsin_push_waits_for_the_disk_when_asked(server, settings, tmp_path, monkeypatch, durable):
    """TOCSIN_PRODUCE_DURABLE speaks of every way in, not only of the sources that are read by themselves."""
    monkeypatch.setenv("TOCSIN_PRODUCE_DURABLE", str(durable))
    redis = connect(server.url)
    pushed = await a_push(redis, settings, tmp_path)

    assert pushed.accepted == 1
    assert ("cmdstat_waitaof" in await redis.info("commandstats")) is durable
    await redis.aclose()


async def test_a_pushed_page_is_known_as_long_as_the_setting_says(redis, settings, tmp_path, monkeypatch):
    """TOCSIN_PRODUCE_REMEMBER speaks of every way in too."""
    monkeypatch.setenv("TOCSIN_PRODUCE_REMEMBER", "P2D")
    await a_push(redis, settings, tmp_path)

    ((_, until_ms),) = await redis.zrange(key(settings, "seen", streams.PAGES), 0, -1, withscores=True)
    assert 2 * 86_400 - 60 < until_ms / 1000 - time() < 2 * 86_400 + 60


async def a_push(redis, settings, folder) -> Pushed:
    (folder / "page.txt").write_text("words")
    pushed = Pushed()
    async for _ in push_paths(redis, settings, [folder / "page.txt"], pushed=pushed):
        pass
    return pushed
