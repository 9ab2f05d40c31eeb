"""The client of a real cluster: refusals are followed, nothing is sent twice, and one lost master hurts nobody else."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from redis.asyncio.cluster import ClusterNode
from redis.exceptions import ConnectionError, RedisError

from runtime.errors import Misconfigured
from runtime.ingest import Ingest, NotDurable
from runtime.redis_client import client, wait_until_ready
from runtime.server import EmbeddedServer
from runtime.settings import RuntimeSettings
from runtime.stream_status import pipeline_status
from schemas import streams
from tests.stages.a_cluster import Cluster
from tests.wait import until


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster") / "nodes") as cluster:
        yield cluster


@pytest.fixture
def settings(cluster: Cluster, request: pytest.FixtureRequest) -> RuntimeSettings:
    return RuntimeSettings(
        redis_url=SecretStr(cluster.url), redis_cluster=True, partitions=6, stream_prefix=request.node.name[:40]
    )


@pytest.fixture
async def redis(settings: RuntimeSettings) -> AsyncIterator[Any]:
    redis = client(settings)
    yield redis
    await redis.aclose()


def edges(redis: Any, settings: RuntimeSettings, **limits: Any) -> dict[str, Ingest]:
    limits = {"max_waiting": 100, "remember_seconds": 60, "durable": False, **limits}
    return {tag: Ingest(redis, prefix=settings.stream_prefix, partition=tag, **limits) for tag in settings.tags}


async def test_partitions_lie_evenly_on_the_masters(redis: Any, settings: RuntimeSettings) -> None:
    await wait_until_ready(redis, url="")

    masters = [(await redis.master_of(key)).name for key in settings.keys(streams.PAGES)]

    assert sorted(masters.count(name) for name in set(masters)) == [2, 2, 2]


async def test_a_page_is_pushed_once_and_stands_on_disk_and_replica(redis: Any, settings: RuntimeSettings) -> None:
    for ingest in edges(redis, settings, durable=True, replicas=1).values():
        assert await ingest.push_many([(b"1", "a"), (b"2", "b"), (b"1", "a")]) == ["accepted", "accepted", "duplicate"]

    assert sum(status.length for status in await pipeline_status(redis, settings)) == 12


async def test_a_page_is_not_accepted_before_enough_replicas_have_it(
    redis: Any, settings: RuntimeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.ingest.SYNC_TIMEOUT_MS", 100)
    ingest = edges(redis, settings, replicas=2)[streams.HOME]  # each master has one

    with pytest.raises(NotDurable, match="1 replicas have the pages"):
        await ingest.push(b"1", identity="a")


async def test_a_cluster_whose_nodes_all_moved_is_found_again_by_the_names_in_the_url(redis: Any) -> None:
    """As after a restart of all pods, which then have other addresses."""
    await redis.ping()
    gone = ClusterNode("127.0.0.1", 1, **redis.nodes_manager.connection_kwargs)
    await redis.aclose()
    redis.nodes_manager.startup_nodes = {gone.name: gone}

    with pytest.raises(ConnectionError, match="no node of the cluster answers"):
        await redis.ping()
    assert await redis.ping()


async def test_a_script_runs_on_a_master_that_does_not_know_it(redis: Any, settings: RuntimeSettings) -> None:
    script = redis.register_script("redis.call('INCR', KEYS[1]) return ARGV[1] .. 'x'")
    for key in settings.keys("count"):
        assert await script(keys=[key], args=[f"a-{settings.stream_prefix}"]) == f"a-{settings.stream_prefix}x".encode()
        assert await redis.get(key) == b"1"


async def test_a_slot_that_moves_while_pages_are_pushed_loses_and_doubles_none(
    cluster: Cluster, redis: Any, settings: RuntimeSettings
) -> None:
    tag = settings.tags[1]
    ingest, slot = edges(redis, settings, max_waiting=10_000)[tag], streams.slot(tag)
    source = cluster.at((await redis.master_of(ingest._keys[0])).port)
    target = next(n for n in cluster.nodes[: cluster.masters] if n is not source)
    stop = asyncio.Event()

    async def push() -> int:
        number = 0
        while not stop.is_set() or number < 200:
            try:
                assert await ingest.push(b"x", identity=str(number)) in ("accepted", "duplicate")
                number += 1
            except (RedisError, OSError):
                await asyncio.sleep(0.01)
        return number

    pushing = asyncio.create_task(push())
    await until(ingest.waiting, describe="pages come in")
    await asyncio.to_thread(_move, cluster, slot, source, target)
    assert source.call("CLUSTER COUNTKEYSINSLOT", slot) == 0
    await asyncio.to_thread(_move, cluster, slot, target, source)
    stop.set()

    pushed = await pushing
    assert await ingest.waiting() == pushed


def _move(cluster: Cluster, slot: int, source: Any, target: Any) -> None:
    """Move a slot key by key, as `redis-cli --cluster reshard` does."""
    target.call("CLUSTER", "SETSLOT", slot, "IMPORTING", source.id)
    source.call("CLUSTER", "SETSLOT", slot, "MIGRATING", target.id)
    while keys := source.call("CLUSTER", "GETKEYSINSLOT", slot, 10):
        source.call("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "KEYS", *keys)
    for node in (target, source, *(one for one in cluster.nodes if one.role() == "master")):
        node.call("CLUSTER", "SETSLOT", slot, "NODE", target.id)


async def test_the_wrong_kind_of_server_is_refused_with_what_to_set(cluster: Cluster, tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path / "redis", fsync="no") as server:
        for url, is_cluster in ((server.url, True), (f"redis://127.0.0.1:{cluster.nodes[0].port}", False)):
            redis = client(RuntimeSettings(redis_url=SecretStr(url), redis_cluster=is_cluster))
            with pytest.raises(Misconfigured, match=f"TOCSIN_REDIS_CLUSTER: expected {str(not is_cluster).lower()}"):
                await wait_until_ready(redis, url=url, patience_seconds=1)
            await redis.aclose()


async def test_a_master_that_dies_is_replaced_and_one_that_stays_away_stops_only_its_own_partitions(
    cluster: Cluster, settings: RuntimeSettings
) -> None:
    """First the master goes: its replica takes over. Then the replica too: the other partitions go on."""
    redis = client(settings)
    ways = edges(redis, settings)
    home = cluster.at((await redis.master_of(ways[streams.HOME]._keys[0])).port)
    master, replica = cluster.pair(cluster.nodes.index(home) % cluster.masters)

    async def pushed(ingest: Ingest, identity: str) -> bool:
        try:
            return await ingest.push(b"x", identity=identity) in ("accepted", "duplicate")
        except (RedisError, OSError):
            return False

    master.kill()
    await until(lambda: pushed(ways[streams.HOME], "after the master"), describe="the replica took over")
    replica.kill()
    fresh = client(settings)  # one that never knew the cluster whole
    outcomes = {}
    for tag, ingest in edges(fresh, settings).items():
        try:
            await until(lambda one=ingest: pushed(one, "alone"), describe="pushed", within_seconds=2)  # type: ignore[misc]
            outcomes[tag] = True
        except AssertionError:
            outcomes[tag] = False
    assert sorted(outcomes.values()) == [False, False, True, True, True, True]
    assert not outcomes[streams.HOME]

    await asyncio.to_thread(cluster.restart, replica)
    await asyncio.to_thread(cluster.restart, master)
    await until(lambda: pushed(ways[streams.HOME], "again"), describe="pushed when it is back")
    for one in (redis, fresh):
        await one.aclose()
