"""What Tocsin says of itself reaches who asks for it, by the same ways as alerts, and nobody else."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from runtime.settings import RuntimeSettings
from runtime.silence import Change, event_of
from schemas import MonitorEvent
from services.deliver.adapters import alert_log
from services.deliver.alert_filter import WrongFilter, build_filter
from services.deliver.messages import silence_sentence
from tests.given import NOON
from tests.stages.a_deliver import a_deliver, first, rung
from tests.stages.a_receiver import a_receiver
from tests.stages.test_deliver_webhooks import a_file, given
from tests.unit.deliver.build import an_event
from tests.wait import until

BEGAN = Change("source", "herald", "began", NOON.timestamp(), 9000, 1e-7)


async def silent(redis: Any, settings: RuntimeSettings, change: Change = BEGAN) -> str:
    """Write a silence as the monitor does; returns its id in the log."""
    entry = {"d": orjson.dumps(event_of(change, NOON))}
    id: bytes = await redis.xadd(alert_log.alerts_key(settings), entry)
    return id.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", ["opened", "opened"], id="news by default"),
        pytest.param("&type=silence", ["silence"], id="silences"),
        pytest.param("&type=all", ["opened", "silence", "opened"], id="everything, in order"),
        pytest.param("&type=opened,tocsin.monitor.silence&source=herald", ["silence"], id="of one source"),
    ],
)
async def test_an_event_stream_tells_of_silences_who_asks(
    redis: Any, settings: RuntimeSettings, query: str, expected: list[str]
) -> None:
    """Both from the log and from the ring; a silence is no alert in any list."""
    await rung(redis, settings, an_event(1))
    await silent(redis, settings)
    await rung(redis, settings, an_event(2))
    async with a_deliver(settings) as running:
        old = await first(len(expected), running, f"/v1/alerts/stream?from=0{query}")
        listed = (await running.http.get("/v1/alerts")).json()["alerts"]
        [position, *_] = [frame.id for frame in old]
        async with running.http.stream("GET", f"/v1/alerts/stream?from=now{query}") as response:
            lines = response.aiter_lines()
            assert (await anext(lines)).startswith("retry")
            await rung(redis, settings, an_event(3))
            await silent(redis, settings, Change("source", "herald", "ended", NOON.timestamp(), 9300, 1e-7))
            await silent(redis, settings)
            seen = [line async for line in _until_data(lines)]

    assert [frame.data["type"].rpartition(".")[2] for frame in old] == expected
    assert position and len(listed) == 2
    assert orjson.loads(seen[-1][6:])["type"].rpartition(".")[2] == ("silence" if "silence" in query else "opened")


async def _until_data(lines: Any) -> Any:
    async for line in lines:
        yield line
        if line.startswith("data: "):
            return


async def test_a_webhook_is_told_of_silences_when_it_asks(
    redis: Any, settings: RuntimeSettings, tmp_path: Path
) -> None:
    """`where: {type: [opened, silence]}`; without it a receiver sees news only."""
    await silent(redis, settings)
    await rung(redis, settings, an_event(1))
    async with a_receiver() as receiver:
        file = a_file(tmp_path, receiver, "    where: {type: [opened, silence]}\n")
        async with a_deliver(settings, **given(file)):
            await until(lambda: len(receiver.accepted) == 2, describe="both are told")

    # Several are under way at once, so either may arrive first.
    told = {id: request.body for id, request in zip(receiver.accepted, receiver.received, strict=True)}
    (silence,) = [body for id, body in told.items() if id.startswith("silence-source-herald-began")]
    assert set(told) - {MonitorEvent.from_json(silence).id} == {an_event(1).id}
    assert MonitorEvent.from_json(silence).data.quiet_seconds == 9000


async def test_a_canary_is_told_to_who_asks_without_a_position(redis: Any, settings: RuntimeSettings) -> None:
    """It proves the path to this very reader; a client's position stays where it was."""
    async with (
        a_deliver(settings) as running,
        running.http.stream("GET", "/v1/alerts/stream?canary=true") as response,
    ):
        lines = response.aiter_lines()
        assert (await anext(lines)).startswith("retry")
        canary = an_event(7).model_copy(update={"type": "tocsin.monitor.canary"})
        await redis.xadd(settings.keys("canary")[0], {"d": canary.to_json()})
        seen = [line async for line in _until_data(lines)]

    assert seen[-2] == "event: canary" and not any(line.startswith("id:") for line in seen)
    assert orjson.loads(seen[-1][6:])["type"] == "tocsin.monitor.canary"


def test_a_silence_is_told_in_words() -> None:
    """Who, for how long, and since when; and that it is over."""
    began = MonitorEvent.from_json(orjson.dumps(event_of(BEGAN, NOON)))
    ended = event_of(Change("rule", "floods", "ended", NOON.timestamp(), 300, 1e-7), NOON)

    assert silence_sentence(began) == (
        "source herald has been quiet for 2 h 30 min, which is unlike it, last heard 2026-01-01 12:00 UTC"
    )
    assert silence_sentence(MonitorEvent.from_json(orjson.dumps(ended))) == "rule floods speaks again after 5 min"

    forgotten = event_of(Change("rule", "floods", "ended", NOON.timestamp(), 300, 1e-7, forgotten=True), NOON)
    told = silence_sentence(MonitorEvent.from_json(orjson.dumps(forgotten)))
    assert told == "rule floods is expected no more, after a silence of 5 min"


def test_a_type_that_is_none_is_refused_with_those_there_are() -> None:
    """A typing mistake must not become a filter that nothing passes."""
    with pytest.raises(WrongFilter, match=r"type: expected opened, updated, retracted, silence.* found 'opend'"):
        build_filter({"type": ["opend"]})
