"""`tocsin sources`: check the file of sources, see how each stands, and try an address."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from runtime.errors import TocsinError
from runtime.redis_client import redis_url, without_password
from runtime.server import running_url
from runtime.settings import RuntimeSettings, load
from services.cli.alert_to_text import article_to_text
from services.cli.options import DataOption, JsonOption, connected, settings_for
from services.cli.words import counted
from services.produce.adapters.looks import Probe, SourceStatus, check_sources, list_sources, probe, probe_all
from services.produce.mark_verified import mark_verified
from services.produce.source_registry import SourceSpec
from services.produce.url_identity import host_of

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
    print(f"{found.path}: {counted(len(found.sources), 'source')}, no mistakes")


@app.command("list")
def list_all(data_dir: DataOption = None, as_json: JsonOption = False) -> None:
    """Print every source and how it stands; without a running server, just what the file says."""
    statuses = asyncio.run(_statuses(data_dir))
    if as_json:
        print(json.dumps([_told(status) for status in statuses], default=str))
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
    console = Console()
    console.print(table)
    unverified = sum(1 for status in statuses if not status.spec.is_verified)
    console.print(
        f"{counted(len(statuses), 'source')}, {unverified} of them never seen to answer (tocsin sources verify)"
    )


@app.command("probe")
def probe_url(url: str, as_json: JsonOption = False) -> None:
    """Fetch an address once: which feeds its site has, what the page would yield, or why it fails."""
    found = asyncio.run(probe(url))
    if as_json:
        print(json.dumps(asdict(found) | {"page": found.page and found.page.id}, default=str))
    else:
        _show(Console(), found)
    raise typer.Exit(1 if found.reason else 0)


@app.command("verify")
def verify(
    file: Annotated[Path | None, typer.Argument(help="A sources.yaml; default: the one in force.")] = None,
    mark: Annotated[bool, typer.Option(help="Write `verified: true` for those that answer.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Also those that are verified already.")] = False,
) -> None:
    """Fetch every unverified source once and say which answer, and why others do not. Exit code 1 when one does not."""
    found = check_sources(file)
    if found.mistakes:
        check(file)
    asked = [spec for spec in found.sources if every or not spec.is_verified]
    good = asyncio.run(_verify(asked))
    print(f"{len(good)} of {len(asked)} answer")
    if mark and good:
        path = Path(found.path)
        path.write_text(mark_verified(path.read_text("utf-8"), good), "utf-8")
    raise typer.Exit(0 if len(good) == len(asked) else 1)


async def _verify(specs: Sequence[SourceSpec]) -> list[str]:
    good: list[str] = []
    async for spec, found in probe_all(specs):
        newest = f", newest {found.feeds[0].newest}" if found.feeds and found.feeds[0].newest else ""
        entries = f"{found.feeds[0].entries} entries{newest}" if found.feeds else "a page"
        print(f"{spec.id}: {f'{found.message} ({found.reason})' if found.reason else entries}")
        if not found.reason:
            good.append(spec.id)
    return good


def _told(status: SourceStatus) -> dict[str, object]:
    told = asdict(status)
    told["spec"]["url"] = without_password(status.spec.url)
    return told


def _show(console: Console, found: Probe) -> None:
    if found.reason:
        console.print(f"{found.url}: {found.message} ({found.reason})", style="red", markup=False, highlight=False)
    for feed in found.feeds:
        newest = f", newest {feed.newest}" if feed.newest else ""
        console.print(f"{feed.kind}: {feed.url} “{feed.title}”, {feed.entries} entries{newest}", markup=False)
    if found.feeds or found.kind:
        best = found.feeds[0] if found.feeds else None
        url, kind = (best.url, best.kind) if best else (found.url, found.kind)
        id = host_of(url).removeprefix("www.").partition(":")[0]
        console.print("for watch/sources.yaml:", style="dim")
        lines = (f"  - id: {id}", f"    kind: {kind}", f"    url: {url}", "    verified: true")
        console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)
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
