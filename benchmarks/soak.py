"""Soak: pages at a steady rate through the real processes for a while; memory flat, latency flat, all counts add up.

`python -m benchmarks.soak --seconds 3600` is the long form; the default is the short one.
Latency is that of canary pages, one a second, from their push to their event. Memory is looked at in thirds: the first
is warming up, the third is compared with the second. The archive grows by design until its own limit, so it is taken
out of the server's memory.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import psutil

from benchmarks.news_pages import news_pages
from benchmarks.table import print_table
from runtime.canary import STREAM, canary_page
from runtime.ingest import Ingest
from runtime.redis_client import connect
from runtime.server import EmbeddedServer
from runtime.settings import RuntimeSettings
from runtime.stream_status import StageStatus, pipeline_status
from runtime.supervisor import Supervisor
from schemas import Page, streams
from services.produce.bytes_to_page import bytes_to_page

PREFIX, PARTITION = "tocsin", "p0"
DIFFERENT_PAGES = 20_000  # then the same ones come again: what rang is remembered for a week, by its address
REMEMBERED_SECONDS = 60  # pushes; less than a round takes, or its pages would be taken for pushed twice
MEMORY_GROWTH_MOST = 1.10  # of the last third against the second
MEMORY_SLACK_MB = 10.0  # what an allocator takes and gives back
LATENCY_GROWTH_MOST, LATENCY_SLACK_SECONDS = 2.0, 0.1
PATIENCE_SECONDS = 120


@dataclass
class Soak:
    """What was seen, second by second."""

    redis: Any
    settings: RuntimeSettings
    supervisor: Supervisor
    ingest: Ingest
    different_pages: int = DIFFERENT_PAGES
    accepted: int = 0
    memory_mb: dict[str, list[float]] = field(default_factory=dict)
    latency_seconds: list[float] = field(default_factory=list)
    sent_at: dict[str, float] = field(default_factory=dict)

    async def push(self, page: Page) -> None:
        """Push a page and count it when it was taken."""
        outcome = await self.ingest.push(page.to_json(), identity=page.id)
        self.accepted += outcome == "accepted"

    async def warm_up(self) -> None:
        """Wait until a canary has come out: every process has started."""
        await self.push_canaries(time.perf_counter() + 1)
        if not await _comes_true(lambda: _is_drained(self.redis, self.settings)):
            raise RuntimeError(f"no canary came out within {PATIENCE_SECONDS} s: see the log of the processes")
        self.latency_seconds.clear()
        self.memory_mb.clear()

    async def push_pages(self, rate: float, until: float) -> None:
        """Push pages at a steady rate; a pipeline that cannot keep up shows as latency, not as a slower pusher."""
        started, number = time.perf_counter(), 0
        while time.perf_counter() < until:
            await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
            (page,) = news_pages(1, first=number % self.different_pages)
            now = datetime.now(UTC)
            made = bytes_to_page(page.text.encode(), url=page.url, fetched_at=now, pushed_at=now)
            await self.push(made)
            number += 1

    async def push_canaries(self, until: float) -> None:
        """Push a canary page every second."""
        while time.perf_counter() < until:
            page = canary_page(datetime.now(UTC))
            self.sent_at[page.id] = time.perf_counter()
            await self.push(page)
            await asyncio.sleep(1)

    async def hear_canaries(self) -> None:
        """Time every canary that comes out."""
        last, stream = "0", streams.key(PREFIX, PARTITION, STREAM)
        while True:
            for _, entries in await self.redis.xread({stream: last}, block=500) or []:
                for id, fields in entries:
                    last = id
                    page_id = orjson.loads(fields[b"d"])["data"]["page"]["id"]
                    if page_id in self.sent_at:
                        self.latency_seconds.append(time.perf_counter() - self.sent_at.pop(page_id))

    async def watch_memory(self) -> None:
        """Look at the memory of every process each second."""
        archive = streams.key(PREFIX, PARTITION, streams.ARCHIVE)
        while True:
            for worker in self.supervisor.workers:
                if worker.process:
                    rss = psutil.Process(worker.process.pid).memory_info().rss
                    self.memory_mb.setdefault(worker.name, []).append(rss / 1e6)
            used = (await self.redis.info("memory"))["used_memory"] - (await self.redis.memory_usage(archive) or 0)
            self.memory_mb.setdefault("server", []).append(used / 1e6)
            await asyncio.sleep(1)


async def soak(
    seconds: float, rate: float, workers: dict[str, int], different_pages: int = DIFFERENT_PAGES
) -> tuple[Soak, list[StageStatus]]:
    """Run the pipeline for a while; returns what was seen and how the stages stand when all is out."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer(Path(folder) / "data", fsync="everysec") as server:
        supervisor = Supervisor(workers, {"TOCSIN_REDIS_URL": server.url}, f"{folder}/log")
        redis = connect(server.url)
        ingest = Ingest(
            redis,
            prefix=PREFIX,
            partition=PARTITION,
            max_waiting=10_000,
            remember_seconds=REMEMBERED_SECONDS,
            durable=False,
        )
        settings = RuntimeSettings(redis_url=server.url)
        seen = Soak(redis, settings, supervisor, ingest, different_pages)
        await supervisor.start()
        try:
            watchers = [asyncio.create_task(seen.hear_canaries()), asyncio.create_task(seen.watch_memory())]
            await seen.warm_up()
            until = time.perf_counter() + seconds
            await asyncio.gather(seen.push_pages(rate, until), seen.push_canaries(until))
            await _comes_true(lambda: _is_drained(redis, settings))  # where not, the sums tell what is left
            await asyncio.sleep(1)
            for task in watchers:
                task.cancel()
            return seen, await pipeline_status(redis, settings)
        finally:
            await supervisor.stop()
            await redis.aclose()


