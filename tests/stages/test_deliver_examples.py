"""The examples, run as their users would, where their language is installed."""

import asyncio
import contextlib
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from runtime.settings import RuntimeSettings
from runtime.silence import Change, event_of
from services.deliver.adapters import alert_log
from tests.given import NOON
from tests.stages.a_deliver import a_deliver, rung
from tests.stages.a_receiver import a_receiver
from tests.stages.test_deliver_rules import RULE, archive
from tests.stages.test_deliver_webhooks import NEW, a_file, given
from tests.unit.deliver.build import an_event
from tests.wait import until

EXAMPLES = Path(__file__).parents[2] / "examples"
GROUPS = {"redis_group.mjs": ("node",), "RedisGroup.java": ("java",), "redis_group.go": ("go",)}
RUN = {"subscriber.mjs": ("node",), "Subscriber.java": ("java",)}


@contextlib.asynccontextmanager
async def running(*command: str, **environ: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program of the examples; it is ended with the block."""
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **environ}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def output(*command: str, **environ: str) -> str:
    async with running(*command, **environ) as process:
        out, errors = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, errors.decode()
        return out.decode()


@pytest.mark.parametrize("program", RUN)
async def test_a_subscriber_goes_on_where_it_ended(
    redis: Any, settings: RuntimeSettings, tmp_path: Path, program: str
) -> None:
    """Ended after two alerts and started again, it shows the third one next."""
    if shutil.which(RUN[program][0]) is None:
        pytest.skip(f"example not run: {RUN[program][0]} is not installed")
    await rung(redis, settings, *(an_event(n) for n in range(3)))
    async with a_deliver(settings) as deliver:
        command = (*RUN[program], str(EXAMPLES / program), deliver.url, str(tmp_path / "position"))
        first = await output(*command, "2")
        second = await output(*command, "1")

    assert [n for n in range(3) if an_event(n).data.id in first] == [0, 1]
    assert [n for n in range(3) if an_event(n).data.id in second] == [2]


async def test_the_bot_posts_each_alert_once_and_believes_nobody_else(
    redis: Any, settings: RuntimeSettings, tmp_path: Path
) -> None:
    """From the log to the chat; a chat that is away is tried again; a forged call is refused."""
    async with a_receiver(lambda _: "200 OK") as chat:
        bot = (sys.executable, "-u", str(EXAMPLES / "slack_bot.py"), "0")
        async with running(*bot, WEBHOOK_SECRET=NEW, SLACK_URL=chat.url, no_proxy="*") as process:
            assert process.stdout is not None
            port = (await process.stdout.readline()).split()[-1].decode()
            file = a_file(tmp_path, f"http://127.0.0.1:{port}/")
            async with a_deliver(settings, **given(file)) as deliver:
                await rung(redis, settings, an_event(1), an_event(2))
                await until(lambda: len(chat.received) == 2, describe="both alerts are in the chat")
                forged = await deliver.http.post(
                    f"http://127.0.0.1:{port}/", content=b"{}", headers={"webhook-id": "x", "webhook-timestamp": "1"}
                )

    assert "military ties" in json.loads(chat.received[0].body)["text"]
    assert forged.status_code == 401
    assert len(chat.received) == 2


async def test_a_consumer_group_reads_the_log_with_a_plain_client(redis: Any, settings: RuntimeSettings) -> None:
    """Two runs of one group share the log: nothing is read twice, nothing is left out."""
    await rung(redis, settings, *(an_event(n) for n in range(4)))
    url = settings.redis_url.get_secret_value() if settings.redis_url else ""
    command = (sys.executable, str(EXAMPLES / "redis_group.py"), url, "mine")

    key = alert_log.alerts_key(settings)
    first, second = await output(*command, "4", key), await redis.xpending(key, "mine")

    assert [line.split()[0] for line in first.splitlines()] == [an_event(n).id for n in range(4)]
    assert second["pending"] == 0


@pytest.mark.parametrize("program", GROUPS)
async def test_a_consumer_group_reads_the_log_in_any_language(
    redis: Any, settings: RuntimeSettings, tmp_path: Path, program: str
) -> None:
    """A second run goes on after the first; everything is acknowledged; a silence among the alerts stops nobody."""
    if shutil.which(GROUPS[program][0]) is None:
        pytest.skip(f"example not run: {GROUPS[program][0]} is not installed")
    key = alert_log.alerts_key(settings)
    await rung(redis, settings, an_event(1), an_event(2, title="Niger: Déby à N'Djamena — « accord »"))
    await redis.xadd(key, {"d": json.dumps(event_of(Change("source", "herald", "began", 0.0, 9000, 1e-7), NOON))})
    url = settings.redis_url.get_secret_value() if settings.redis_url else ""

    command = (*GROUPS[program], str(EXAMPLES / program))
    if program.endswith(".go"):  # `go run` starts a child of its own, which would outlive a test that fails
        await output("go", "build", "-o", str(tmp_path / "reader"), str(EXAMPLES / program), GOCACHE=str(tmp_path))
        command = (str(tmp_path / "reader"),)

    first = await output(*command, url, "mine", "3", key)
    await rung(redis, settings, an_event(3))
    second = await output(*command, url, "mine", "1", key)

    types = [line.split()[1] for line in first.splitlines()]
    assert types == ["tocsin.alert.opened", "tocsin.alert.opened", "tocsin.monitor.silence"]
    assert second == f"{an_event(3).id} tocsin.alert.opened\n"
    assert (await redis.xpending(key, "mine"))["pending"] == 0


async def test_a_rule_is_tried_on_the_past_from_a_script(redis: Any, settings: RuntimeSettings, tmp_path: Path) -> None:
    """The script draws a bar for the day; a rule with a mistake is told with its place."""
    (tmp_path / "good.yaml").write_text(RULE)
    (tmp_path / "bad.yaml").write_text(RULE.replace("when:", "wen:"))
    await archive(redis, settings)
    async with a_deliver(settings) as deliver:
        script = (sys.executable, str(EXAMPLES / "backtest.py"), deliver.url)
        drawn = await output(*script, str(tmp_path / "good.yaml"), no_proxy="*")
        async with running(*script, str(tmp_path / "bad.yaml"), no_proxy="*") as process:
            told, _ = await asyncio.wait_for(process.communicate(), 60)

    assert "niger-france: 1 alerts" in drawn and "2026-01-01 █ 1" in drawn
    assert process.returncode == 1 and b"line 4" in told
