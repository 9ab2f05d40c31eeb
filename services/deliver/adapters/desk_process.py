"""The way to the desk's process: started with the first question, ended when nobody asks or it takes too long."""

import asyncio
import contextlib
import logging
import sys
from typing import Any

import orjson

from runtime.redis_client import redis_url
from runtime.settings import RuntimeSettings
from services.deliver.problems import Mistake, Problem

log = logging.getLogger("tocsin.deliver")

START_SECONDS = 120.0  # a few on a free machine; one that is busy would otherwise end it again and again, half started
ANSWER_SECONDS = 30.0
BACKTEST_SECONDS = 120.0
IDLE_SECONDS = 900.0  # then its memory is given back; it takes seconds to come again
LONGEST_LINE = 32 * 1024 * 1024
MOST_WAITING = 16  # questions in the queue; more are refused, not gathered


class DeskProcess:
    """Asks one question at a time."""

    def __init__(self, settings: RuntimeSettings, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self.settings = settings
        self._answer_seconds = answer_seconds
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._idle: asyncio.TimerHandle | None = None

    async def ask(self, do: str, **given: Any) -> Any:
        """Return the answer; raises Problem when the question is wrong, the desk is overrun, or it took too long."""
        if self._waiting >= MOST_WAITING:
            raise Problem(503, "desk-busy", "too many questions wait for the desk", headers={"retry-after": "5"})
        self._waiting += 1
        try:
            async with self._turn:
                found = await self._ask(do, given)
        finally:
            self._waiting -= 1
        return _unwrapped(found, do)

    async def _ask(self, do: str, given: dict[str, Any]) -> dict[str, Any]:
        process = await self._started()
        found: dict[str, Any] = orjson.loads(
            await self._line(process, do, given, BACKTEST_SECONDS if do == "backtest" else self._answer_seconds)
        )
        return found

    async def _line(self, process: asyncio.subprocess.Process, do: str, given: dict[str, Any], seconds: float) -> bytes:
        """Return the line that answers a question; a process that does not give one in time is ended."""
        assert process.stdin is not None and process.stdout is not None
        try:
            async with asyncio.timeout(seconds):
                process.stdin.write(orjson.dumps({"do": do, "given": given}) + b"\n")
                await process.stdin.drain()
                line = await process.stdout.readline()
        except TimeoutError:
            await self.stop()
            raise Problem(503, "desk-slow", "the desk took too long and was ended; ask for less") from None
        except (ConnectionError, ValueError):
            line = b""
        except asyncio.CancelledError:
            # Its answer would be taken for that of the next question.
            await self.stop()
            raise
        if not line:
            await self.stop()
            raise Problem(503, "desk-gone", "the desk ended; see the log of deliver")
        return line

    async def _started(self) -> asyncio.subprocess.Process:
        if self._idle is not None:
            self._idle.cancel()
        loop = asyncio.get_running_loop()
        self._idle = loop.call_later(IDLE_SECONDS, self._end_if_idle)
        if self._process is not None and self._process.returncode is None:
            return self._process
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.deliver.adapters.desk_worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
        )
        assert self._process.stdin is not None
        watch_dir = self.settings.watch_dir
        about = {
            "redis_url": redis_url(self.settings),
            "stream_prefix": self.settings.stream_prefix,
            "partitions": self.settings.partitions,
            "watch_dir": str(watch_dir) if watch_dir else None,
        }
        self._process.stdin.write(orjson.dumps(about) + b"\n")
        process = self._process
        await self._line(process, "open", {}, START_SECONDS)  # what is wrong with its files is told by every answer
        return process

    def _end_if_idle(self) -> None:
        if not self._turn.locked() and self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    async def stop(self) -> None:
        """End the process."""
        if self._idle is not None:
            self._idle.cancel()
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _unwrapped(found: dict[str, Any], do: str) -> Any:
    if "ok" in found:
        return found["ok"]
    if "problems" in found:
        mistakes = tuple(
            Mistake(f"line {one['line']}, column {one['column']}", one["message"]) for one in found["problems"]
        )
        raise Problem(422, "bad-rules", "the rules have mistakes", mistakes=mistakes)
    if "refused" in found:
        raise Problem(422, found["refused"].replace("_", "-"), found["detail"])
    log.error("the desk failed", extra={"question": do, "error": found.get("failed")})
    raise Problem(500, "desk-failed", "an error of ours; it has been logged")
