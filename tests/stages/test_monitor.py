"""The monitor on a real server: its canary flies, what it hears becomes known, and only one of them works."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from time import time
from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from redis.exceptions import RedisError

from runtime import canary
from runtime.monitor import Monitor
from runtime.monitor_metrics import TO_FORGET
from runtime.redis_client import connect
from runtime.settings import RuntimeSettings
from runtime.silence import Change, Rhythm
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


async def test_a_canary_takes_the_way_of_the_pages(quick, redis, monkeypatch, caplog):
    """It waits for replicas as pages do; that there is none is said, and the next one is sent."""
    monkeypatch.setattr("runtime.ingest.SYNC_TIMEOUT_MS", 20)
    caplog.set_level("INFO", "tocsin.monitor")
    async with flying(quick.model_copy(update={"wait_replicas": 1}), redis) as (_, registry):
        await until(lambda: value(registry, "tocsin_canaries_sent_total") >= 3, describe="three canaries were sent")

    assert "a canary page is not safe yet" in caplog.text


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


async def test_a_monitor_whose_lease_was_taken_stops_its_work(quick, redis):
    """One that was stopped for longer than its lease finds another at work, and lets it; its gauges do not stay old."""
    async with flying(quick, redis) as (monitor, registry):
        await until(lambda: value(registry, "tocsin_canaries_sent_total") >= 1, describe="it works")
        monitor.metrics.silences["rule"].set(1)
        await redis.set(monitor.lease._key, "another", ex=60)
        await until(lambda: value(registry, "tocsin_silences", kind="rule") == 0, describe="it has let go")
        sent = value(registry, "tocsin_canaries_sent_total")

        (tagged,) = quick.keys(streams.READS["alert"])
        await redis.xadd(tagged, {"d": "{}"})
        await until(
            lambda: value(registry, "tocsin_stream_waiting_messages", stage="alert") == 1, describe="it still looks"
        )
        assert value(registry, "tocsin_canaries_sent_total") == sent
        assert await redis.get(monitor.lease._key) == b"another"

        await redis.delete(monitor.lease._key)
        await until(lambda: value(registry, "tocsin_canaries_sent_total") > sent, describe="it works again")


async def test_a_monitor_that_ends_frees_its_lease(quick, redis):
    """After a restart or an upgrade the canary flies at once, and not only when the old lease has run out."""
    async with flying(quick, redis) as (monitor, registry):
        await until(lambda: value(registry, "tocsin_canaries_sent_total") >= 1, describe="it works")

    assert await redis.get(monitor.lease._key) is None


async def test_a_subject_that_was_ended_on_purpose_is_forgotten(quick, redis):
    """`tocsin silences forget` ends the alarm of a source that was removed, also over a restart of the monitor."""
    silent = Rhythm(slots_seen=999, slots_spoken=99, quiet_slots=9, surprise=99.0, is_silent=True)
    async with flying(quick, redis) as (monitor, registry):
        await until(lambda: value(registry, "tocsin_canaries_sent_total") >= 1, describe="it works")
        monitor.hearing.watch.rhythms.update({("source", "gone"): silent, ("source", "quiet"): silent})
        await monitor._close_slot()
        assert value(registry, "tocsin_silences", kind="source") == 2

        await redis.sadd(quick.keys("monitor", TO_FORGET)[0], "nonsense")
        assert await tocsin(quick, "silences", "list") == "source gone\nsource quiet\n"
        assert "expected no more" in await tocsin(quick, "silences", "forget", "source", "gone")

        await until(lambda: value(registry, "tocsin_silences", kind="source") == 1, describe="it is forgotten")
        await until(lambda: _is_empty(redis, quick.keys("monitor", TO_FORGET)[0]), describe="the request is dealt with")
        assert await tocsin(quick, "silences", "list") == "source quiet\n"
        assert "one of: source, rule, language" in await tocsin(quick, "silences", "forget", "sauce", "quiet")
    assert await redis.hkeys(quick.keys("monitor", "rhythms")[0]) == [b"source:quiet"]


async def test_who_was_told_of_a_silence_is_told_that_nobody_expects_it_any_more(quick, redis):
    """`tocsin silences forget` ends an announced silence with a recovery that says so; another one stays announced."""
    silent = Rhythm(quiet_slots=9, surprise=99.0, last_event_at=1_700_000_000.0, is_silent=True)
    (log,) = quick.keys(streams.ALERTS)
    async with flying(quick, redis) as (monitor, registry):
        await until(lambda: value(registry, "tocsin_canaries_sent_total") >= 1, describe="it works")
        monitor.hearing.watch.rhythms.update(
            {("source", "gone"): silent, ("source", "quiet"): silent, ("rule", "well"): Rhythm()}
        )

        await tocsin(quick, "silences", "forget", "source", "gone")
        await tocsin(quick, "silences", "forget", "rule", "well")
        await until(lambda: _is_empty(redis, quick.keys("monitor", TO_FORGET)[0]), describe="both are forgotten")

    ((_, fields),) = await redis.xrange(log)
    event = orjson.loads(fields[b"d"])
    assert (event["type"], event["subject"], event["data"]["forgotten"]) == ("tocsin.monitor.recovery", "gone", True)
    assert event["data"]["quiet_seconds"] == 2700
    assert value(registry, "tocsin_silence_events_total", kind="source", change="ended") == 1


async def test_a_silence_that_a_full_server_did_not_take_is_told_when_there_is_room(server, quick):
    """What was noticed is kept until the log has it, once and in order; who subscribes must not wait for ever."""
    settings = quick.model_copy(update={"redis_url": SecretStr(server.url)})
    redis = connect(server.url)
    (log,) = settings.keys(streams.ALERTS)
    async with flying(settings, redis) as (monitor, registry):
        await until(lambda: value(registry, "tocsin_canaries_sent_total") >= 1, describe="it works")
        await redis.config_set("maxmemory", 1)
        monitor._note(Change("source", "herald", "began", 0.0, 7200, 1e-7))
        with pytest.raises(RedisError):
            await monitor._tell()
        monitor._note(Change("source", "herald", "ended", 0.0, 7500, 1e-7))
        assert await redis.xlen(log) == 0

        await redis.config_set("maxmemory", 0)
        await until(lambda: not monitor.untold, describe="both are told")

    told = [orjson.loads(fields[b"d"])["data"]["change"] for _, fields in await redis.xrange(log)]
    assert told == ["began", "ended"]
    await redis.aclose()


async def test_a_slot_in_which_the_pipeline_stood_still_for_a_while_is_not_counted(quick, redis):
    """Also when canaries come again before its end: who could not be heard is not taken for quiet."""
    async with flying(quick, redis) as (monitor, registry):
        monitor.hearing.watch.heard("source", "herald", 0.0)
        await until(lambda: value(registry, "tocsin_canaries_sent_total") >= 6, describe="nothing comes out")

        async def goes_on() -> bool:
            await echo(redis, quick)
            return value(registry, "tocsin_canaries_arrived_total") >= 6

        await until(goes_on, describe="canaries come again")
        await monitor._close_slot()
        assert monitor.hearing.watch.rhythms[("source", "herald")].slots_seen == 0

        monitor.last_arrival = time()
        await monitor._close_slot()
        assert monitor.hearing.watch.rhythms[("source", "herald")].slots_seen == 1


async def tocsin(settings: RuntimeSettings, *arguments: str) -> str:
    """Return what a subcommand printed, run as a user does."""
    assert settings.redis_url
    known = {"TOCSIN_REDIS_URL": settings.redis_url.get_secret_value(), "TOCSIN_STREAM_PREFIX": settings.stream_prefix}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from services.cli.app import main; main()", *arguments),
        env={**os.environ, **known},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    return (await process.communicate())[0].decode()


async def _is_empty(redis: Any, key: str) -> bool:
    return not await redis.exists(key)


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
        monitor._note(Change("source", "herald", "began", 0.0, 7200, 1e-7))
        await monitor._tell()

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
