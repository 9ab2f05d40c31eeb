"""`tocsin sources`: check the file of sources, see how each stands, and try an address."""

import asyncio
import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from runtime.errors import TocsinError
from runtime.redis_client import redis_url
from runtime.server import running_url
from runtime.settings import RuntimeSettings, load
from services.cli.alert_to_text import article_to_text
from services.cli.options import DataOption, JsonOption, connected, settings_for
from services.produce.adapters.looks import Probe, SourceStatus, check_sources, list_sources, probe

app = typer.Typer(no_args_is_help=True, help="Where pages come from: watch/sources.yaml.")


@app.command("check")
def check(
    file: Annotated[Path | None, typer.Argument(help="A sources.yaml; default: the one in force.")] = None,
) -> None:
    """Check a file of sources; every mistake is told at once, with its line. Exit code 1 when there is one."""
    found = check_sources(file)
    for mistake in found.mistakes:
        print(mistake)
    if found.mistakes:
        raise typer.Exit(1)
    print(f"{found.path}: {len(found.sources)} sources, no mistakes")


@app.command("list")
def list_all(data_dir: DataOption = None, as_json: JsonOption = False) -> None:
    """Print every source and how it stands; without a running server, just what the file says."""
    statuses = asyncio.run(_statuses(data_dir))
    if as_json:
        print(json.dumps([asdict(status) for status in statuses], default=str))
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("id", "kind", "country", "language", "tier", "last read", "last new", "state"):
        table.add_column(heading)
    for status in statuses:
        spec = status.spec
        state = f"fails: {status.failed_because}" if status.failures else "silent" if status.is_silent else ""
        table.add_row(
            *(spec.id, spec.kind, spec.country or "", spec.language or "", str(spec.tier or "")),
            *(_moment(status.last_ok_at), _moment(status.last_new_at), state),
        )
    Console().print(table)


@app.command("probe")
def probe_url(url: str, as_json: JsonOption = False) -> None:
    """Fetch an address once: which feeds its site has, what the page would yield, or why it fails."""
    found = asyncio.run(probe(url))
    if as_json:
        print(json.dumps(asdict(found) | {"page": found.page and found.page.id}, default=str))
    else:
        _show(Console(), found)
    raise typer.Exit(1 if found.reason else 0)


def _show(console: Console, found: Probe) -> None:
    if found.reason:
        console.print(f"{found.url}: {found.message} ({found.reason})", style="red", markup=False, highlight=False)
    for feed in found.feeds:
        newest = f", newest {feed.newest}" if feed.newest else ""
        console.print(f"{feed.kind}: {feed.url} “{feed.title}”, {feed.entries} entries{newest}", markup=False)
    if found.page is not None:
        from services.clean.page_to_article import page_to_article  # noqa: PLC0415  (loads the cleaner)

        try:
            console.print(article_to_text(page_to_article(found.page)))
        except TocsinError as error:
            console.print(f"the page gives no article: {error} ({error.reason})", style="yellow", markup=False)


async def _statuses(data_dir: Path | None) -> list[SourceStatus]:
    settings = load(RuntimeSettings)
    specs = check_sources(None, settings).sources
    if settings.redis_url is None and running_url(data_dir or settings.data_dir) is None:
        return [SourceStatus(spec) for spec in specs]
    settings = settings_for(data_dir)
    redis_url(settings)
    async with connected(settings) as redis:
        return await list_sources(redis, settings, specs)


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "–"
