"""The scheduler: reads every source when it is due, so many at a time, and remembers how far it got.

What must stay true: one source that hangs, lies or fails never delays another; a failure is never silent and never
hot; stopping at any moment loses nothing.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final

from redis.exceptions import RedisError

from runtime.cancelling import end, end_if_cancelled
from runtime.errors import TocsinError
from services.produce.agenda import Agenda
from services.produce.checkpoint import Checkpoint
from services.produce.metrics import ProduceMetrics
from services.produce.positions import Positions
from services.produce.reading import Reading, World
from services.produce.schedule import (
    Limits,
    after_failure,
    as_asked,
    first_interval,
    next_interval,
    start_at,
    with_jitter,
)
from services.produce.source_registry import SourceSpec
from services.produce.sources import SOURCES
from services.produce.url_identity import host_of

log = logging.getLogger("tocsin.produce")

_LOOK_SECONDS: Final = 1.0  # the loop goes round at least this often: /livez watches it
_SHOW_SECONDS: Final = 5.0  # between looks at all sources for the gauges
_LOCAL_LEAST: Final = timedelta(seconds=2)  # folders, archives and streams bother nobody
_SILENT_RHYTHMS: Final = 3  # a source with nothing new for so many of its rhythms has gone quiet


@dataclass
class Scheduler:
    """Reads the sources of one process."""

    world: World
    metrics: ProduceMetrics
    checkpoints: Positions = field(default_factory=Positions)
    last_sign_of_life: float = field(default_factory=monotonic)

    def __post_init__(self) -> None:
        settings = self.world.settings
        self._limits = Limits(settings.least_interval, settings.most_interval)
        self._local_limits = Limits(min(_LOCAL_LEAST, settings.least_interval), settings.least_interval)
        self._specs: dict[str, SourceSpec] = {}
        self._agenda = Agenda()
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._show_at = 0.0

    @property
    def specs(self) -> tuple[SourceSpec, ...]:
        """The sources that are read."""
        return tuple(self._specs.values())

    def set_sources(self, specs: Iterable[SourceSpec]) -> None:
        """Read these sources from now on; those that are the same keep their time."""
        wanted = {spec.id: spec for spec in specs if spec.is_enabled}
        self._agenda.remove(self._specs.keys() - wanted.keys())
        changed = [spec for spec in wanted.values() if self._specs.get(spec.id) != spec]
        self._specs = wanted
        for spec in changed:
            if spec.id not in self._agenda.reading:
                self._plan_first(spec)
        self._wake.set()

    async def run(self) -> None:
        """Read sources when they are due, until cancelled; a reading in progress is cancelled too."""
        try:
            while True:
                end_if_cancelled()
                self.last_sign_of_life = monotonic()
                self._wake.clear()
                self._start_what_is_due()
                self._show()
                await self._until_something_is_due()
        finally:
            await end(self._tasks)

    def _start_what_is_due(self) -> None:
        while len(self._tasks) < self.world.settings.concurrency:
            source_id = self._agenda.take(_clock())
            if source_id is None:
                return
            task = asyncio.create_task(self._read(self._specs[source_id]), name=f"read {source_id}")
            self._tasks.add(task)
            task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("reading a source failed unexpectedly", exc_info=error, extra={"task": task.get_name()})

    async def _until_something_is_due(self) -> None:
        next_at = self._agenda.next_at()
        has_room = len(self._tasks) < self.world.settings.concurrency
        wait = min(next_at - _clock(), _LOOK_SECONDS) if next_at is not None and has_room else _LOOK_SECONDS
        if wait > 0:
            # Not wait_for: in Python 3.11 it swallows a cancellation that comes at the moment it ends.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._wake.wait()

    async def _read(self, spec: SourceSpec) -> None:
        wait = self._limits_of(spec).most
        try:
            checkpoint, interval, wait = await self._read_once(spec)
            await self._save(spec, checkpoint.due(self.world.now() + wait, interval))
        finally:
            self._plan(spec, wait)

    async def _read_once(self, spec: SourceSpec) -> tuple[Checkpoint, timedelta, timedelta]:
        """Where the source stands after a reading, its interval, and how long to wait this time."""
        before, limits = self.checkpoints.get(spec.id, Checkpoint()), self._limits_of(spec)
        interval = _interval_of(before, spec, limits)
        try:
            reading = await SOURCES[spec.kind].read(spec, before, self._noting(spec))
        except TocsinError as error:
            return self._failed(spec, error.reason, str(error), interval, getattr(error, "retry_after", None))
        except Exception as error:  # a defect of ours or of a parser's must not end the source for good
            log.debug("traceback", exc_info=error)
            return self._failed(spec, "unexpected_error", f"{type(error).__name__}: {error}", interval, None)
        if before.failures:
            log.info("source recovered", extra={"source": spec.id})
        self.metrics.readings.labels(spec.kind, "new" if reading.new_pages else "nothing_new").inc()
        checkpoint = reading.checkpoint.read_ok(self.world.now(), has_new=reading.new_pages > 0)
        return checkpoint, *self._after(reading, spec, interval, limits)

    def _failed(
        self, spec: SourceSpec, reason: str, message: str, interval: timedelta, retry_after: timedelta | None
    ) -> tuple[Checkpoint, timedelta, timedelta]:
        # From what was saved last: pages that were taken before the failure stay taken.
        checkpoint = self.checkpoints.get(spec.id, Checkpoint()).read_failed(reason)
        self.metrics.readings.labels(spec.kind, "failed").inc()
        # Once when it begins, then at each doubling: a dead feed must not fill the log.
        level = logging.WARNING if checkpoint.failures & (checkpoint.failures - 1) == 0 else logging.DEBUG
        facts = {"source": spec.id, "reason": reason, "error": message, "failures": checkpoint.failures}
        log.log(level, "source failed", extra=facts)
        limits = self._limits_of(spec)
        wait = after_failure(interval, failures=checkpoint.failures, retry_after=retry_after, limits=limits)
        return checkpoint, interval, wait

    def _after(
        self, reading: Reading, spec: SourceSpec, interval: timedelta, limits: Limits
    ) -> tuple[timedelta, timedelta]:
        """The source's interval from now on, and how long to wait this time."""
        interval = next_interval(
            interval,
            has_new=reading.new_pages > 0,
            published=reading.published,
            now=self.world.now(),
            rhythm=spec.rhythm,
            limits=limits,
        )
        if reading.has_more:
            return interval, timedelta(0)
        wait = with_jitter(limits.clamp(as_asked(interval, reading.least_interval)), random.random())
        return interval, max(wait, limits.least)

    def _noting(self, spec: SourceSpec) -> World:
        """The world as one source sees it: what it saves is also what a failure later in the reading starts from."""

        async def save(_: SourceSpec, checkpoint: Checkpoint) -> None:
            self.last_sign_of_life = monotonic()
            await self._save(spec, checkpoint)

        return replace(self.world, save=save)

    async def _save(self, spec: SourceSpec, checkpoint: Checkpoint) -> None:
        self.checkpoints[spec.id] = checkpoint
        try:
            await self.world.save(spec, checkpoint)
        except (RedisError, OSError) as error:  # costs a reading after a restart; the pages are in
            log.warning("checkpoint not saved", extra={"source": spec.id, "error": type(error).__name__})

    def _plan_first(self, spec: SourceSpec) -> None:
        checkpoint = self.checkpoints.glance(spec.id) or Checkpoint()
        now, limits = self.world.now(), self._limits_of(spec)
        interval = _interval_of(checkpoint, spec, limits)
        at = start_at(checkpoint.next_at, now=now, interval=interval, limits=limits, chance=random.random())
        self._agenda.put(spec.id, host=_host_of(spec), at=_clock() + (at - now).total_seconds())

    def _plan(self, spec: SourceSpec, wait: timedelta) -> None:
        self._agenda.done(spec.id, host=_host_of(spec), now=_clock())
        following = self._specs.get(spec.id)
        if following is not None:
            self._agenda.put(spec.id, host=_host_of(following), at=_clock() + wait.total_seconds())

    def _limits_of(self, spec: SourceSpec) -> Limits:
        return self._limits if SOURCES[spec.kind].is_remote else self._local_limits

    def _show(self) -> None:
        if _clock() < self._show_at:
            return
        self._show_at = _clock() + _SHOW_SECONDS
        known = [(spec, self.checkpoints.glance(spec.id)) for spec in self._specs.values()]
        self.metrics.sources.labels("reading").set(len(self._tasks))
        self.metrics.sources.labels("waiting").set(self._agenda.overdue)
        self.metrics.sources.labels("failing").set(sum(1 for _, found in known if found and found.failures > 0))
        self.metrics.sources.labels("silent").set(sum(1 for spec, found in known if is_silent(spec, found)))


def is_silent(spec: SourceSpec, checkpoint: Checkpoint | None, now: datetime | None = None) -> bool:
    """Return whether a source that states a rhythm has brought nothing new for three times that long."""
    if spec.rhythm is None or checkpoint is None or checkpoint.last_new_at is None:
        return False
    return (now or datetime.now(UTC)) - checkpoint.last_new_at > spec.rhythm * _SILENT_RHYTHMS


def _interval_of(checkpoint: Checkpoint, spec: SourceSpec, limits: Limits) -> timedelta:
    if checkpoint.interval_seconds is None:
        return first_interval(spec.rhythm, limits)
    return limits.clamp(timedelta(seconds=checkpoint.interval_seconds))


def _host_of(spec: SourceSpec) -> str:
    return host_of(spec.url) if SOURCES[spec.kind].is_remote else f"local:{spec.id}"


def _clock() -> float:
    return asyncio.get_running_loop().time()
