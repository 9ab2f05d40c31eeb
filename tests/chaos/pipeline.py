"""A whole pipeline of processes on a server of its own, to be killed piece by piece."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import redis as redis_sync

from runtime.server import EmbeddedServer
from schemas import streams

ROOT = Path(__file__).parents[2]
PREFIX = "tocsin:{p0}:"
LEAST_LIFE_SECONDS = 1.0  # a worker that is killed before it works proves nothing
SETTINGS = {
    "TOCSIN_CLAIM_AFTER": "PT1S",
    "TOCSIN_MAX_WAITING": "200",
    "TOCSIN_BATCH_SIZE": "16",
}


@dataclass
class Pipeline:
    """A server, some workers for each stage, and one producer at a time."""

    folder: Path
    fsync: str
    workers_per_stage: int
    stages: tuple[str, ...] = streams.STAGES
    overrides: str = ""  # settings of the workers that are started from now on: `NAME=value NAME=value`
    kills: Counter[str] = field(default_factory=Counter)
    workers: dict[int, str] = field(default_factory=dict)  # stage by process id
    born: dict[int, float] = field(default_factory=dict)
    waiting: list[Path] = field(default_factory=list)  # files to push, the first one now
    pushing: int | None = None  # process id of the producer
    killed_in: set[Path] = field(default_factory=set)

    def __enter__(self) -> "Pipeline":
        self.folder.mkdir()
        settings = {**SETTINGS, **self.serve()}
        environ = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
        with (self.folder / "workers.log").open("wb") as log:
            self.nursery = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.nursery"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**environ, **settings, "PYTHONPATH": str(ROOT)},
                cwd=self.folder,
            )
        for stage in self.stages * self.workers_per_stage:
            self._start(stage)
        return self

    def serve(self) -> dict[str, str]:
        """Start what holds the messages; returns the settings that lead there."""
        self.server = EmbeddedServer(self.folder / "data", fsync=self.fsync)  # type: ignore[arg-type]
        self.server.start()
        self.redis: Any = redis_sync.Redis.from_url(self.server.url, socket_timeout=10)
        return {"TOCSIN_REDIS_URL": self.server.url}

    def __exit__(self, *_: Any) -> None:
        for pid in [*self.workers, *([self.pushing] if self.pushing else [])]:
            _kill(pid)
        assert self.nursery.stdin and self.nursery.stdout
        self.nursery.stdin.close()
        self.nursery.wait(10)
        self.nursery.stdout.close()
        self.stop_serving()

    def stop_serving(self) -> None:
        self.redis.close()
        self.server.stop()

    def _order(self, order: str) -> int:
        """Return the process id of who carries out an order."""
        assert self.nursery.stdin and self.nursery.stdout
        self.nursery.stdin.write(order.encode() + b"\n")
        self.nursery.stdin.flush()
        return int(self.nursery.stdout.readline())

    def _start(self, stage: str) -> None:
        pid = self._order(f"{stage} {self.overrides}")
        self.workers[pid], self.born[pid] = stage, monotonic()

    def keep_going(self) -> None:
        """Start again what died by itself: poisoned workers, and a producer that was not done."""
        for pid, stage in list(self.workers.items()):
            if not _is_alive(pid):
                del self.workers[pid]
                self.kills["by poison"] += 1
                self._start(stage)
        if self.pushing is not None and not _is_alive(self.pushing):
            self.pushing = None
            if self.waiting[0].with_name(self.waiting[0].name + ".done").exists():
                self.waiting.pop(0)
        if self.pushing is None and self.waiting:
            self.pushing = self._order(f"push {self.waiting[0]}")

    def kill_a_worker(self, dice: random.Random, *, least_life_seconds: float = LEAST_LIFE_SECONDS) -> None:
        grown = [pid for pid in self.workers if monotonic() - self.born[pid] > least_life_seconds]
        if not grown:
            return
        pid = dice.choice(grown)
        stage = self.workers.pop(pid)
        _kill(pid)
        self.kills[stage] += 1
        self._start(stage)

    def kill_the_producer(self) -> None:
        """Kill it once a file: on a busy machine it would otherwise die again and again before it pushed a page."""
        if self.pushing is not None and _is_alive(self.pushing) and self.waiting[0] not in self.killed_in:
            self.killed_in.add(self.waiting[0])
            _kill(self.pushing)
            self.kills["producer"] += 1

    def kill_the_server(self) -> None:
        self.server.kill()
        self.kills["server"] += 1
        self.server.restart()

    @property
    def process_kills(self) -> int:
        """How many workers and producers were killed; deaths by poison do not count."""
        return sum(self.kills[who] for who in (*streams.STAGES, "producer"))

    def outstanding(self) -> int:
        """Return how many messages are in the streams between the stages."""
        return sum(self.redis.xlen(PREFIX + name) for name in streams.READS.values())

    def run_until_done(self, *, within_seconds: float) -> None:
        """Go on until all files are pushed and all of it has come out, killing nothing."""
        until = monotonic() + within_seconds
        while self.waiting or self.outstanding():
            self.keep_going()
            if monotonic() > until:
                raise AssertionError(f"{self.outstanding()} messages did not come out within {within_seconds} s")
            sleep(0.02)

    def alerts(self) -> list[dict[str, Any]]:
        return [json.loads(fields[b"d"]) for _, fields in self.redis.xrange(PREFIX + streams.ALERTS)]

    def dead_letters(self, stage: str) -> list[dict[str, Any]]:
        return [json.loads(fields[b"d"]) for _, fields in self.redis.xrange(f"{PREFIX}{streams.DEAD}:{stage}")]

    def stats(self, stage: str) -> dict[str, int]:
        return {name.decode(): int(count) for name, count in self.redis.hgetall(PREFIX + "stats:" + stage).items()}


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
