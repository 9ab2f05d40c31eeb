"""Tasks end although a client swallowed what they were told."""

import asyncio

from runtime import cancelling
from runtime.cancelling import end, end_if_cancelled
from tests.wait import until


async def _swallows(times: int) -> int:
    """Stand for a client that tells a cancellation as an answer of its own; returns how often it was told."""
    told = 0
    while told < times:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            told += 1
    return told


async def test_a_task_that_swallowed_a_cancellation_is_told_again(monkeypatch) -> None:
    monkeypatch.setattr(cancelling, "AGAIN_SECONDS", 0.01)
    task = asyncio.create_task(_swallows(3))
    await asyncio.sleep(0)

    await asyncio.wait_for(end([task]), timeout=10)

    assert task.result() == 3


async def test_ending_waits_for_the_clean_up_and_raises_nothing_of_theirs() -> None:
    cleaned = []

    async def cleans() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            cleaned.append(True)

    async def fails() -> None:
        raise ValueError("of its own")

    tasks = [asyncio.create_task(cleans()), asyncio.create_task(fails())]
    await asyncio.sleep(0)
    await end(tasks)

    assert cleaned == [True]
    assert all(task.done() for task in tasks)


async def test_ending_nothing_ends() -> None:
    await asyncio.wait_for(end([]), timeout=1)


async def test_a_loop_that_asks_once_a_turn_ends() -> None:
    turns = []

    async def loop() -> None:
        while True:
            end_if_cancelled()
            turns.append(True)
            try:
                await asyncio.sleep(0.001)
            except asyncio.CancelledError:
                continue  # swallowed

    task = asyncio.create_task(loop())
    await until(lambda: len(turns) > 2, describe="the loop turns")
    task.cancel()
    await asyncio.wait({task}, timeout=10)

    assert task.cancelled()
