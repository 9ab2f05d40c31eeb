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
TOCSIN = "from services.cli.app import main; main()"


@dataclass
class Pipeline:
    """A server, some workers for each stage, and one producer at a time."""

    folder: Path
    fsync: str
    workers_per_stage: int
    kills: Counter[str] = field(default_factory=Counter)
    more_environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.server = EmbeddedServer(self.folder / "data", fsync=self.fsync)  # type: ignore[arg-type]
        self.log = (self.folder / "workers.log").open("wb")
        self.workers: dict[int, str] = {}
        self.producer: subprocess.Popen[bytes] | None = None
        self.slices: list[Path] = []
        self.killed_in: set[Path] = set()

    def __enter__(self) -> "Pipeline":
        self.server.start()
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")},
            "TOCSIN_REDIS_URL": self.server.url,
            "TOCSIN_CLAIM_AFTER": "PT1S",
            # A page that is in the hands of a dying worker each time cannot be told from one that kills it. Workers
            # die here every few seconds, so innocents meet four deaths by chance, and not six.
            "TOCSIN_MAX_DELIVERIES": "6",
            "TOCSIN_MAX_WAITING": "200",
            "TOCSIN_BATCH_SIZE": "16",
            "PYTHONPATH": str(ROOT),
            **self.more_environ,
        }
        self.nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=self.environ,
            cwd=self.folder,
        )
        for stage in streams.STAGES * self.workers_per_stage:
            self._start(stage)
        return self

    def __exit__(self, *_: Any) -> None:
        for pid in self.workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.producer:
            self.producer.kill()
            self.producer.wait()
        assert self.nursery.stdin and self.nursery.stdout
        self.nursery.stdin.close()
        self.nursery.wait(10)
        self.nursery.stdout.close()
        self.log.close()
        self.server.stop()

    def client(self) -> Any:
        return contextlib.closing(redis_sync.Redis.from_url(self.server.url, socket_timeout=10))

    def _start(self, stage: str) -> None:
        assert self.nursery.stdin and self.nursery.stdout
        self.nursery.stdin.write(stage.encode() + b"\n")
        self.nursery.stdin.flush()
        self.workers[int(self.nursery.stdout.readline())] = stage

    def restart_dead(self) -> None:
        """Start again what died by itself: poisoned workers, and a producer that was not done."""
        for pid, stage in list(self.workers.items()):
            if not _is_alive(pid):
                del self.workers[pid]
                self.kills["by poison"] += 1
                self._start(stage)
        if self.producer is not None and self.producer.poll() is not None:
            if self.producer.returncode == 0:
                self.slices.pop(0)
            self.producer = None
        if self.producer is None and self.slices:
            self.producer = subprocess.Popen(
                [sys.executable, "-c", TOCSIN, "push", str(self.slices[0])],
                stdout=self.log,
                stderr=self.log,
                env=self.environ,
                cwd=self.folder,
            )

    def kill_a_worker(self, dice: random.Random) -> None:
        pid = dice.choice(list(self.workers))
        stage = self.workers.pop(pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self.kills[stage] += 1
        self._start(stage)

    def kill_the_producer(self) -> None:
        """Kill it once a slice: on a busy machine it would otherwise die again and again before it pushed a page."""
        if self.producer is not None and self.producer.poll() is None and self.slices[0] not in self.killed_in:
            self.killed_in.add(self.slices[0])
            self.producer.kill()
            self.producer.wait()
            self.producer = None
            self.kills["producer"] += 1

    def kill_the_server(self) -> None:
        self.server.kill()
        self.kills["server"] += 1
        self.server.restart()

    def outstanding(self) -> int:
        """Return how many messages are still in the streams between the stages."""
        with self.client() as redis:
            return sum(redis.xlen(PREFIX + name) for name in streams.READS.values())

    def run_until_done(self, *, within_seconds: float) -> None:
        """Push all slices and wait until all of it has come out, killing nothing."""
        until = monotonic() + within_seconds
        while self.slices or self.outstanding():
            self.restart_dead()
            if monotonic() > until:
                raise AssertionError(f"{self.outstanding()} messages did not come out within {within_seconds} s")
            sleep(0.05)

    def alerts(self) -> list[dict[str, Any]]:
        return [json.loads(fields[b"d"]) for fields in self.entries(streams.ALERTS)]

    def dead_letters(self, stage: str) -> list[dict[str, Any]]:
        return [json.loads(fields[b"d"]) for fields in self.entries(f"{streams.DEAD}:{stage}")]

    def entries(self, name: str) -> list[dict[bytes, bytes]]:
        with self.client() as redis:
            return [fields for _, fields in redis.xrange(PREFIX + name)]

    def stats(self, stage: str) -> dict[str, int]:
        with self.client() as redis:
            return {name.decode(): int(count) for name, count in redis.hgetall(PREFIX + "stats:" + stage).items()}


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
