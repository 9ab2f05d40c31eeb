"""`tocsin status`: how every stage stands."""

import asyncio
import json
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from runtime.settings import RuntimeSettings
from runtime.stream_status import StageStatus, pipeline_status, whole
from schemas import streams
from services.cli.options import DataOption, JsonOption, connected, settings_for


def command(data_dir: DataOption = None, as_json: JsonOption = False) -> None:
    """Print each stage: waiting, in progress, oldest, done, dropped by reason, dead letters, workers."""
    stages, alerts = asyncio.run(_status(settings_for(data_dir)))
    if as_json:
        print(json.dumps({"stages": [asdict(stage) for stage in stages], "alerts": alerts}))
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


async def _status(settings: RuntimeSettings) -> tuple[list[StageStatus], int]:
    async with connected(settings) as redis:
        alerts = [int(await redis.xlen(key)) for key in settings.keys(streams.ALERTS)]
        return await pipeline_status(redis, settings), sum(alerts)
