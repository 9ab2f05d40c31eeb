"""`tocsin partitions`: prepare another number of partitions."""

import asyncio
from typing import Annotated

import typer

from runtime.repartition import repartition
from runtime.settings import RuntimeSettings
from services.cli.options import DataOption, connected, settings_for


def command(
    old_count: Annotated[
        int | None, typer.Option("--from", min=1, max=1024, help="Number until now, when it is not written down.")
    ] = None,
    data_dir: DataOption = None,
) -> None:
    """Prepare TOCSIN_PARTITIONS partitions after another number; everything must have come out (docs/scale.md)."""
    settings = settings_for(data_dir)
    told = asyncio.run(_repartition(settings, old_count))
    print(f"{settings.partitions} partitions; {told} identities of pages were told to new owners")


async def _repartition(settings: RuntimeSettings, old_count: int | None) -> int:
    async with connected(settings, of_any_number=True) as redis:
        return await repartition(redis, settings, old_count=old_count)
