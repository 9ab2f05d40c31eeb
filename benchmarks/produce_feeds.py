"""A thousand feeds on schedule: CPU a poll, the share of one core that a schedule of polls costs, and the memory.

The sites are served by another process, so that only the producer's CPU is counted. Feeds carry 30 entries; a third
answer 304, a third send the same bytes again, and a third send a new date in every answer, which has to be parsed.
Each of those has three new entries a poll, so that what the process remembers of them grows to its bound.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from benchmarks.table import print_table
from runtime.redis_client import connect
from runtime.server import EmbeddedServer
from runtime.settings import RuntimeSettings
from services.produce.adapters.producer import Producer
from services.produce.settings import ProduceSettings
from services.produce.source_registry import SourceSpec
from tests.site_farm.http import Answer, Request, Server
from tests.site_farm.sites import STARTED_AT, rss
from tests.wait import until

FEEDS = 1000
INTERVAL_SECONDS = 20  # of the run; the schedules below are computed from the CPU a poll
SCHEDULES = {"every 2 min (the least)": 120, "every 5 min": 300, "every 20 min (hourly sources)": 1200}
FLOOR_SHARE = 0.10  # of one core, for a thousand feeds read as often as they ever are


def feed_of(number: int, first: int = 0) -> tuple[bytes, str]:
    links = [f"http://feed{number}.farm.example/{first + n}?utm_source=rss" for n in range(30)]
    raw, content_type = rss(links)
    return raw.replace(
        b"<guid>", b"<description>" + b"Some words of a summary. " * 12 + b"</description><guid>"
    ), content_type


async def serve(feeds: int, new: int) -> None:
    """The sites, until standard input closes; a third have so many new entries in each answer."""
    polls: Counter[int] = Counter()

    def answer(request: Request) -> Answer:
        number = int(request.host.partition(".")[0].removeprefix("feed"))
        if request.path == "/robots.txt":
            return Answer(status=404)
        polls[number] += 1
        raw, content_type = feed_of(number, first=new * polls[number] if number % 3 == 1 else 0)
        if number % 3 == 0:
            if request.headers.get("if-none-match"):
                return Answer(status=304, headers={"Content-Length": "0"})
            return Answer(raw, headers={"Content-Type": content_type, "ETag": '"1"'})
        if number % 3 == 1:
            raw = raw.replace(b"<title>F", b"<lastBuildDate>%d</lastBuildDate><title>F" % polls[number])
        return Answer(raw, headers={"Content-Type": content_type})

    async with Server({f"feed{n}.farm.example": answer for n in range(feeds)}) as server:
        print(json.dumps(server.port), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def _here(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


@dataclass(frozen=True)
class Measured:
    """What polling cost, once every feed has been read."""

    cpu_seconds: float  # a poll
    rate: float  # polls a second
    memory_before_mb: float
    memory_mb: float


async def measure(port: int, url: str, *, feeds: int, rounds: float) -> Measured:
    """Poll so many feeds so many times each."""
    settings = ProduceSettings(
        host_delay=0, least_interval=INTERVAL_SECONDS, most_interval=INTERVAL_SECONDS, allowed_networks="127.0.0.0/8"
    )
    runtime = RuntimeSettings(redis_url=SecretStr(url), stream_prefix="bench")
    producer = Producer(settings, runtime, registry=CollectorRegistry(), resolve=_here)
    # Entries older than the limit are settled without a fetch: polling is measured here, not fetching.
    settings = settings.model_copy(update={"oldest_entry": STARTED_AT - STARTED_AT})
    producer.settings = settings
    specs = tuple(SourceSpec(f"feed{n}", "feed", f"http://feed{n}.farm.example:{port}/feed") for n in range(feeds))
    redis: Any = connect(url)
    task = asyncio.create_task(producer.run(redis, specs))
    readings, process = producer.metrics.readings, psutil.Process()

    def polls() -> float:
        return sum(readings.labels("feed", result)._value.get() for result in ("new", "nothing_new", "failed"))

    try:
        await until(lambda: polls() >= feeds, describe="every feed was read once", within_seconds=max(180, feeds * 0.2))
        before, cpu, wall, memory = polls(), time.process_time(), time.monotonic(), process.memory_info().rss
        await until(lambda: polls() >= before + feeds * rounds, describe="the polls", within_seconds=900)
        count = polls() - before
        return Measured(
            cpu_seconds=(time.process_time() - cpu) / count,
            rate=count / (time.monotonic() - wall),
            memory_before_mb=memory / 1e6,
            memory_mb=process.memory_info().rss / 1e6,
        )
    finally:
        assert readings.labels("feed", "failed")._value.get() == 0
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await redis.aclose()


def main(arguments: list[str] | None = None) -> int:
    """Print the table; returns 1 when the least interval costs more than the floor."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--feeds", type=int, default=FEEDS)
    parser.add_argument("--rounds", type=float, default=1.5, help="how often each is polled while it is measured")
    parser.add_argument("--new", type=int, default=3, help="new entries in each answer of a third of the feeds")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.serve:
        asyncio.run(serve(given.feeds, given.new))
        return 0
    command = [sys.executable, "-m", "benchmarks.produce_feeds", "--serve", "--feeds", str(given.feeds)]
    sites = subprocess.Popen([*command, "--new", str(given.new)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert sites.stdout is not None
    assert sites.stdin is not None
    try:
        port = int(sites.stdout.readline())
        with tempfile.TemporaryDirectory() as folder, EmbeddedServer(Path(folder), fsync="everysec") as server:
            found = asyncio.run(measure(port, server.url, feeds=given.feeds, rounds=given.rounds))
    finally:
        sites.stdin.close()
        sites.wait()
    shares = {name: given.feeds / seconds * found.cpu_seconds for name, seconds in SCHEDULES.items()}
    print_table(
        f"{given.feeds} feeds of 30 entries: {found.cpu_seconds * 1e3:.1f} ms CPU a poll at {found.rate:.0f} polls/s",
        ("schedule", "polls/s", "share of one core"),
        [(name, f"{given.feeds / SCHEDULES[name]:.1f}", f"{share:.1%}") for name, share in shares.items()],
    )
    print(
        f"memory: {found.memory_before_mb:.0f} MB after the first reading of each,"
        f" {found.memory_mb:.0f} MB after {given.rounds + 1:g}"
    )
    return int(next(iter(shares.values())) / given.feeds * FEEDS > FLOOR_SHARE)


if __name__ == "__main__":
    sys.exit(main())
