"""`tocsin dead`: look at dead letters, try them again, or drop them."""

import asyncio
import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from runtime.dead_letters import Buried, dead_letters, end_dead_letter
from runtime.settings import RuntimeSettings
from services.cli.options import DataOption, JsonOption, connected, settings_for

app = typer.Typer(no_args_is_help=True, help="Dead letters: what a stage gave up on, and why.")

StageOption = Annotated[str | None, typer.Option("--stage", help="Only this stage: clean, tag or alert.")]
ReasonOption = Annotated[str | None, typer.Option("--reason", help="Only dead letters with this reason.")]
Ids = Annotated[list[str] | None, typer.Argument(help="Ids as `tocsin dead list` prints them; none: all that match.")]
AllOption = Annotated[bool, typer.Option("--all", help="All that match, when no id is given.")]


@app.command("list")
def list_letters(
    stage: StageOption = None, reason: ReasonOption = None, data_dir: DataOption = None, as_json: JsonOption = False
) -> None:
    """Print the dead letters, oldest first; with --json one object a line, payload included."""
    found = asyncio.run(_find(settings_for(data_dir), stage, reason, None))
    if as_json:
        for buried in found:
            print(json.dumps({"id": buried.id, **json.loads(buried.letter.to_json())}))
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("id", "stage", "reason", "died at", "detail"):
        table.add_column(heading, overflow="fold")
    for buried in found:
        letter = buried.letter
        detail = letter.detail.strip().splitlines()
        table.add_row(
            buried.id, letter.stage, letter.reason, f"{letter.died_at:%Y-%m-%d %H:%M:%S}", detail[-1] if detail else ""
        )
    Console().print(table if found else "no dead letters")


@app.command("show")
def show(id: Annotated[str, typer.Argument(help="Id of a dead letter.")], data_dir: DataOption = None) -> None:
    """Print one dead letter whole, with its payload."""
    found = asyncio.run(_find(settings_for(data_dir), None, None, [id]))
    if not found:
        print(f"tocsin: no dead letter has the id {id}")
        raise typer.Exit(1)
    Console().print_json(json.dumps({"id": found[0].id, **json.loads(found[0].letter.to_json())}))


@app.command("retry")
def retry(
    ids: Ids = None,
    stage: StageOption = None,
    reason: ReasonOption = None,
    every: AllOption = False,
    data_dir: DataOption = None,
) -> None:
    """Put dead letters back into the stream they came from."""
    _end(settings_for(data_dir), ids, stage, reason, every, retry=True)


@app.command("drop")
def drop(
    ids: Ids = None,
    stage: StageOption = None,
    reason: ReasonOption = None,
    every: AllOption = False,
    data_dir: DataOption = None,
) -> None:
    """Remove dead letters for good."""
    _end(settings_for(data_dir), ids, stage, reason, every, retry=False)


def _end(
    settings: RuntimeSettings,
    ids: list[str] | None,
    stage: str | None,
    reason: str | None,
    every: bool,
    *,
    retry: bool,
) -> None:
    if not ids and not every and stage is None and reason is None:
        print("tocsin: say which: ids, --stage, --reason, or --all")
        raise typer.Exit(2)

    async def end() -> int:
        async with connected(settings) as redis:
            found = [buried async for buried in _matching(redis, settings, stage, reason, ids)]
            done = [await end_dead_letter(redis, settings, buried, retry=retry) for buried in found]
            return sum(done)

    print(f"{asyncio.run(end())} dead letters {'tried again' if retry else 'dropped'}")


async def _find(
    settings: RuntimeSettings, stage: str | None, reason: str | None, ids: list[str] | None
) -> list[Buried]:
    async with connected(settings) as redis:
        return [buried async for buried in _matching(redis, settings, stage, reason, ids)]


async def _matching(redis: Any, settings: RuntimeSettings, stage: str | None, reason: str | None, ids: Any) -> Any:
    for one in settings.stages:
        if stage in (None, one):
            async for buried in dead_letters(redis, settings, one):
                if (reason in (None, buried.letter.reason)) and (not ids or buried.id in ids):
                    yield buried
