"""The event stream over HTTP: nothing missed, nothing twice, gaps told, slow readers alone with their slowness."""

import asyncio
import contextlib
import random
import socket
from typing import Any

import psutil
import pytest

from runtime.settings import RuntimeSettings
from services.deliver.adapters import alert_log, log_keeper
from services.deliver.positions import as_numbers, to_sequence
from tests.stages.a_deliver import a_deliver, first, frames, rung
from tests.unit.deliver.build import an_event
from tests.wait import until


async def test_a_stream_from_the_beginning_has_what_was_and_what_comes(redis: Any, settings: RuntimeSettings) -> None:
    """Alerts from before the start of the process, and alerts that ring while one listens, in the order of the log."""
    old = await rung(redis, settings, an_event(1), an_event(2))
    async with a_deliver(settings) as running, running.http.stream("GET", "/v1/alerts/stream?from=0") as response:
        reader = frames(response)
        seen = [await anext(reader), await anext(reader)]
        new = await rung(redis, settings, an_event(3))
        seen.append(await asyncio.wait_for(anext(reader), 5))

    assert [frame.id for frame in seen] == [to_sequence(id) for id in old + new]
    assert [frame.data["id"] for frame in seen] == [an_event(n).id for n in (1, 2, 3)]
    assert {frame.event for frame in seen} == {"message"}


async def test_a_resumed_stream_goes_on_after_the_last_event_id(redis: Any, settings: RuntimeSettings) -> None:
    """The header wins over the query, as the browser sends the old query again."""
    ids = await rung(redis, settings, *(an_event(n) for n in range(4)))
    async with a_deliver(settings) as running:
        found = await first(2, running, "/v1/alerts/stream?from=0", last_event_id=to_sequence(ids[1]))

    assert [frame.id for frame in found] == [to_sequence(id) for id in ids[2:]]


async def test_a_trimmed_position_is_told_as_a_gap_before_anything_else(redis: Any, settings: RuntimeSettings) -> None:
    """The gap names the first alert that is left, and carries no id of its own."""
    ids = await rung(redis, settings, *(an_event(n) for n in range(5)))
    await log_keeper.trim(redis, settings, ids[2])
    async with a_deliver(settings) as running:
        lost = await first(2, running, "/v1/alerts/stream", last_event_id=ids[0])
        complete = await first(1, running, "/v1/alerts/stream", last_event_id=ids[2])

    assert (lost[0].event, lost[0].id) == ("gap", None)
    assert lost[0].data["data"] == {
        "asked_for": to_sequence(ids[0]), "first_retained": to_sequence(ids[3]), "reason": "trimmed"
    }  # fmt: skip
    assert [lost[1].id, complete[0].id] == [to_sequence(ids[3])] * 2
    assert complete[0].event == "message"


async def test_a_position_of_another_log_is_a_gap(redis: Any, settings: RuntimeSettings) -> None:
    """After the server lost its data, what is there now is told from its beginning."""
    [id] = await rung(redis, settings, an_event(1))
    async with a_deliver(settings) as running:
        found = await first(2, running, "/v1/alerts/stream", last_event_id="9999999999999-0")

    assert (found[0].event, found[0].data["data"]["reason"], found[1].id) == ("gap", "ahead", to_sequence(id))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("rule=b", [2], id="rule"),
        pytest.param("severity=low,medium", [2], id="any of a list"),
        pytest.param("min_severity=high", [1, 3], id="least severity"),
        pytest.param("actor=NER&actor=RUS&rule=a", [1, 3], id="both actors"),
        pytest.param("actor=NGA", [], id="nobody"),
        pytest.param("tag=sport", [3], id="tag"),
        pytest.param("topic=military&q=GOLD", [3], id="topic and text"),
    ],
)
async def test_a_stream_is_filtered(redis: Any, settings: RuntimeSettings, query: str, expected: list[int]) -> None:
    """Only what was asked for is sent; the last alert ends the test for those who get nothing."""
    await rung(
        redis,
        settings,
        an_event(1, rule="a"),
        an_event(2, rule="b", severity="low"),
        an_event(3, rule="a", tags=("sport",), title="Gold for Niger"),
        an_event(4, rule="end"),
    )
    async with a_deliver(settings) as running:
        listed = (await running.http.get(f"/v1/alerts?{query}")).json()["alerts"]
        streamed = await first(len(expected), running, f"/v1/alerts/stream?from=0&{query}") if expected else []

    ids = {an_event(n, rule=r).id: n for n, r in ((1, "a"), (2, "b"), (3, "a"), (4, "end"))}
    assert [ids[frame.data["id"]] for frame in streamed] == expected
    assert [n for one in listed[::-1] if (n := ids[one["id"]]) != 4] == expected


