"""Workers and partitions: all are served, nobody shares them out, and the order of events holds where it is set."""

import asyncio
import time
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from runtime.errors import Misconfigured
from runtime.handling import Output
from runtime.repartition import repartition, require_partitions
from runtime.settings import RuntimeSettings
from schemas import CloudEvent, streams
from services.alert.adapters.alerter import Alerter
from services.alert.adapters.state import RedisState
from services.alert.app import build
from tests.stages.a_stage import a_stage, running
from tests.stages.alert_bench import RULES, a_day_of_news, fill, key
from tests.stages.processes import start_process
from tests.unit.alert.given_alerts import NOON, a_tagged_article
from tests.wait import until

SECONDS_A_MESSAGE = 0.002


async def fill_partitions(redis: Any, settings: RuntimeSettings, counts: dict[str, int]) -> int:
    for tag, count in counts.items():
        async with redis.pipeline(transaction=False) as pipe:
            for number in range(count):
                pipe.xadd(streams.key(settings.stream_prefix, tag, streams.PAGES), {"d": f"{tag}/{number}".encode()})
            await pipe.execute()
    return sum(counts.values())


def a_worker(settings: RuntimeSettings, handled: list[bytes]) -> Any:
    def work(data: bytes) -> Output:
        time.sleep(SECONDS_A_MESSAGE)
        handled.append(data)
        return Output((data,))

    return a_stage(work, settings)[1]


async def test_a_flooded_partition_does_not_keep_the_others_waiting(redis: Any, settings: RuntimeSettings) -> None:
    """One worker, six partitions: what little the other five have is done while the flood has hardly begun."""
    settings = settings.model_copy(update={"partitions": 6, "batch_size": 16})
    flooded, *others = settings.tags
    total = await fill_partitions(redis, settings, {flooded: 600, **dict.fromkeys(others, 5)})
    handled: list[bytes] = []

    async with running(a_worker(settings, handled)):
        await until(lambda: len(handled) >= total, describe="all is handled", within_seconds=60)

    last_of_others = max(place for place, data in enumerate(handled) if not data.startswith(flooded.encode() + b"/"))
    assert sorted(set(handled)) == sorted(handled)
    assert last_of_others < 200


