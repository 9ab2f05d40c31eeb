"""What a stage finds in its stream may be anything: each message ends, with its reason, and the stage goes on."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest
from faststream import FastStream

import services.alert.app
import services.clean.app
import services.tag.app
from runtime.dead_letters import dead_letters
from runtime.settings import RuntimeSettings
from runtime.stream_status import stage_status
from schemas import streams
from tests.given import a_page, a_tagged_article, an_article
from tests.stages.a_stage import running
from tests.stages.processes import stage_process
from tests.wait import until

BUILDS: dict[str, Callable[[RuntimeSettings], FastStream]] = {
    "clean": services.clean.app.build,
    "tag": services.tag.app.build,
    "alert": services.alert.app.build,
}
# Text long enough to be an article, in words of the language.
TEXT = " ".join(["The council of the town met on Monday and spoke about the new bridge for two hours."] * 8)
GOOD = {
    "clean": a_page(f"<html><body><article><h1>A new bridge</h1><p>{TEXT}</p></article></body></html>").to_json(),
    "tag": an_article(TEXT).to_json(),
    "alert": a_tagged_article().to_json(),
}
UNREADABLE = {
    "nothing": b"",
    "no JSON": b"<html>",
    "half a JSON object": b'{"v":1,"id":"pg_1","bo',
    "a number": b"7",
    "null": b"null",
    "an empty object": b"{}",
    "not UTF-8": b'{"id":"caf\xe9"}',
    "a NUL": b"\0",
    "a lone surrogate": b'{"id":"\\ud800"}',
    "deeply nested": b"[" * 100_000,
    "wrong types": b'{"v":"one","id":[],"body":{}}',
    "a date before time": b'{"v":1,"id":"pg_1","content_type":"text/html","body":"x","fetched_at":"never"}',
}


@pytest.mark.parametrize("name", BUILDS)
async def test_what_cannot_be_read_is_a_dead_letter_and_the_rest_goes_on(
    redis: Any, settings: RuntimeSettings, name: str
) -> None:
    """Each unreadable message is buried as `invalid_message` with what it was; the good one behind them is handled."""
    [reads], messages = settings.keys(streams.READS[name]), [*UNREADABLE.values(), GOOD[name]]
    for message in messages:
        await redis.xadd(reads, {"d": message})
    await redis.xadd(reads, {"another field": "x"})

    async with running(BUILDS[name](settings)):
        await until(lambda: _is_empty(redis, reads), describe="all messages are dealt with")

    letters = [buried.letter async for buried in dead_letters(redis, settings, name)]
    assert [letter.reason for letter in letters] == ["invalid_message"] * (len(UNREADABLE) + 1)
    assert [letter.payload for letter in letters[:-1]] == [
        message.decode("utf-8", errors="replace") for message in UNREADABLE.values()
    ]
    status = await stage_status(redis, settings, name)
    assert status.received == len(UNREADABLE) + 2
    assert status.sent + sum(status.dropped.values()) == 1


@pytest.mark.parametrize("name", BUILDS)
async def test_fields_of_a_newer_sender_do_not_disturb(redis: Any, settings: RuntimeSettings, name: str) -> None:
    """A message with fields nobody knows is handled like any other."""
    [reads] = settings.keys(streams.READS[name])
    await redis.xadd(reads, {"d": orjson.dumps({**orjson.loads(GOOD[name]), "mood": {"very": ["good"]}}), "more": "x"})

    async with running(BUILDS[name](settings)):
        await until(lambda: _is_empty(redis, reads), describe="the message is dealt with")

    status = await stage_status(redis, settings, name)
    assert (status.dead_letters, status.received) == (0, 1)


@pytest.mark.parametrize(
    ("page", "reasons"),
    [
        pytest.param(a_page("\0\0\0 \0"), {"no_article", "not_text"}, id="NULs"),
        pytest.param(a_page("", content_type="text/html"), {"no_article"}, id="an empty page"),
        pytest.param(a_page("<div" * 50_000, content_type="text/html"), {"no_article"}, id="tags that never end"),
        pytest.param(
            a_page("<p>" * 200_000, content_type="text/html"), {"no_article"}, id="tags that are never closed"
        ),
        pytest.param(a_page("x" * 9_000_000), {"too_large"}, id="too large"),
        pytest.param(a_page("Menu\nHome\nLogin\nContact\n"), {"no_article", "too_short"}, id="nothing but a menu"),
    ],
)
async def test_a_page_without_an_article_is_a_dead_letter_with_its_reason(
    redis: Any, settings: RuntimeSettings, page: Any, reasons: set[str]
) -> None:
    """Whatever the page, the stage says what it missed, and is quick about it."""
    [reads] = settings.keys(streams.PAGES)
    await redis.xadd(reads, {"d": page.to_json()})

    async with running(services.clean.app.build(settings)):
        await until(lambda: _is_empty(redis, reads), describe="the page is dealt with")

    [letter] = [buried.letter async for buried in dead_letters(redis, settings, "clean")]
    assert letter.reason in reasons
    assert letter.deliveries == 1


async def test_pages_of_50_mb_cost_bounded_memory(tmp_path: Path, redis: Any, settings: RuntimeSettings) -> None:
    """Nobody who pushes properly can send them; who writes to the stream directly does not end the worker with them."""
    [reads] = settings.keys(streams.PAGES)
    message = a_page("word " * 10_000_000).to_json()
    for _ in range(2):
        await redis.xadd(reads, {"d": message})
    await redis.xadd(reads, {"d": GOOD["clean"]})

    async with stage_process("clean", cwd=tmp_path, settings=settings) as process:
        await until(lambda: _is_empty(redis, reads), describe="all pages are dealt with", within_seconds=60)
        peak_bytes = _peak_bytes(process.pid)
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 15)

    status = await stage_status(redis, settings, "clean")
    assert (status.died, status.sent) == ({"too_large": 2}, 1)
    assert peak_bytes < 900_000_000
    await redis.delete(*settings.keys(streams.DEAD, "clean"))


def _peak_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) * 1024
    return int(psutil.Process(pid).memory_info().rss)


async def _is_empty(redis: Any, stream: str) -> bool:
    return int(await redis.xlen(stream)) == 0