async def test_the_canary_is_for_nobody(redis: Any, settings: RuntimeSettings) -> None:
    """Should a canary's event ever stand in the log, it is passed over everywhere."""
    await rung(redis, settings, an_event(1).model_copy(update={"type": "tocsin.monitor.canary"}), an_event(2))
    async with a_deliver(settings) as running:
        [frame] = await first(1, running, "/v1/alerts/stream?from=0")
        listed = (await running.http.get("/v1/alerts")).json()["alerts"]

    assert frame.data["id"] == listed[0]["id"] == an_event(2).id
    assert len(listed) == 1


async def test_a_silent_stream_breathes_without_an_id(settings: RuntimeSettings) -> None:
    """Heartbeats are comments: no client takes them for a position."""
    async with (
        a_deliver(settings, heartbeat="PT0.1S") as running,
        running.http.stream("GET", "/v1/alerts/stream") as response,
    ):
        lines = response.aiter_lines()
        seen = [await asyncio.wait_for(anext(lines), 5) for _ in range(6)]

    assert seen == ["retry: 2000", ": welcome", "", ": still here", "", ": still here"]


async def test_a_reader_killed_a_hundred_times_misses_nothing_and_sees_nothing_twice(
    redis: Any, settings: RuntimeSettings
) -> None:
    """Whenever it dies, its last id brings it back to the next alert; the union is the log."""
    chance = random.Random(6)
    numbers = iter(range(10_000))
    seen: list[str] = []
    is_over = False

    async def ring() -> None:
        while not is_over:
            await rung(redis, settings, *(an_event(next(numbers)) for _ in range(chance.randint(1, 4))))
            await asyncio.sleep(0.002)

    async def live(running: Any, alerts: int) -> None:
        headers = {"last-event-id": seen[-1]} if seen else {}
        async with running.http.stream("GET", "/v1/alerts/stream?from=0", headers=headers) as response:
            async for frame in frames(response):
                assert frame.event == "message"
                seen.append(frame.id or "")
                alerts -= 1
                if alerts == 0:
                    return

    async with a_deliver(settings, ring_alerts=16) as running:
        ringing = asyncio.create_task(ring())
        for _ in range(100):
            await live(running, chance.randint(1, 12))
        is_over = True
        await ringing
        log = [to_sequence(id.decode()) for id, _ in await redis.xrange(alert_log.alerts_key(settings))]
        if len(seen) < len(log):
            await live(running, len(log) - len(seen))

    assert seen == log


