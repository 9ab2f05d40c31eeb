"""What an asynchronous failover loses, and what WAIT keeps; and what an operator sees of a cluster."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from redis.exceptions import RedisError

from runtime.ingest import Ingest, NotDurable
from runtime.redis_client import client
from runtime.settings import RuntimeSettings
from schemas import streams
from services.deliver.positions import to_sequence
from tests.stages.a_cluster import Cluster
from tests.stages.a_deliver import a_deliver, first, frames, rung
from tests.unit.deliver.build import an_event
from tests.wait import until

PAGES = 20


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster") / "nodes") as cluster:
        yield cluster


@pytest.fixture
def settings(cluster: Cluster, request: pytest.FixtureRequest) -> RuntimeSettings:
    prefix = "".join(c for c in request.node.name if c.isalnum())[-40:]
    return RuntimeSettings(redis_url=SecretStr(cluster.url), redis_cluster=True, partitions=6, stream_prefix=prefix)


def way_in(redis: Any, settings: RuntimeSettings, replicas: int) -> Ingest:
    return Ingest(
        redis,
        prefix=settings.stream_prefix,
        partition=streams.HOME,
        max_waiting=1000,
        remember_seconds=60,
        durable=False,
        replicas=replicas,
    )


@pytest.mark.parametrize(
    ("replicas", "lost"), [pytest.param(0, PAGES, id="asynchronous"), pytest.param(1, 0, id="WAIT")]
)
async def test_a_master_that_dies_ahead_of_its_replica_takes_accepted_pages_along_unless_we_waited(
    cluster: Cluster, settings: RuntimeSettings, replicas: int, lost: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The replica sleeps while pages come in, and then takes over: what it had not heard of is gone, if accepted."""
    monkeypatch.setattr("runtime.ingest.SYNC_TIMEOUT_MS", 50)
    redis = client(settings)
    ingest = way_in(redis, settings, replicas)
    owner = cluster.at((await redis.master_of(settings.keys(streams.PAGES)[0])).port)
    master, replica = cluster.pair(cluster.nodes.index(owner) % cluster.masters)
    assert replica.process
    await until(lambda: ingest.push(b"before", identity="before"), describe="a page is in")
    await until(lambda: replica.call("CLUSTER COUNTKEYSINSLOT", streams.slot(streams.HOME)), describe="the replica too")

    os.kill(replica.process.pid, signal.SIGSTOP)
    master.call("CLIENT", "KILL", "TYPE", "replica")  # as a broken cable: nothing waits in a buffer
    accepted = 0
    for number in range(PAGES):
        try:
            accepted += await ingest.push(b"x", identity=str(number)) == "accepted"
        except NotDurable:
            break
    master.kill()
    os.kill(replica.process.pid, signal.SIGCONT)

    async def waiting() -> int | None:
        try:
            return await ingest.waiting()
        except (RedisError, OSError):
            return None

    await until(lambda: replica.role() == "master", describe="the replica took over")
    left = await until(waiting, describe="the partition answers")
    await redis.aclose()
    cluster.restart(master)
    await until(cluster.is_whole, describe="the dead master is back as a replica")
    assert accepted == (0 if replicas else PAGES)
    assert left == 1  # of the pages that came in meanwhile none is left


async def test_a_subscriber_stays_connected_while_the_log_changes_masters(
    cluster: Cluster, settings: RuntimeSettings
) -> None:
    """Alerts from before, during and after the failover of home's master, in the order of the log, with plain ids."""
    redis = client(settings)
    ids = await rung(redis, settings, an_event(1), an_event(2))
    first_master = cluster.at((await redis.master_of(settings.keys(streams.ALERTS)[0])).port)
    master, replica = cluster.pair(cluster.nodes.index(first_master) % cluster.masters)
    written = master.call("ROLE")[1]
    await until(lambda: replica.call("ROLE")[4] >= written, describe="the replica has heard of the first alerts")

    async def ring() -> list[str] | None:
        try:
            return await rung(redis, settings, an_event(3))
        except (RedisError, OSError):
            return None

    async with a_deliver(settings) as running, running.http.stream("GET", "/v1/alerts/stream?from=0") as response:
        reader = frames(response)
        seen = [await anext(reader), await anext(reader)]
        master.kill()
        ids += await until(ring, describe="an alert rings on the new master")
        seen.append(await asyncio.wait_for(anext(reader), 15))
        resumed = await first(2, running, "/v1/alerts/stream?from=0", last_event_id=to_sequence(ids[0]))
        pushed = await running.http.post("/v1/pages", content="<p>Text.</p>", headers={"content-type": "text/html"})

    assert [frame.id for frame in seen] == [to_sequence(id) for id in ids]
    assert [frame.id for frame in resumed] == [to_sequence(id) for id in ids[1:]]
    assert (pushed.status_code, pushed.json()["outcome"]) == (202, "accepted")
    owner = streams.key(settings.stream_prefix, streams.partition_of(pushed.json()["id"], settings.tags), streams.PAGES)
    assert await redis.xlen(owner) == 1
    await redis.aclose()
    cluster.restart(master)
    await until(cluster.is_whole, describe="the dead master is back as a replica")


def test_status_shows_partitions_slots_masters_and_skew(cluster: Cluster, settings: RuntimeSettings) -> None:
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")},
        "TOCSIN_REDIS_URL": cluster.url,
        "TOCSIN_REDIS_CLUSTER": "true",
        "TOCSIN_PARTITIONS": "6",
    }
    code = "from services.cli.app import main; main()"
    run = [sys.executable, "-c", code, "status"]
    told = json.loads(subprocess.run([*run, "--json"], env=environ, check=True, capture_output=True).stdout)

    assert [one["tag"] for one in told["partitions"]] == list(settings.tags)
    assert all(one["slot"] == streams.slot(one["tag"]) for one in told["partitions"])
    masters = [one["master"] for one in told["partitions"]]
    assert sorted(masters.count(name) for name in set(masters)) == [2, 2, 2]
    assert told["skew"] == 1.0
    assert [one["stage"] for one in told["stages"]].count("clean") == 6
    assert [one["partition"] for one in told["stages"] if one["stage"] == "decide"] == [streams.HOME]
