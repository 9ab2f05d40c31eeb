"""`tocsin push`: pages from files, folders and standard input onto the stream, each once."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from redis.exceptions import RedisError
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from runtime.ingest import Ingest, NotDurable
from runtime.settings import RuntimeSettings
from schemas import Page
from schemas.streams import partition_of
from services.cli.options import DataOption, JsonOption, connected, settings_for
from services.produce.adapters.ways_in import ways_in
from services.produce.refusals import Refusal
from services.produce.settings import ProduceSettings
from services.produce.sources.files import pages_from_paths

BATCH_PAGES = 50
FULL_PAUSE_SECONDS = 0.05
REFUSALS_SHOWN = 20


@dataclass
class Pushed:
    """What became of the pages that were offered."""

    accepted: int = 0
    duplicate: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    page_ids: set[str] = field(default_factory=set)
    trouble: str | None = None  # why pages cannot be pushed just now, when somebody waits for the server patiently

    @property
    def sentence(self) -> str:
        """`2 accepted, 1 duplicate, 0 refused`."""
        return f"{self.accepted} accepted, {self.duplicate} duplicate, {len(self.refusals)} refused"


async def push_paths(
    redis: Any,
    settings: RuntimeSettings,
    paths: list[Path],
    *,
    pushed: Pushed,
    is_patient: bool = False,
    produce: ProduceSettings | None = None,
) -> AsyncIterator[Pushed]:
    """Push the pages of `paths`, adding to `pushed`, and yield it after each batch. A full stream is waited for.

    With `is_patient` a server that is away or refuses is waited for too, and `pushed.trouble` says why; a batch whose
    reply was lost is pushed again, which the ingest edge sees to be harmless. How long a page is known as taken, and
    whether it counts only once it is on the server's disk, is said by `TOCSIN_PRODUCE_*`.
    """
    patient_with = (NotDurable, RedisError, OSError) if is_patient else (NotDurable,)
    edges = ways_in(redis, settings, produce)
    found = pages_from_paths(paths, lambda: datetime.now(UTC))
    while batch := await asyncio.to_thread(_next_batch, found):
        pushed.refusals += [one for one in batch if isinstance(one, Refusal)]
        pages = [one for one in batch if isinstance(one, Page)]
        pushed.page_ids.update(page.id for page in pages)
        for tag, ingest in edges.items():
            mine = [page for page in pages if partition_of(page.id, settings.tags) == tag]
            await _push_batch(ingest, mine, pushed, patient_with)
        yield pushed


async def _push_batch(
    ingest: Ingest, pages: list[Page], pushed: Pushed, patient_with: tuple[type[Exception], ...]
) -> None:
    """Push pages of one partition, waiting for room, and add to the totals."""
    while pages:
        try:
            outcomes = await ingest.push_many([(page.to_json(), page.id) for page in pages])
        except patient_with as error:  # what went in is a duplicate the next time
            pushed.trouble = str(error)
            await asyncio.sleep(FULL_PAUSE_SECONDS)
            continue
        pushed.trouble = None
        counts = Counter(outcomes)
        pushed.accepted += counts["accepted"]
        pushed.duplicate += counts["duplicate"]
        pages = [page for page, outcome in zip(pages, outcomes, strict=True) if outcome == "full"]
        if pages:
            await asyncio.sleep(FULL_PAUSE_SECONDS)


def _next_batch(found: Iterator[Page | Refusal]) -> list[Page | Refusal]:
    return list(islice(found, BATCH_PAGES))


def command(
    paths: Annotated[
        list[Path], typer.Argument(help="Files and folders (.html .txt .jsonl, also .gz), or - for JSONL.")
    ],
    data_dir: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Push pages; each is accepted, a duplicate, or refused with a reason. Exit code 1 when any was refused."""
    pushed = asyncio.run(_push(settings_for(data_dir), paths, show_progress=not as_json))
    if as_json:
        print(
            json.dumps(
                {
                    "accepted": pushed.accepted,
                    "duplicate": pushed.duplicate,
                    "refused": [
                        {"path": r.path, "line": r.line, "reason": r.reason, "message": r.message}
                        for r in pushed.refusals
                    ],
                }
            )
        )
    else:
        console = Console()
        show_refusals(console, pushed)
        console.print(pushed.sentence)
    raise typer.Exit(1 if pushed.refusals else 0)


def show_refusals(console: Console, pushed: Pushed) -> None:
    """Print each refused page with its reason; of very many only the first."""
    for refusal in pushed.refusals[:REFUSALS_SHOWN]:
        console.print(f"refused {refusal} ({refusal.reason})", style="red", markup=False, highlight=False)
    if len(pushed.refusals) > REFUSALS_SHOWN:
        console.print(f"… and {len(pushed.refusals) - REFUSALS_SHOWN} more refused (all of them with --json)")


async def _push(settings: RuntimeSettings, paths: list[Path], *, show_progress: bool) -> Pushed:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    pushed = Pushed()
    console = Console(stderr=True)
    async with connected(settings) as redis:
        with Progress(*columns, console=console, transient=True, disable=not show_progress) as progress:
            task = progress.add_task("pushing …")
            async for _ in push_paths(redis, settings, paths, pushed=pushed):
                progress.update(task, description=f"pushing … {pushed.sentence}")
    return pushed


def default_paths() -> list[Path]:
    """Return the folder of seeds: in the working directory, or as shipped."""
    here = Path("seeds")
    return [here if here.is_dir() else Path(os.fspath(Path(__file__).parents[2] / "seeds"))]