async def test_a_reader_that_does_not_read_slows_nobody_and_gets_everything_later(
    redis: Any, settings: RuntimeSettings
) -> None:
    """The stalled one falls behind the ring; the other one is served at once; then the first one catches up."""
    count = 600
    async with a_deliver(settings, ring_alerts=32) as running:
        slow_reader, slow_writer = await asyncio.open_connection("127.0.0.1", running.app.port, limit=2**26)
        slow_writer.write(b"GET /v1/alerts/stream?from=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await slow_writer.drain()
        slow_reader._transport.pause_reading()  # type: ignore[attr-defined]
        async with running.http.stream("GET", "/v1/alerts/stream?from=0") as response:
            quick = frames(response)
            for start in range(0, count, 50):
                await rung(redis, settings, *(an_event(n, because="x" * 20_000) for n in range(start, start + 50)))
                for _ in range(50):
                    await asyncio.wait_for(anext(quick), 5)
        slow_reader._transport.resume_reading()  # type: ignore[attr-defined]
        found = b""
        while found.count(b"\nid: ") < count:
            found += await asyncio.wait_for(slow_reader.read(2**20), 10)
        slow_writer.close()

    ids = [line[4:].decode() for line in found.splitlines() if line.startswith(b"id: ")]
    assert ids == sorted(set(ids)) and len(ids) == count


@pytest.mark.parametrize("query", ["from=0", "from=0&rule=drills"])
async def test_readers_far_back_that_do_not_read_keep_little(redis: Any, settings: RuntimeSettings, query: str) -> None:
    """Neither in our memory nor in the kernel's: what is not taken is not even read. It was 3 MB and 4 MB each."""
    clients, count = 40, 6000
    await rung(redis, settings, *(an_event(n, rule="drills", because="x" * 1000) for n in range(count)))
    async with a_deliver(settings, ring_alerts=16) as running, contextlib.AsyncExitStack() as stack:
        assert running.app.served
        await first(count, running, f"/v1/alerts/stream?{query}")  # what one reader needs is there
        before = psutil.Process().memory_info().rss
        for _ in range(clients):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", running.app.port)))
            one.sendall(f"GET /v1/alerts/stream?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        readers = running.app.served.streams.readers
        seen: list[list[str]] = [[]]

        async def have_stalled() -> bool:
            await asyncio.sleep(0.5)
            seen.append([one.after for one in readers])
            return len(readers) == clients and seen[-1] == seen[-2]

        await until(have_stalled, describe="nobody takes more", within_seconds=60)
        kept_bytes = (psutil.Process().memory_info().rss - before) / clients
        furthest = max(readers, key=lambda one: as_numbers(one.after)).after
        taken = await redis.xrange(alert_log.alerts_key(settings), max=furthest)

    assert kept_bytes < 500_000
    assert sum(len(fields[b"d"]) for _, fields in taken) < 1_000_000


async def test_a_reader_that_takes_nothing_for_too_long_is_cut(redis: Any, settings: RuntimeSettings) -> None:
    """By the kernel, whose buffer for it is full; what was held for it is free."""
    await rung(redis, settings, *(an_event(n, because="x" * 1000) for n in range(2000)))
    async with a_deliver(settings, stalled_after="PT1S") as running:
        assert running.app.served
        readers = running.app.served.streams.readers
        with socket.create_connection(("127.0.0.1", running.app.port)) as client:
            client.sendall(b"GET /v1/alerts/stream?from=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await until(lambda: len(readers) == 1, describe="it is served")

            await until(lambda: not readers, describe="it is cut", within_seconds=20)


async def test_streams_end_at_once_when_the_process_is_asked_to(settings: RuntimeSettings) -> None:
    """A restart does not wait for clients that would listen for ever."""
    async with a_deliver(settings) as running, running.http.stream("GET", "/v1/alerts/stream") as response:
        lines = response.aiter_lines()
        await anext(lines)

        running.app.exit()
        rest = [line async for line in lines]

    assert rest == [": welcome", ""]


async def test_streams_go_on_after_the_server_was_away(server: Any, settings: RuntimeSettings) -> None:
    """The tailer comes back by itself; nothing is missed and nobody has to reconnect."""
    from pydantic import SecretStr

    from runtime.redis_client import connect

    server.wanted_port = server.port
    own = settings.model_copy(update={"redis_url": SecretStr(server.url)})
    async with a_deliver(own) as running, running.http.stream("GET", "/v1/alerts/stream?from=0") as response:
        redis = connect(server.url)
        await rung(redis, own, an_event(1))
        reader = frames(response)
        await asyncio.wait_for(anext(reader), 5)
        await redis.aclose()

        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.start)
        redis = connect(server.url)
        await until(redis.ping, describe="the server is back")
        await rung(redis, own, an_event(2))
        frame = await asyncio.wait_for(anext(reader), 15)
        await redis.aclose()

    assert frame.data["id"] == an_event(2).id
