"""`tocsin status`: how every stage stands."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from time import time
from typing import Any

from redis.exceptions import RedisError
from rich.console import Console
from rich.table import Table

from runtime import canary
from runtime.partition_status import Placed, masters_of, placed, skew
from runtime.settings import RuntimeSettings
from runtime.stream_status import StageStatus, pipeline_status, status_without_the_away, whole
from schemas import streams
from services.cli.options import DataOption, JsonOption, connected, settings_for


def command(data_dir: DataOption = None, as_json: JsonOption = False) -> None:
    """Print each stage: waiting, in progress, oldest, done, dropped by reason, dead letters, workers."""
    settings = settings_for(data_dir)
    stages, alerts, masters, canary_seconds = asyncio.run(_status(settings))
    partitions = placed(stages, settings, masters)
    if as_json:
        told = {"stages": [asdict(stage) for stage in stages], "alerts": alerts, "canary_seconds": canary_seconds}
        print(json.dumps({**told, "partitions": [asdict(one) for one in partitions], "skew": skew(partitions)}))
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in (
        "stage",
        "waiting",
        "in progress",
        "oldest",
        "done",
        "sent on",
        "dropped",
        "dead letters",
        "workers",
    ):
        table.add_column(heading, justify="left" if heading in ("stage", "dropped", "dead letters") else "right")
    for stage in whole(stages):
        table.add_row(*_cells(stage))
    console = Console()
    console.print(table)
    console.print(f"alerts in the log: {'unknown, for its master is away' if alerts is None else alerts}")
    if canary_seconds is not None:
        console.print(f"canary: the last one came out {canary_seconds:.0f} s ago (canary pages count as done above)")
    if len(partitions) > 1:
        console.print(_partitions_table(partitions))
        console.print(f"skew: the fullest partition had {skew(partitions):.2f} times the pages of the average one")


def _partitions_table(partitions: Sequence[Placed]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("partition", "slot", "master", "pages", "outstanding"):
        table.add_column(heading, justify="right" if heading in ("slot", "pages") else "left")
    for one in partitions:
        waiting = ", ".join(f"{stage} {length}" for stage, length in one.outstanding.items() if length)
        table.add_row(*_place(one), "its master is away" if one.is_away else waiting or "–")
    return table


def _place(one: Placed) -> tuple[str, ...]:
    return one.tag, str(one.slot), one.master or "–", "–" if one.is_away else str(one.pages)


def _cells(stage: StageStatus) -> tuple[str, ...]:
    return (
        stage.stage,
        str(stage.waiting),
        str(stage.pending),
        f"{stage.oldest_seconds:.1f} s" if stage.length else "–",
        str(stage.received),
        str(stage.sent),
        _reasons(stage.dropped) or "–",
        f"{stage.dead_letters} ({_reasons(stage.died)})" if stage.died else str(stage.dead_letters),
        str(stage.consumers),
    )


def _reasons(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in counts.items())


async def _canary_seconds(redis: Any, settings: RuntimeSettings) -> float | None:
    """Return how long ago a canary page last came out; None when none ever has."""
    last = await redis.xrevrange(streams.key(settings.stream_prefix, streams.HOME, canary.STREAM), count=1)
    return min((max(0.0, time() - int(id.split(b"-")[0]) / 1e3) for id, _ in last), default=None)


async def _status(settings: RuntimeSettings) -> tuple[list[StageStatus], int | None, list[str], float | None]:
    """Return stages, length of the alert log, masters and the age of the last canary; home may be away on a cluster."""
    log = streams.key(settings.stream_prefix, streams.HOME, streams.ALERTS)
    async with connected(settings) as redis:
        masters = await masters_of(redis, settings)
        if not settings.redis_cluster:
            stages = await pipeline_status(redis, settings)
            return stages, int(await redis.xlen(log)), masters, await _canary_seconds(redis, settings)
        stages = await status_without_the_away(redis, settings)
        try:
            return stages, int(await redis.xlen(log)), masters, await _canary_seconds(redis, settings)
        except (RedisError, OSError):
            return stages, None, masters, None
