"""`tocsin subscribe`: alerts over HTTP from any machine, without Redis; and webhooks tried out."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.text import Text

from runtime.errors import Misconfigured
from schemas import CloudEvent, MonitorEvent
from schemas.monitor_event import MONITOR_TYPES
from services.cli.alert_to_text import alert_to_text
from services.cli.event_source import Frame, follow, stream_url
from services.cli.options import JsonOption
from services.cli.webhook_test import Delivery, listen, new_secret, send_test
from services.deliver.messages import silence_sentence

TOKEN_VARIABLE = "TOCSIN_TOKEN"


def command(
    sse: Annotated[
        str | None, typer.Option("--sse", metavar="URL", help="Follow a deliver, such as http://host:8787?actor=NER.")
    ] = None,
    webhook_test: Annotated[
        bool, typer.Option("--webhook-test", help="Receive webhooks here and check them; with --to, send one.")
    ] = False,
    position: Annotated[
        Path | None, typer.Option("--position", help="File that keeps the place, so that nothing is missed.")
    ] = None,
    count: Annotated[int, typer.Option("--count", min=0, help="End after so many; 0: never.")] = 0,
    to: Annotated[str | None, typer.Option("--to", metavar="URL", help="Your receiver, to be tested.")] = None,
    secret: Annotated[str | None, typer.Option("--secret", help="whsec_…; env:NAME reads it from there.")] = None,
    port: Annotated[int, typer.Option("--port", help="Where to receive; 0: a free port.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Follow alerts over HTTP (--sse URL; filters in its query, the token in TOCSIN_TOKEN), or try webhooks out."""
    if (sse is None) == (not webhook_test):
        raise Misconfigured("expected one of --sse URL and --webhook-test")
    if sse is not None:
        kept = position.read_text(encoding="utf-8").strip() if position is not None and position.is_file() else ""
        asyncio.run(_follow(stream_url(sse), kept, file=position, most=count, as_json=as_json))
    elif to is not None:
        _test(to, _secret(secret) or _missing_secret())
    else:
        _receive(port, _secret(secret) or new_secret(), count)


def _secret(given: str | None) -> str:
    if given and given.startswith("env:"):
        if given[4:] not in os.environ:
            raise Misconfigured(f"--secret: the environment has no {given[4:]}")
        return os.environ[given[4:]]
    return given or ""


def _missing_secret() -> str:
    raise Misconfigured("--to needs --secret, the one your receiver knows")


async def _follow(url: str, kept: str, *, file: Path | None, most: int, as_json: bool) -> None:
    console, seen = Console(), 0
    async for one in follow(url, token=os.environ.get(TOKEN_VARIABLE, ""), position=kept):
        if isinstance(one, str):
            print(f"tocsin: {one}", file=sys.stderr)
            continue
        _show(console, one, as_json=as_json)
        if file is not None and one.id:
            _keep(file, one.id)  # after it was shown: a crash in between shows it again, never drops it
        seen += bool(one.id)
        if most and seen >= most:
            return


def _keep(path: Path, position: str) -> None:
    new = path.with_name(path.name + ".new")
    new.write_text(position, encoding="utf-8")
    new.replace(path)


def _show(console: Console, frame: Frame, *, as_json: bool) -> None:
    if as_json:
        print(frame.data, flush=True)
        return
    event = orjson.loads(frame.data)
    if frame.event == "gap":
        print(f"tocsin: alerts are missing here ({event['data']['reason']})", file=sys.stderr)
    elif frame.event == "canary":
        console.print(Text("a canary came the whole way", style="dim"))
    elif event["type"] in MONITOR_TYPES:
        console.print(Text("◌ " + silence_sentence(MonitorEvent.from_json(frame.data)), style="magenta"))
    else:
        console.print(alert_to_text(CloudEvent.from_json(frame.data).data))


def _test(url: str, secret: str) -> None:
    checks = send_test(url, secret)
    for check in checks:
        mark = "ok  " if check.is_met else "note" if check.is_advice else "FAIL"
        print(f"{mark}  {check.expected}: {check.answer}")
    raise typer.Exit(0 if all(check.is_met or check.is_advice for check in checks) else 1)


def _receive(port: int, secret: str, most: int) -> None:
    seen = 0

    def show(delivery: Delivery) -> None:
        nonlocal seen
        seen += 1
        verdict = (delivery.wrong and f"REFUSED: {delivery.wrong}") or ("again" if delivery.is_repeated else "genuine")
        print(f"{verdict}  {delivery.id}  {delivery.event.get('type', '')}", flush=True)

    with listen(port, secret, show) as server:
        row = f"  - id: webhook-test\n    webhook: http://127.0.0.1:{server.server_port}/\n    secrets: [{secret}]"
        print(f"listening; put this into subscriptions.yaml and start deliver anew:\n\nsubscriptions:\n{row}\n")
        print("(this machine is a private target: TOCSIN_DELIVER_ALLOW_PRIVATE_TARGETS=true allows it)", flush=True)
        while not most or seen < most:
            server.handle_request()
