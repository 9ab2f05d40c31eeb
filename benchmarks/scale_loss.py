"""What a failover loses while pages pour in, with and without waiting for a replica, and what waiting costs."""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from redis.exceptions import RedisError

from benchmarks.table import print_table
from runtime.ingest import Ingest, NotDurable
from runtime.redis_client import client
from runtime.settings import RuntimeSettings
from schemas import streams
from tests.stages.a_cluster import Cluster
from tests.wait import until

LOSS_ROUNDS = 5


def edges(redis: Any, settings: RuntimeSettings, replicas: int = 0) -> dict[str, Ingest]:
    return {
        tag: Ingest(
            redis,
            prefix=settings.stream_prefix,
            partition=tag,
            max_waiting=1_000_000,
            remember_seconds=3600,
            durable=False,
            replicas=replicas,
        )
        for tag in settings.tags
    }


async def _loss(replicas: int) -> tuple[int, int, float]:
    """Return pages accepted, accepted pages lost, and the milliseconds a push took; masters are killed under load."""
    accepted: set[str] = set()
    seconds, pushes = 0.0, 0
    with tempfile.TemporaryDirectory() as folder, Cluster(Path(folder) / "nodes") as cluster:
        settings = RuntimeSettings(redis_url=SecretStr(cluster.url), redis_cluster=True, partitions=6)
        redis = client(settings)
        ways, is_over = edges(redis, settings, replicas), False

        async def pour(tag: str) -> None:
            nonlocal seconds, pushes
            number = 0
            while not is_over:
                number += 1
                started = time.perf_counter()
                try:
                    if await ways[tag].push(f"{tag}/{number}".encode(), identity=f"{tag}/{number}") == "accepted":
                        accepted.add(f"{tag}/{number}")
                    seconds, pushes = seconds + time.perf_counter() - started, pushes + 1
                except (RedisError, OSError, NotDurable):
                    await asyncio.sleep(0.05)

        pouring = [asyncio.create_task(pour(tag)) for tag in settings.tags]
        for number in range(LOSS_ROUNDS):
            await asyncio.sleep(0.7)
            master, replica = await asyncio.to_thread(cluster.pair, number % 3)
            master.kill()
            await until(lambda node=replica: node.role() == "master", describe="the replica took over")
            await asyncio.to_thread(cluster.restart, master)
            await until(lambda: asyncio.to_thread(cluster.is_whole), describe="the cluster is whole again")
        is_over = True
        await asyncio.gather(*pouring)
        kept = {fields[b"d"].decode() for key in settings.keys(streams.PAGES) for _, fields in await redis.xrange(key)}
        await redis.aclose()
    return len(accepted), len(accepted - kept), seconds * 1000 / pushes


def loss() -> None:
    rows = []
    for replicas in (0, 1):
        accepted, lost, millis = asyncio.run(_loss(replicas))
        rows.append([str(replicas), str(LOSS_ROUNDS), str(accepted), str(lost), f"{millis:.2f}"])
    head = "TOCSIN_WAIT_REPLICAS|masters killed|pages accepted|of them lost|ms a push (6 at once)"
    print_table("Masters killed while pages pour in", head.split("|"), rows)
