"""Real pages served over HTTP arrive byte for byte: every dev page of the cleaning benchmark, packed and not.

Each page is served four times from hosts of its own: plain, gzip, in small pieces without a length (chunked), and with
a charset in the header that is wrong. What arrives is compared by SHA-256; what is refused is listed with its reason.
"""

import argparse
import asyncio
import gzip
import hashlib
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from benchmarks.table import print_table
from runtime.redis_client import connect
from runtime.server import EmbeddedServer
from runtime.settings import RuntimeSettings
from schemas import Page, streams
from services.produce.adapters.producer import Producer
from services.produce.settings import ProduceSettings
from services.produce.source_registry import SourceSpec
from tests.site_farm.http import Answer, Request, Server
from tests.site_farm.sites import rss
from tests.wait import until

PAGES_A_SITE = 25
WAYS = ("plain", "gzip", "chunked", "wrong charset")


def real_pages(shared: Path) -> list[tuple[str, bytes]]:
    """(content type, bytes) of every page."""
    html = [("text/html", gzip.decompress(path.read_bytes())) for path in sorted((shared / "clean/html").glob("*.gz"))]
    texts = sorted(path for path in (shared / "clean/text").iterdir() if path.is_file())
    raw = [gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in texts]
    return html + [("text/plain", one) for one in raw]


def answer_of(way: str, content_type: str, raw: bytes) -> Answer:
    if way == "gzip":
        return Answer(gzip.compress(raw, 1), headers={"Content-Type": content_type, "Content-Encoding": "gzip"})
    if way == "chunked":
        pieces = [raw[at : at + 1000] for at in range(0, len(raw), 1000)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n\r\n"
        return Answer(body, raw_head=head.encode())
    if way == "wrong charset":
        return Answer(raw, headers={"Content-Type": f"{content_type}; charset=iso-8859-15"})
    return Answer(raw, headers={"Content-Type": content_type})


async def arrive(pages: list[tuple[str, bytes]], url: str) -> tuple[Counter[str], dict[str, int]]:
    """How often each SHA-256 arrived, and what was dropped by reason."""
    jobs = [(way, content_type, raw) for way in WAYS for content_type, raw in pages]

    def answer(request: Request) -> Answer:
        site = int(request.host.partition(".")[0].removeprefix("site"))
        if request.path == "/feed":
            numbers = range(site * PAGES_A_SITE, min((site + 1) * PAGES_A_SITE, len(jobs)))
            raw, content_type = rss([f"http://{request.host}:{server.port}/{number}" for number in numbers])
            return Answer(raw, headers={"Content-Type": content_type})
        number = request.path[1:]
        return answer_of(*jobs[int(number)]) if number.isdecimal() else Answer(status=404)

    sites = -(-len(jobs) // PAGES_A_SITE)
    async with Server({f"site{n}.farm.example": answer for n in range(sites)}) as server:
        runtime = RuntimeSettings(redis_url=SecretStr(url), stream_prefix="bench", max_waiting=len(jobs) + 1)
        settings = ProduceSettings(
            host_delay=0, least_interval=1, most_interval=2, allowed_networks="127.0.0.0/8", max_page_bytes=8_000_000
        )
        producer = Producer(settings, runtime, registry=CollectorRegistry(), resolve=server.resolve)
        specs = tuple(
            SourceSpec(f"s{n}", "feed", f"http://site{n}.farm.example:{server.port}/feed") for n in range(sites)
        )
        redis: Any = connect(url)
        task = asyncio.create_task(producer.run(redis, specs))

        def all_settled() -> bool:
            found = producer.scheduler.checkpoints if producer.scheduler else {}
            return len(found) == sites and all(one.body_print for one in found.values())

        await until(all_settled, describe="every feed is settled", within_seconds=600)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        stats = await redis.hgetall(streams.key("bench", runtime.tags[0], "stats", "produce"))
        dropped = {name.decode(): int(count) for name, count in stats.items() if name.startswith(b"dropped:")}
        entries = await redis.xrange(streams.key("bench", runtime.tags[0], streams.PAGES))
        arrived: Counter[str] = Counter()
        for _, fields in entries:
            page = Page.from_json(fields[b"d"])
            arrived[hashlib.sha256(page.raw()).hexdigest()] += 1
        await redis.aclose()
        return arrived, dropped


def main(arguments: list[str] | None = None) -> int:
    """Print what arrived; returns 1 when a byte differs or a page is missing without a reason."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--shared", type=Path, default=Path("../shared/bench"))
    parser.add_argument("--pages", type=int, default=None, help="how many of the pages (default: all)")
    given = parser.parse_args(arguments)
    pages = real_pages(given.shared)[: given.pages]
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer(Path(folder), fsync="no") as server:
        arrived, dropped = asyncio.run(arrive(pages, server.url))
    sent = {hashlib.sha256(raw).hexdigest() for _, raw in pages}
    count = sum(arrived.values())
    rows = [
        ("served", str(len(pages) * len(WAYS))),
        ("arrived", str(count)),
        *((k, str(v)) for k, v in dropped.items()),
    ]
    rows += [
        ("pages that never arrived", str(len(sent - set(arrived)))),
        ("pages changed", str(len(set(arrived) - sent))),
    ]
    print_table(f"{len(pages)} real pages, each served {', '.join(WAYS)}", ("", "pages"), rows)
    is_accounted = count + sum(dropped.values()) == len(pages) * len(WAYS)
    return int(bool(set(arrived) - sent) or not is_accounted)


if __name__ == "__main__":
    sys.exit(main())
