"""`tocsin tail`: the alert log, as it was and as it grows."""

import asyncio
import sys
from time import monotonic
from typing import Annotated, Any

import typer
from redis.exceptions import RedisError
from rich.console import Console
from rich.text import Text

from runtime.cancelling import end_if_cancelled
from runtime.server import running_url
from runtime.settings import RuntimeSettings, load
from schemas import MonitorEvent
from services.cli.alert_to_text import alert_to_text
from services.cli.options import DataOption, JsonOption, connected, settings_for
from services.deliver.adapters import alert_log
from services.deliver.messages import silence_sentence

AWAY_SECONDS = 1.0  # between looks for a server that went away
RESTART_SECONDS = 10.0  # what a `tocsin run` may take to start its server again


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
    async with connected(settings) as redis:
        # A fixed place, so that what rings while the server is away is not passed over.
        last = await alert_log.last_id(redis, settings) if start in ("now", "$") else start
        last = "0" if last == "beginning" else last
        away_since: float | None = None
        while True:
            end_if_cancelled()
            try:
                async for id, event in read(redis, settings, start=last, follow=follow):
                    last, away_since = id, None
                    if rule is None or rule == (
                        event.subject if isinstance(event, MonitorEvent) else event.data.rule.id
                    ):
                        _show(console, event, as_json=as_json)
                return
            except (RedisError, OSError) as error:
                if not follow:
                    raise
                if away_since is None:
                    print(f"tocsin: the server went away, waiting for it (Ctrl-C ends): {error}", file=sys.stderr)
                    away_since = monotonic()
                elif monotonic() - away_since > RESTART_SECONDS and _has_ended(settings):
                    raise
                await asyncio.sleep(AWAY_SECONDS)


def _has_ended(settings: RuntimeSettings) -> bool:
    """Return whether the server was that of a `tocsin run` which has ended: the next one listens on another port."""
    url = settings.redis_url.get_secret_value() if settings.redis_url else None
    return load(RuntimeSettings).redis_url is None and running_url(settings.data_dir) != url


def _show(console: Console, event: Any, *, as_json: bool) -> None:
    if as_json:
        print(event.to_json().decode(), flush=True)
    elif isinstance(event, MonitorEvent):
        console.print(Text("◌ " + silence_sentence(event), style="magenta"))
    else:
        console.print(alert_to_text(event.data))
