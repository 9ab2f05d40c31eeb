"""What every stage must do with its messages, on a real server (docs/stage-spec.md)."""

import asyncio
from typing import Any

from redis.exceptions import RedisError

from runtime.errors import InvalidMessage, NotWanted, TryAgain
from runtime.handling import Output
from runtime.settings import RuntimeSettings
from runtime.stream_status import stage_status
from schemas import DeadLetter
from tests.stages.a_stage import a_stage, add, running, upper, written
from tests.wait import until


class Unwanted(NotWanted):
    pass


async def test_messages_written_before_the_first_start_are_handled(redis: Any, settings: RuntimeSettings) -> None:
    """The group begins at the beginning of the stream, not at its end. (S4)"""
    stage, app = a_stage(upper, settings)
    await add(redis, stage, b"early")

    async with running(app):
        await until(lambda: written(redis, stage), describe="the early message is handed on")

    assert await written(redis, stage) == [b"EARLY"]
    assert await redis.xlen(stage.reads) == 0


async def test_a_message_becomes_none_one_or_many(redis: Any, settings: RuntimeSettings) -> None:
    """Outputs are counted, drops are counted by reason, and nothing is left in the input stream. (S8) (S12)"""

    def split(data: bytes) -> Output:
        if not data.strip():
            raise Unwanted("empty")
        return Output(tuple(data.split()))

    stage, app = a_stage(split, settings)
    await add(redis, stage, b"one", b" ", b"two three")

    async with running(app):
        await until(lambda: _is_empty(redis, stage.reads), describe="all inputs are dealt with")

    assert await written(redis, stage) == [b"one", b"two", b"three"]
    status = await stage_status(redis, settings, "clean")
    assert (status.received, status.sent, status.dropped) == (3, 3, {"unwanted": 1})


async def test_an_unprocessable_message_is_a_dead_letter_with_its_reason(redis: Any, settings: RuntimeSettings) -> None:
    """The dead letter carries what is needed to try again, and its batch-mates are handed on. (S13) (S16)"""

    def picky(data: bytes) -> Output:
        if data == b"bad":
            raise InvalidMessage("expected good, found bad")
        return Output((data,))

    stage, app = a_stage(picky, settings)
    ids = await add(redis, stage, b"good", b"bad", b"good")

    async with running(app):
        await until(lambda: _is_empty(redis, stage.reads), describe="all inputs are dealt with")

    [(_, fields)] = await redis.xrange(stage.dead)
    letter = DeadLetter.from_json(fields[b"d"])
    assert (letter.reason, letter.payload, letter.message_id) == ("invalid_message", "bad", ids[1])
    assert await written(redis, stage) == [b"good", b"good"]


async def test_a_message_the_world_refuses_is_tried_again(redis: Any, settings: RuntimeSettings) -> None:
    """TryAgain leaves the message pending; the next try hands it on, once. (S14)"""
    tries = []

    def flaky(data: bytes) -> Output:
        tries.append(data)
        if len(tries) < 3:
            raise TryAgain("the world is away")
        return Output((data,))

    stage, app = a_stage(flaky, settings)
    await add(redis, stage, b"x")

    async with running(app):
        await until(lambda: written(redis, stage), describe="the third try succeeds")

    assert len(tries) == 3
    assert await written(redis, stage) == [b"x"]


async def test_a_message_that_always_fails_ends_as_a_dead_letter(redis: Any, settings: RuntimeSettings) -> None:
    """An unforeseen error is tried max_deliveries times, and its traceback is kept. (S15)"""

    def broken(data: bytes) -> Output:
        raise ZeroDivisionError("by surprise")

    stage, app = a_stage(broken, settings)
    await add(redis, stage, b"x")

    async with running(app):
        await until(lambda: redis.xlen(stage.dead), describe="the message is a dead letter")

    [(_, fields)] = await redis.xrange(stage.dead)
    letter = DeadLetter.from_json(fields[b"d"])
    assert (letter.reason, letter.deliveries) == ("unexpected_error", settings.max_deliveries)
    assert "by surprise" in letter.detail


async def test_messages_of_a_dead_worker_are_adopted(redis: Any, settings: RuntimeSettings) -> None:
    """What another consumer read and never finished is handled by this one. (S17)"""
    stage, app = a_stage(upper, settings)
    await add(redis, stage, b"a", b"b")
    await redis.xgroup_create(stage.reads, stage.group, id="0")
    await redis.xreadgroup(stage.group, "dead worker", {stage.reads: ">"})

    async with running(app):
        await until(lambda: _is_empty(redis, stage.reads), describe="both are adopted")

    assert sorted(await written(redis, stage)) == [b"A", b"B"]


