"""Scale-out, as ratios in one run: one server against a cluster, one partition against many, one worker against two.

On a busy machine trust the CPU per page, not the rates: with two cores a cluster of six servers cannot be faster.
`python -m benchmarks.scale [stages parts idle loss]` runs some of the tables.
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from pydantic import SecretStr

from benchmarks.news_pages import news_pages
from benchmarks.scale_loss import edges, loss
from benchmarks.table import print_table
from runtime.reading import ensure_group
from runtime.redis_client import client, wait_until_ready
from runtime.server import EmbeddedServer
from runtime.settings import RuntimeSettings
from runtime.stream_status import pipeline_status
from runtime.supervisor import Supervisor
from schemas import Page, streams
from services.alert.adapters.alerter import Alerter
from services.alert.adapters.forwarder import Forwarder
from services.alert.adapters.state import RedisState
from services.desk.desk import Desk, open_desk
from services.produce.bytes_to_page import bytes_to_page
from tests.stages.a_cluster import Cluster
from tests.wait import until

PAGES, WARM_UP, PARTITIONS = 300, 40, 12
PATIENCE_SECONDS = 300.0
SETUPS = (("one server", 1), ("one server", PARTITIONS), ("cluster 3+3", PARTITIONS))
IDLE_PARTITIONS, IDLE_SECONDS = (1, 12, 48), 10.0


@dataclass(frozen=True)
class Place:
    """Where Redis is: its settings and its processes."""

    settings: RuntimeSettings
    pids: tuple[int, ...]

    def cpu_seconds(self) -> float:
        return sum(_cpu_of(pid) for pid in self.pids)


def _cpu_of(pid: int) -> float:
    return float(sum(psutil.Process(pid).cpu_times()[:2]))


@contextlib.contextmanager
def place(kind: str, partitions: int) -> Iterator[Place]:
    """Start one server or a cluster."""
    with tempfile.TemporaryDirectory() as folder:
        if kind == "one server":
            with EmbeddedServer(Path(folder) / "data", fsync="everysec") as server:
                yield Place(RuntimeSettings(redis_url=SecretStr(server.url), partitions=partitions), (server.pid or 0,))
        else:
            with Cluster(Path(folder) / "nodes") as cluster:
                settings = RuntimeSettings(redis_url=SecretStr(cluster.url), redis_cluster=True, partitions=partitions)
                yield Place(settings, tuple(node.process.pid for node in cluster.nodes if node.process))


def pages_of(count: int, first: int = 0) -> list[Page]:
    now = datetime.now(UTC)
    found = news_pages(count, first=first)
    return [bytes_to_page(page.text.encode(), url=page.url, fetched_at=now, pushed_at=now) for page in found]


async def push(redis: Any, settings: RuntimeSettings, pages: Sequence[Page]) -> None:
    for tag, edge in edges(redis, settings).items():
        own = [page for page in pages if streams.partition_of(page.id, settings.tags) == tag]
        await edge.push_many([(page.to_json(), page.id) for page in own])


async def drained(redis: Any, settings: RuntimeSettings) -> None:
    async def is_drained() -> bool:
        return not any(stage.length for stage in await pipeline_status(redis, settings))

    await until(is_drained, describe="the pipeline is drained", within_seconds=PATIENCE_SECONDS)


# --- the ratio table: whole pipeline, real processes


async def stages_row(kind: str, partitions: int, workers: int) -> tuple[float, dict[str, float], int]:
    """Return pages/s, CPU milliseconds a page by process, and the number of alerts."""
    with place(kind, partitions) as at, tempfile.TemporaryDirectory() as folder:
        environ = {
            "TOCSIN_REDIS_URL": at.settings.redis_url.get_secret_value() if at.settings.redis_url else "",
            "TOCSIN_REDIS_CLUSTER": str(at.settings.redis_cluster).lower(),
            "TOCSIN_PARTITIONS": str(partitions),
        }
        supervisor = Supervisor(dict.fromkeys(streams.STAGES, workers), environ, f"{folder}/log")
        redis = client(at.settings)
        await wait_until_ready(redis, url="")
        await supervisor.start()
        try:
            await push(redis, at.settings, pages_of(WARM_UP, first=PAGES))
            await drained(redis, at.settings)
            pages = pages_of(PAGES)
            redis_before, before, started = at.cpu_seconds(), _by_stage(supervisor), time.perf_counter()
            await push(redis, at.settings, pages)
            await drained(redis, at.settings)
            seconds, after = time.perf_counter() - started, _by_stage(supervisor)
            spent = {stage: (after[stage] - before[stage]) * 1000 / PAGES for stage in after}
            spent["redis"] = (at.cpu_seconds() - redis_before) * 1000 / PAGES
            alerts = sum([await redis.xlen(key) for key in at.settings.keys(streams.ALERTS)])
        finally:
            await supervisor.stop()
            await redis.aclose()
    return PAGES / seconds, spent, alerts


def _by_stage(supervisor: Supervisor) -> dict[str, float]:
    spent = dict.fromkeys(streams.STAGES, 0.0)
    for worker in supervisor.workers:
        if worker.process:
            spent[worker.stage] += _cpu_of(worker.process.pid)
    return spent


def stages() -> None:
    rows: list[list[str]] = []
    first_rate = first_cpu = 0.0
    for workers in (1, 2):
        for kind, partitions in SETUPS:
            rate, spent, alerts = asyncio.run(stages_row(kind, partitions, workers))
            cpu = sum(spent.values())
            first_rate, first_cpu = first_rate or rate, first_cpu or cpu
            parts = [f"{spent[name]:.2f}" for name in (*streams.STAGES, "redis")]
            ratios = [f"{rate / first_rate:.2f}", f"{cpu / first_cpu:.2f}"]
            rows.append(
                [kind, str(partitions), str(workers), f"{rate:.0f}", *parts, f"{cpu:.2f}", *ratios, str(alerts)]
            )
    head = "where|partitions|workers|pages/s|clean ms|tag ms|alert ms|redis ms|CPU ms/page|rate ratio|CPU ratio|alerts"
    print_table(f"{PAGES} pages, CPU milliseconds a page", head.split("|"), rows)


# --- the cost of each part: forward, decide


async def parts_row(kind: str, partitions: int, candidates: Sequence[bytes], desk: Desk) -> list[str]:
    """Return CPU microseconds a candidate: match and forward, prepare, decide, the server's share; and candidates/s."""
    with place(kind, partitions) as at:
        settings, redis = at.settings, client(at.settings)
        await wait_until_ready(redis, url="")
        state = RedisState(settings.stream_prefix, streams.HOME, settings.stages[-1])
        alerter = Alerter(desk.rulebook, state, redis=redis)
        home = edges(redis, settings)[streams.HOME].into(streams.CANDIDATES, counted_as="forward")
        before = at.cpu_seconds()
        matching = 0.0
        reads = streams.key(settings.stream_prefix, streams.HOME, streams.READS[settings.stages[-1]])
        if partitions == 1:
            for data in candidates:
                await redis.xadd(reads, {"d": data})
        else:
            tags = [streams.partition_of(str(number), settings.tags) for number in range(len(candidates))]
            for tag in settings.tags:
                stream = streams.key(settings.stream_prefix, tag, streams.TAGGED)
                await ensure_group(redis, stream, "g:alert")
                for data in (one for one, owner in zip(candidates, tags, strict=True) if owner == tag):
                    await redis.xadd(stream, {"d": data})
                one = Forwarder(desk.rulebook, RedisState(settings.stream_prefix, tag), redis=redis, home=home)
                started = time.process_time()
                while taken := await _take(redis, stream, "g:alert"):
                    await one.hand_off([(id, one.match(data)) for id, data in taken])
                matching += time.process_time() - started
        await ensure_group(redis, reads, "g:" + settings.stages[-1])
        started, deciding = time.process_time(), 0.0
        while taken := await _take(redis, reads, "g:" + settings.stages[-1]):
            prepared = [(id, alerter.prepare(data)) for id, data in taken]
            decided = time.process_time()
            await alerter.hand_off(prepared)
            deciding += time.process_time() - decided
        preparing = time.process_time() - started - deciding
        server = at.cpu_seconds() - before
        await redis.aclose()
    micros = [round(seconds * 1e6 / len(candidates)) for seconds in (matching, preparing, deciding, server)]
    return [kind, str(partitions), *map(str, micros), *(str(round(1e6 / one)) for one in (sum(micros[1:3]), micros[2]))]


