"""Stage: read a batch, handle each message, hand the batch on in one atomic step; adopt what dead workers left.

What must stay true: every message that was read ends exactly once, as outputs, as a drop on purpose, or as a dead
letter; whatever happens to this process, an unfinished message is pending and somebody adopts it.
"""

import asyncio
import logging
import math
import os
import socket
import uuid
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import Any, Protocol

from redis.exceptions import RedisError

from runtime.errors import TryAgain
from runtime.handling import UNEXPECTED, Dead, Delivery, Done, Dropped, Handled, Later, handle_for, told
from runtime.metrics import StageMetrics
from runtime.scripts import source
from runtime.settings import RuntimeSettings
from schemas import DeadLetter, streams

log = logging.getLogger("tocsin.stage")

CHUNK_SECONDS = (
    0.02  # results are handed on at least this often, so that a large batch does not delay its first message
)
FULL_PAUSE_SECONDS = 0.05  # between looks at a full output stream
LET_GO = (RedisError, OSError, TryAgain)  # what a batch may fail with: its messages are let go, and adopted later


class HandOff(Protocol):
    """Deals with the first n of `done` in one atomic step and returns n; less than all when the output is full."""

    async def __call__(self, done: Sequence[tuple[str, Any]]) -> int: ...  # noqa: D102  (the class says it)


@dataclass
class Hands:
    """What all partitions of one worker share: one thread that works, and whose turn it is.

    One thread, so that the event loop stays free to renew leases. One turn, so that an adopted message is handled
    alone: it may be the one that kills its worker.
    """

    name: str
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=self.name)


