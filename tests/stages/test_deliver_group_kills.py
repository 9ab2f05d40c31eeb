"""A reader of a consumer group, killed a hundred times: what it has dealt with is the log, each id once."""

import asyncio
import json
import random
from typing import Any

from runtime.cancelling import end_if_cancelled
from runtime.redis_client import connect, redis_url
from runtime.settings import RuntimeSettings
from services.deliver.adapters import alert_log
from tests.stages.a_deliver import rung
from tests.unit.deliver.build import an_event


async def test_a_group_killed_a_hundred_times_deals_with_every_alert_once(
    redis: Any, settings: RuntimeSettings
) -> None:
    """Dead at any moment, also between its work and XACK; it keeps the ids of what it has done."""
    key = alert_log.alerts_key(settings)
    await redis.xgroup_create(key, "mine", id="0", mkstream=True)
    done: list[str] = []  # stands for its own database: work that was done stays done
    again = 0

    async def read(name: str) -> None:
        nonlocal again
        own = connect(redis_url(settings))
        try:
            while True:
                end_if_cancelled()
                _, entries, *_ = await own.xautoclaim(key, "mine", name, 0, count=5)
                if not entries:
                    found = await own.xreadgroup("mine", name, {key: ">"}, count=5, block=20)
                    entries = found[0][1] if found else []
                for id, fields in entries:
                    event = json.loads(fields[b"d"])
                    await asyncio.sleep(0)
                    if event["id"] in done:
                        again += 1
                    else:
                        done.append(event["id"])
                        if name != "last" and random.random() < 0.05:
                            raise InterruptedError("killed between its work and its word")
                    await own.xack(key, "mine", id)
        finally:
            await own.aclose()

    events = [an_event(n) for n in range(500)]
    for n in range(100):
        await rung(redis, settings, *events[n * 5 : n * 5 + 5])
        life = asyncio.create_task(read(f"life-{n}"))
        await asyncio.wait({life}, timeout=random.random() * 0.02)
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
    life = asyncio.create_task(read("last"))
    async with asyncio.timeout(30):
        while (await redis.xinfo_groups(key))[0]["pending"] or len(done) < len(events):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    life.cancel()
    await asyncio.gather(life, return_exceptions=True)

    assert sorted(done) == sorted(event.id for event in events)
    assert again > 0  # it was really killed between its work and its word
