"""Loops and tasks that end when they are told to, also when a client swallowed the telling."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

AGAIN_SECONDS: Final = 1.0  # what a task may take to clean up before it is told once more


def end_if_cancelled() -> None:
    """Raise CancelledError when this task was cancelled and somebody swallowed it.

    A client that is interrupted while it waits for the server may answer with an error of its own; a loop that goes on
    after errors would then go on for ever. Call this once a turn.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def end(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancel tasks and wait until they have ended, telling them again each second; what they raise is not raised here.

    Python 3.11's `asyncio.wait_for` and clients can swallow a cancellation; a task that is told once may never end.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        done, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
        for task in done:
            if not task.cancelled():
                task.exception()  # looked at, or the loop complains that nobody did
