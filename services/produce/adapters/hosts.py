"""Politeness: each host gets so many requests at a time, so far apart, and none while it asked to be left alone."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from services.produce.fetch_errors import TooManyRequests

MAX_CRAWL_DELAY_SECONDS: Final = 30.0  # some robots.txt ask for days; a page an hour late is worth nothing
# Longer waits give the slot back: the fetch fails, and its source comes back when the pause is over.
PATIENCE_SECONDS: Final = 60.0
MAX_HOSTS: Final = 20_000


@dataclass
class _Gate:
    open_requests: asyncio.Semaphore
    delay_seconds: float
    last_at: float = 0.0  # start of the last request, of the event loop's clock
    paused_until: float = 0.0
    users: int = field(default=0)


class Hosts:
    """The gates of all hosts of this process."""

    def __init__(self, *, delay: timedelta, concurrency: int) -> None:
        self._delay_seconds = delay.total_seconds()
        self._concurrency = concurrency
        self._gates: OrderedDict[str, _Gate] = OrderedDict()

    @contextlib.asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for the host's turn and hold it; raises TooManyRequests when that would take too long."""
        gate = self._gate(host)
        gate.users += 1
        try:
            self._check_pause(gate, host)
            async with gate.open_requests:
                await self._wait(gate, host)
                yield
        finally:
            gate.users -= 1

    def slow_down(self, host: str, crawl_delay_seconds: float) -> None:
        """Keep the host's own crawl delay when it is longer than ours."""
        gate = self._gate(host)
        gate.delay_seconds = max(self._delay_seconds, min(crawl_delay_seconds, MAX_CRAWL_DELAY_SECONDS))

    def pause(self, host: str, wait: timedelta) -> None:
        """Leave the host alone for a while, as it asked."""
        gate = self._gate(host)
        until = asyncio.get_running_loop().time() + wait.total_seconds()
        gate.paused_until = max(gate.paused_until, until)

    async def _wait(self, gate: _Gate, host: str) -> None:
        clock = asyncio.get_running_loop().time
        start_at = max(clock(), gate.last_at + gate.delay_seconds)
        gate.last_at = start_at
        # Looked at again after each sleep: another request of the host may have been told to pause meanwhile.
        while (wait := max(start_at, gate.paused_until) - clock()) > 0:
            self._check_pause(gate, host)
            await asyncio.sleep(wait)

    def _check_pause(self, gate: _Gate, host: str) -> None:
        left = gate.paused_until - asyncio.get_running_loop().time()
        if left > PATIENCE_SECONDS:
            raise TooManyRequests(f"{host} asked for a pause", retry_after=timedelta(seconds=left))

    def _gate(self, host: str) -> _Gate:
        gate = self._gates.get(host)
        if gate is None:
            gate = self._gates[host] = _Gate(asyncio.Semaphore(self._concurrency), self._delay_seconds)
            self._forget()
        self._gates.move_to_end(host)
        return gate

    def _forget(self) -> None:
        now = asyncio.get_running_loop().time()
        while len(self._gates) > MAX_HOSTS:
            oldest = next(
                (
                    h
                    for h, g in self._gates.items()
                    if not g.users and max(g.last_at + g.delay_seconds, g.paused_until) < now
                ),
                None,
            )
            if oldest is None:
                return
            del self._gates[oldest]
