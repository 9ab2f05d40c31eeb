"""`tocsin actors`: find an actor by any name, show what it is called, and check the user's own."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from runtime.errors import Misconfigured
from runtime.settings import RuntimeSettings, load
from services.cli.options import JsonOption, WatchOption
from services.tag.adapters.watch_folder import load_catalogue, sources
from services.tag.alias_check import check_aliases
from services.tag.catalogue import Actor, Alias, Catalogue
from services.tag.fold import fold

app = typer.Typer(no_args_is_help=True, help="Whom Tocsin watches: states, organisations, armed groups, your own.")


def _catalogue(watch: WatchOption) -> Catalogue:
    return load_catalogue(watch or load(RuntimeSettings).watch_dir)


@app.command("find")
def find(name: Annotated[str, typer.Argument(help="Any name or part of one.")], watch: WatchOption = None) -> None:
    """Print the actors that have NAME in one of their names. Exit code 1 when there is none."""
    catalogue = _catalogue(watch)
    wanted = fold(name).strip()
    found: dict[str, Alias | None] = dict.fromkeys(filter(None, [_actor_id(catalogue, name)]))
    for alias in catalogue.aliases:
        if wanted in fold(alias.text):
            found.setdefault(alias.actor, alias)
    for actor, by_alias in found.items():
        by = f"  by “{by_alias.text}” ({by_alias.kind})" if by_alias else ""
        print(f"{actor}  {_title(catalogue.actors[actor])}  {catalogue.actors[actor].kind}{by}")
    if not found:
        near = catalogue.suggest(name)
        print(f"tocsin: no actor is called '{name}'" + (f"; near: {', '.join(near)}" if near else ""))
        raise typer.Exit(1)


@app.command("show")
def show(
    id: Annotated[str, typer.Argument(help="Id or name of an actor.")],
    watch: WatchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print an actor with every alias: kind, language, ambiguity, dates, source with licence, and as of when."""
    catalogue = _catalogue(watch)
    actor_id = _actor_id(catalogue, id)
    if actor_id is None:
        print(f"tocsin: no actor is called '{id}' (try `tocsin actors find {id}`)")
        raise typer.Exit(1)
    actor = catalogue.actors[actor_id]
    aliases = catalogue.aliases_of(actor_id)
    if as_json:
        facts = {"id": actor.id, "kind": actor.kind, "names": dict(actor.names), "groups": sorted(actor.groups)}
        print(json.dumps(facts | {"aliases": [asdict(alias) for alias in aliases]}, ensure_ascii=False))
        return
    console = Console()
    console.print(f"[bold]{actor.id}[/]  {_title(actor)}  [dim]{actor.kind}[/]")
    if actor.groups:
        console.print("groups: " + ", ".join(sorted(actor.groups)))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("alias", "kind", "lang", "notes", "from", "to", "source", "as of"):
        table.add_column(heading, no_wrap=heading not in ("alias", "notes"))
    for alias in aliases:
        notes = " ".join(filter(None, ("ambiguous" if alias.ambiguous else "", alias.shape)))
        cells = (alias.text, alias.kind, alias.language, notes, alias.since, alias.until, alias.source, alias.as_of)
        table.add_row(*cells)
    console.print(table)
    for source, what in sources().items():
        if any(alias.source == source for alias in aliases):
            console.print(f"[dim]{source}: {what}[/]", highlight=False)


@app.command("check")
def check(
    watch: WatchOption = None,
    every: Annotated[bool, typer.Option("--all", help="The whole catalogue, not only your own.")] = False,
) -> None:
    """Say which aliases contain another one, collide, or are ordinary words. Exit code 1 when a file is wrong."""
    try:
        catalogue = _catalogue(watch)
    except Misconfigured as error:
        print(error)
        raise typer.Exit(1) from None
    built_in = frozenset() if every else frozenset(load_catalogue(None).aliases)
    checked = [alias for alias in catalogue.aliases if alias not in built_in]
    for found in check_aliases(catalogue, checked):
        alias = found.alias
        print(f"{alias.actor}: “{alias.text}” {found.finding}: {found.advice}")
    print(f"{len(checked)} aliases checked, {len(catalogue.actors)} actors, {len(catalogue.topics)} topics")


def _actor_id(catalogue: Catalogue, name: str) -> str | None:
    id = catalogue.resolve(name)
    return id if id in catalogue.actors else None


def _title(actor: Actor) -> str:
    return " / ".join(dict.fromkeys(actor.names.values()))
