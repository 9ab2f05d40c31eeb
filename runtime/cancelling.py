"""Loops that end when they are told to, also when a client swallowed the telling."""

import asyncio


def end_if_cancelled() -> None:
    """Raise CancelledError when this task was cancelled and somebody swallowed it.

    A client that is interrupted while it waits for the server may answer with an error of its own; a loop that goes on
    after errors would then go on for ever. Call this once a turn.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