@dataclass
class Stage:
    """One worker of one stage on one partition: reads `streams.READS[name]`, hands on what `transform` makes of it."""

    name: str
    transform: Callable[[bytes], Any]
    settings: RuntimeSettings
    metrics: StageMetrics
    partition: str = "p0"
    hands: Hands | None = None
    redis: Any = None
    hand_off: HandOff | None = None
    consumer: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}")
    held: set[str] = field(default_factory=set)
    harmless: set[str] = field(default_factory=set)  # let go after they were handled: whoever dies, it was not by them
    is_stopping: bool = False
    last_sign_of_life: float = field(default_factory=monotonic)

    def __post_init__(self) -> None:
        key = partial(streams.key, self.settings.stream_prefix, self.partition)
        self.group = "g:" + self.name
        self.reads = key(streams.READS[self.name])
        self.writes = key(streams.WRITES[self.name])
        self.stats = key("stats", self.name)
        self.dead = key(streams.DEAD, self.name)
        self.at_work = self.hands or Hands(self.name)
        self._batches = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def attach(self, redis: Any) -> None:
        """Use this client from now on."""
        self.redis = redis
        self._hand_off_script = redis.register_script(source("hand_off"))
        self._bury_script = redis.register_script(source("bury"))
        self._release_script = redis.register_script(source("release"))

    def seen_alive(self) -> None:
        """Note that the worker's loop went round; /livez fails when it has not for too long."""
        self.last_sign_of_life = monotonic()

    async def work(self, deliveries: Sequence[Delivery]) -> None:
        """Deal with a batch; what is left when the stage stops is released for others."""
        self._take(deliveries)
        rest = list(deliveries)
        try:
            while rest and not self.is_stopping:
                async with self.at_work.turn:
                    handled = await self._handle(rest)
                rest = rest[len(handled) :]
                await self._finish(handled)
            await self.release([delivery.id for delivery in rest])
        except LET_GO:
            # The server is away. Whether it got the hand-off or not: what it did not get is adopted later, and what
            # it got is guarded by XACK, so letting go is right in both cases.
            self._let_go_harmless(deliveries)
            raise
        finally:
            self._end_batch()

    async def adopt(self, claim: Callable[[], Awaitable[Delivery | None]]) -> bool:
        """Claim one abandoned message and handle it alone; False when there was none."""
        async with self.at_work.turn:
            delivery = await claim()
            if delivery is None:
                return False
            self._take([delivery])
            handled = await self._handle([delivery])
        try:
            await self._finish(handled, patience_seconds=self.settings.claim_after.total_seconds() / 4)
        except LET_GO:
            self._let_go_harmless([delivery])
            raise
        finally:
            self._end_batch()
        return True

    def _take(self, deliveries: Sequence[Delivery]) -> None:
        self._batches += 1
        self._idle.clear()
        ids = {delivery.id for delivery in deliveries}
        self.held |= ids
        self.harmless -= ids  # in hand again: what was let go before must not be let go now
        self.metrics.received.inc(len(deliveries))
        self.metrics.in_progress.inc(len(deliveries))

    def _let_go(self, ids: Iterable[str]) -> None:
        before = len(self.held)
        self.held.difference_update(ids)
        self.metrics.in_progress.dec(before - len(self.held))

    def _let_go_harmless(self, deliveries: Sequence[Delivery]) -> None:
        """Let go of what is still held; it was not handled yet, or handled without killing anybody."""
        ids = {delivery.id for delivery in deliveries} & self.held
        self.harmless |= ids
        self._let_go(ids)

    def _end_batch(self) -> None:
        self._batches -= 1
        if not self._batches:
            self._idle.set()

    async def _handle(self, deliveries: Sequence[Delivery]) -> list[Handled[Any]]:
        work = partial(
            handle_for,
            deliveries,
            self.transform,
            max_deliveries=self.settings.max_deliveries,
            budget_seconds=CHUNK_SECONDS,
        )
        handled = await asyncio.get_running_loop().run_in_executor(self.at_work.thread, work)
        self.seen_alive()
        return handled

    async def _finish(self, handled: Sequence[Handled[Any]], *, patience_seconds: float = math.inf) -> None:
        """End each handled message: hand on, drop, bury, or let go for a later try."""
        onward: list[Done[Any] | Dropped] = []
        for one in handled:
            self.metrics.handling_seconds.observe(one.seconds)
            if isinstance(one, Done):
                onward.append(one)
            elif isinstance(one, Dropped):
                self.metrics.dropped(one.reason)
                onward.append(one)
            elif isinstance(one, Dead):
                await self.bury(one)
            elif isinstance(one, Later):
                self._let_go([one.delivery.id])  # its lease ends, and after claim_after somebody tries again
        await self._hand_on_all(onward, monotonic() + patience_seconds)
        self.metrics.finished()

    async def _hand_on_all(self, onward: Sequence[Done[Any] | Dropped], until: float) -> None:
        """Hand on, waiting while the output is full; when the stage stops or time is up, the rest is released."""
        hand_off, is_waiting = self.hand_off or self._hand_on, False
        while onward:
            try:
                done = await hand_off([(o.delivery.id, o.result if isinstance(o, Done) else o) for o in onward])
            except LET_GO:
                raise
            except Exception as error:
                await self._hand_on_each(onward, until, error)
                return
            self._let_go(o.delivery.id for o in onward[:done])
            onward = onward[done:]
            ids = [o.delivery.id for o in onward]
            if onward and (self.is_stopping or monotonic() > until):
                await self.release(ids)
                return
            if onward:
                if not is_waiting:  # a long wait begins, and who dies in it does not die of these messages
                    await self._give_back(ids, idle_milliseconds=0)
                is_waiting = True
                self.metrics.waited_for_room.inc()
                self.seen_alive()
                await asyncio.sleep(FULL_PAUSE_SECONDS)

    async def _hand_on_each(self, onward: Sequence[Done[Any] | Dropped], until: float, error: Exception) -> None:
        """Hand on one by one what failed together by surprise; what fails alone is tried again, and at last buried."""
        if len(onward) > 1:
            for one in onward:
                await self._hand_on_all([one], until)
            return
        delivery = onward[0].delivery
        if delivery.deliveries >= self.settings.max_deliveries:
            await self.bury(Dead(delivery, UNEXPECTED, told(error), onward[0].seconds))
            return
        log.error(
            "message was not handed on and will be tried again", exc_info=error, extra={"message_id": delivery.id}
        )
        self._let_go([delivery.id])

    async def _hand_on(self, done: Sequence[tuple[str, Any]]) -> int:
        """Acknowledge inputs, write outputs and delete inputs in one script; returns how many inputs it reached."""
        args: list[Any] = [self.group, self.settings.max_waiting]
        for id, result in done:
            dropped = result.reason if isinstance(result, Dropped) else (result.dropped or "")
            messages = () if isinstance(result, Dropped) else result.messages
            args += [id, dropped, len(messages)]
            for message in messages:
                args += [1, message]
        count, _ = await self._hand_off_script(keys=[self.reads, self.stats, self.writes], args=args)
        self.metrics.sent.inc(sum(len(r.messages) for _, r in done[:count] if not isinstance(r, Dropped)))
        return int(count)

    async def bury(self, dead: Dead) -> None:
        """Move a message to the dead letters, with its reason and everything needed to try it again."""
        letter = DeadLetter(
            stage=self.name,
            message_id=dead.delivery.id,
            reason=dead.reason,
            detail=dead.detail,
            deliveries=dead.delivery.deliveries,
            died_at=datetime.now(UTC),
            payload=dead.delivery.data.decode("utf-8", errors="replace"),
        )
        await self._bury_script(
            keys=[self.reads, self.stats, self.dead],
            args=[self.group, dead.delivery.id, dead.reason, letter.to_json()],
        )
        self._let_go([dead.delivery.id])
        self.metrics.dead(dead.reason)
        log.error(
            "message became a dead letter",
            extra={"message_id": dead.delivery.id, "reason": dead.reason, "detail": dead.detail[:500]},
        )

    async def release(self, ids: Iterable[str]) -> None:
        """Let go of unfinished messages so that another worker adopts them at once, not after claim_after."""
        ids = list(ids)
        if ids:
            self._let_go(ids)
            await self._give_back(ids, idle_milliseconds=int(self.settings.claim_after.total_seconds() * 1000) + 1)

    async def release_harmless(self) -> None:
        """Release what was let go when the server was away, and count no delivery for it."""
        ids = list(self.harmless)
        await self.release(ids)
        self.harmless.difference_update(ids)

    async def _give_back(self, ids: Sequence[str], *, idle_milliseconds: int) -> None:
        """Start the deliveries of messages anew: they killed nobody. What another worker has adopted stays his."""
        await self._release_script(keys=[self.reads], args=[self.group, self.consumer, idle_milliseconds, *ids])

    async def stop(self) -> None:
        """Finish the chunk at hand, release the rest; returns when that is done."""
        self.is_stopping = True
        await self._idle.wait()
