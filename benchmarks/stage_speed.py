"""Messages a second and CPU a message of one stage process: ours, FastStream's single-message handlers, a raw loop.

All three in one run on one server, 1 KB messages, rounds interleaved. A worker is measured between a tenth and the end
of its messages, so that its start does not count. On a busy machine trust the CPU ratios, not the rates.
"""

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import orjson
import psutil
import redis as redis_sync

from benchmarks.stage_workers import GROUP, IN, OUT, WORKERS
from benchmarks.table import print_table
from runtime.server import EmbeddedServer

MESSAGES = {"ours": 60_000, "faststream": 6_000, "raw": 120_000}  # two to five seconds each
MESSAGE_BYTES = 1024
ROUNDS = 3
FLOORS = {"faststream": 8.0, "raw": 0.25}  # our rate against theirs
PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Speed:
    """What one worker did in one round; CPU of the worker and of the server, in µs a message."""

    per_second: float
    cpu_micros: float
    server_micros: float


def main() -> int:
    """Print the table; returns 1 when a ratio is under its floor."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer(Path(folder), fsync="everysec") as server:
        rounds = [{name: measure(server, name) for name in WORKERS} for _ in range(ROUNDS)]
    rows = []
    for name in WORKERS:
        rows.append(
            (
                name,
                f"{max(r[name].per_second for r in rounds):,.0f}",
                f"{min(r[name].cpu_micros for r in rounds):.1f}",
                f"{min(r[name].server_micros for r in rounds):.1f}",
            )
        )
    print_table(
        f"one stage process, {MESSAGE_BYTES} B messages, best of {ROUNDS} rounds",
        ("worker", "messages/s", "CPU µs", "server µs"),
        rows,
    )
    worst = 0
    rows = []
    for other, floor in FLOORS.items():
        rate = median(r["ours"].per_second / r[other].per_second for r in rounds)
        cpu = median(r[other].cpu_micros / r["ours"].cpu_micros for r in rounds)
        verdict = "ok" if rate >= floor else "UNDER THE FLOOR"
        worst |= rate < floor
        rows.append((f"ours / {other}", f"{rate:.2f}", f"{cpu:.2f}", f"≥ {floor}", verdict))
    print_table("ratios, median of the rounds", ("", "by rate", "by CPU", "floor", "verdict"), rows)
    return int(worst)


def measure(server: EmbeddedServer, name: str) -> Speed:
    """Return the speed of one worker on a stream filled before it starts."""
    count = MESSAGES[name]
    with contextlib.ExitStack() as stack:
        redis = stack.enter_context(contextlib.closing(redis_sync.Redis.from_url(server.url, protocol=2)))
        worker, server_process = stack.enter_context(_worker(name, server, redis))
        from_count, start = _mark(redis, worker, server_process, count // 10)
        to_count, end = _mark(redis, worker, server_process, count)
    done = to_count - from_count
    seconds, cpu, server_cpu = (after - before for before, after in zip(start, end, strict=True))
    return Speed(done / seconds, cpu * 1e6 / done, server_cpu * 1e6 / done)


@contextlib.contextmanager
def _worker(name: str, server: EmbeddedServer, redis: Any) -> Iterator[tuple[psutil.Process, psutil.Process]]:
    redis.flushall()
    redis.xgroup_create(IN, GROUP, id="0", mkstream=True)
    field = "__data__" if name == "faststream" else "d"
    _fill(redis, field, MESSAGES[name])
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.stage_workers", name, server.url])
    try:
        yield psutil.Process(process.pid), psutil.Process(server.pid)
    finally:
        process.kill()
        process.wait()


def _fill(redis: Any, field: str, count: int) -> None:
    text = "x" * (MESSAGE_BYTES - len(orjson.dumps({"id": 0, "text": ""})))
    for start in range(0, count, 1000):
        pipe = redis.pipeline(transaction=False)
        for number in range(start, start + 1000):
            pipe.xadd(IN, {field: orjson.dumps({"id": number, "text": text})})
        pipe.execute()


def _mark(
    redis: Any, worker: psutil.Process, server: psutil.Process, at: int
) -> tuple[int, tuple[float, float, float]]:
    """Wait until `at` messages are written; returns how many and (clock, worker's CPU, server's CPU) in seconds."""
    until = time.monotonic() + PATIENCE_SECONDS
    while (written := redis.xlen(OUT)) < at:
        if time.monotonic() > until or worker.status() == psutil.STATUS_ZOMBIE:
            raise RuntimeError(f"a worker wrote {written} of {at} messages and no more")
        time.sleep(0.005)
    cpu, server_cpu = (sum(process.cpu_times()[:2]) for process in (worker, server))
    return written, (time.perf_counter(), cpu, server_cpu)


if __name__ == "__main__":
    sys.exit(main())
