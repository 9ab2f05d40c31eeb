"""The monitor's process: `python -m runtime.monitor` sends the canary, hears who speaks, and watches every stream.

It only looks: whatever it does or fails to do, no page waits for it. One a pipeline; a second one waits for the first.
"""

import asyncio
import contextlib
import json
import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import monotonic, time
from typing import Any

from prometheus_client import CollectorRegistry
from redis.exceptions import OutOfMemoryError, RedisError

from runtime import canary, probes, silence
from runtime.cancelling import end_if_cancelled
from runtime.hearing import KINDS, Hearing
from runtime.ingest import Ingest
from runtime.monitor_metrics import STANDING, STREAM, MonitorMetrics, PartitionMetrics
from runtime.partition_status import masters_of, placed
from runtime.redis_client import client, redis_url, wait_until_ready
from runtime.settings import RuntimeSettings, load
from runtime.stream_status import status_without_the_away, whole
from schemas import streams

log = logging.getLogger("tocsin.monitor")

MOST_EVENTS = 10_000
MOST_CANARIES = 1000  # events kept in the canary stream
STATUS_SECONDS = 2.0
LEASE_SECONDS = 15  # a second monitor takes over this long after the first was last seen
# Above this share of the server's limit the archive makes room: it is for backtests, and pages are for alerts. It is
# below the share at which TocsinRedisMemoryHigh fires, so that an archive alone never wakes anybody.
ARCHIVE_GIVES_WAY_ABOVE = 0.7
ARCHIVE_KEEPS = 0.8  # of its entries, each time; looked at again in STATUS_SECONDS
LATE_AFTER_INTERVALS = 3  # canaries in a row that must be missing before the pipeline counts as not working
HEAR_SECONDS = 0.5  # between looks at the streams it hears; an entry's own id says when it came


