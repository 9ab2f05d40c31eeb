"""`tocsin subscribe`: killed at random it misses nothing; and webhooks are tried out in both directions."""

import asyncio
import json
import random
import sys
from pathlib import Path
from typing import Any

from runtime.settings import RuntimeSettings
from services.deliver.access import token_line
from services.deliver.positions import to_sequence
from tests.stages.a_deliver import a_deliver, rung
from tests.stages.a_receiver import Received, a_receiver
from tests.stages.test_deliver_examples import output, running
from tests.stages.test_deliver_webhooks import NEW, a_file, given
from tests.unit.deliver.build import an_event

KILLS = 12  # of a process that takes a second to start; the protocol itself is killed a hundred times elsewhere
FREE = {"no_proxy": "*", "PYTHONUNBUFFERED": "1"}


def a_tocsin(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-c", "from services.cli.app import main; main()", *arguments)


async def test_a_killed_subscriber_goes_on_where_it_was(redis: Any, settings: RuntimeSettings, tmp_path: Path) -> None:
    """SIGKILL at any moment: the union of the ids is the log, and none comes twice but the one in hand."""
    place, events = tmp_path / "position", [an_event(n) for n in range(KILLS * 3)]
    shown: list[list[str]] = []
    ids: list[str] = []
    async with a_deliver(settings) as deliver:
        command = a_tocsin("subscribe", "--sse", deliver.url + "?from=0", "--position", str(place), "--json")
        for n in range(KILLS):
            async with running(*command, **FREE) as process:
                assert process.stdout is not None
                ids += await rung(redis, settings, *events[n * 3 : n * 3 + 3])
                lines = [await asyncio.wait_for(process.stdout.readline(), 30) for _ in range(1 + n % 3)]
                await asyncio.sleep(random.random() * 0.01)
                process.kill()
                lines += (await process.stdout.read()).splitlines()
            shown.append([json.loads(line)["id"] for line in lines if line.strip().endswith(b"}")])
        kept = place.read_text() if place.is_file() else ""
        if left := sum(to_sequence(id) > kept for id in ids):
            rest = await output(*command, "--count", str(left), **FREE)
            shown.append([json.loads(line)["id"] for line in rest.splitlines()])

    every = [id for life in shown for id in life]
    assert set(every) == {event.id for event in events}
    assert all(life == list(dict.fromkeys(life)) for life in shown)
    assert len(every) - len(set(every)) <= KILLS  # at most the one that was shown and not noted, in each life


async def test_a_subscriber_says_why_it_is_refused(settings: RuntimeSettings) -> None:
    """Without the token it ends at once and says so; the token itself is never shown."""
    async with a_deliver(settings, tokens=token_line("ana", ("read",), "right-token")) as deliver:
        command = a_tocsin("subscribe", "--sse", deliver.url)
        async with running(*command, **FREE, TOCSIN_TOKEN="wrong-token") as process:
            _, errors = await asyncio.wait_for(process.communicate(), 60)

    assert process.returncode == 78
    assert b"answered 401" in errors and b"wrong-token" not in errors


async def test_our_own_receiver_verifies_what_we_send(redis: Any, settings: RuntimeSettings, tmp_path: Path) -> None:
    """A delivery of a running deliver is genuine; the secret is the one that was given."""
    command = a_tocsin("subscribe", "--webhook-test", "--secret", "env:HOOK", "--count", "1")
    async with running(*command, **FREE, HOOK=NEW) as process:
        assert process.stdout is not None
        while b"webhook: " not in (line := await asyncio.wait_for(process.stdout.readline(), 30)):
            pass
        file = a_file(tmp_path, line.split()[-1].decode())
        async with a_deliver(settings, **given(file)):
            await rung(redis, settings, an_event(1))
            out, _ = await asyncio.wait_for(process.communicate(), 30)

    assert f"genuine  {an_event(1).id}  tocsin.alert.opened" in out.decode()


async def test_a_receiver_is_told_what_it_does_wrong() -> None:
    """One that believes everybody fails the test; the bot of the examples passes it."""
    async with a_receiver(lambda _: "204 No Content") as gullible, a_receiver(_busy) as busy:
        verdicts = []
        for receiver in (gullible, busy):
            command = a_tocsin("subscribe", "--webhook-test", "--to", receiver.url, "--secret", NEW)
            async with running(*command, **FREE) as process:
                out, _ = await asyncio.wait_for(process.communicate(), 60)
                verdicts.append((process.returncode, out.decode()))

    assert verdicts[0][0] == 1 and "FAIL  refuses a delivery signed with another secret: 204" in verdicts[0][1]
    assert verdicts[1][0] == 1 and "FAIL  accepts a signed alert with 2xx: 503" in verdicts[1][1]


def _busy(_: Received) -> str:
    return "503 Service Unavailable"


async def test_the_bot_of_the_examples_passes_the_test() -> None:
    """It takes what is genuine, takes it again, and refuses what is forged or old."""
    bot = (sys.executable, "-u", "examples/slack_bot.py", "0")
    async with a_receiver() as chat, running(*bot, WEBHOOK_SECRET=NEW, SLACK_URL=chat.url, no_proxy="*") as process:
        assert process.stdout is not None
        port = (await process.stdout.readline()).split()[-1].decode()
        url = f"http://127.0.0.1:{port}/"
        out = await output(*a_tocsin("subscribe", "--webhook-test", "--to", url, "--secret", NEW), **FREE)

    assert [line.split()[0] for line in out.splitlines()] == ["ok"] * 4
    assert len(chat.received) == 1
