"""A stream for each rule, on request: every alert of the rule once, in order, whatever dies while it is written."""

import asyncio
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from runtime.redis_client import connect, redis_url
from runtime.settings import RuntimeSettings
from services.deliver.adapters import log_keeper
from services.deliver.adapters.couriers import load_subscriptions
from services.deliver.adapters.ring import Ring
from services.deliver.adapters.rule_streams import StreamWriter, stream_key
from services.deliver.adapters.served import now_utc
from services.deliver.adapters.subscription_state import declare
from services.deliver.metrics import DeliverMetrics
from services.deliver.settings import DeliverSettings
from tests.stages.a_deliver import a_deliver, rung
from tests.unit.deliver.build import an_event
from tests.wait import until


def a_file(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "subscriptions.yaml"
    path.write_text("subscriptions:\n" + "".join(f"  - {{{row}, start: beginning}}\n" for row in rows))
    return path


async def ids_in(redis: Any, settings: RuntimeSettings, name: str) -> list[str]:
    return [id.decode() for id, _ in await redis.xrange(stream_key(settings, name))]


async def test_each_rule_has_a_stream_of_its_own_on_request(
    redis: Any, settings: RuntimeSettings, tmp_path: Path
) -> None:
    """One row gives a stream for each rule, another one for a filter; what comes later is added; ids are the log's."""
    ids = await rung(redis, settings, an_event(1, rule="a"), an_event(2, rule="b"), an_event(3, rule="a"))
    file = a_file(
        tmp_path, "id: each, stream: $rule_id", "id: grave, stream: all_grave, where: {min_severity: critical}"
    )
    async with a_deliver(settings, subscriptions_file=file) as running:
        ids += await rung(redis, settings, an_event(4, rule="b", severity="critical"))
        await until(lambda: redis.xlen(stream_key(settings, "all_grave")), describe="the last one is written")
        await until(lambda: _has(redis, stream_key(settings, "b"), 2), describe="and under its rule")
        standing = (await running.http.get("/v1/subscriptions")).json()["subscriptions"]

    assert await ids_in(redis, settings, "a") == [ids[0], ids[2]]
    assert await ids_in(redis, settings, "b") == [ids[1], ids[3]]
    assert await ids_in(redis, settings, "all_grave") == [ids[3]]
    assert [(one["id"], one["channel"], one["delivered"]) for one in standing] == [
        ("each", "stream", 4),
        ("grave", "stream", 1),
    ]


async def _has(redis: Any, key: str, count: int) -> bool:
    return bool(await redis.xlen(key) == count)


async def test_a_stream_of_a_rule_is_whole_after_a_hundred_kills(
    redis: Any, settings: RuntimeSettings, tmp_path: Path
) -> None:
    """The writer dies at any moment, two may even run at once: nothing is missing, doubled or out of order."""
    deliver = DeliverSettings(subscriptions_file=a_file(tmp_path, "id: each, stream: $rule_id"))
    subscriptions = load_subscriptions(settings, deliver)
    await declare(redis, settings, subscriptions)
    metrics = DeliverMetrics(registry=CollectorRegistry())

    async def live(seconds: float) -> None:
        own = connect(redis_url(settings))
        writer = StreamWriter(subscriptions[0], redis=own, settings=settings, ring=Ring(8), metrics=metrics)
        task = asyncio.create_task(writer.run())
        await asyncio.wait({task}, timeout=seconds)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await own.aclose()

    expected: list[str] = []
    for n in range(100):
        expected += await rung(redis, settings, *(an_event(n * 20 + k, rule=f"r{k % 3}") for k in range(20)))
        await asyncio.gather(live(random.random() * 0.02), live(random.random() * 0.02))
    await live(1.0)

    found = [await ids_in(redis, settings, f"r{k}") for k in range(3)]
    assert [found[k] for k in range(3)] == [[id for n, id in enumerate(expected) if n % 20 % 3 == k] for k in range(3)]


async def test_copies_are_trimmed_with_the_log_but_never_below_their_readers(
    redis: Any, settings: RuntimeSettings, tmp_path: Path
) -> None:
    """The log waits for the writer, a copy for a group that reads it."""
    ids = await rung(redis, settings, *(an_event(n, rule="a" if n % 2 else "b") for n in range(10)))
    keeping = DeliverSettings(keep_alerts=2, keep_for=timedelta(days=1))
    file = a_file(tmp_path, "id: each, stream: $rule_id")
    await declare(redis, settings, load_subscriptions(settings, DeliverSettings(subscriptions_file=file)))
    before = await log_keeper.removable_up_to(redis, settings, now=now_utc(), deliver=keeping)
    async with a_deliver(settings, subscriptions_file=file):
        await until(lambda: _has(redis, stream_key(settings, "a"), 5), describe="everything is copied")
    await redis.xgroup_create(stream_key(settings, "a"), "theirs", id=ids[3])

    up_to = await log_keeper.removable_up_to(redis, settings, now=now_utc(), deliver=keeping)
    await log_keeper.trim_copies(redis, settings, str(up_to))

    assert before == "0-0" and up_to == ids[7]
    assert await ids_in(redis, settings, "a") == [ids[5], ids[7], ids[9]]
    assert await ids_in(redis, settings, "b") == [ids[8]]