class Monitor:
    """The watcher of one pipeline; run() until it is cancelled."""

    def __init__(self, settings: RuntimeSettings, registry: CollectorRegistry) -> None:
        self.settings = settings
        self.canary_seconds = settings.canary_every.total_seconds()
        self.metrics = MonitorMetrics(stages=settings.stages, kinds=KINDS, registry=registry)
        self.partitions = PartitionMetrics(partitions=settings.tags, registry=registry)
        self.flights = canary.Flights()
        self.hearing = Hearing()
        self.last_turn = monotonic()
        self.last_arrival = time()
        self.metrics.canary_last_arrived.set(self.last_arrival)
        self.metrics.canary_interval.set(self.canary_seconds)
        self.redis: Any = None

    async def run(self, redis: Any) -> None:
        """Watch until cancelled; a server that is away is waited for."""
        self.redis = redis
        self.ways_in = {
            tag: Ingest(
                redis,
                prefix=self.settings.stream_prefix,
                partition=tag,
                max_waiting=self.settings.max_waiting,
                remember_seconds=60,
                durable=False,
            )
            for tag in self.settings.tags
        }
        await self._until_only_one()
        await self._through_trouble(self._remember)
        async with asyncio.TaskGroup() as tasks:
            for every_seconds, job in (
                (self.canary_seconds, self._send_canary),
                (HEAR_SECONDS, self._hear_canaries),
                (HEAR_SECONDS, self._hear_articles),
                (STATUS_SECONDS, self._look_at_streams),
                (STATUS_SECONDS, self._make_room),
                (LEASE_SECONDS / 3, self._renew_lease),
                (silence.SLOT_SECONDS, self._close_slot),
            ):
                tasks.create_task(self._for_ever(job, every_seconds))

    def _own(self, name: str) -> str:
        """Return a key of the monitor's own; all of them lie in the first partition."""
        return self.settings.keys(STREAM, name)[0]

    async def _for_ever(self, job: Callable[[], Awaitable[None]], every_seconds: float) -> None:
        if job == self._close_slot:
            # Slots begin at round times, so that a restart in between changes little.
            await asyncio.sleep(every_seconds - time() % every_seconds)
        while True:
            started = monotonic()
            await self._through_trouble(job)
            self.last_turn = monotonic()
            await asyncio.sleep(max(0.0, every_seconds - (monotonic() - started)))

    async def _through_trouble(self, job: Callable[[], Awaitable[None]]) -> None:
        try:
            await job()
        except (RedisError, OSError) as error:
            end_if_cancelled()
            log.debug("the monitor's look failed", extra={"error": type(error).__name__})
            await asyncio.sleep(1.0)
        end_if_cancelled()

    async def _until_only_one(self) -> None:
        self._lease = self._own("lease")
        self._me = f"{id(self)}-{time()}"
        while True:
            try:
                if await self.redis.set(self._lease, self._me, nx=True, ex=LEASE_SECONDS):
                    return
            except OutOfMemoryError:
                # A full server takes no lease from anybody, and somebody has to make room.
                await self._through_trouble(self._make_room)
            except (RedisError, OSError) as error:
                log.debug("no lease yet", extra={"error": type(error).__name__})
            end_if_cancelled()
            self.last_turn = monotonic()
            await asyncio.sleep(1.0)

    async def _renew_lease(self) -> None:
        if not await self.redis.expire(self._lease, LEASE_SECONDS):  # a full server allows it, and no SET
            await self.redis.set(self._lease, self._me, ex=LEASE_SECONDS)

    async def _send_canary(self) -> None:
        page = canary.canary_page(datetime.now(UTC))
        sent_at = time()
        self.flights = self.flights.sent(page.id, sent_at)
        self.metrics.canaries_sent.inc()
        self.metrics.canary_last_sent.set(sent_at)
        way_in = self.ways_in[streams.partition_of(page.id, self.settings.tags)]
        outcome = await way_in.push(page.to_json(), identity=page.id)
        if outcome == "full":
            log.info("no room for a canary page")

    async def _hear_canaries(self) -> None:
        for stream in self.settings.keys(canary.STREAM):
            for id, fields in await self._new_entries(stream):
                # The entry's id is the server's clock at the commit.
                await self._arrived(self.hearing.page_of(fields), at=_seconds(id))
            await self.redis.xtrim(stream, maxlen=MOST_CANARIES, approximate=True)

    async def _arrived(self, page_id: str, *, at: float) -> None:
        self.flights, seconds = self.flights.arrived(page_id, at)
        if seconds is None:
            return
        self.last_arrival = time()
        self.metrics.canaries_arrived.inc()
        self.metrics.canary_seconds.observe(seconds)
        self.metrics.canary_last_arrived.set(self.last_arrival)
        await self._show(canary={"at": at, "seconds": round(seconds, 3), "every_seconds": self.canary_seconds})

    async def _hear_articles(self) -> None:
        for name in (streams.ARCHIVE, streams.ALERTS):
            for stream in self.settings.keys(name):
                for id, fields in await self._new_entries(stream):
                    for change in self.hearing.heard(name, fields, _seconds(id)):
                        await self._tell(change)

    async def _new_entries(self, stream: str) -> list[Any]:
        """Return the entries that came since the last look; the first look finds the end, and nothing."""
        start = self.hearing.heard_to.get(stream)
        if start is None:
            last = await self.redis.xrevrange(stream, count=1)
            self.hearing.heard_to[stream] = last[0][0] if last else b"0-0"
            return []
        found = await self.redis.xread({stream: start}, count=1000)
        entries = list(found[0][1]) if found else []
        if entries:
            self.hearing.heard_to[stream] = entries[-1][0]
        return entries

    async def _look_at_streams(self) -> None:
        stages = await status_without_the_away(self.redis, self.settings)
        for status in whole(stages):
            if not status.is_away:
                self.metrics.streams[status.stage].show(status)
        self.partitions.show(placed(stages, self.settings, await masters_of(self.redis, self.settings)))
        if all(stage.is_away for stage in stages):
            raise ConnectionError("Redis is away")

    async def _make_room(self) -> None:
        """Shorten the archive when the server comes near its limit; at the limit pages would be refused for ever."""
        if self.settings.redis_cluster:  # every master has a limit of its own; their operator watches them
            return
        memory = await self.redis.info("memory")
        if memory["used_memory"] <= memory.get("maxmemory", 0) * ARCHIVE_GIVES_WAY_ABOVE or not memory.get("maxmemory"):
            return
        for stream in self.settings.keys(streams.ARCHIVE):
            length = await self.redis.xlen(stream)
            trimmed = await self.redis.xtrim(stream, maxlen=int(length * ARCHIVE_KEEPS), approximate=True)
            if trimmed:
                self.metrics.archive_trimmed.inc(trimmed)
                log.info("archive made room", extra={"entries": trimmed, "left": length - trimmed})

    async def _close_slot(self) -> None:
        is_late = time() - self.last_arrival > LATE_AFTER_INTERVALS * self.canary_seconds
        for change in self.hearing.watch.slot_over(time(), was_watching=not is_late):
            await self._tell(change)
        for kind in KINDS:
            self.metrics.silences[kind].set(len(self.hearing.watch.silent(kind)))
            self.metrics.silence_subjects[kind].set(self.hearing.watch.learned(kind))
        await self._show(silent={kind: self.hearing.watch.silent(kind) for kind in KINDS})
        if kept := self.hearing.to_hash():
            await self.redis.hset(self._own("rhythms"), mapping=kept)

    async def _show(self, **what: Any) -> None:
        """Note how things stand for whoever looks: JSON values in one hash, `monitor:standing`."""
        await self.redis.hset(self._own(STANDING), mapping={name: json.dumps(value) for name, value in what.items()})

    async def _remember(self) -> None:
        self.hearing.from_hash(await self.redis.hgetall(self._own("rhythms")))

    async def _tell(self, change: silence.Change) -> None:
        self.metrics.silence_events[(change.kind, change.change)].inc()
        self.metrics.silences[change.kind].set(len(self.hearing.watch.silent(change.kind)))
        await self._show(silent={kind: self.hearing.watch.silent(kind) for kind in KINDS})
        event = silence.event_of(change, datetime.now(UTC))
        log.warning("silence " + change.change, extra=event["data"])
        entry = {"d": json.dumps(event, ensure_ascii=False)}
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.xadd(self.settings.keys(STREAM)[0], entry, maxlen=MOST_EVENTS, approximate=True)
            # Beside the alerts, so that whoever subscribes to them can be told, in order and by the same ways.
            pipe.xadd(self.settings.keys(streams.ALERTS)[0], entry)
            await pipe.execute()


