"""The monitor on a real server: its canary flies, what it hears becomes known, and only one of them works."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from runtime import canary
from runtime.monitor import Monitor
from runtime.redis_client import connect
from runtime.settings import RuntimeSettings
from runtime.silence import Change
from schemas import Page, streams
from tests.wait import until


@pytest.fixture
def quick(settings: RuntimeSettings) -> RuntimeSettings:
    """The test's settings with a canary every fifth of a second."""
    return settings.model_copy(update={"canary_every": timedelta(seconds=0.2)})


@contextlib.asynccontextmanager
async def flying(settings: RuntimeSettings, redis: Any) -> AsyncIterator[tuple[Monitor, CollectorRegistry]]:
    registry = CollectorRegistry()
    monitor = Monitor(settings, registry)
    task = asyncio.create_task(monitor.run(redis))
    try:
        yield monitor, registry
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def value(registry: CollectorRegistry, name: str, **labels: str) -> float:
    return registry.get_sample_value(name, labels) or 0.0


async def echo(redis: Any, settings: RuntimeSettings) -> None:
    """Do for canary pages what the stages do: an event in the canary stream for each."""
    (pages,), (events,) = settings.keys(streams.PAGES), settings.keys(canary.STREAM)
    for id, fields in await redis.xrange(pages):
        page = Page.from_json(fields[b"d"])
        assert page.canary
        await redis.xadd(events, {"d": orjson.dumps({"data": {"page": {"id": page.id}}})})
        await redis.xdel(pages, id)


async def test_a_canary_that_comes_out_is_timed(quick, redis):
    """Sent, arrived and the moment of the last arrival are metrics."""
    async with flying(quick, redis) as (_, registry):
        started = value(registry, "tocsin_canary_last_arrived_timestamp_seconds")

        async def has_arrived() -> bool:
            await echo(redis, quick)
            return value(registry, "tocsin_canaries_arrived_total") >= 2

        await until(has_arrived, describe="two canaries arrived")

        assert value(registry, "tocsin_canaries_sent_total") >= 2
        assert value(registry, "tocsin_canary_seconds_count") >= 2
        assert value(registry, "tocsin_canary_last_arrived_timestamp_seconds") > started


async def test_a_canary_that_is_lost_is_not_counted_as_arrived(quick, redis):
    """Without stages canaries go in and nothing comes out, and the last arrival stays where it was."""
    async with flying(quick, redis) as (_, registry):
        started = value(registry, "tocsin_canary_last_arrived_timestamp_seconds")

        await until(lambda: value(registry, "tocsin_canaries_sent_total") >= 3, describe="three canaries were sent")

        assert value(registry, "tocsin_canaries_arrived_total") == 0
        assert value(registry, "tocsin_canary_last_arrived_timestamp_seconds") == started


async def test_the_streams_of_all_stages_are_seen(quick, redis):
    """What waits in front of a stage that has no worker at all is seen by the monitor."""
    (tagged,) = quick.keys(streams.READS["alert"])
    await redis.xadd(tagged, {"d": "{}"})

    async with flying(quick, redis) as (_, registry):
        await until(
            lambda: value(registry, "tocsin_stream_waiting_messages", stage="alert") == 1, describe="it is seen to wait"
        )


async def test_a_second_monitor_waits_for_the_first(quick, redis):
    """Of two monitors one sends canaries, and the other none."""
    async with flying(quick, redis) as (_, one), flying(quick, redis) as (_, other):

        def sent() -> list[float]:
            return sorted(value(registry, "tocsin_canaries_sent_total") for registry in (one, other))

        await until(lambda: sent()[1] >= 3, describe="one of them sends canaries")

        assert sent()[0] == 0


async def test_who_spoke_is_heard_and_a_silence_is_told(quick, redis):
    """Sources, languages and rules are learned from the archive and the log; a change is an event in `monitor`."""
    article = {"article": {"source": {"id": "herald"}, "language": "fr"}}
    alert = {"data": {"rule": {"id": "floods"}}}
    (archive,), (log,) = quick.keys(streams.ARCHIVE), quick.keys(streams.ALERTS)
    async with flying(quick, redis) as (monitor, registry):
        await until(lambda: {archive, log} <= set(monitor.hearing.heard_to), describe="it listens")
        await redis.xadd(archive, {"d": orjson.dumps(article)})
        await redis.xadd(log, {"d": orjson.dumps(alert)})

        heard = {("source", "herald"), ("language", "fr"), ("rule", "floods")}
        await until(lambda: set(monitor.hearing.watch.rhythms) == heard, describe="all three are heard")
        await monitor._tell(Change("source", "herald", "began", 0.0, 7200, 1e-7))

    (stream,) = quick.keys("monitor")
    ((_, fields),) = await redis.xrange(stream)
    event = orjson.loads(fields[b"d"])
    assert orjson.loads((await redis.xrevrange(log, count=1))[0][1][b"d"]) == event  # subscribers are told too
    assert (event["type"], event["subject"]) == ("tocsin.monitor.silence", "herald")
    assert event["data"]["quiet_seconds"] == 7200
    assert value(registry, "tocsin_silence_events_total", kind="source", change="began") == 1


@pytest.mark.parametrize(
    "limit", [pytest.param(1.1, id="nearly full"), pytest.param(0.9, id="full, no write is taken")]
)
async def test_the_archive_makes_room_for_pages(server, quick, limit):
    """Near the limit, and beyond it, the archive becomes shorter until memory is well below; nothing else does."""
    settings = quick.model_copy(update={"redis_url": SecretStr(server.url)})
    redis = connect(server.url)
    (archive,), (pages,) = settings.keys(streams.ARCHIVE), settings.keys(streams.READS["tag"])
    await redis.xadd(pages, {"d": "kept"})
    for _ in range(20):
        async with redis.pipeline(transaction=False) as pipe:
            for _ in range(100):
                pipe.xadd(archive, {"d": "x" * 5_000})
            await pipe.execute()
    used = (await redis.info("memory"))["used_memory"]
    await redis.config_set("maxmemory", int(used * limit))

    async with flying(settings, redis) as (_, registry):

        async def has_room() -> bool:
            return (await redis.info("memory"))["used_memory"] < used * limit * 0.72

        await until(has_room, describe="memory is below seven tenths", within_seconds=40)

        assert value(registry, "tocsin_archive_trimmed_articles_total") > 0
        assert await redis.xlen(archive) > 0
        assert await redis.xlen(pages) == 1
    await redis.aclose()
