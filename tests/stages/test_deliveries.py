"""What counts as a delivery: a worker that died with the message in hand, and nothing else (docs/guarantees.md)."""

from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from redis.exceptions import ConnectionError

from runtime.claims import Claims
from runtime.handling import Delivery
from runtime.metrics import StageMetrics
from runtime.reading import ensure_group
from runtime.settings import RuntimeSettings
from runtime.stage import Stage
from tests.stages.a_stage import a_stage, add, running, upper, written
from tests.wait import until


async def a_worker(redis: Any, settings: RuntimeSettings, **fields: Any) -> Stage:
    """Return a worker to whom every message of the dead is free at once."""
    settings = settings.model_copy(update={"claim_after": settings.claim_after / 1000})
    stage = Stage("clean", upper, settings, StageMetrics("clean", registry=CollectorRegistry()), **fields)
    stage.attach(redis)
    await ensure_group(redis, stage.reads, stage.group)
    return stage


async def deliveries(redis: Any, stage: Stage) -> list[int]:
    entries = await redis.xpending_range(stage.reads, stage.group, "-", "+", 10)
    return [entry["times_delivered"] for entry in entries]


async def left_by_the_dead(redis: Any, stage: Stage, *messages: bytes, deaths: int) -> None:
    await add(redis, stage, *messages)
    await redis.xreadgroup(stage.group, "dead 1", {stage.reads: ">"})
    for number in range(2, deaths + 1):
        await redis.xautoclaim(stage.reads, stage.group, f"dead {number}", 0)


async def test_a_server_that_goes_away_during_the_hand_off_is_no_delivery(
    redis: Any, settings: RuntimeSettings
) -> None:
    """However often it happens: the message was handled, and killed nobody."""
    outages = settings.max_deliveries * 2

    async def away(done: Any) -> int:
        raise ConnectionError("away")

    stage = await a_worker(redis, settings, hand_off=away)
    await left_by_the_dead(redis, stage, b"a", deaths=1)

    for _ in range(outages):
        with pytest.raises(ConnectionError):
            await Claims(stage).adopt_abandoned()
        await stage.release_harmless()

    assert await deliveries(redis, stage) == [0]
    assert not await redis.xlen(stage.dead)


async def test_who_dies_while_it_waits_for_room_does_not_die_of_its_messages(
    redis: Any, settings: RuntimeSettings
) -> None:
    """The output is full; a message that was adopted for the last time is handled, waits, and its count begins anew."""
    settings = settings.model_copy(update={"max_waiting": 1})
    stage, app = a_stage(upper, settings)
    await redis.xadd(stage.writes, {"d": b"in the way"})
    await redis.xgroup_create(stage.reads, stage.group, id="0", mkstream=True)
    await left_by_the_dead(redis, stage, b"a", deaths=settings.max_deliveries - 1)

    async with running(app):

        async def is_forgiven() -> bool:
            return await deliveries(redis, stage) == [0]

        await until(is_forgiven, describe="the message was handled and waits")
        await redis.delete(stage.writes)
        await until(lambda: written(redis, stage), describe="there is room")

    assert await written(redis, stage) == [b"A"]


async def test_what_another_worker_has_adopted_stays_his(redis: Any, settings: RuntimeSettings) -> None:
    """A worker that lost touch for too long must not take a message back that is being handled."""
    stage = await a_worker(redis, settings)
    [id] = await add(redis, stage, b"a")
    await redis.xreadgroup(stage.group, stage.consumer, {stage.reads: ">"})
    await redis.xautoclaim(stage.reads, stage.group, "another", 0)
    stage.harmless = {id}

    await stage.release_harmless()

    [entry] = await redis.xpending_range(stage.reads, stage.group, "-", "+", 10)
    assert (entry["consumer"], entry["times_delivered"]) == (b"another", 2)
    assert stage.harmless == set()


async def test_what_is_in_hand_again_is_not_let_go(redis: Any, settings: RuntimeSettings) -> None:
    """The group was lost, so the message came again to the same worker; it keeps its lease, and nobody else gets it."""
    stage = await a_worker(redis, settings)
    [id] = await add(redis, stage, b"a")
    stage.harmless = {id}  # let go when the server went away, which forgot its groups
    await redis.xreadgroup(stage.group, stage.consumer, {stage.reads: ">"})
    stage._take([Delivery(id, b"a")])

    await stage.release_harmless()

    assert stage.held == {id}
    assert await deliveries(redis, stage) == [1]


async def test_a_death_with_the_message_in_hand_counts(redis: Any, settings: RuntimeSettings) -> None:
    """Its neighbours, which the dead worker had only read, are handed on; it becomes a dead letter."""
    stage = await a_worker(redis, settings)
    await left_by_the_dead(redis, stage, b"poison", deaths=settings.max_deliveries)
    await left_by_the_dead(redis, stage, b"a", b"b", deaths=1)

    await Claims(stage).adopt_abandoned()

    assert sorted(await written(redis, stage)) == [b"A", b"B"]
    assert await redis.xlen(stage.dead) == 1


async def test_what_a_worker_adopts_anew_after_an_outage_counts_again(redis: Any, settings: RuntimeSettings) -> None:
    """It was let go harmless once; in hand again, it may be the one that kills."""
    stage = await a_worker(redis, settings)
    await left_by_the_dead(redis, stage, b"a", deaths=1)
    [entry] = await redis.xpending_range(stage.reads, stage.group, "-", "+", 1)
    id = entry["message_id"].decode()
    stage.harmless.add(id)
    await redis.xclaim(stage.reads, stage.group, stage.consumer, 0, [id], retrycount=3)

    stage._take([Delivery(id, b"a", 4)])
    await stage.release_harmless()

    assert id in stage.held and await deliveries(redis, stage) == [3]