def _seconds(id: bytes) -> float:
    """Return the Unix time in the id of a stream's entry."""
    return int(id.split(b"-")[0]) / 1000


class MonitorProcess:
    """The monitor as a process of its own, with its probes."""

    def __init__(self, settings: RuntimeSettings) -> None:
        self.settings = settings

    async def run(self) -> None:
        """Watch until SIGTERM or SIGINT."""
        await _watch(self.settings)


def build(settings: RuntimeSettings | None = None) -> MonitorProcess:
    """Return the monitor, ready to run; raises Misconfigured on a wrong setup."""
    return MonitorProcess(settings or load(RuntimeSettings))


async def _watch(settings: RuntimeSettings) -> None:
    registry = CollectorRegistry()
    monitor = Monitor(settings, registry)
    url = redis_url(settings)
    redis = client(settings)

    def is_live() -> str | None:
        silent_seconds = monotonic() - monitor.last_turn
        if silent_seconds > settings.stuck_after.total_seconds():
            return f"the monitor has shown no sign of life for {silent_seconds:.0f} s"
        return None

    stop: Callable[[], None] | None = None
    if settings.probe_port is not None:
        _, stop = probes.serve(
            settings.probe_host, settings.probe_port, registry=registry, is_live=is_live, is_ready=is_live
        )
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await wait_until_ready(redis, url=url)
            await monitor.run(redis)
    finally:
        if stop:
            stop()
        await redis.aclose()


if __name__ == "__main__":
    from runtime.process import main

    sys.exit(main("monitor", is_supervised=False))
