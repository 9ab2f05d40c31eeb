"""`tocsin tail`: the alert log, as it was and as it grows."""

import asyncio
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from runtime.settings import RuntimeSettings
from schemas import MonitorEvent
from services.cli.alert_to_text import alert_to_text
from services.cli.options import DataOption, JsonOption, connected, settings_for
from services.deliver.adapters import alert_log
from services.deliver.messages import silence_sentence


def command(
    rule: Annotated[str | None, typer.Option("--rule", help="Only alerts of this rule.")] = None,
    start: Annotated[
        str, typer.Option("--from", metavar="beginning|now|ID|TIME", help="Where to begin.")
    ] = "beginning",
    all_types: Annotated[bool, typer.Option("--all", help="Also sources and rules that fell silent.")] = False,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help="Wait for more.")] = True,
    data_dir: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the alert log; with --json one CloudEvents object a line."""
    read = alert_log.read_all if all_types else alert_log.read
    asyncio.run(_tail(settings_for(data_dir), read, rule=rule, start=start, follow=follow, as_json=as_json))


async def _tail(
    settings: RuntimeSettings, read: Any, *, rule: str | None, start: str, follow: bool, as_json: bool
) -> None:
    console = Console()
    position = {"beginning": "0", "now": "$"}.get(start, start)
    async with connected(settings) as redis:
        async for _, event in read(redis, settings, start=position, follow=follow):
            is_silence = isinstance(event, MonitorEvent)
            if rule is not None and (event.subject if is_silence else event.data.rule.id) != rule:
                continue
            if as_json:
                print(event.to_json().decode(), flush=True)
            elif is_silence:
                console.print(Text("◌ " + silence_sentence(event), style="magenta"))
            else:
                console.print(alert_to_text(event.data))
