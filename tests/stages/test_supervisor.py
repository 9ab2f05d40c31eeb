"""The supervisor of `tocsin run`: a worker that dies is started again and counted; one that refuses is not."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic
from typing import Any

import psutil

from runtime.settings import RuntimeSettings
from runtime.supervisor import STOP_SECONDS, Supervisor
from tests.stages.test_bad_input_messages import GOOD
from tests.wait import until


@contextlib.asynccontextmanager
async def supervised(
    workers_of: dict[str, int], settings: RuntimeSettings, log: Path, **environ: str
) -> AsyncIterator[Supervisor]:
    assert settings.redis_url
    url, prefix = settings.redis_url.get_secret_value(), settings.stream_prefix
    supervisor = Supervisor(workers_of, {"TOCSIN_REDIS_URL": url, "TOCSIN_STREAM_PREFIX": prefix, **environ}, str(log))
    await supervisor.start()
    try:
        yield supervisor
    finally:
        await supervisor.stop()


async def test_a_worker_that_dies_is_started_again_and_counted(
    tmp_path: Path, redis: Any, settings: RuntimeSettings
) -> None:
    """And goes on with the work of its stage; the other worker is left alone."""
    [pages], [articles] = settings.keys("pages"), settings.keys("articles")
    async with supervised({"clean": 2}, settings, tmp_path / "log") as supervisor:
        assert [worker.name for worker in supervisor.workers] == ["clean", "clean.2"]
        await until(lambda: _started(tmp_path / "log", 2), describe="both are up")
        victim, other = supervisor.workers
        first_pid, other_pid = _pid(victim), _pid(other)

        os.kill(first_pid, signal.SIGKILL)

        await until(lambda: _pid(victim) not in (0, first_pid), describe="the dead one is started again")
        await redis.xadd(pages, {"d": GOOD["clean"]})
        await until(lambda: redis.xlen(articles), describe="the stage works", within_seconds=30)
        assert (victim.restarts, other.restarts, supervisor.restarts) == (1, 0, 1)
        assert _pid(other) == other_pid
        pids = [_pid(worker) for worker in supervisor.workers]

    assert not [pid for pid in pids if psutil.pid_exists(pid)]


async def test_a_worker_that_refuses_to_start_is_told_and_left(tmp_path: Path, settings: RuntimeSettings) -> None:
    """Restarting would not help a wrong setting."""
    async with supervised({"clean": 1}, settings, tmp_path / "log", TOCSIN_BATCH_SIZE="many") as supervisor:
        await until(lambda: supervisor.refusals, describe="the refusal is known", within_seconds=30)

    assert supervisor.refusals.keys() == {"clean"}
    assert supervisor.restarts == 0
    assert "TOCSIN_BATCH_SIZE" in (tmp_path / "log").read_text(encoding="utf-8")


async def test_a_worker_that_cannot_be_started_is_tried_again(tmp_path: Path, settings: RuntimeSettings) -> None:
    """The machine had no process or file left for it, for a while."""
    log = tmp_path / "away" / "log"
    async with supervised({"clean": 1}, settings, log) as supervisor:
        await until(lambda: supervisor.restarts, describe="it could not be started")
        log.parent.mkdir()
        await until(lambda: _started(log, 1), describe="it is started", within_seconds=30)


async def test_stopping_does_not_wait_for_a_pause(tmp_path: Path, settings: RuntimeSettings) -> None:
    """A worker that keeps dying is started again later and later; who stops meanwhile is not kept waiting."""
    async with supervised({"nonsense": 1}, settings, tmp_path / "log") as supervisor:
        await until(lambda: supervisor.restarts >= 4, describe="it has died four times", within_seconds=60)
        started = monotonic()
        await supervisor.stop()

    assert monotonic() - started < 1.5  # the pause is more than that by now


async def test_a_worker_that_is_being_started_is_stopped_as_well(tmp_path: Path, settings: RuntimeSettings) -> None:
    """Stopping at the moment of a start neither waits for ever nor kills."""
    started = monotonic()
    async with supervised({"clean": 1}, settings, tmp_path / "log"):
        await asyncio.sleep(0)  # its task runs, and there is no process yet

    assert monotonic() - started < STOP_SECONDS
    assert "was killed" not in (tmp_path / "log").read_text(encoding="utf-8")


async def test_stopping_hands_on_what_was_begun(tmp_path: Path, redis: Any, settings: RuntimeSettings) -> None:
    """Every page is either handed on or still waiting, none in between, and no worker had to be killed."""
    [pages], [articles] = settings.keys("pages"), settings.keys("articles")
    good = GOOD["clean"].decode()
    for number in range(100):
        await redis.xadd(pages, {"d": good.replace("Monday", f"Monday {number}")})

    async with supervised({"clean": 1}, settings, tmp_path / "log"):
        await until(lambda: redis.xlen(articles), describe="the first is handed on", within_seconds=30)

    assert await redis.xlen(pages) + await redis.xlen(articles) == 100
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert "stage stopped" in log
    assert "was killed" not in log


def _pid(worker: Any) -> int:
    process = worker.process
    return process.pid if process and process.returncode is None else 0


def _started(log: Path, count: int) -> bool:
    return log.exists() and log.read_text(encoding="utf-8").count('"stage started"') >= count
