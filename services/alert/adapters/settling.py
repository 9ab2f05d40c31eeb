"""Brings candidates into the order of events: they wait in `settling`, and move on to `candidates` in that order.

What must stay true: the time is read before the stream is, so that whoever looks, nothing that came in time is missed;
each candidate moves once, whichever of the workers moves it.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from redis.exceptions import RedisError

from runtime.cancelling import end_if_cancelled
from schemas import TaggedArticle, streams
from services.alert.settled import Arrival, rank_of, released

log = logging.getLogger("tocsin.alert")

LOOK_SECONDS = (0.01, 0.1)  # between two looks: a tenth of the settling time, within these
ENTRIES_A_READ = 200


@dataclass
class Settling:
    """Moves what has settled; every worker does, with a mirror of its own."""

    prefix: str
    settle: timedelta
    max_waiting: int
    redis: Any = None
    waiting: dict[str, Arrival] = field(default_factory=dict)
    last: str = "0-0"

    def __post_init__(self) -> None:
        key = partial(streams.key, self.prefix, streams.HOME)
        self.keys = (key(streams.SETTLING), key(streams.CANDIDATES))
        self._source = (Path(__file__).parent / "settle.lua").read_text(encoding="utf-8")

    async def run(self) -> None:
        """Move candidates on, for ever."""
        shortest, longest = LOOK_SECONDS
        every_seconds = min(longest, max(shortest, self.settle.total_seconds() / 10))
        while True:
            end_if_cancelled()
            try:
                await self.move()
            except (RedisError, OSError) as error:  # home is away: all waits
                log.debug("candidates did not move", extra={"error": type(error).__name__})
            await asyncio.sleep(every_seconds)

    async def move(self) -> int:
        """Move what has settled; returns how many were moved by this worker."""
        seconds, micros, length = await self.redis.eval(_LOOK, 1, self.keys[0])
        if not length:
            self.waiting.clear()
            return 0
        await self._catch_up()
        settle_ms = int(self.settle.total_seconds() * 1000)
        now_ms = int(seconds) * 1000 + int(micros) // 1000
        ready = released(self.waiting.values(), now_ms=now_ms, settle_ms=settle_ms)
        if not ready:
            return 0
        script = self.redis.register_script(self._source)
        moved, seen = await script(keys=self.keys, args=[self.max_waiting, *(one.id for one in ready)])
        for one in ready[: int(seen)]:
            del self.waiting[one.id]
        return int(moved)

    async def _catch_up(self) -> None:
        if not self.waiting:  # also after a failover that lost the newest entries: ids may begin again below the last
            self.last = "0-0"
        while True:
            entries = await self.redis.xrange(self.keys[0], min="(" + self.last, count=ENTRIES_A_READ)
            for id, fields in entries:
                self.last = id.decode()
                rank = rank_of(TaggedArticle.from_json(fields[b"d"]).article)
                self.waiting[self.last] = Arrival(rank, self.last, int(self.last.partition("-")[0]))
            if len(entries) < ENTRIES_A_READ:
                return


_LOOK = "local time = redis.call('TIME') return {time[1], time[2], redis.call('XLEN', KEYS[1])}"
