"""Stage: read a batch, handle each message, hand the batch on in one atomic step; adopt what dead workers left.

What must stay true: every message that was read ends exactly once, as outputs, as a drop on purpose, or as a dead
letter; whatever happens to this process, an unfinished message is pending and somebody adopts it.
"""

import asyncio
import logging
import os
import socket
import uuid
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import Any, Protocol

from redis.exceptions import RedisError

from runtime.handling import Dead, Delivery, Done, Dropped, Handled, Later, handle_for
from runtime.metrics import StageMetrics
from runtime.scripts import source
from runtime.settings import RuntimeSettings
from schemas import DeadLetter, streams

log = logging.getLogger("tocsin.stage")

CHUNK_SECONDS = (
    0.02  # results are handed on at least this often, so that a large batch does not delay its first message
)
FULL_PAUSE_SECONDS = 0.05  # between looks at a full output stream


class HandOff(Protocol):
    """Deals with the first n of `done` in one atomic step and returns n; less than all when the output is full."""

    async def __call__(self, done: Sequence[tuple[str, Any]]) -> int: ...  # noqa: D102  (the class says it)


@dataclass
class Stage:
    """One worker of one stage: reads `streams.READS[name]`, and hands on what `transform` makes of each message.

    `transform` runs in one thread, one message at a time, so that the event loop stays free to renew leases.
    """

    name: str
    transform: Callable[[bytes], Any]
    settings: RuntimeSettings
    metrics: StageMetrics
    redis: Any = None
    hand_off: HandOff | None = None
    consumer: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}")
    held: set[str] = field(default_factory=set)
    is_stopping: bool = False
    last_sign_of_life: float = field(default_factory=monotonic)

    def __post_init__(self) -> None:
        key = partial(streams.key, self.settings.stream_prefix, self.settings.partition)
        self.reads = key(streams.READS[self.name])
        self.writes = key(streams.WRITES[self.name])
        self.stats = key("stats", self.name)
        self.dead = key(streams.DEAD, self.name)
        self.turn = asyncio.Lock()  # an adopted message is handled alone: it may be the one that kills its worker
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=self.name)

    def attach(self, redis: Any) -> None:
        """Use this client from now on."""
        self.redis = redis
        self._hand_off_script = redis.register_script(source("hand_off"))
        self._bury_script = redis.register_script(source("bury"))

    def seen_alive(self) -> None:
        """Note that the worker's loop went round; /livez fails when it has not for too long."""
        self.last_sign_of_life = monotonic()

    async def work(self, deliveries: Sequence[Delivery]) -> None:
        """Deal with a batch; what is left when the stage stops is released for others."""
        async with self.turn:
            self.held.update(delivery.id for delivery in deliveries)
            self.metrics.received.inc(len(deliveries))
            self.metrics.in_progress.set(len(self.held))
            rest = list(deliveries)
            while rest and not self.is_stopping:
                handled = await asyncio.get_running_loop().run_in_executor(
                    self.thread,
                    partial(
                        handle_for,
                        rest,
                        self.transform,
                        max_deliveries=self.settings.max_deliveries,
                        budget_seconds=CHUNK_SECONDS,
                    ),
                )
                rest = rest[len(handled) :]
                self.seen_alive()
                try:
                    await self._finish(handled)
                except (RedisError, OSError):
                    # The server is away. Whether it got the hand-off or not: what it did not get is adopted later,
                    # and what it got is guarded by XACK, so letting go is right in both cases.
                    self.held.difference_update(delivery.id for delivery in deliveries)
                    raise
            if rest:
                await self.release([delivery.id for delivery in rest])
            self.metrics.in_progress.set(len(self.held))

    async def _finish(self, handled: Sequence[Handled[Any]]) -> None:
        """End each handled message: hand on, drop, bury, or let go for a later try."""
        onward: list[tuple[str, Any]] = []
        for one in handled:
            self.metrics.handling_seconds.observe(one.seconds)
            if isinstance(one, Done):
                onward.append((one.delivery.id, one.result))
            elif isinstance(one, Dropped):
                self.metrics.dropped(one.reason)
                onward.append((one.delivery.id, one))
            elif isinstance(one, Dead):
                await self.bury(one)
            elif isinstance(one, Later):
                self.held.discard(one.delivery.id)  # its lease ends, and after claim_after somebody tries again
        hand_off = self.hand_off or self._hand_on
        while onward:
            done = await hand_off(onward)
            self.held.difference_update(id for id, _ in onward[:done])
            onward = onward[done:]
            if onward:
                if self.is_stopping:
                    await self.release([id for id, _ in onward])
                    return
                self.metrics.waited_for_room.inc()
                self.seen_alive()
                await asyncio.sleep(FULL_PAUSE_SECONDS)
        self.metrics.finished()

    async def _hand_on(self, done: Sequence[tuple[str, Any]]) -> int:
        """Acknowledge inputs, write outputs and delete inputs in one script; returns how many inputs it reached."""
        args: list[Any] = ["g:" + self.name, self.settings.max_waiting]
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
        self.held.discard(dead.delivery.id)
        self.metrics.dead(dead.reason)
        log.error(
            "message became a dead letter",
            extra={"message_id": dead.delivery.id, "reason": dead.reason, "detail": dead.detail[:500]},
        )

    @property
    def group(self) -> str:
        """Name of the stage's consumer group."""
        return "g:" + self.name

    async def release(self, ids: Sequence[str]) -> None:
        """Let go of unfinished messages so that another worker adopts them at once, not after claim_after."""
        self.held.difference_update(ids)
        idle = int(self.settings.claim_after.total_seconds() * 1000) + 1
        await self.redis.xclaim(self.reads, self.group, self.consumer, 0, list(ids), idle=idle, justid=True)

    def while_stopping(self) -> Awaitable[None]:
        """Begin to stop: finish the chunk at hand, release the rest; resolves when that is done."""
        self.is_stopping = True

        async def until_idle() -> None:
            async with self.turn:
                if self.held and self.redis is not None:
                    await self.release(sorted(self.held))

        return until_idle()
