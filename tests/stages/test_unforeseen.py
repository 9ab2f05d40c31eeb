"""Errors that nobody foresaw, in the hand-off itself: they must neither keep messages nor end what adopts them."""

from collections.abc import Sequence
from typing import Any

from prometheus_client import CollectorRegistry

from runtime.handling import Output
from runtime.metrics import StageMetrics
from runtime.settings import RuntimeSettings
from runtime.stage import Stage
from runtime.stage_app import stage_app
from schemas import DeadLetter
from tests.stages.a_stage import add, running, upper, written
from tests.wait import until


def picky_stage(settings: RuntimeSettings) -> tuple[Stage, Any, CollectorRegistry]:
    """A stage whose hand-off fails by surprise when "BAD" is in the batch, as a mistake in a decision would."""
    registry = CollectorRegistry()
    stage = Stage("clean", upper, settings, StageMetrics("clean", registry=registry))

    async def hand_off(done: Sequence[tuple[str, Any]]) -> int:
        if any(isinstance(result, Output) and b"BAD" in result.messages for _, result in done):
            raise ZeroDivisionError("by surprise")
        return await stage._hand_on(done)

    stage.hand_off = hand_off
    return stage, stage_app([stage], registry=registry), registry


async def test_a_hand_off_that_fails_by_surprise_ends_as_a_dead_letter(redis: Any, settings: RuntimeSettings) -> None:
    """The message is tried again and buried with its traceback; nothing stays in hand, and adopting goes on. (S15)"""
    stage, app, registry = picky_stage(settings)
    await add(redis, stage, b"bad")

    async with running(app):
        await until(lambda: redis.xlen(stage.dead), describe="the message is a dead letter")
        async with redis.pipeline(transaction=True) as pipe:  # so that the blocked reader does not come between
            pipe.xadd(stage.reads, {"d": b"left"})
            pipe.xreadgroup(stage.group, "dead worker", {stage.reads: ">"})
            await pipe.execute()
        await until(lambda: written(redis, stage), describe="the stage goes on to adopt")

    [(_, fields)] = await redis.xrange(stage.dead)
    letter = DeadLetter.from_json(fields[b"d"])
    assert (letter.reason, letter.payload, letter.deliveries) == ("unexpected_error", "bad", settings.max_deliveries)
    assert "by surprise" in letter.detail
    assert stage.held == set()
    assert registry.get_sample_value("tocsin_messages_in_progress", {"stage": "clean"}) == 0


async def test_a_hand_off_that_fails_by_surprise_keeps_no_neighbour_waiting(
    redis: Any, settings: RuntimeSettings
) -> None:
    """Its batch-mates are handed on at once, and not when they are adopted. (S16)"""
    settings = settings.model_copy(update={"claim_after": settings.claim_after * 100})
    stage, app, _ = picky_stage(settings)
    await add(redis, stage, b"a", b"bad", b"b")

    async with running(app):
        await until(lambda: _both(redis, stage), describe="both neighbours are handed on")

    assert await written(redis, stage) == [b"A", b"B"]
    assert (await redis.xpending(stage.reads, stage.group))["pending"] == 1


async def _both(redis: Any, stage: Stage) -> bool:
    return len(await written(redis, stage)) == 2
