"""A thousand feeds on schedule: CPU a poll, and the share of one core that a schedule of polls costs.

The sites are served by another process, so that only the producer's CPU is counted. Feeds carry 30 entries; a third
answer 304, a third send the same bytes again, and a third send a new date in every answer, which has to be parsed.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

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
MEASURED_POLLS = 1500
SCHEDULES = {"every 2 min (the least)": 120, "every 5 min": 300, "every 20 min (hourly sources)": 1200}
FLOOR_SHARE = 0.10  # of one core, for a thousand feeds read as often as they ever are


def feed_of(number: int) -> tuple[bytes, str]:
    links = [f"http://feed{number}.farm.example/{n}?utm_source=rss" for n in range(30)]
    raw, content_type = rss(links)
    return raw.replace(
        b"<guid>", b"<description>" + b"Some words of a summary. " * 12 + b"</description><guid>"
    ), content_type


async def serve() -> None:
    """The sites, until standard input closes."""
    polls = 0

    def answer(request: Request) -> Answer:
        nonlocal polls
        number = int(request.host.partition(".")[0].removeprefix("feed"))
        if request.path == "/robots.txt":
            return Answer(status=404)
        polls += 1
        raw, content_type = feed_of(number)
        if number % 3 == 0:
            if request.headers.get("if-none-match"):
                return Answer(status=304, headers={"Content-Length": "0"})
            return Answer(raw, headers={"Content-Type": content_type, "ETag": '"1"'})
        if number % 3 == 1:
            raw = raw.replace(b"<title>F", b"<lastBuildDate>%d</lastBuildDate><title>F" % polls)
        return Answer(raw, headers={"Content-Type": content_type})

    async with Server({f"feed{n}.farm.example": answer for n in range(FEEDS)}) as server:
        print(json.dumps(server.port), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def _here(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


async def measure(port: int, url: str) -> tuple[float, float]:
    """CPU seconds a poll, and polls a second, once every feed has been read."""
    settings = ProduceSettings(
        host_delay=0, least_interval=INTERVAL_SECONDS, most_interval=INTERVAL_SECONDS, allowed_networks="127.0.0.0/8"
    )
    runtime = RuntimeSettings(redis_url=SecretStr(url), stream_prefix="bench")
    producer = Producer(settings, runtime, registry=CollectorRegistry(), resolve=_here)
    # Entries older than the limit are settled without a fetch: polling is measured here, not fetching.
    settings = settings.model_copy(update={"oldest_entry": STARTED_AT - STARTED_AT})
    producer.settings = settings
    specs = tuple(SourceSpec(f"feed{n}", "feed", f"http://feed{n}.farm.example:{port}/feed") for n in range(FEEDS))
    redis: Any = connect(url)
    task = asyncio.create_task(producer.run(redis, specs))
    readings = producer.metrics.readings

    def polls() -> float:
        return sum(readings.labels("feed", result)._value.get() for result in ("new", "nothing_new", "failed"))

    try:
        await until(lambda: polls() >= FEEDS, describe="every feed was read once", within_seconds=180)
        before, cpu, wall = polls(), time.process_time(), time.monotonic()
        await until(lambda: polls() >= before + MEASURED_POLLS, describe="the polls", within_seconds=180)
        count = polls() - before
        return (time.process_time() - cpu) / count, count / (time.monotonic() - wall)
    finally:
        assert readings.labels("feed", "failed")._value.get() == 0
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await redis.aclose()


def main() -> int:
    """Print the table; returns 1 when the least interval costs more than the floor."""
    sites = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.produce_feeds", "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert sites.stdout is not None
    assert sites.stdin is not None
    try:
        port = int(sites.stdout.readline())
        with tempfile.TemporaryDirectory() as folder, EmbeddedServer(Path(folder)) as server:
            cpu_seconds, rate = asyncio.run(measure(port, server.url))
    finally:
        sites.stdin.close()
        sites.wait()
    shares = {name: FEEDS / seconds * cpu_seconds for name, seconds in SCHEDULES.items()}
    print_table(
        f"{FEEDS} feeds of 30 entries: {cpu_seconds * 1e3:.1f} ms CPU a poll at {rate:.0f} polls/s",
        ("schedule", "polls/s", "share of one core"),
        [(name, f"{FEEDS / SCHEDULES[name]:.1f}", f"{share:.1%}") for name, share in shares.items()],
    )
    return int(next(iter(shares.values())) > FLOOR_SHARE)


if __name__ == "__main__":
    if "--serve" in sys.argv:
        asyncio.run(serve())
    else:
        sys.exit(main())
