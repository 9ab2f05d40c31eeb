"""What a second reading of deliver found: each was a fault once, and stays mended."""

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import feedparser
import httpx
import psutil
import pytest

from runtime.settings import RuntimeSettings
from services.deliver.access import token_line
from services.deliver.adapters import alert_log
from services.deliver.adapters.subscription_state import SubscriptionKeys
from services.deliver.app import build
from services.deliver.settings import DeliverSettings
from tests.stages.a_deliver import a_deliver, is_problem, rung
from tests.stages.a_receiver import a_receiver
from tests.stages.test_deliver_webhooks import a_file, given, standing
from tests.unit.deliver.build import an_event
from tests.wait import until

TOKEN = "all-token-0123456789abcdef"
TOKENS = token_line("ana", ("read", "push", "rules", "operate"), TOKEN)
BASIC = {"authorization": "Basic " + base64.b64encode(f"x:{TOKEN}".encode()).decode()}


async def test_a_password_that_a_browser_keeps_may_only_read(settings: RuntimeSettings) -> None:
    """Any page can make a browser send it along; so it changes nothing, and feed readers need no more."""
    async with a_deliver(settings, tokens=TOKENS) as running:
        text = {**BASIC, "content-type": "text/plain"}
        read = await running.http.get("/v1/feeds/atom", headers=BASIC)
        pushed = await running.http.post("/v1/pages?url=https://a.example/", content="forged", headers=text)
        replayed = await running.http.post("/v1/subscriptions/hook/replay", headers=BASIC)
        bearer = await running.http.post(
            "/v1/pages", content="mine", headers={"authorization": f"Bearer {TOKEN}", "content-type": "text/plain"}
        )

    assert (read.status_code, bearer.status_code) == (200, 202)
    assert is_problem(pushed, 403, "bearer-needed") and is_problem(replayed, 403, "bearer-needed")


async def test_whoever_guesses_tokens_is_slowed_down(settings: RuntimeSettings) -> None:
    """A refusal costs the address as much as an answer; who has a token from there is not concerned."""
    async with a_deliver(settings, tokens=TOKENS, requests_burst=3, requests_per_second=0.01) as running:
        guesses = [
            await running.http.get("/v1/alerts", headers={"authorization": f"Bearer guess-{n}"}) for n in range(4)
        ]
        known = await running.http.get("/v1/alerts", headers={"authorization": f"Bearer {TOKEN}"})

    assert [one.status_code for one in guesses] == [401, 401, 401, 429]
    assert known.status_code == 200


@pytest.mark.parametrize(
    "query", ["before=0-0", "before=18446744073709551615-18446744073709551615", "until=2020-01-31 12:00:00", "since=0"]
)
async def test_positions_at_the_ends_of_the_world_are_positions(
    redis: Any, settings: RuntimeSettings, query: str
) -> None:
    """Nothing is there, or everything; the server behind us is not away."""
    await rung(redis, settings, *(an_event(n) for n in range(5)))
    async with a_deliver(settings, index_alerts=2) as running:
        listed = await running.http.get(f"/v1/alerts?{query}")

    assert listed.status_code == 200, listed.text


async def test_an_alert_that_is_just_being_trimmed_is_gone(redis: Any, settings: RuntimeSettings) -> None:
    """The index still knows it, the log no longer has it: that is a 404, and no error of ours."""
    [id] = await rung(redis, settings, an_event(1))
    async with a_deliver(settings) as running:
        await until(lambda: _lists(running.http, 1), describe="it is indexed")
        await redis.xdel(alert_log.alerts_key(settings), id)
        gone = await running.http.get(f"/v1/alerts/{an_event(1).data.id}")
        story = await running.http.get(f"/v1/stories/{an_event(1).data.story.id}")

    assert is_problem(gone, 404, "no-such-alert")
    assert story.json()["timeline"] == []


async def _lists(http: httpx.AsyncClient, count: int) -> bool:
    return len((await http.get("/v1/alerts")).json()["alerts"]) == count


async def test_one_odd_alert_breaks_no_feed_and_no_story(redis: Any, settings: RuntimeSettings) -> None:
    """An address that is none, and an event of a newer or broken sender; everything else is told."""
    odd = json.loads(an_event(2, story="st_1").to_json())
    for part in ("page", "article", "decided_at", "versions"):
        del odd["data"][part]
    await rung(redis, settings, an_event(1, story="st_1", url="http://["))
    await redis.xadd(alert_log.alerts_key(settings), {"d": json.dumps(odd)})
    async with a_deliver(settings) as running:
        await until(lambda: _lists(running.http, 2), describe="both are listed")
        atom, as_json, stix, story = [
            await running.http.get(path)
            for path in ("/v1/feeds/atom", "/v1/feeds/json", "/v1/export/stix", "/v1/stories/st_1")
        ]

    assert [one.status_code for one in (atom, as_json, stix, story)] == [200] * 4
    feed = feedparser.parse(atom.content)
    assert not feed.bozo and [one.id for one in feed.entries] == [f"urn:tocsin:{an_event(1).data.id}"]
    assert feed.entries[0].link.endswith("#/stories/st_1")
    assert len(story.json()["timeline"]) == 2


