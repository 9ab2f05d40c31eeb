"""Produce against a farm of sites over real HTTP: what should arrive arrives once, nothing else does, politely."""

import asyncio
import contextlib
import hashlib
import resource
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from runtime.settings import RuntimeSettings
from schemas import Page, streams
from services.produce.adapters.producer import Producer
from services.produce.settings import ProduceSettings
from services.produce.source_registry import SourceSpec
from tests.site_farm.bad_sites import add_bad_sites
from tests.site_farm.http import Server
from tests.site_farm.sites import Farm, add_good_sites
from tests.wait import until

HOST_DELAY_SECONDS = 0.04


def produce_settings(**given: Any) -> ProduceSettings:
    """Settings in a hurry: the farm is near, and its sites are asked again after a second."""
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


def feed_specs(urls: list[str], kind: str = "feed") -> tuple[SourceSpec, ...]:
    return tuple(SourceSpec(id=f"{kind}{n}", kind=kind, url=url) for n, url in enumerate(urls))


@contextlib.asynccontextmanager
async def producing(
    redis: Any, runtime: RuntimeSettings, server: Server, specs: tuple[SourceSpec, ...], **given: Any
) -> AsyncIterator[Producer]:
    producer = Producer(produce_settings(**given), runtime, registry=CollectorRegistry(), resolve=server.resolve)
    task = asyncio.create_task(producer.run(redis, specs))
    try:
        yield producer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def pages(redis: Any, runtime: RuntimeSettings) -> list[Page]:
    key = streams.key(runtime.stream_prefix, runtime.tags[0], streams.PAGES)
    return [Page.from_json(fields[b"d"]) for _, fields in await redis.xrange(key)]


def readings(producer: Producer) -> Callable[[], bool]:
    """Whether every source has been read at least twice since now."""
    counts = {spec.id: 0 for spec in producer.scheduler.specs} if producer.scheduler else {}
    seen: dict[str, Any] = {}

    def all_read() -> bool:
        assert producer.scheduler is not None
        for spec in producer.scheduler.specs:
            checkpoint = producer.scheduler.checkpoints.get(spec.id)
            if checkpoint and checkpoint.next_at != seen.get(spec.id):
                seen[spec.id] = checkpoint.next_at
                counts[spec.id] = counts.get(spec.id, 0) + 1
        return len(counts) > 0 and all(counts.get(spec.id, 0) >= 3 for spec in producer.scheduler.specs)

    return all_read


@pytest.fixture
async def farm() -> AsyncIterator[tuple[Farm, Server]]:
    async with Server({}) as server:
        farm = Farm(server.port)
        server.handlers = farm.handlers
        yield farm, server


async def test_everything_arrives_once_and_nothing_else_does(redis, settings, farm, is_long):
    """Of many good and all bad sites exactly the wanted pages arrive, byte for byte, while the sources are read on."""
    farm, server = farm
    add_good_sites(farm, 300 if is_long else 60)
    add_bad_sites(farm)
    server.handlers = farm.handlers
    memory_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    async with producing(redis, settings, server, feed_specs(farm.feeds)) as producer:
        await until(lambda: producer.scheduler, describe="the scheduler runs")
        await until(readings(producer), describe="every source was read three times", within_seconds=90)

    arrived = await pages(redis, settings)
    assert {page.sha256 for page in arrived} == farm.wanted
    assert len(arrived) == len(farm.wanted)
    assert all(hashlib.sha256(page.raw()).hexdigest() == page.sha256 for page in arrived)
    assert "10-0-0-1.private.example" not in server.traffic
    for host, traffic in server.traffic.items():
        assert traffic.most_open <= 2, host
        # The farm notes arrivals, not departures: of four delays, one may go to a late arrival.
        assert traffic.least_span_seconds(4) >= HOST_DELAY_SECONDS * 3, host
    assert server.traffic["politely.farm.example"].least_span_seconds(2) >= 0.35
    assert {r.path for r in server.traffic["forbidden.farm.example"].requests} == {"/robots.txt"}
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory_before
    assert grown_kb < 150_000
