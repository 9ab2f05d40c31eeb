"""A producer in this process that reads the farm, and what it has pushed so far."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from runtime.settings import RuntimeSettings
from schemas import Page, streams
from services.produce.adapters.producer import Producer
from services.produce.settings import ProduceSettings
from services.produce.source_registry import SourceSpec
from tests.site_farm.http import Server

HOST_DELAY_SECONDS = 0.04


def produce_settings(**given: Any) -> ProduceSettings:
    """Settings in a hurry: the farm is near, and its sites are asked again after half a second."""
    hurry = {
        "host_delay": HOST_DELAY_SECONDS,
        "request_timeout": 1.5,
        "least_interval": 0.5,
        "most_interval": 2,
        "attempts": 1,
        "entry_attempts": 3,
        "max_page_bytes": 1_000_000,
        "allowed_networks": "127.0.0.1/32",
    }
    return ProduceSettings(**(hurry | given))


def specs_of(urls: Iterable[str], kind: str = "feed") -> tuple[SourceSpec, ...]:
    """One source for each address, called kind0, kind1 …"""
    return tuple(SourceSpec(id=f"{kind}{n}", kind=kind, url=url) for n, url in enumerate(urls))


@contextlib.asynccontextmanager
async def producing(
    redis: Any,
    runtime: RuntimeSettings,
    server: Server,
    specs: tuple[SourceSpec, ...],
    path: Path | None = None,
    **given: Any,
) -> AsyncIterator[Producer]:
    """Run a producer on these sources while the block runs."""
    producer = Producer(produce_settings(**given), runtime, registry=CollectorRegistry(), resolve=server.resolve)
    task = asyncio.create_task(producer.run(redis, specs, path=path))
    try:
        yield producer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def pages_key(runtime: RuntimeSettings) -> str:
    return streams.key(runtime.stream_prefix, runtime.tags[0], streams.PAGES)


async def pages(redis: Any, runtime: RuntimeSettings) -> list[Page]:
    """The pages in the stream, in order."""
    return [Page.from_json(fields[b"d"]) for _, fields in await redis.xrange(pages_key(runtime))]


async def dropped(redis: Any, runtime: RuntimeSettings, reason: str) -> int:
    """How many were dropped for a reason, as the stats of produce say."""
    key = streams.key(runtime.stream_prefix, runtime.tags[0], "stats", "produce")
    return int(await redis.hget(key, f"dropped:{reason}") or 0)


class Readings:
    """Counts how often each source was read since this was made."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._seen: dict[str, object] = {}
        self._counts: dict[str, int] = {}

    def least(self) -> int:
        """How often the source that was read least was read; call it often."""
        scheduler = self._producer.scheduler
        if scheduler is None or not scheduler.specs:
            return 0
        for spec in scheduler.specs:
            checkpoint = scheduler.checkpoints.glance(spec.id)
            if checkpoint and checkpoint.next_at != self._seen.get(spec.id):
                self._seen[spec.id] = checkpoint.next_at
                self._counts[spec.id] = self._counts.get(spec.id, 0) + 1
        return min(self._counts.get(spec.id, 0) for spec in scheduler.specs)