async def test_a_feed_keeps_its_id_under_any_name(redis: Any, settings: RuntimeSettings) -> None:
    """Asked for by another name or with other parameters it is the same feed (RFC 4287, 4.2.6)."""
    async with a_deliver(settings) as running:
        one, other, third = [
            feedparser.parse((await running.http.get(path, headers={"host": host})).content).feed.id
            for path, host in (
                ("/v1/feeds/atom?rule=a%20b", "localhost"),
                ("/v1/feeds/atom?rule=a+b&reader=x", "127.0.0.1"),
                ("/v1/feeds/atom?tag=a+b", "localhost"),
            )
        ]

    assert one == other == "urn:tocsin:feed:rule:a%20b"
    assert third == "urn:tocsin:feed:tag:a%20b"


async def test_a_disabled_subscription_waits_without_asking(
    redis: Any, settings: RuntimeSettings, tmp_path: Path
) -> None:
    """410 with a delivery still in hand: the courier sleeps; it used to ask Redis as fast as it could."""
    async with (
        a_receiver(lambda _: "410 Gone") as receiver,
        a_deliver(settings, **given(a_file(tmp_path, receiver))) as running,
    ):
        await rung(redis, settings, an_event(1))
        await until(lambda: _is_disabled(running), describe="it is disabled")
        before = int((await redis.info("stats"))["total_commands_processed"])
        await asyncio.sleep(1)
        asked = int((await redis.info("stats"))["total_commands_processed"]) - before

    assert asked < 50


async def _is_disabled(running: Any) -> bool:
    return (await standing(running))["disabled"] is not None


async def test_a_delivery_without_its_body_is_let_go(redis: Any, settings: RuntimeSettings, tmp_path: Path) -> None:
    """Somebody deleted a key of ours: what can still be delivered is, and the couriers live on."""
    keys = SubscriptionKeys.of(settings, "hook")
    async with a_receiver() as receiver:
        await redis.zadd(keys.due, {"1-0": 0})
        async with a_deliver(settings, **given(a_file(tmp_path, receiver))):
            await rung(redis, settings, an_event(1))
            await until(lambda: receiver.accepted, describe="the alert arrives")
            await until(lambda: _is_empty(redis, keys.due), describe="nothing is due")


async def _is_empty(redis: Any, key: str) -> bool:
    return int(await redis.zcard(key)) == 0


async def test_a_background_task_that_fails_ends_the_process(redis: Any, settings: RuntimeSettings) -> None:
    """So that whoever watches over it starts it again: a deliver that does not deliver is worse than none."""
    app = build(settings, DeliverSettings(port=0))
    task = asyncio.create_task(app.run())
    await app.is_listening.wait()
    assert app.served is not None
    app.served.tailer._on_entry = _fail
    await rung(redis, settings, an_event(1))

    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(task, 30)


def _fail(_: Any) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    "yaml",
    [
        pytest.param("rules:\n  - id: deep\n    when: " + "(" * 50_000 + "Niger" + ")" * 50_000, id="parentheses"),
        pytest.param("rules: " + "[" * 50_000 + "]" * 50_000, id="lists"),
        pytest.param(
            "a: &a [x, x, x, x, x, x, x, x, x]\n"
            + "".join(f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
            + "rules:\n  - id: laughs\n    when: Niger\n    title: x\n    tests: *i\n",
            id="a billion laughs",
        ),
    ],
)
async def test_a_draft_that_wants_to_be_large_is_a_mistake(settings: RuntimeSettings, yaml: str) -> None:
    """It is answered with what is wrong, quickly, and no error of ours is logged."""
    async with a_deliver(settings) as running:
        for path in ("validate", "test"):
            answered = await running.http.post(f"/v1/rules/{path}", json={"yaml": yaml}, timeout=60)
            assert answered.status_code in (200, 422), (path, answered.text)


async def test_an_endless_request_is_cut_off(settings: RuntimeSettings) -> None:
    """Headers without end, before anybody is asked for a token, are not gathered in memory."""
    async with a_deliver(settings) as running:
        me = psutil.Process()
        before = me.memory_info().rss
        _, writer = await asyncio.open_connection("127.0.0.1", running.app.port)
        writer.write(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n")
        sent = 0
        try:
            for n in range(4000):
                writer.write(b"x-%d: " % n + b"a" * 16_000 + b"\r\n")
                await writer.drain()
                sent += 16_000
        except (OSError, ConnectionError):
            pass
        grown = me.memory_info().rss - before
        writer.close()

    assert sent < 10_000_000 and grown < 10_000_000, (sent, grown)


async def test_a_head_that_never_comes_holds_no_place(settings: RuntimeSettings, monkeypatch: Any) -> None:
    """One that connects and is silent, and one that stops within a header; an open event stream is left alone."""
    monkeypatch.setattr("services.deliver.adapters.bounded_connection.HEAD_SECONDS", 0.3)
    async with a_deliver(settings) as running, running.http.stream("GET", "/v1/alerts/stream") as stream:
        for head in (b"", b"GET / HTTP/1.1\r\nhost: local"):
            reader, writer = await asyncio.open_connection("127.0.0.1", running.app.port)
            writer.write(head)
            assert await asyncio.wait_for(_end_of(reader), 10)
            writer.close()
        again = [await running.http.get("/livez"), await running.http.get("/livez")]

        assert [one.status_code for one in again] == [200, 200]
        assert not stream.is_closed and len(running.app.served.streams.readers) == 1  # type: ignore[union-attr]


async def _end_of(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read() == b""
    except ConnectionError:
        return True
