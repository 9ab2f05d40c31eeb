"""The monitor's process: `python -m runtime.monitor` sends the canary, hears who speaks, and watches every stream.

It only looks: whatever it does or fails to do, no page waits for it. One a pipeline works; a second one waits for the
first and shows the streams meanwhile, so that none of its gauges is old.
"""

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import monotonic, time
from typing import Any

from prometheus_client import CollectorRegistry
from redis.exceptions import OutOfMemoryError, RedisError

from runtime import canary, silence
from runtime.archive_room import make_room
from runtime.cancelling import end_if_cancelled
from runtime.hearing import KINDS, Hearing
from runtime.ingest import NotDurable, edges
from runtime.lease import Lease, Lost
from runtime.monitor_metrics import STANDING, STREAM, TO_FORGET, MonitorMetrics, PartitionMetrics
from runtime.partition_status import masters_of, placed
from runtime.settings import RuntimeSettings
from runtime.stream_status import status_without_the_away, whole
from schemas import streams

log = logging.getLogger("tocsin.monitor")

MOST_EVENTS = 10_000
MOST_CANARIES = 1000  # events kept in the canary stream
STATUS_SECONDS = 2.0
REMEMBER_SECONDS = 60  # a canary's identity: none is sent again
LEASE_SECONDS = 15  # a second monitor takes over this long after the first was last seen
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
        self.untold: list[dict[str, Any]] = []  # events of silences that no subscriber can read yet
        self.telling = asyncio.Lock()
        self.last_turn = monotonic()
        self.last_arrival = time()
        self.had_gap = False  # whether canaries stayed away for a while within the slot that is open
        self.metrics.canary_last_arrived.set(self.last_arrival)
        self.metrics.canary_interval.set(self.canary_seconds)
        self.redis: Any = None

    async def run(self, redis: Any) -> None:
        """Watch until cancelled; a server that is away is waited for."""
        self.redis = redis
        self.ways_in = edges(redis, self.settings, remember_seconds=REMEMBER_SECONDS)
        self.lease = Lease(redis, self._own("lease"), seconds=LEASE_SECONDS)
        try:
            while True:
                await self._until_only_one()
                await self._through_trouble(self._remember)
                await self._work()
        finally:
            with contextlib.suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await self.lease.let_go()

    async def _work(self) -> None:
        """Watch until another monitor holds the lease; what this one knew is then the other's to say."""
        try:
            # A task of its own: a group whose job fails leaves a cancellation behind in its task (Python 3.11).
            await asyncio.create_task(self._do_all_jobs())
        except* Lost:
            log.warning("another monitor has taken over; this one waits")
            self.hearing, self.flights, self.untold = Hearing(), canary.Flights(), []
            self._count_silences()

    async def _do_all_jobs(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for every_seconds, job in (
                (self.canary_seconds, self._send_canary),
                (HEAR_SECONDS, self._hear_canaries),
                (HEAR_SECONDS, self._hear_articles),
                (STATUS_SECONDS, self._look_at_streams),
                (STATUS_SECONDS, self._make_room),
                (STATUS_SECONDS, self._forget),
                (LEASE_SECONDS / 3, self.lease.renew),
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
        while True:
            try:
                if await self.lease.take():
                    return
            except OutOfMemoryError:
                # A full server takes no lease from anybody, and somebody has to make room.
                await self._through_trouble(self._make_room)
            except (RedisError, OSError) as error:
                log.debug("no lease yet", extra={"error": type(error).__name__})
            end_if_cancelled()
            self.last_turn = monotonic()
            await self._through_trouble(self._look_at_streams)
            await asyncio.sleep(1.0)

    async def _send_canary(self) -> None:
        page = canary.canary_page(datetime.now(UTC))
        sent_at = time()
        self.flights = self.flights.sent(page.id, sent_at)
        self.metrics.canaries_sent.inc()
        self.metrics.canary_last_sent.set(sent_at)
        way_in = self.ways_in[streams.partition_of(page.id, self.settings.tags)]
        try:
            if await way_in.push(page.to_json(), identity=page.id) == "full":
                log.info("no room for a canary page")
        except NotDurable as error:
            log.info("a canary page is not safe yet", extra={"reason": str(error)})

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
        self.had_gap |= self._is_late()
        self.last_arrival = time()
        self.metrics.canaries_arrived.inc()
        self.metrics.canary_seconds.observe(seconds)
        self.metrics.canary_last_arrived.set(self.last_arrival)
        await self._show(canary={"at": at, "seconds": round(seconds, 3), "every_seconds": self.canary_seconds})

    def _is_late(self) -> bool:
        return time() - self.last_arrival > LATE_AFTER_INTERVALS * self.canary_seconds

    async def _hear_articles(self) -> None:
        for name in (streams.ARCHIVE, streams.ALERTS):
            for stream in self.settings.keys(name):
                for id, fields in await self._new_entries(stream):
                    for change in self.hearing.heard(name, fields, _seconds(id)):
                        self._note(change)
        await self._tell()

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
        self.metrics.archive_trimmed.inc(await make_room(self.redis, self.settings))

    async def _close_slot(self) -> None:
        was_watching, self.had_gap = not (self.had_gap or self._is_late()), False
        for change in self.hearing.watch.slot_over(time(), was_watching=was_watching):
            self._note(change)
        await self._tell()  # before it is remembered: a monitor that dies in between tells it again, by the same id
        await self._show_silences()
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.delete(self._own("rhythms"))  # and with it the subjects that are no longer watched
            if kept := self.hearing.to_hash():
                pipe.hset(self._own("rhythms"), mapping=kept)
            await pipe.execute()

    async def _show_silences(self) -> None:
        self._count_silences()
        await self._show(silent={kind: self.hearing.watch.silent(kind) for kind in KINDS})

    def _count_silences(self) -> None:
        for kind in KINDS:
            self.metrics.silences[kind].set(len(self.hearing.watch.silent(kind)))
            self.metrics.silence_subjects[kind].set(self.hearing.watch.learned(kind))

    async def _forget(self) -> None:
        """Forget the subjects that `tocsin silences forget` names; nobody expects them any more."""
        named = await self.redis.smembers(self._own(TO_FORGET))
        if not named:
            return
        for name in named:
            kind, _, subject = name.decode("utf-8", "replace").partition(":")
            log.info("forgotten", extra={"kind": kind, "subject": subject})
            for change in self.hearing.watch.forget(kind, subject):
                self._note(change)  # whoever was told of its silence is told that it is over
        await self._tell()
        await self._show_silences()
        await self.redis.hdel(self._own("rhythms"), *named)
        await self.redis.srem(self._own(TO_FORGET), *named)  # last: what is not forgotten everywhere is named again

    async def _show(self, **what: Any) -> None:
        """Note how things stand for whoever looks: JSON values in one hash, `monitor:standing`."""
        await self.redis.hset(self._own(STANDING), mapping={name: json.dumps(value) for name, value in what.items()})

    async def _remember(self) -> None:
        self.hearing.from_hash(await self.redis.hgetall(self._own("rhythms")))

    def _note(self, change: silence.Change) -> None:
        self.metrics.silence_events[(change.kind, change.change)].inc()
        event = silence.event_of(change, datetime.now(UTC))
        log.warning("silence " + change.change, extra=event["data"])
        self.untold.append(event)

    async def _tell(self) -> None:
        """Tell what was noted, in order; what a server that is away or full did not take is told with the next look."""
        async with self.telling:
            while self.untold:
                await self._show_silences()
                entry = {"d": json.dumps(self.untold[0], ensure_ascii=False)}
                async with self.redis.pipeline(transaction=True) as pipe:
                    pipe.xadd(self.settings.keys(STREAM)[0], entry, maxlen=MOST_EVENTS, approximate=True)
                    # Beside the alerts, so that whoever subscribes to them can be told, in order and by the same ways.
                    pipe.xadd(self.settings.keys(streams.ALERTS)[0], entry)
                    await pipe.execute()
                self.untold.pop(0)


def _seconds(id: bytes) -> float:
    """Return the Unix time in the id of a stream's entry."""
    return int(id.split(b"-")[0]) / 1000


if __name__ == "__main__":
    from runtime.process import main

    sys.exit(main("monitor", is_supervised=False))