async def _take(redis: Any, stream: str, group: str) -> list[tuple[str, bytes]]:
    found = await redis.xreadgroup(group, "me", {stream: ">"}, count=64)
    return [(id.decode(), fields[b"d"]) for _, entries in found for id, fields in entries]


def parts() -> None:
    desk = open_desk()
    tagged = [desk.read(page) for page in pages_of(600)]
    candidates = [one.to_json() for one in tagged if desk.rulebook.index.match([desk.rulebook.view(one)])[0]]
    rows = [asyncio.run(parts_row(kind, partitions, candidates, desk)) for kind, partitions in SETUPS]
    head = (
        "where|partitions|match and forward µs|prepare µs|decide µs|servers µs|candidates/s of one core|of any number"
    )
    print_table(f"{len(candidates)} candidates, CPU microseconds each", head.split("|"), rows)


# --- what partitions cost while nothing happens


def idle() -> None:
    rows = []
    for partitions in IDLE_PARTITIONS:
        rows.append(asyncio.run(_idle_row(partitions)))
    print_table("One idle tag worker", ["partitions", "worker CPU %", "server CPU %", "connections"], rows)


async def _idle_row(partitions: int) -> list[str]:
    with place("one server", partitions) as at, tempfile.TemporaryDirectory() as folder:
        assert at.settings.redis_url
        environ = {
            "TOCSIN_REDIS_URL": at.settings.redis_url.get_secret_value(),
            "TOCSIN_PARTITIONS": str(partitions),
        }
        supervisor, redis = Supervisor({"tag": 1}, environ, f"{folder}/log"), client(at.settings)
        await supervisor.start()
        try:
            last = at.settings.keys(streams.ARTICLES)[-1]
            await until(lambda: redis.exists(last), describe="the worker reads")
            await asyncio.sleep(1)
            server, worker = at.cpu_seconds(), _by_stage(supervisor)["tag"]
            await asyncio.sleep(IDLE_SECONDS)
            spent = [_by_stage(supervisor)["tag"] - worker, at.cpu_seconds() - server]
            connections = (await redis.info("clients"))["connected_clients"]
        finally:
            await supervisor.stop()
            await redis.aclose()
    return [str(partitions), *(f"{one * 100 / IDLE_SECONDS:.1f}" for one in spent), str(connections)]


TABLES = {"stages": stages, "parts": parts, "idle": idle, "loss": loss}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", metavar="table", help=f"of: {', '.join(TABLES)} (default: all)")
    given = parser.parse_args()
    if unknown := [name for name in given.tables if name not in TABLES]:
        parser.error(f"unknown: {', '.join(unknown)}; one of: {', '.join(TABLES)}")
    for name in given.tables or TABLES:
        TABLES[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
