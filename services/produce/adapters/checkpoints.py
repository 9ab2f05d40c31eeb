"""Checkpoints in Redis: one hash, one field a source. Lost ones cost a reading, never a page."""

import logging
from collections import Counter
from typing import Any

from pydantic import ValidationError

from schemas import streams
from services.produce.checkpoint import Checkpoint
from services.produce.positions import Positions

_LOADED_AT_ONCE = 50  # a checkpoint is some 10 KB

log = logging.getLogger("tocsin.produce")


class Checkpoints:
    """The positions of all sources, and the counts of what was dropped on the way."""

    def __init__(self, redis: Any, *, prefix: str, partition: str) -> None:
        self._redis = redis
        self._key = streams.key(prefix, partition, "produce", "checkpoints")
        self._stats = streams.key(prefix, partition, "stats", "produce")
        self._dropped: Counter[str] = Counter()

    def dropped(self, reason: str) -> None:
        """Count something that was not taken; written with the next checkpoint."""
        self._dropped[reason] += 1

    async def load(self) -> Positions:
        """Return the checkpoint of every source that has one; one that cannot be read is as good as none."""
        found = Positions()
        async for source_id, raw in self._redis.hscan_iter(self._key, count=_LOADED_AT_ONCE):
            try:
                found[source_id.decode()] = Checkpoint.model_validate_json(raw)
            except ValidationError:
                log.warning("checkpoint was not readable", extra={"source": source_id.decode()})
        return found

    async def save(self, source_id: str, checkpoint: Checkpoint) -> None:
        """Write where a source stands; raises what the client raises when Redis is away."""
        dropped, self._dropped = self._dropped, Counter()
        try:
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.hset(self._key, source_id, checkpoint.model_dump_json(exclude_defaults=True))
                for reason, count in dropped.items():
                    pipe.hincrby(self._stats, "in", count)
                    pipe.hincrby(self._stats, f"dropped:{reason}", count)
                await pipe.execute()
        except BaseException:
            self._dropped += dropped
            raise
