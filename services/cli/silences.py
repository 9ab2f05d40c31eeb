"""`tocsin silences`: who is quiet against expectation, and who is expected to speak no more."""

import asyncio
import json
from typing import Annotated

import typer

from runtime.errors import Misconfigured
from runtime.hearing import KINDS
from runtime.monitor_metrics import STANDING, STREAM, TO_FORGET
from runtime.settings import RuntimeSettings
from services.cli.options import DataOption, JsonOption, connected, settings_for

app = typer.Typer(no_args_is_help=True, help="Sources, rules and languages that have fallen silent.")

Kind = Annotated[str, typer.Argument(help="source, rule or language.")]
Subject = Annotated[str, typer.Argument(help="Its name, as `tocsin silences list` prints it.")]


@app.command("list")
def list_silences(data_dir: DataOption = None, as_json: JsonOption = False) -> None:
    """Print who is silent now, by kind; what the monitor has last said."""
    silent = asyncio.run(_silent(settings_for(data_dir)))
    if as_json:
        print(json.dumps(silent))
        return
    for kind, subjects in silent.items():
        for subject in subjects:
            print(kind, subject)
    if not any(silent.values()):
        print("nobody is silent")


@app.command("forget")
def forget(kind: Kind, subject: Subject, data_dir: DataOption = None) -> None:
    """Expect nothing of a source, rule or language that was ended on purpose; the monitor sees to it within seconds."""
    if kind not in KINDS:
        raise Misconfigured(f"kind {kind!r} is unknown; one of: {', '.join(KINDS)}")
    asyncio.run(_forget(settings_for(data_dir), f"{kind}:{subject}"))
    print(f"{kind} {subject}: expected no more")


async def _silent(settings: RuntimeSettings) -> dict[str, list[str]]:
    async with connected(settings) as redis:
        said = await redis.hget(settings.keys(STREAM, STANDING)[0], "silent")
    return json.loads(said) if said else {kind: [] for kind in KINDS}


async def _forget(settings: RuntimeSettings, name: str) -> None:
    async with connected(settings) as redis:
        await redis.sadd(settings.keys(STREAM, TO_FORGET)[0], name)
