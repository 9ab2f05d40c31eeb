"""A stage that runs on a real server with any transform, for tests of what every stage must do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from prometheus_client import CollectorRegistry

from runtime.handling import Output
from runtime.metrics import StageMetrics
from runtime.settings import RuntimeSettings
from runtime.stage import Stage
from runtime.stage_app import stage_app, stages_of


def a_stage(transform: Callable[[bytes], Any], settings: RuntimeSettings, name: str = "clean") -> tuple[Stage, Any]:
    registry = CollectorRegistry()
    metrics = StageMetrics(name, registry=registry, dropped_reasons=("unwanted",))
    stages = stages_of(name, transform, settings, metrics)
    return stages[0], stage_app(stages, registry=registry)


@contextlib.asynccontextmanager
async def running(app: Any) -> AsyncIterator[None]:
    """Run an app for the duration of a block; it is stopped as SIGTERM would."""
    task = asyncio.create_task(app.run())
    try:
        yield
    finally:
        app.exit()
        await asyncio.wait_for(task, 15)


def upper(data: bytes) -> Output:
    return Output((data.upper(),))


async def add(redis: Any, stage: Stage, *messages: bytes) -> list[str]:
    return [(await redis.xadd(stage.reads, {"d": message})).decode() for message in messages]


async def written(redis: Any, stage: Stage) -> list[bytes]:
    return [fields[b"d"] for _, fields in await redis.xrange(stage.writes)]
