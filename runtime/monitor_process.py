"""The monitor's process: its probes, its signals, and its connection to the server."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from time import monotonic

from prometheus_client import CollectorRegistry

from runtime import probes
from runtime.monitor import Monitor
from runtime.redis_client import client, redis_url, wait_until_ready
from runtime.repartition import require_partitions
from runtime.settings import RuntimeSettings, load

log = logging.getLogger("tocsin.monitor")


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
            await require_partitions(redis, settings)
            log.info("monitor started", extra={"partitions": settings.partitions})
            await monitor.run(redis)
    finally:
        if stop:
            stop()
        await redis.aclose()
