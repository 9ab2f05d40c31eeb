"""`tocsin status`: how every stage stands."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from time import time
from typing import Any

from rich.console import Console
from rich.table import Table

from runtime import canary
from runtime.cluster import ClusterClient
from runtime.settings import RuntimeSettings
from runtime.stream_status import StageStatus, pipeline_status, whole
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
    console.print(f"alerts in the log: {alerts}")
    if canary_seconds is not None:
        console.print(f"canary: the last one came out {canary_seconds:.0f} s ago (canary pages count as done above)")
    if len(partitions) > 1:
        console.print(_partitions_table(partitions))
        console.print(f"skew: the fullest partition had {skew(partitions):.2f} times the pages of the average one")


@dataclass(frozen=True, slots=True)
class Placed:
    """A partition: where it lies, how many pages it had, and how many messages each of its stages has before it."""

    tag: str
    slot: int
    master: str  # host:port on a cluster, "" on a single server
    pages: int
    outstanding: dict[str, int]


def placed(stages: Sequence[StageStatus], settings: RuntimeSettings, masters: Sequence[str]) -> list[Placed]:
    """Return each partition with what its stages say; home first."""
    found = []
    for tag, master in zip(settings.tags, masters, strict=True):
        own = [stage for stage in stages if stage.partition == tag]
        pages = sum(stage.received for stage in own if stage.stage == streams.STAGES[0])
        found.append(Placed(tag, streams.slot(tag), master, pages, {stage.stage: stage.length for stage in own}))
    return found


def skew(partitions: Sequence[Placed]) -> float:
    """Return how many times the average the fullest partition had; 1.0 is even, and so is nothing at all."""
    pages = [one.pages for one in partitions]
    return max(pages) * len(pages) / sum(pages) if any(pages) else 1.0


def _partitions_table(partitions: Sequence[Placed]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("partition", "slot", "master", "pages", "outstanding"):
        table.add_column(heading, justify="right" if heading in ("slot", "pages") else "left")
    for one in partitions:
        waiting = ", ".join(f"{stage} {length}" for stage, length in one.outstanding.items() if length)
        table.add_row(one.tag, str(one.slot), one.master or "–", str(one.pages), waiting or "–")
    return table


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
    last = [entry for key in settings.keys(canary.STREAM) for entry in await redis.xrevrange(key, count=1)]
    return min((max(0.0, time() - int(id.split(b"-")[0]) / 1e3) for id, _ in last), default=None)


async def _status(settings: RuntimeSettings) -> tuple[list[StageStatus], int, list[str], float | None]:
    async with connected(settings) as redis:
        alerts = [int(await redis.xlen(key)) for key in settings.keys(streams.ALERTS)]
        masters = [""] * settings.partitions
        if isinstance(redis, ClusterClient):
            masters = [(await redis.master_of(key)).name for key in settings.keys(streams.PAGES)]
        canary_seconds = await _canary_seconds(redis, settings)
        return await pipeline_status(redis, settings), sum(alerts), masters, canary_seconds