async def test_a_message_that_kills_its_workers_is_a_dead_letter(redis: Any, settings: RuntimeSettings) -> None:
    """Past max_deliveries the claim itself buries the message, so that it cannot kill another worker. (S19)"""
    stage, app = a_stage(upper, settings)
    await add(redis, stage, b"poison")
    await redis.xgroup_create(stage.reads, stage.group, id="0")
    await redis.xreadgroup(stage.group, "worker 0", {stage.reads: ">"})
    for n in range(1, settings.max_deliveries):
        await redis.xautoclaim(stage.reads, stage.group, f"worker {n}", 0)

    async with running(app):
        await until(lambda: redis.xlen(stage.dead), describe="the message is buried")

    [(_, fields)] = await redis.xrange(stage.dead)
    letter = DeadLetter.from_json(fields[b"d"])
    assert (letter.reason, letter.payload) == ("too_many_deliveries", "poison")
    assert await written(redis, stage) == []


async def test_a_full_stream_makes_its_writer_wait(redis: Any, settings: RuntimeSettings) -> None:
    """The output never exceeds max_waiting; when there is room again, the rest follows. (S10)"""
    settings = settings.model_copy(update={"max_waiting": 5})
    stage, app = a_stage(upper, settings)
    await add(redis, stage, *[b"%d" % n for n in range(12)])

    async with running(app):
        await until(lambda: _has(redis, stage.writes, 5), describe="the output is full")
        await asyncio.sleep(0.2)
        assert await redis.xlen(stage.writes) == 5
        taken = []
        while len(taken) < 12:
            for id, fields in await redis.xrange(stage.writes):
                taken.append(fields[b"d"])
                await redis.xdel(stage.writes, id)
            await asyncio.sleep(0.02)

    assert taken == [b"%d" % n for n in range(12)]


async def test_a_lost_consumer_group_is_created_again(redis: Any, settings: RuntimeSettings) -> None:
    """FastStream alone ends the app with exit code 0 here. (S5)"""
    stage, app = a_stage(upper, settings)

    async with running(app):
        await until(lambda: redis.exists(stage.reads), describe="the group is there")
        await redis.delete(stage.reads)
        await add(redis, stage, b"after")
        await until(lambda: written(redis, stage), describe="the stage reads again")

    assert await written(redis, stage) == [b"AFTER"]


async def test_a_stage_that_stops_finishes_what_it_started_and_releases_the_rest(
    redis: Any, settings: RuntimeSettings
) -> None:
    """After SIGTERM nothing is half done, and the rest is free for others at once. (S23)"""
    import threading

    started, go_on = threading.Event(), threading.Event()

    def slow(data: bytes) -> Output:
        started.set()
        go_on.wait(5)
        return Output((data,))

    settings = settings.model_copy(update={"claim_after": settings.claim_after * 100})
    stage, app = a_stage(slow, settings)
    await add(redis, stage, b"1", b"2", b"3")

    async with running(app):
        await until(started.is_set, describe="the first message is being handled")
        app.exit()
        await until(lambda: stage.is_stopping, describe="the stage is stopping")
        go_on.set()

    assert await written(redis, stage) == [b"1"]
    _, other_app = a_stage(upper, settings.model_copy(update={"claim_after": settings.claim_after / 100}))
    async with running(other_app):
        await until(lambda: _is_empty(redis, stage.reads), describe="another worker adopts the rest")
    assert await written(redis, stage) == [b"1", b"2", b"3"]


async def test_a_slow_message_keeps_its_lease(redis: Any, settings: RuntimeSettings) -> None:
    """A living worker may take longer than claim_after; nobody else handles its message. (S20)"""
    import time

    seen = []

    def slow(data: bytes) -> Output:
        seen.append(data)
        time.sleep(1.2)
        return Output((data,))

    stage, app = a_stage(slow, settings)
    _, other_app = a_stage(slow, settings)
    await add(redis, stage, b"x")

    async with running(app), running(other_app):
        await until(lambda: written(redis, stage), describe="the message is handed on")

    assert seen == [b"x"]


async def test_a_stage_survives_its_server(server: Any, settings: RuntimeSettings) -> None:
    """The server is killed and comes back on the same port; what was written before and after is handled. (S6)"""
    from pydantic import SecretStr

    from runtime.redis_client import connect

    settings = settings.model_copy(update={"redis_url": SecretStr(server.url)})
    stage, app = a_stage(upper, settings)
    redis = connect(server.url)
    async with running(app):
        await add(redis, stage, b"before")
        await until(lambda: written(redis, stage), describe="the first message is handed on")
        server.kill()
        await redis.aclose()
        server.wanted_port = server.port
        assert server._try_start()
        redis = connect(server.url)
        await until(lambda: _adds(redis, stage, b"after"), describe="the server is back")
        await until(lambda: _has(redis, stage.writes, 2), describe="the stage reads again")

    assert await written(redis, stage) == [b"BEFORE", b"AFTER"]
    await redis.aclose()


async def _adds(redis: Any, stage: Any, message: bytes) -> bool:
    try:
        await add(redis, stage, message)
    except (RedisError, OSError):
        return False
    return True


async def _is_empty(redis: Any, stream: str) -> bool:
    return int(await redis.xlen(stream)) == 0


async def _has(redis: Any, stream: str, count: int) -> bool:
    return int(await redis.xlen(stream)) >= count
