"""The producer: scheduler, fetcher, pusher and checkpoints of one process, put together."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, Final

from prometheus_client import CollectorRegistry
from redis.exceptions import RedisError

from runtime import probes
from runtime.cancelling import end_if_cancelled
from runtime.errors import Misconfigured
from runtime.ingest import Outcome
from runtime.settings import RuntimeSettings
from services.produce.adapters.checkpoints import Checkpoints
from services.produce.adapters.fetcher import Fetcher
from services.produce.adapters.network import Resolve, resolve
from services.produce.adapters.pusher import Pusher
from services.produce.adapters.registry_file import read_sources
from services.produce.adapters.scheduler import Scheduler
from services.produce.adapters.ways_in import ways_in
from services.produce.checkpoint import Checkpoint
from services.produce.metrics import ProduceMetrics
from services.produce.reading import World
from services.produce.settings import ProduceSettings
from services.produce.source_registry import SourceSpec
from services.produce.sources import SOURCES

log = logging.getLogger("tocsin.produce")

_LOOK_SECONDS: Final = 2.0  # between looks at the file of sources


class Producer:
    """Reads the sources of a file until cancelled; a changed file is taken up, a wrong one is not."""

    def __init__(
        self,
        settings: ProduceSettings,
        runtime: RuntimeSettings,
        *,
        registry: CollectorRegistry,
        resolve: Resolve = resolve,
    ) -> None:
        self.settings = settings
        self.runtime = runtime
        self.metrics = ProduceMetrics(registry=registry)
        self.metrics.start_at_zero(tuple(SOURCES))
        self._registry = registry
        self._resolve = resolve
        self.scheduler: Scheduler | None = None

    async def run(self, redis: Any, specs: tuple[SourceSpec, ...], *, path: Path | None = None) -> None:
        """Read these sources, and those of `path` whenever it changes, until cancelled; outlives a Redis that fails."""
        while True:
            try:
                # A task of its own: a group whose job fails leaves a cancellation behind in its task (Python 3.11).
                return await asyncio.create_task(self._run(redis, specs, path))
            except* (RedisError, OSError) as errors:
                error = errors.exceptions[0]
                log.warning("reading sources begins again", extra={"error": type(error).__name__})
            task = asyncio.current_task()
            if task is not None and task.cancelling():  # an error on the way out must not hide that we are to end
                raise asyncio.CancelledError
            await asyncio.sleep(_LOOK_SECONDS)

    async def _run(self, redis: Any, specs: tuple[SourceSpec, ...], path: Path | None) -> None:
        fetcher = Fetcher(self.settings, resolve=self._resolve)
        checkpoints = Checkpoints(redis, prefix=self.runtime.stream_prefix, partition=self.runtime.tags[0])
        scheduler = Scheduler(self._world(redis, fetcher, checkpoints), self.metrics, await checkpoints.load())
        self.scheduler = scheduler
        scheduler.set_sources(specs)
        log.info("sources are read", extra={"sources": len(scheduler.specs)})
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(scheduler.run())
                if path is not None:
                    tasks.create_task(self._watch(path, scheduler))
        finally:
            await fetcher.aclose()

    def serve_probes(self) -> Callable[[], None]:
        """Serve /livez, /readyz and /metrics when a port is set; return what stops it."""
        runtime, port = self.runtime, self.runtime.probe_port
        if port is None:
            return lambda: None

        def is_live() -> str | None:
            silent_seconds = monotonic() - (self.scheduler.last_sign_of_life if self.scheduler else monotonic())
            if silent_seconds > runtime.stuck_after.total_seconds():
                return f"the produce stage has shown no sign of life for {silent_seconds:.0f} s"
            return None

        def is_ready() -> str | None:
            return is_live() if self.scheduler else "not connected to Redis yet"

        _, stop = probes.serve(runtime.probe_host, port, registry=self._registry, is_live=is_live, is_ready=is_ready)
        return stop

    def _world(self, redis: Any, fetcher: Fetcher, checkpoints: Checkpoints) -> World:
        edges = ways_in(redis, self.runtime, self.settings)
        pusher = Pusher(edges, on_outcome=self._count, on_wait=self.metrics.waits.inc)

        def dropped(reason: str) -> None:
            self.metrics.dropped(reason)
            checkpoints.dropped(reason)

        async def save(spec: SourceSpec, checkpoint: Checkpoint) -> None:
            await checkpoints.save(spec.id, checkpoint)

        return World(self.settings, fetcher.fetch, pusher.push, save, dropped, lambda: datetime.now(UTC))

    def _count(self, outcome: Outcome) -> None:
        if outcome == "duplicate":
            self.metrics.dropped("duplicate")
        else:
            self.metrics.pages.inc()

    async def _watch(self, path: Path, scheduler: Scheduler) -> None:
        """Take up a changed file; one with mistakes is reported once, and the sources stay as they were."""
        seen = await asyncio.to_thread(_changed_ns, path)
        while True:
            end_if_cancelled()
            await asyncio.sleep(_LOOK_SECONDS)
            changed = await asyncio.to_thread(_changed_ns, path)
            if changed == seen:
                continue
            seen = changed
            try:
                scheduler.set_sources(await asyncio.to_thread(read_sources, path))
                log.info("sources reloaded", extra={"sources": len(scheduler.specs)})
            except Misconfigured as error:
                log.error("sources not reloaded", extra={"reason": str(error)})


def _changed_ns(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime_ns
    return 0
