"""A producer that is killed at any moment repeats nothing and loses nothing."""

import contextlib
import hashlib
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from schemas import Page, streams
from services.produce.adapters.checkpoints import Checkpoints
from tests.site_farm.archives import write_warc
from tests.site_farm.http import Server
from tests.site_farm.sites import Farm, add_good_sites, article
from tests.wait import until

ROOT = Path(__file__).parents[2]


class Drain:
    """Takes pages out of the stream as the next stage does, so that the producer goes on; counts every one."""

    def __init__(self, redis, settings, limit=20):
        self.redis = redis
        self.key = streams.key(settings.stream_prefix, settings.tags[0], streams.PAGES)
        self.limit = limit
        self.seen: Counter[str] = Counter()

    async def __call__(self) -> int:
        for entry, fields in await self.redis.xrange(self.key, count=self.limit):
            self.seen[Page.from_json(fields[b"d"]).sha256] += 1
            await self.redis.xdel(self.key, entry)
        return sum(self.seen.values())


@contextlib.contextmanager
def killed_in_the_end(arguments: dict) -> Iterator[None]:
    """A producer that is killed when the block ends, however it ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.site_farm.producer_process", json.dumps(arguments)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()


async def test_kills_neither_repeat_nor_lose_a_page(redis, settings, shared_server, tmp_path, is_long):
    """Killed at random points of feeds and an archive, the pages are those of an undisturbed run, each once."""
    kills = 50 if is_long else 4
    dice = random.Random(kills)
    bodies = [article(f"archived {n}").encode() for n in range(400 if is_long else 150)]
    write_warc(tmp_path / "news.warc.gz", bodies)
    async with Server({}) as server:
        farm = Farm(server.port)
        add_good_sites(farm, 40 if is_long else 12, pages_each=6)
        server.handlers = farm.handlers
        expected = farm.wanted | {hashlib.sha256(body).hexdigest() for body in bodies}
        specs = [{"id": f"feed{n}", "kind": "feed", "url": url} for n, url in enumerate(farm.feeds)]
        specs.append({"id": "archive", "kind": "warc", "url": str(tmp_path / "*.warc.gz")})
        hurry = {"host_delay": 0.02, "least_interval": 0.5, "most_interval": 1, "allowed_networks": "127.0.0.1/32"}
        arguments = {
            "redis_url": shared_server.url,
            "prefix": settings.stream_prefix,
            "produce": hurry,
            "specs": specs,
        }
        drain = Drain(redis, settings)
        for point in sorted(dice.sample(range(5, len(expected) - 5), kills)):
            with killed_in_the_end(arguments):
                await until(lambda at=point: _reaches(drain, at), describe=f"page {point}", within_seconds=60)

        with killed_in_the_end(arguments):
            await until(lambda: _reaches(drain, len(expected)), describe="the last page", within_seconds=60)
            memory = Checkpoints(redis, prefix=settings.stream_prefix, partition=settings.tags[0])
            await until(lambda: _all_settled(memory, specs), describe="every source is settled", within_seconds=60)
            await drain()

    assert set(drain.seen) == expected
    assert set(drain.seen.values()) == {1}


async def _reaches(drain: Drain, count: int) -> bool:
    return await drain() >= count


async def _all_settled(memory: Checkpoints, specs: list[dict]) -> bool:
    found = await memory.load()
    feeds = [found.get(spec["id"]) for spec in specs if spec["kind"] == "feed"]
    return all(checkpoint is not None and checkpoint.body_print for checkpoint in feeds)