async def test_a_worker_that_comes_takes_its_share_and_what_it_leaves_is_taken(
    redis: Any, settings: RuntimeSettings
) -> None:
    """There is nothing to rebalance: who reads next, reads from every partition."""
    settings = settings.model_copy(update={"partitions": 6, "batch_size": 16})
    total = await fill_partitions(redis, settings, dict.fromkeys(settings.tags, 150))
    first: list[bytes] = []
    second: list[bytes] = []

    async with running(a_worker(settings, first)):
        await until(lambda: len(first) >= 50, describe="the first one works")
        async with running(a_worker(settings, second)):
            await until(lambda: len(second) >= 200, describe="the second one works too", within_seconds=60)
        shares = {data.partition(b"/")[0] for data in second}

        async def is_written() -> bool:
            return [await redis.xlen(one) for one in settings.keys(streams.ARTICLES)] == [total // 6] * 6

        # What a worker has done is written a moment later; one that is stopped in between leaves it to others.
        await until(is_written, describe="the first one does the rest", within_seconds=60)

    assert shares == {tag.encode() for tag in settings.tags}
    entries = [entry for one in settings.keys(streams.ARTICLES) for entry in await redis.xrange(one)]
    assert sorted(fields[b"d"] for _, fields in entries) == sorted(
        f"{tag}/{n}".encode() for tag in settings.tags for n in range(150)
    )
    # Handled twice is at most what the second one had in hand when it was stopped; written it is once.
    twice = [data for data, times in Counter(first + second).items() if times > 1]
    assert len(twice) <= settings.batch_size and set(twice) <= set(second)


@pytest.mark.parametrize("process_name", ["clean", "monitor"])
async def test_a_process_with_another_number_of_partitions_does_not_start(
    redis: Any, settings: RuntimeSettings, tmp_path: Path, process_name: str
) -> None:
    """It would look for messages where they are not; `repartition` changes the number for all."""
    four, twelve = (settings.model_copy(update={"partitions": count}) for count in (4, 12))
    await require_partitions(redis, four)

    assert settings.redis_url
    process = await start_process(
        process_name,
        cwd=tmp_path,
        TOCSIN_REDIS_URL=settings.redis_url.get_secret_value(),
        TOCSIN_STREAM_PREFIX=settings.stream_prefix,
        TOCSIN_PARTITIONS="12",
    )
    _, told = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 78
    assert b"TOCSIN_PARTITIONS: expected 4, the number this installation works with, found 12" in told
    with pytest.raises(Misconfigured, match=r"--from: expected 4, .* found 6"):
        await repartition(redis, twelve, old_count=6)
    await repartition(redis, twelve)
    await require_partitions(redis, twelve)
    with pytest.raises(Misconfigured, match="expected 12"):
        await require_partitions(redis, four)


async def test_a_change_of_an_unknown_number_wants_to_be_told(redis: Any, settings: RuntimeSettings) -> None:
    with pytest.raises(Misconfigured, match="--from: expected the number of partitions until now"):
        await repartition(redis, settings)


async def test_candidates_end_in_the_order_of_their_stream_whoever_holds_them(
    redis: Any, settings: RuntimeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch waits for the older one of another worker, and is let go by a stage that stops meanwhile."""
    monkeypatch.setattr("services.alert.adapters.alerter.TURN_SECONDS", 0.05)
    prefix = settings.stream_prefix
    await fill(redis, prefix, a_day_of_news(6))
    workers = [Alerter(RULES, RedisState(prefix, "p0", in_order=True), redis=redis) for _ in range(2)]

    async def take(name: str) -> list[tuple[str, Any]]:
        found = await redis.xreadgroup("g:alert", name, {key(prefix, "tagged"): ">"}, count=3)
        return [(id.decode(), workers[0].prepare(fields[b"d"])) for _, entries in found for id, fields in entries]

    older, younger = await take("first"), await take("second")

    assert await workers[1].hand_off(younger) == 0
    assert await workers[0].hand_off(older[:2]) == 2
    assert await workers[1].hand_off(younger) == 0
    assert await workers[0].hand_off([older[2], younger[1]]) == 1
    assert await workers[1].hand_off(older[2:] + younger) == 4
    archive = [id for id, _ in await redis.xrange(key(prefix, "archive"))]
    assert len(archive) == 6


@pytest.mark.parametrize("partitions", [1, 4])
async def test_articles_settle_into_the_order_of_events(redis: Any, settings: RuntimeSettings, partitions: int) -> None:
    """Arrived in the wrong order and decided by two workers: the earliest article opens the story."""
    settings = settings.model_copy(update={"partitions": partitions, "settle": timedelta(seconds=0.6)})
    text = "Niger and Russia signed an agreement on military cooperation in Niamey on Monday, for 300 men."
    articles = [
        a_tagged_article(f"{text} Note {n}.", source=f"paper {n}", at=NOON + timedelta(minutes=n)) for n in range(6)
    ]
    place = partial(streams.key, settings.stream_prefix)

    async with running(build(settings)), running(build(settings)):
        for article in reversed(articles):
            tag = streams.partition_of(article.article.id, settings.tags)
            await redis.xadd(place(tag, streams.TAGGED), {"d": article.to_json()})
        alerts = place(streams.HOME, streams.ALERTS)
        await until(lambda: redis.exists(alerts), describe="an alert rang")
        await asyncio.sleep(0.1)

    events = [CloudEvent.from_json(fields[b"d"]) for _, fields in await redis.xrange(alerts)]
    assert events[0].data.page.id == articles[0].article.id
    assert await redis.xlen(place(streams.HOME, streams.SETTLING)) == 0