async def _is_drained(redis: Any, settings: RuntimeSettings) -> bool:
    return not sum(stage.length for stage in await pipeline_status(redis, settings))


async def _comes_true(holds: Callable[[], Awaitable[bool]]) -> bool:
    """Wait for something; returns whether it has come true in time."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not await holds():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.1)
    return True


def _thirds(values: Sequence[float]) -> tuple[Sequence[float], ...]:
    third = max(1, len(values) // 3)
    return values[:third], values[third : 2 * third], values[2 * third :]


def _p(values: Sequence[float], q: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * q))]


def print_memory(seen: Soak) -> bool:
    """Print each process's memory by thirds; returns whether one has grown."""
    rows, has_grown = [], False
    for name, values in seen.memory_mb.items():
        first, second, last = (statistics.median(part) for part in _thirds(values))
        grown = last > second * MEMORY_GROWTH_MOST and last > second + MEMORY_SLACK_MB
        has_grown = has_grown or grown
        figures = (f"{first:.0f}", f"{second:.0f}", f"{last:.0f}", f"{max(values):.0f}")
        rows.append((name, *figures, "GROWS" if grown else "flat"))
    print_table("memory, MB (median of each third)", ("process", "first", "second", "last", "most", ""), rows)
    return has_grown


def print_latency(seen: Soak) -> bool:
    """Print the latency by thirds; returns whether it has grown, or a canary was lost."""
    parts = _thirds(seen.latency_seconds)
    rows = [
        (name, str(len(part)), f"{_p(part, 0.5) * 1000:.0f} ms", f"{_p(part, 0.99) * 1000:.0f} ms")
        for name, part in zip(("first", "second", "last"), parts, strict=True)
    ]
    print_table("push of a canary → its event", ("third", "canaries", "p50", "p99"), rows)
    second, last = _p(parts[1], 0.99), _p(parts[2], 0.99)
    has_grown = last > second * LATENCY_GROWTH_MOST and last > second + LATENCY_SLACK_SECONDS
    if seen.sent_at:
        print(f"{len(seen.sent_at)} canaries never came out")
    return has_grown or bool(seen.sent_at)


def print_sums(seen: Soak, stages: Sequence[StageStatus]) -> bool:
    """Print what each stage took and gave; returns whether a message is unaccounted for."""
    before, rows, is_wrong = seen.accepted, [], False
    for stage in stages:
        died, dropped = sum(stage.died.values()), sum(stage.dropped.values())
        is_wrong = is_wrong or stage.received != before or bool(stage.length) or bool(died)
        if stage.stage != "alert":  # where several rules may ring for one article, or none
            is_wrong = is_wrong or stage.received != stage.sent + dropped + died
        rows.append((stage.stage, str(before), str(stage.received), str(stage.sent), str(dropped), str(died)))
        before = stage.sent
    print_table("messages", ("stage", "given", "received", "sent", "dropped", "died"), rows)
    return is_wrong


def main(arguments: list[str] | None = None) -> int:
    """Run the soak; returns 1 when something grew or was lost, or a worker had to be started again."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--rate", type=float, default=50, help="pages a second")
    parser.add_argument("--pages", type=int, default=DIFFERENT_PAGES, help="different pages, then the same come again")
    given = parser.parse_args(arguments)
    if given.pages <= (least := given.rate * REMEMBERED_SECONDS):
        parser.error(f"--pages: expected more than {least:.0f}, or they count as pushed twice; found {given.pages}")
    seen, stages = asyncio.run(soak(given.seconds, given.rate, {"clean": 1, "tag": 1, "alert": 1}, given.pages))
    print(f"{seen.accepted} pages in {given.seconds:.0f} s, {seen.supervisor.restarts} restarts")
    # All three, whatever the first says.
    wrong = [print_memory(seen), print_latency(seen), print_sums(seen, stages), seen.supervisor.restarts > 0]
    print("on the wrong side" if any(wrong) else "flat, and everything adds up")
    return int(any(wrong))


if __name__ == "__main__":
    sys.exit(main())
