"""Near the limit of one master of a cluster, the archives that lie on it make room; those of other masters stay."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from runtime.archive_room import ARCHIVE_GIVES_WAY_ABOVE, make_room
from runtime.redis_client import client
from runtime.settings import RuntimeSettings
from schemas import streams
from tests.stages.a_cluster import Cluster, Node

ENTRIES = 400


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(tmp_path / "nodes", replicas=0) as cluster:
        yield cluster


@pytest.fixture
def settings(cluster: Cluster) -> RuntimeSettings:
    return RuntimeSettings(redis_url=SecretStr(cluster.url), redis_cluster=True, partitions=6)


@pytest.fixture
async def redis(settings: RuntimeSettings) -> AsyncIterator[Any]:
    """A client of a cluster that has a full archive in each partition, and a page that waits."""
    redis = client(settings)
    for archive, pages in zip(settings.keys(streams.ARCHIVE), settings.keys(streams.PAGES), strict=True):
        await redis.xadd(pages, {"d": "kept"})
        for _ in range(ENTRIES // 100):
            async with redis.pipeline(transaction=False) as pipe:
                for _ in range(100):
                    pipe.xadd(archive, {"d": "x" * 5_000})
                await pipe.execute()
    yield redis
    await redis.aclose()


def used(node: Node) -> int:
    return int(node.call("INFO", "memory")["used_memory"])


def limit(node: Node, most_bytes: int) -> None:
    node.call("CONFIG", "SET", "maxmemory", most_bytes)


async def lengths(redis: Any, settings: RuntimeSettings) -> dict[str, list[int]]:
    """Return how long the archives on each master are, by its name."""
    found: dict[str, list[int]] = {}
    for key in settings.keys(streams.ARCHIVE):
        found.setdefault((await redis.master_of(key)).name, []).append(await redis.xlen(key))
    return found


@pytest.mark.parametrize(
    "share", [pytest.param(1.1, id="nearly full"), pytest.param(0.9, id="full, no write is taken")]
)
async def test_the_archives_of_a_full_master_make_room(
    cluster: Cluster, settings: RuntimeSettings, redis: Any, share: float
) -> None:
    _, full, roomy = cluster.nodes
    most = int(used(full) * share)
    limit(full, most)
    limit(roomy, used(roomy) * 2)

    removed = 0
    while used(full) > most * ARCHIVE_GIVES_WAY_ABOVE:
        step = await make_room(redis, settings)
        assert step > 0
        removed += step

    left = await lengths(redis, settings)
    own = left.pop(f"127.0.0.1:{full.port}")
    assert removed == 2 * ENTRIES - sum(own) and 0 < min(own) <= max(own) < ENTRIES
    assert list(left.values()) == [[ENTRIES, ENTRIES]] * 2
    assert [await redis.xlen(key) for key in settings.keys(streams.PAGES)] == [1] * 6
    assert await make_room(redis, settings) == 0


async def test_a_master_that_is_away_keeps_no_other_from_making_room(
    cluster: Cluster, settings: RuntimeSettings, redis: Any
) -> None:
    away, full, _ = cluster.nodes
    limit(full, used(full))
    away.kill()

    assert await make_room(redis, settings) > 0
