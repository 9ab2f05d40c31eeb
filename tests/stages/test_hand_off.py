"""The hand-off on a real server: once only, in one step, also when memory is full and when others were faster."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from redis.exceptions import OutOfMemoryError, ResponseError

from runtime.claims import Claims
from runtime.dead_letters import dead_letters
from runtime.handling import Delivery, Output
from runtime.metrics import StageMetrics
from runtime.reading import ensure_group
from runtime.redis_client import connect
from runtime.server import EmbeddedServer
from runtime.settings import RuntimeSettings
from runtime.stage import Stage
from tests.stages.a_stage import a_stage, add, running, upper, written
from tests.wait import until


async def test_an_input_that_another_worker_finished_yields_nothing_more(redis: Any, settings: RuntimeSettings) -> None:
    """Two workers hold the same entry; the slower one's outputs are not written. (S9)"""
    stage = await _connected(redis, settings)
    [id] = await add(redis, stage, b"x")
    await redis.xreadgroup(stage.group, stage.consumer, {stage.reads: ">"})

    await stage.work([Delivery(id, b"x")])
    await stage.work([Delivery(id, b"x")])

    assert await written(redis, stage) == [b"X"]
    assert await redis.hgetall(stage.stats) == {b"in": b"1", b"out": b"1"}


async def test_a_hand_off_that_cannot_write_does_nothing_at_all(redis: Any, settings: RuntimeSettings) -> None:
    """With a key of the wrong type in the way the inputs stay pending, none half done. (S8)"""
    stage = await _connected(redis, settings)
    ids = await add(redis, stage, b"x", b"y")
    await redis.set(stage.writes, "in the way")
    await redis.xreadgroup(stage.group, stage.consumer, {stage.reads: ">"})

    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await stage.work([Delivery(id, b"x") for id in ids])

    assert (await redis.xpending(stage.reads, stage.group))["pending"] == 2
    assert await redis.xlen(stage.reads) == 2


async def test_keys_of_a_partition_share_their_hash_tag(settings: RuntimeSettings) -> None:
    """One script may touch all keys of a stage, also on Redis Cluster. (S3)"""
    stage, _ = a_stage(upper, settings)

    tags = {key.split("{")[1].split("}")[0] for key in (stage.reads, stage.writes, stage.stats, stage.dead)}

    assert tags == {stage.partition}


async def test_two_workers_never_share_a_consumer_name(settings: RuntimeSettings) -> None:
    """Also two in one process have names of their own. (S7)"""
    assert a_stage(upper, settings)[0].consumer != a_stage(upper, settings)[0].consumer


async def test_adopting_one_message_leaves_the_count_of_its_neighbours(redis: Any, settings: RuntimeSettings) -> None:
    """A message that kills each worker that adopts it raises its own delivery count and nobody else's. (S18)"""
    stage = await _connected(redis, settings)
    ids = await add(redis, stage, b"poison", b"innocent", b"innocent")
    await redis.xreadgroup(stage.group, "dead worker", {stage.reads: ">"})
    impatient = settings.model_copy(update={"claim_after": settings.claim_after / 1000})

    for number in range(2):
        adopter = await _connected(redis, impatient, transform=_dies)
        adopter.consumer = f"worker {number}"
        with pytest.raises(WorkerDied):
            await Claims(adopter).adopt_abandoned()

    entries = await redis.xpending_range(stage.reads, stage.group, "-", "+", 10)
    assert [(entry["message_id"].decode(), entry["times_delivered"]) for entry in entries] == [
        (ids[0], 3),
        (ids[1], 1),
        (ids[2], 1),
    ]


async def test_a_buried_message_of_any_bytes_can_be_read_and_retried(redis: Any, settings: RuntimeSettings) -> None:
    """Also what the claim script buries, and also when it is not UTF-8. (S27)"""
    stage, app = a_stage(upper, settings)
    payload = b'{"body":"caf\xe9 \x00 \xff\xfe"}'
    await add(redis, stage, payload)
    await redis.xgroup_create(stage.reads, stage.group, id="0")
    await redis.xreadgroup(stage.group, "worker", {stage.reads: ">"})
    for number in range(1, settings.max_deliveries):
        await redis.xautoclaim(stage.reads, stage.group, f"worker {number}", 0)

    async with running(app):
        await until(lambda: redis.xlen(stage.dead), describe="the message is buried")

    [buried] = [buried async for buried in dead_letters(redis, settings, "clean")]
    assert buried.letter.reason == "too_many_deliveries"
    assert "caf" in buried.letter.payload


async def test_a_full_server_still_drains(tmp_path: Path, settings: RuntimeSettings) -> None:
    """At maxmemory producers are refused, and what is in comes out. (S11)"""
    with EmbeddedServer(tmp_path, fsync="no", max_memory="6mb") as server:
        settings = settings.model_copy(update={"redis_url": SecretStr(server.url)})
        stage, app = a_stage(upper, settings)
        async with contextlib.aclosing(connect(server.url)) as redis:
            with pytest.raises(OutOfMemoryError):
                while True:
                    await add(redis, stage, b"x" * 4000)
            count = await redis.xlen(stage.reads)

            async with running(app):
                await until(lambda: _has(redis, stage.writes, count), describe="all of it comes out")

            assert await redis.xlen(stage.reads) == 0


class WorkerDied(BaseException):
    """Nothing catches it: the closest a test gets to SIGKILL within its own process."""


def _dies(data: bytes) -> Output:
    raise WorkerDied


async def _connected(redis: Any, settings: RuntimeSettings, transform: Any = upper) -> Stage:
    stage = Stage("clean", transform, settings, StageMetrics("clean", registry=CollectorRegistry()))
    stage.attach(redis)
    await ensure_group(redis, stage.reads, stage.group)
    return stage


async def _has(redis: Any, stream: str, count: int) -> bool:
    return int(await redis.xlen(stream)) >= count
