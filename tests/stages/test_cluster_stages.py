"""Stages at work on a real cluster: while a shard is wholly away, and while slots move from master to master."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from redis.exceptions import RedisError

from runtime.monitor_metrics import PartitionMetrics
from runtime.partition_status import masters_of, placed
from runtime.redis_client import client
from runtime.settings import RuntimeSettings
from runtime.stream_status import status_without_the_away
from schemas import streams
from tests.stages.a_cluster import Cluster
from tests.stages.a_stage import a_stage, running, upper
from tests.stages.test_cluster_client import _move, edges
from tests.wait import until


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster") / "nodes") as cluster:
        yield cluster


@pytest.fixture
def settings(cluster: Cluster, request: pytest.FixtureRequest) -> RuntimeSettings:
    return RuntimeSettings(
        redis_url=SecretStr(cluster.url),
        redis_cluster=True,
        partitions=6,
        stream_prefix=request.node.name[:40],
        claim_after="PT0.4S",
    )


@pytest.fixture
async def redis(settings: RuntimeSettings) -> AsyncIterator[Any]:
    redis = client(settings)
    yield redis
    await redis.aclose()


async def push(redis: Any, settings: RuntimeSettings, tag: str, count: int, name: str) -> None:
    """Push pages to a partition, again and again where it is away or moves: a repeated page is a duplicate."""
    edge = edges(redis, settings, max_waiting=10_000)[tag]
    for number in range(count):

        async def is_in(identity: str = f"{name}/{number}") -> bool:
            try:
                return await edge.push(identity.encode(), identity=identity) in ("accepted", "duplicate")
            except (RedisError, OSError):
                return False

        await until(is_in, describe=f"a page is in {tag}")


def has_written(redis: Any, settings: RuntimeSettings, tag: str, count: int) -> Any:
    async def check() -> bool:
        try:
            return int(await redis.xlen(streams.key(settings.stream_prefix, tag, streams.ARTICLES))) == count
        except (RedisError, OSError):
            return False

    return check


async def test_while_a_shard_is_away_its_partitions_wait_and_the_others_go_on(
    cluster: Cluster, settings: RuntimeSettings, redis: Any
) -> None:
    """Master and replica are dead: a worker that waits for them serves the rest, and goes on when they are back."""
    _, app = a_stage(upper, settings)
    away = settings.tags[1]
    owner = cluster.at((await redis.master_of(streams.key(settings.stream_prefix, away, streams.PAGES))).port)
    shard = cluster.pair(cluster.nodes.index(owner) % cluster.masters)

    async with running(app):
        for tag in settings.tags:
            await push(redis, settings, tag, 5, "before")
            await until(has_written(redis, settings, tag, 5), describe=f"{tag} is served")
        for node in shard:
            node.kill()
        stages = await status_without_the_away(redis, settings)
        dead = {one.partition for one in stages if one.is_away}
        for tag in set(settings.tags) - dead:
            await push(redis, settings, tag, 5, "meanwhile")
            await until(has_written(redis, settings, tag, 10), describe=f"{tag} is served without the shard")
        for node in shard:
            await asyncio.to_thread(cluster.restart, node)
        for tag in dead:
            await push(redis, settings, tag, 5, "after")
            await until(has_written(redis, settings, tag, 10), describe=f"{tag} is served again")

    assert away in dead and len(dead) == 2
    await until(lambda: asyncio.to_thread(cluster.is_whole), describe="the shard is back")
    metrics = PartitionMetrics(partitions=settings.tags, registry=(registry := CollectorRegistry()))
    metrics.show(placed(stages, settings, await masters_of(redis, settings)))
    up = {tag: registry.get_sample_value("tocsin_partition_up", {"partition": tag}) for tag in settings.tags}
    assert up == {tag: 0.0 if tag in dead else 1.0 for tag in settings.tags}


async def test_metrics_show_where_partitions_lie_and_how_evenly_they_are_used(
    settings: RuntimeSettings, redis: Any
) -> None:
    await push(redis, settings, settings.tags[2], 3, "uneven")
    _, app = a_stage(upper, settings)
    async with running(app):
        await until(has_written(redis, settings, settings.tags[2], 3), describe="all is handled")
    metrics = PartitionMetrics(partitions=settings.tags, registry=(registry := CollectorRegistry()))

    metrics.show(placed(await status_without_the_away(redis, settings), settings, await masters_of(redis, settings)))

    def of(name: str) -> list[float | None]:
        return [registry.get_sample_value(f"tocsin_partition_{name}", {"partition": tag}) for tag in settings.tags]

    assert of("slot") == [streams.slot(tag) for tag in settings.tags]
    assert sorted(of("master"), key=str) == [0, 0, 1, 1, 2, 2]
    assert of("messages") == [0, 0, 3, 0, 0, 0]  # before tag
    assert registry.get_sample_value("tocsin_partition_masters") == 3
    assert registry.get_sample_value("tocsin_partition_skew") == 6


async def test_a_stage_works_on_while_its_slot_moves(cluster: Cluster, settings: RuntimeSettings, redis: Any) -> None:
    """There and back, key by key, with pages coming in and going out: each is handed on once."""
    tag, pages = settings.tags[1], 300
    slot = streams.slot(tag)
    source = cluster.at((await redis.master_of(streams.key(settings.stream_prefix, tag, streams.PAGES))).port)
    target = next(node for node in cluster.nodes if node is not source and node.role() == "master")
    _, app = a_stage(upper, settings)

    async with running(app):
        pushing = asyncio.create_task(push(redis, settings, tag, pages, "page"))
        articles = streams.key(settings.stream_prefix, tag, streams.ARTICLES)
        await until(lambda: redis.exists(articles), describe="the stage works")
        await asyncio.to_thread(_move, cluster, slot, source, target)
        await asyncio.to_thread(_move, cluster, slot, target, source)
        await pushing
        await until(has_written(redis, settings, tag, pages), describe="all pages are handed on", within_seconds=30)

    written = await redis.xrange(articles)
    assert sorted(fields[b"d"] for _, fields in written) == sorted(f"PAGE/{n}".encode() for n in range(pages))
