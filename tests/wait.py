"""Waiting for something to become true, without sleeping longer than needed."""

import asyncio
import inspect
from collections.abc import Callable
from time import monotonic
from typing import Any


async def until(predicate: Callable[[], Any], *, describe: str, within_seconds: float = 15) -> Any:
    """Return the predicate's first true value; fails with what was waited for and what was seen last."""
    deadline = monotonic() + within_seconds
    while True:
        value = predicate()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        if monotonic() > deadline:
            raise AssertionError(f"not within {within_seconds} s: {describe} (last seen: {value!r})")
        await asyncio.sleep(0.02)
