"""Shortens the archive when the server comes near its limit; at the limit pages would be refused for ever."""

import logging
from typing import Any

from runtime.settings import RuntimeSettings
from schemas import streams

log = logging.getLogger("tocsin.monitor")

# Above this share of the server's limit the archive makes room: it is for backtests, and pages are for alerts. It is
# below the share at which TocsinRedisMemoryHigh fires, so that an archive alone never wakes anybody.
ARCHIVE_GIVES_WAY_ABOVE = 0.7
ARCHIVE_KEEPS = 0.8  # of its entries, each time; the monitor looks again soon


async def make_room(redis: Any, settings: RuntimeSettings) -> int:
    """Return how many articles were taken out of the archive: none while memory is well below its limit."""
    if settings.redis_cluster:  # every master has a limit of its own; their operator watches them
        return 0
    memory = await redis.info("memory")
    if memory["used_memory"] <= memory.get("maxmemory", 0) * ARCHIVE_GIVES_WAY_ABOVE or not memory.get("maxmemory"):
        return 0
    removed = 0
    for stream in settings.keys(streams.ARCHIVE):
        length = await redis.xlen(stream)
        trimmed = await redis.xtrim(stream, maxlen=int(length * ARCHIVE_KEEPS), approximate=True)
        if trimmed:
            removed += trimmed
            log.info("archive made room", extra={"entries": trimmed, "left": length - trimmed})
    return removed
