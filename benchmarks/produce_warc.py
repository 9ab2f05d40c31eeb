"""WARC → pages in the stream, in pages a second of CPU, beside fastwarc alone on the same file.

The file is written here: gzip members of HTML pages of 5 to 120 KB, as in CC-NEWS. CPU time of this process only: the
server works in its own.
"""

import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from fastwarc.warc import ArchiveIterator, WarcRecordType
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from runtime.redis_client import connect
from runtime.server import EmbeddedServer
from runtime.settings import RuntimeSettings
from schemas import streams
from services.produce.adapters.producer import Producer
from services.produce.settings import ProduceSettings
from services.produce.source_registry import SourceSpec
from tests.site_farm.archives import write_warc
from tests.wait import until

PAGES = 4000
ROUNDS = 3
FLOOR = 2000  # pages a second of one core


def pages() -> list[bytes]:
    """Pages of the sizes news pages have: the median is about 40 KB before packing."""
    dice = random.Random(8)
    words = [f"mot{n}é" if n % 9 == 0 else f"word{n}" for n in range(4000)]
    sizes = [min(int(dice.lognormvariate(10.4, 0.8)), 120_000) + 3000 for _ in range(PAGES)]
    text = " ".join(dice.choices(words, k=200_000))
    return [
        b"<!doctype html><html><head><title>%d</title></head><body>" % n
        + text[(start := dice.randrange(500_000)) : start + size].encode()
        for n, size in enumerate(sizes)
    ]


def fastwarc_alone(path: Path) -> float:
    """Pages a second of CPU when every body is read and dropped."""
    started = time.process_time()
    with path.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response, auto_decode="all"):
            record.reader.read()
    return PAGES / (time.process_time() - started)


async def produced(path: Path, server: EmbeddedServer, prefix: str) -> float:
    """Pages a second of CPU through the source, the page model and the ingest edge."""
    runtime = RuntimeSettings(redis_url=SecretStr(server.url), stream_prefix=prefix, max_waiting=PAGES + 1)
    # The first reading starts within the least interval: waiting for it is not what is measured.
    producer = Producer(ProduceSettings(least_interval=1), runtime, registry=CollectorRegistry())
    redis = connect(server.url)
    key = streams.key(prefix, runtime.tags[0], streams.PAGES)
    started = time.process_time()
    task = asyncio.create_task(producer.run(redis, (SourceSpec(id="warc", kind="warc", url=str(path)),)))
    await until(lambda: _has(redis, key), describe="every page is in the stream", within_seconds=120)
    seconds = time.process_time() - started
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await redis.delete(key)
    await redis.aclose()
    return PAGES / seconds


async def _has(redis: Any, key: str) -> bool:
    return bool(await redis.xlen(key) >= PAGES)


def main() -> int:
    """Print the figures; returns 1 under the floor."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "pages.warc.gz")
        bodies = pages()
        write_warc(path, bodies)
        mean_kb = sum(map(len, bodies)) / PAGES / 1000
        print(f"{PAGES} pages, {mean_kb:.0f} KB each, packed {path.stat().st_size / 1e6:.0f} MB")
        best, ratios = 0.0, []
        with EmbeddedServer(Path(folder, "redis"), fsync="everysec") as server:
            for number in range(ROUNDS):
                alone = fastwarc_alone(path)
                ours = asyncio.run(produced(path, server, f"bench{number}"))
                print(f"round {number}: fastwarc alone {alone:,.0f}/s, pushed {ours:,.0f}/s, ratio {ours / alone:.2f}")
                best = max(best, ours)
                ratios.append(ours / alone)
        print(f"best: {best:,.0f} pages/s of one core (floor {FLOOR:,}); ratio to fastwarc alone {median(ratios):.2f}")
    return int(best < FLOOR)


if __name__ == "__main__":
    sys.exit(main())
