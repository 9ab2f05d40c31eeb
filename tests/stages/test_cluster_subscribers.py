"""Subscribers of every kind while the master that holds the log and their places dies: its replica takes over."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from redis.exceptions import RedisError

from runtime.cancelling import end
from runtime.redis_client import client
from runtime.settings import RuntimeSettings
from services.deliver.adapters import alert_log
from services.deliver.positions import to_sequence
from tests.stages.a_cluster import Cluster
from tests.stages.a_deliver import Running, a_deliver, frames, rung
from tests.stages.a_receiver import Received, a_receiver
from tests.stages.processes import CLEAN_ENVIRON, ROOT
from tests.stages.test_deliver_webhooks import a_file, given
from tests.unit.deliver.build import an_event
from tests.wait import until

BEFORE, AFTER = 40, 20


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(tmp_path / "nodes", masters=3, replicas=3) as cluster:
        yield cluster


@contextlib.asynccontextmanager
async def a_tail(settings: RuntimeSettings) -> AsyncIterator[list[str]]:
    """`tocsin tail --json` as a process; yields the ids it prints, as it prints them."""
    assert settings.redis_url
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from services.cli.app import main; main()", "tail", "--json"),
        *("--from", "beginning"),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        limit=1 << 20,
        env={
            **CLEAN_ENVIRON,
            "TOCSIN_REDIS_URL": settings.redis_url.get_secret_value(),
            "TOCSIN_REDIS_CLUSTER": "true",
            "TOCSIN_PARTITIONS": str(settings.partitions),
            "TOCSIN_STREAM_PREFIX": settings.stream_prefix,
        },
    )
    assert process.stdout
    printed: list[str] = []

    async def read(out: asyncio.StreamReader) -> None:
        async for line in out:
            printed.append(json.loads(line)["id"])

    reading = asyncio.create_task(read(process.stdout))
    try:
        yield printed
    finally:
        process.kill()
        await process.wait()
        await reading


@contextlib.asynccontextmanager
async def a_listener(running: Running) -> AsyncIterator[list[str | None]]:
    """An event stream from the beginning; yields the positions that came."""
    seen: list[str | None] = []

    async def listen() -> None:
        async with running.http.stream("GET", "/v1/alerts/stream?from=0", timeout=60) as response:
            async for frame in frames(response):
                seen.append(frame.id)

    listening = asyncio.create_task(listen())
    try:
        yield seen
    finally:
        await end([listening])


async def test_nobody_misses_an_alert_while_the_log_changes_masters(cluster: Cluster, tmp_path: Path) -> None:
    """Killed while webhooks are under way: the log, `tail`, the stream and the receiver have the same alerts."""
    settings = RuntimeSettings(
        redis_url=SecretStr(cluster.url), redis_cluster=True, partitions=6, stream_prefix="subscribers"
    )
    redis = client(settings)
    home = await redis.master_of(alert_log.alerts_key(settings))
    master, replica = cluster.pair(cluster.nodes.index(cluster.at(home.port)) % cluster.masters)
    events = [an_event(n) for n in range(BEFORE + AFTER)]
    tries: set[str] = set()

    def moody(request: Received) -> str:
        """Refuse each alert once, so that deliveries are in hand when the master dies."""
        id = request.headers["webhook-id"]
        is_new = id not in tries
        tries.add(id)
        return "503 Later" if is_new else "200 OK"

    async def ring(event: Any) -> bool:
        try:
            return bool(await rung(redis, settings, event))
        except (RedisError, OSError):
            return False

    async with (
        a_receiver(moody) as receiver,
        a_deliver(settings, **given(a_file(tmp_path, receiver))) as running,
        a_listener(running) as seen,
        a_tail(settings) as printed,
    ):
        await rung(redis, settings, *events[:BEFORE])
        await until(lambda: len(tries) > BEFORE // 2, describe="webhooks are under way")
        written = master.call("ROLE")[1]
        await until(lambda: replica.call("ROLE")[4] >= written, describe="the replica has heard of the alerts")
        await until(lambda: printed and seen, describe="tail and the event stream are under way", within_seconds=60)
        master.kill()
        for event in events[BEFORE:]:
            await until(lambda event=event: ring(event), describe="it rings on the new master")  # type: ignore[misc]
        await until(lambda: len(set(receiver.accepted)) == len(events), describe="webhooks", within_seconds=60)
        await until(lambda: len(printed) >= len(events), describe="tail", within_seconds=30)
        await until(lambda: len(seen) >= len(events), describe="the event stream", within_seconds=30)
        log = await redis.xrange(alert_log.alerts_key(settings))
    await redis.aclose()

    ids = [json.loads(fields[b"d"])["id"] for _, fields in log]
    assert ids == [event.id for event in events]
    assert printed == ids
    assert seen == [to_sequence(id.decode()) for id, _ in log]
    assert set(receiver.accepted) == set(ids)
