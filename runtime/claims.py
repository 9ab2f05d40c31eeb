"""Adopting what dead workers left, keeping what this one holds, and removing consumers that are gone."""

import asyncio
import logging
import random
from datetime import UTC, datetime
from typing import Any

from redis.exceptions import RedisError, ResponseError

from runtime.cancelling import end_if_cancelled
from runtime.handling import Delivery
from runtime.reading import ensure_group
from runtime.scripts import source
from runtime.stage import LET_GO, Stage

log = logging.getLogger("tocsin.stage")

CONSUMER_GONE_MILLISECONDS = 3_600_000  # an idle consumer without pending messages is forgotten after an hour


class Claims:
    """The background half of a stage: a jittered sweep for abandoned messages, and lease renewal for held ones."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        # A quarter: two renewals may fail before anybody else may adopt a living worker's messages.
        self.every_seconds = stage.settings.claim_after.total_seconds() / 4
        self.cursor = "0-0"  # kept between sweeps: starting over each time never reaches the end of a long list
        self._claim_script = stage.redis.register_script(source("claim"))

    async def renew_leases(self) -> None:
        """Say, for ever, that the held messages are in living hands; the delivery count stays as it is."""
        stage = self.stage
        while True:
            end_if_cancelled()
            await asyncio.sleep(self.every_seconds)
            held = sorted(stage.held)
            if not held:
                continue
            try:
                await stage.redis.xclaim(stage.reads, stage.group, stage.consumer, 0, held, idle=0, justid=True)
            except (RedisError, OSError) as error:
                log.debug("leases were not renewed", extra={"error": type(error).__name__})

    async def sweep(self) -> None:
        """Adopt abandoned messages, for ever, on a jittered timer so that workers do not all look at once."""
        forget_in = random.uniform(0.5, 1.0)
        while True:
            end_if_cancelled()
            await asyncio.sleep(self.every_seconds * random.uniform(0.75, 1.25))
            try:
                await self.stage.release_harmless()
                await self.adopt_abandoned()
                forget_in -= self.every_seconds / 60
                if forget_in < 0:
                    await self.forget_gone_consumers()
                    forget_in = random.uniform(0.5, 1.0)
            except ResponseError as error:
                if "NOGROUP" in str(error):
                    await ensure_group(self.stage.redis, self.stage.reads, self.stage.group)
                else:
                    log.warning("sweep failed", extra={"error": str(error)})
            except LET_GO as error:
                log.debug("sweep failed", extra={"error": type(error).__name__})

    async def adopt_abandoned(self) -> int:
        """Adopt and handle abandoned messages one by one until a full round finds none; returns how many."""
        stage = self.stage
        adopted = 0
        while not stage.is_stopping:
            if await stage.adopt(self._claim_one):
                adopted += 1
                stage.metrics.claimed.inc()
            if self.cursor == "0-0":
                return adopted
        return adopted

    async def _claim_one(self) -> Delivery | None:
        """Return one abandoned message and move the cursor on, or None when this step found none."""
        stage, settings = self.stage, self.stage.settings
        reply: list[Any] = await self._claim_script(
            keys=[stage.reads, stage.stats, stage.dead],
            args=[
                stage.group,
                stage.consumer,
                int(settings.claim_after.total_seconds() * 1000),
                self.cursor,
                settings.max_deliveries,
                stage.name,
                datetime.now(UTC).isoformat(),
            ],
        )
        self.cursor = reply[0].decode()
        if len(reply) == 1:
            return None
        id, deliveries, *pairs = reply[1:]
        fields = dict(zip(pairs[::2], pairs[1::2], strict=True))
        return Delivery(id.decode(), fields.get(b"d", b""), int(deliveries))

    async def forget_gone_consumers(self) -> None:
        """Remove consumers that hold nothing and have been silent for an hour; one with pending messages stays."""
        stage = self.stage
        for consumer in await stage.redis.xinfo_consumers(stage.reads, stage.group):
            if consumer["pending"] == 0 and consumer["idle"] > CONSUMER_GONE_MILLISECONDS:
                await stage.redis.xgroup_delconsumer(stage.reads, stage.group, consumer["name"])
