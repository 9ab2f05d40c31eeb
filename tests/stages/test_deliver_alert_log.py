"""The alert log on a real server: read from anywhere, followed for ever, and honest about what was trimmed."""

import asyncio
from typing import Any

from runtime.settings import RuntimeSettings
from schemas import CloudEvent
from services.deliver.adapters import alert_log
from services.deliver.positions import time_of, to_sequence
from tests.unit.deliver.build import an_event


async def rung(redis: Any, settings: RuntimeSettings, *numbers: int) -> list[str]:
    """Write alerts to the log; returns their stream ids."""
    key = alert_log.alerts_key(settings)
    return [(await redis.xadd(key, {"d": an_event(number).to_json()})).decode() for number in numbers]


async def everything(redis: Any, settings: RuntimeSettings, start: str) -> list[tuple[str, CloudEvent]]:
    return [entry async for entry in alert_log.read(redis, settings, start=start, follow=False)]


async def test_the_log_is_read_from_the_beginning_in_order(redis: Any, settings: RuntimeSettings) -> None:
    """More entries than one page of the reader come out once each, with their sequence."""
    count = alert_log.PAGE + 3
    async with redis.pipeline() as pipe:
        for _ in range(count):
            pipe.xadd(alert_log.alerts_key(settings), {"d": an_event().to_json()})
        ids = [id.decode() for id in await pipe.execute()]

    found = await everything(redis, settings, "0")

    assert [id for id, _ in found] == ids
    assert [event.sequence for _, event in found] == [to_sequence(id) for id in ids]


async def test_the_log_is_read_after_an_id_or_from_a_time(redis: Any, settings: RuntimeSettings) -> None:
    """An id is a position one has seen; a time includes what was written in that millisecond."""
    first, second = await rung(redis, settings, 1, 2)

    assert [id for id, _ in await everything(redis, settings, first)] == [second]
    assert [id for id, _ in await everything(redis, settings, to_sequence(first))] == [second]
    assert [id for id, _ in await everything(redis, settings, time_of(first).isoformat())] == [first, second]
    assert await everything(redis, settings, "2100-01-01T00:00:00Z") == []


async def test_following_from_now_yields_what_comes_and_nothing_before(redis: Any, settings: RuntimeSettings) -> None:
    """The start "$" is settled once, when reading begins; what stood in the log before is not shown."""
    await rung(redis, settings, 1)
    reader = alert_log.read(redis, settings, start="$", follow=True)
    waiting = asyncio.ensure_future(anext(reader))

    while not waiting.done():
        await rung(redis, settings, 2)
        await asyncio.wait({waiting}, timeout=0.05)
    _, event = waiting.result()
    await reader.aclose()

    assert event.data.id == an_event(2).data.id


async def test_an_entry_that_is_no_event_silences_nobody(redis: Any, settings: RuntimeSettings, caplog: Any) -> None:
    """It is logged and skipped; what stands after it is delivered."""
    await redis.xadd(alert_log.alerts_key(settings), {"d": b"{}"})
    await redis.xadd(alert_log.alerts_key(settings), {"other": b"field"})
    [good] = await rung(redis, settings, 1)

    found = await everything(redis, settings, "0")

    assert [id for id, _ in found] == [good]
    assert [record.message for record in caplog.records] == ["an entry of the alert log is no CloudEvent"] * 2
