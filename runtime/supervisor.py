"""The supervisor of `tocsin run`: one process per worker, restarted and counted when it dies."""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic

from runtime.cancelling import end
from runtime.process import MISCONFIGURED

log = logging.getLogger("tocsin.supervisor")

RESTART_SECONDS = (0.2, 10.0)  # first and longest pause before a dead worker is started again
SETTLED_SECONDS = 30.0  # a worker that lived this long starts again with the first pause
STOP_SECONDS = 15.0


@dataclass
class Worker:
    """One supervised process and how often it had to be started again."""

    stage: str
    number: int
    environ: Mapping[str, str]
    restarts: int = 0
    process: asyncio.subprocess.Process | None = None
    refusal: str | None = None

    @property
    def name(self) -> str:
        """`clean`, or `clean.2` for the second worker of a stage."""
        return self.stage if self.number == 1 else f"{self.stage}.{self.number}"


@dataclass
class Supervisor:
    """Runs `workers[stage]` processes of each stage until stop()."""

    workers_of: Mapping[str, int]
    environ: Mapping[str, str]
    log_path: str | None = None
    workers: list[Worker] = field(default_factory=list)
    is_stopping: bool = False

    def __post_init__(self) -> None:
        self.workers = [
            Worker(stage, number, self.environ)
            for stage, count in self.workers_of.items()
            for number in range(1, count + 1)
        ]
        self._tasks: list[asyncio.Task[None]] = []
        self._stop = asyncio.Event()

    async def start(self) -> None:
        """Start every worker."""
        self._tasks = [asyncio.create_task(self._keep(worker), name=worker.name) for worker in self.workers]

    @property
    def restarts(self) -> int:
        """How often any worker had to be started again."""
        return sum(worker.restarts for worker in self.workers)

    @property
    def refusals(self) -> dict[str, str]:
        """Workers that refuse to start, by name, with the reason they logged."""
        return {worker.name: worker.refusal for worker in self.workers if worker.refusal}

    async def stop(self) -> None:
        """Ask every worker to stop, wait, and end those that do not."""
        self.is_stopping = True
        self._stop.set()
        for worker in self.workers:
            _terminate(worker)
        _, slow = await asyncio.wait(self._tasks, timeout=STOP_SECONDS) if self._tasks else (None, set())
        for worker in self.workers:
            if slow and worker.process and worker.process.returncode is None:
                log.error("worker did not stop and was killed", extra={"worker": worker.name})
                worker.process.kill()
        await end(self._tasks)

    async def _keep(self, worker: Worker) -> None:
        pause = RESTART_SECONDS[0]
        while not self.is_stopping:
            started = monotonic()
            try:
                code: int | str = await self._run_once(worker)
            except OSError as error:  # no process, memory or file left for it; perhaps there is soon
                code = f"{type(error).__name__}: {error}"
            if self.is_stopping:
                return
            if code == MISCONFIGURED:
                worker.refusal = "see its log"
                log.error("worker refuses to start", extra={"worker": worker.name})
                return
            worker.restarts += 1
            if monotonic() - started > SETTLED_SECONDS:
                pause = RESTART_SECONDS[0]
            log.error(
                "worker died and is started again",
                extra={"worker": worker.name, "exit_code": code, "restarts": worker.restarts, "pause_seconds": pause},
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), pause)
            pause = min(pause * 2, RESTART_SECONDS[1])

    async def _run_once(self, worker: Worker) -> int:
        with contextlib.ExitStack() as stack:
            errors = stack.enter_context(open(self.log_path, "ab")) if self.log_path else None  # noqa: PTH123, ASYNC230
            worker.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "runtime.process", worker.stage, "--supervised"),
                stdin=asyncio.subprocess.PIPE,  # closes when we die, however we die
                stdout=errors,
                stderr=errors,
                env={**os.environ, **worker.environ},
                start_new_session=True,  # Ctrl-C is for us: we stop the workers in order
            )
        if self.is_stopping:  # told while this one was being started, and did not reach it
            _terminate(worker)
        return await worker.process.wait()


def _terminate(worker: Worker) -> None:
    if worker.process and worker.process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            worker.process.terminate()
