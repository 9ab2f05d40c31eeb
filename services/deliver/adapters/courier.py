"""The courier of one subscription: from its own position in the log to its target, until each alert has arrived.

What must stay true: an alert leaves the log's hands and comes into ours in one step (position and held delivery move
together), and leaves ours in one step, when it has arrived or was buried. A crash in between sends it again, under the
same id. A target that fails is tried over days; while too many of its deliveries wait, its alerts wait in the log.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from time import time
from typing import Any

import orjson
from redis.exceptions import RedisError

from runtime.cancelling import end_if_cancelled
from runtime.settings import RuntimeSettings
from services.deliver.adapters import alert_log
from services.deliver.adapters.ring import Ring
from services.deliver.adapters.subscription_state import SubscriptionKeys
from services.deliver.channels import Channel, Outcome
from services.deliver.facts import Entry, to_entry
from services.deliver.metrics import DeliverMetrics
from services.deliver.positions import as_numbers
from services.deliver.retries import wait_seconds
from services.deliver.subscriptions import Subscription

log = logging.getLogger("tocsin.deliver")

BATCH = 16  # deliveries under way at once
MOST_HELD = 1000  # deliveries that wait for another try; then the log waits
LOOK_SECONDS = 5.0  # longest pause between looks when nothing wakes us
TROUBLE_SECONDS = 1.0


@dataclass
class Held:
    """A delivery in our hands: its entry, and how often it failed."""

    entry: Entry
    failures: int


class Courier:
    """Carries alerts to one subscription; run() for ever."""

    def __init__(
        self,
        subscription: Subscription,
        channel: Channel,
        *,
        redis: Any,
        settings: RuntimeSettings,
        ring: Ring,
        metrics: DeliverMetrics,
        clock: Callable[[], float] = time,
        retry_scale: float = 1.0,
    ) -> None:
        """`retry_scale` shortens the waits of the schedule, for tests that cannot wait for days."""
        self.subscription = subscription
        self.channel = channel
        self.redis = redis
        self.settings = settings
        self.ring = ring
        self.metrics = metrics
        self.clock = clock
        self.retry_scale = retry_scale
        self.keys = SubscriptionKeys.of(settings, subscription.id)

    async def run(self) -> None:
        """Carry until cancelled, through troubles with Redis."""
        while True:
            end_if_cancelled()
            try:
                if await self.redis.hget(self.keys.about, "disabled"):
                    await self._pause(LOOK_SECONDS)
                elif not await self.step():
                    await self._pause(await self._idle_seconds())
            except (RedisError, OSError) as error:
                log.debug("the courier cannot reach Redis", extra={"error": type(error).__name__})
                await asyncio.sleep(TROUBLE_SECONDS)

    async def step(self) -> bool:
        """Take what is new, send what is due; returns whether there may be more to do at once."""
        took = await self._take()
        sent = await self._send_due()
        await self._show()
        return took or sent

    async def _take(self) -> bool:
        """Move alerts from the log into our hands, as far as there is room; returns whether there were any."""
        room = MOST_HELD - int(await self.redis.zcard(self.keys.due))
        if room <= 0:
            return False
        position = (await self.redis.hget(self.keys.positions, self.subscription.id) or b"0-0").decode()
        found = await alert_log.entries_after(self.redis, self.settings, position, count=min(room, 200))
        if not found:
            return False
        due_at = self._due_at()
        async with self.redis.pipeline(transaction=True) as pipe:
            for id, data in found:
                entry = to_entry(id, data)
                if entry is not None and self.subscription.wanted.matches(entry.facts):
                    pipe.zadd(self.keys.due, {id: due_at})
                    pipe.hset(self.keys.held, id, orjson.dumps({"failures": 0, "data": entry.data.decode()}))
            pipe.hset(self.keys.positions, self.subscription.id, found[-1][0])
            await pipe.execute()
        return True

    def _due_at(self) -> float:
        """Return when what comes now is to be sent: at once, or at the end of the digest's interval."""
        now, every = self.clock(), self.subscription.every.total_seconds()
        return now if not every else (now // every + 1) * every

    async def _send_due(self) -> bool:
        count = MOST_HELD if self.channel.gathers else BATCH
        ids = await self.redis.zrangebyscore(self.keys.due, "-inf", self.clock(), start=0, num=count)
        if not ids:
            return False
        held = await self._held(ids)
        if not held:
            return True
        if self.channel.gathers:
            outcome = await self._send([one.entry for one in held])
            await self._note([(one, outcome) for one in held])
        else:
            outcomes = await asyncio.gather(*(self._send([one.entry]) for one in held))
            await self._note(list(zip(held, outcomes, strict=True)))
        return True

    async def _held(self, ids: list[bytes]) -> list[Held]:
        """Return deliveries in the order of the log; one whose body somebody deleted is let go, and said to be lost."""
        found = []
        for id, data in zip(ids, await self.redis.hmget(self.keys.held, ids), strict=True):
            kept = orjson.loads(data or b'{"failures": 0, "data": ""}')
            entry = to_entry(id.decode(), kept["data"].encode())
            if entry is None:
                log.error("a delivery has no body", extra={"subscription": self.subscription.id, "entry": id.decode()})
                await self.redis.zrem(self.keys.due, id)
            else:
                found.append(Held(entry, kept["failures"]))
        return sorted(found, key=lambda one: as_numbers(one.entry.id))

    async def _send(self, entries: list[Entry]) -> Outcome:
        try:
            return await self.channel.send(self.subscription, entries)
        except Exception as error:
            # A channel's own fault must not end the courier; it counts as a failed delivery and is seen in the log.
            log.error("a channel failed", extra={"subscription": self.subscription.id, "error": type(error).__name__})
            return Outcome("failed", type(error).__name__)

    async def _note(self, ended: list[tuple[Held, Outcome]]) -> None:
        """Write down how deliveries ended, all in one step."""
        async with self.redis.pipeline(transaction=True) as pipe:
            for held, outcome in ended:
                self._note_one(pipe, held, outcome)
            pipe.hset(self.keys.about, mapping={"last_outcome": ended[-1][1].state, "last_at": str(self.clock())})
            await pipe.execute()

    def _note_one(self, pipe: Any, held: Held, outcome: Outcome) -> None:
        id, failures = held.entry.id, held.failures + 1
        wait = wait_seconds(failures, chance=random.random(), retry_after=outcome.retry_after_seconds)
        if outcome.state == "delivered":
            self._let_go(pipe, id, "delivered")
            return
        pipe.hset(self.keys.about, "last_error", outcome.detail)
        if outcome.state == "gone":
            pipe.hset(self.keys.about, "disabled", outcome.detail)
            self.metrics.delivery(self.subscription.id, "disabled")
            log.error("subscription disabled", extra={"subscription": self.subscription.id, "reason": outcome.detail})
        elif wait is None:
            buried = {"d": held.entry.data, "reason": outcome.detail, "failures": str(failures), "entry": id}
            pipe.xadd(self.keys.dead, buried)
            self._let_go(pipe, id, "given_up")
            log.error(
                "delivery given up",
                extra={"subscription": self.subscription.id, "event": held.entry.facts.event, "reason": outcome.detail},
            )
        else:
            pipe.zadd(self.keys.due, {id: self.clock() + wait * self.retry_scale})
            kept = {"failures": failures, "data": held.entry.data.decode()}
            pipe.hset(self.keys.held, id, orjson.dumps(kept))
            self.metrics.delivery(self.subscription.id, "retried")

    def _let_go(self, pipe: Any, id: str, outcome: str) -> None:
        pipe.zrem(self.keys.due, id)
        pipe.hdel(self.keys.held, id)
        pipe.hincrby(self.keys.about, outcome, 1)
        self.metrics.delivery(self.subscription.id, outcome)

    async def _show(self) -> None:
        due, dead = await self.redis.zcard(self.keys.due), await self.redis.xlen(self.keys.dead)
        oldest = await self.redis.hkeys(self.keys.held) if due else []
        ages = [self.clock() - as_numbers(id.decode())[0] / 1000 for id in oldest]
        self.metrics.stands(self.subscription.id, due=due, dead=dead, behind_seconds=max(ages, default=0.0))

    async def _idle_seconds(self) -> float:
        """Return the time until the next delivery is due, or the longest pause."""
        next_ = await self.redis.zrange(self.keys.due, 0, 0, withscores=True)
        return max(0.0, min(LOOK_SECONDS, next_[0][1] - self.clock())) if next_ else LOOK_SECONDS

    async def _pause(self, seconds: float) -> None:
        """Return when something is new, or after a while."""
        try:
            async with asyncio.timeout(seconds):
                await self.ring.changed()
        except TimeoutError:
            pass
