"""Subscribers of every kind, killed with SIGKILL at random: what they did is the log, and nothing twice by id."""

import asyncio
import random
import socket
import sys
from collections import Counter
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from runtime.settings import RuntimeSettings
from services.deliver.adapters import alert_log
from services.deliver.adapters.subscription_state import replay
from services.deliver.app import build
from services.deliver.settings import DeliverSettings
from tests.chaos.subscribers import GROUP
from tests.stages.a_deliver import rung
from tests.stages.processes import CLEAN_ENVIRON, ROOT
from tests.stages.test_deliver_webhooks import a_file
from tests.unit.deliver.build import an_event
from tests.wait import until

LONG_KILLS, SHORT_KILLS = 100, 4
A_KILL = 6  # alerts that ring for each


async def a_subscriber(kind: str, ledger: Path, address: str) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "tests.chaos.subscribers", kind, str(ledger), address)
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, env={**CLEAN_ENVIRON, "PYTHONPATH": str(ROOT)})


def done(ledger: Path) -> list[str]:
    return ledger.read_text().split() if ledger.exists() else []


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", ["sse", "group", "webhook"])
async def test_a_subscriber_killed_at_random_has_done_each_alert_once(
    redis: Any, settings: RuntimeSettings, tmp_path: Path, kind: str, *, is_long: bool, report: list[str]
) -> None:
    """Killed when it has done a few more, at any moment of its work and its word; nothing missed, nothing twice."""
    kills, dice, key = LONG_KILLS if is_long else SHORT_KILLS, random.Random(7), alert_log.alerts_key(settings)
    ledger, port = tmp_path / "ledger", a_free_port()
    await redis.xgroup_create(key, GROUP, id="0", mkstream=True)
    file = a_file(tmp_path, f"http://127.0.0.1:{port}/") if kind == "webhook" else None
    app = build(settings, DeliverSettings(port=0, subscriptions_file=file, allow_private_targets=True))
    app.retry_scale = 1e-6  # its days are over while a receiver starts again; what was given up is replayed
    serving = asyncio.create_task(app.run())
    await app.is_listening.wait()
    assert settings.redis_url
    addresses = {
        "sse": f"http://127.0.0.1:{app.port}",
        "group": f"{settings.redis_url.get_secret_value()}#{key}",
        "webhook": str(port),
    }
    started, events, dead_in_work = monotonic(), [an_event(n) for n in range(kills * A_KILL)], 0

    async def reached(count: int) -> bool:
        await replay(redis, settings, "hook")
        return len(done(ledger)) >= count

    for n in range(kills):
        process = await a_subscriber(kind, ledger, addresses[kind])
        before = len(done(ledger))
        ringing = asyncio.create_task(_ring(redis, settings, events[n * A_KILL : (n + 1) * A_KILL], dice))
        wanted = before + dice.randint(1, 3)
        await until(lambda w=wanted: reached(w), describe="it works", within_seconds=60)  # type: ignore[misc]
        await asyncio.sleep(dice.random() * 0.05)
        process.kill()
        await process.wait()
        await ringing
        dead_in_work += len(done(ledger)) < (n + 1) * A_KILL
    last = await a_subscriber(kind, ledger, addresses[kind])
    await until(lambda: reached(len(events)), describe="all is done", within_seconds=60)
    last.kill()
    await last.wait()
    app.exit()
    await asyncio.wait_for(serving, 15)

    twice = [id for id, count in Counter(done(ledger)).items() if count > 1]
    assert sorted(done(ledger)) == sorted(event.id for event in events) and twice == []
    assert not is_long or dead_in_work > kills // 2  # most were killed with work before them
    again = len(done(tmp_path / "ledger.again"))
    report.append(
        f"subscriber ({kind}): {kills} kills by SIGKILL, {dead_in_work} with work before it, {len(events)} alerts,"
        f" {again} delivered again under their id, 0 missed, 0 done twice, {monotonic() - started:.0f} s"
    )


async def _ring(redis: Any, settings: RuntimeSettings, events: list[Any], dice: random.Random) -> None:
    for event in events:
        await rung(redis, settings, event)
        await asyncio.sleep(dice.random() * 0.04)
