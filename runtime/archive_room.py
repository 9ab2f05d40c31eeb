"""Shortens the archive when a server comes near its limit; at the limit pages would be refused for ever."""

import contextlib
import logging
from typing import Any

from redis.asyncio.cluster import ClusterNode
from redis.exceptions import RedisError

from runtime.cancelling import end_if_cancelled
from runtime.cluster import ClusterClient
from runtime.settings import RuntimeSettings
from schemas import streams

log = logging.getLogger("tocsin.monitor")

# Above this share of the server's limit the archive makes room: it is for backtests, and pages are for alerts. It is
# below the share at which TocsinRedisMemoryHigh fires, so that an archive alone never wakes anybody.
ARCHIVE_GIVES_WAY_ABOVE = 0.7
ARCHIVE_KEEPS = 0.8  # of its entries, each time; the monitor looks again soon


async def make_room(redis: Any, settings: RuntimeSettings) -> int:
    """Return how many articles were taken out of the archive: none while memory is well below its limit.

    Every master of a cluster has memory and a limit of its own, and only the archives on it can make room there; one
    that is away keeps no other from it.
    """
    archives = settings.keys(streams.ARCHIVE)
    if not isinstance(redis, ClusterClient):
        return await _make_room_on(redis, archives)
    removed = 0
    for node, own in (await _by_master(redis, archives)).values():
        try:
            removed += await _make_room_on(redis, own, target_nodes=node)
        except (RedisError, OSError) as error:
            end_if_cancelled()
            log.debug("no look at a master's memory", extra={"master": node.name, "error": type(error).__name__})
    return removed


async def _by_master(redis: ClusterClient, keys: list[str]) -> dict[str, tuple[ClusterNode, list[str]]]:
    """Return the masters with the keys that lie on them; keys whose master is not known wait for the next look."""
    found: dict[str, tuple[ClusterNode, list[str]]] = {}
    for key in keys:
        with contextlib.suppress(RedisError, OSError):
            node = await redis.master_of(key)
            found.setdefault(node.name, (node, []))[1].append(key)
    return found


async def _make_room_on(redis: Any, archives: list[str], **at: ClusterNode) -> int:
    """Shorten the archives of one server if it is near its limit; return by how many articles."""
    memory = await redis.info("memory", **at)
    limit = memory.get("maxmemory", 0)
    if not limit or memory["used_memory"] <= limit * ARCHIVE_GIVES_WAY_ABOVE:
        return 0
    removed = 0
    for stream in archives:
        length = await redis.xlen(stream)
        trimmed = await redis.xtrim(stream, maxlen=int(length * ARCHIVE_KEEPS), approximate=True)
        if trimmed:
            removed += trimmed
            log.info("archive made room", extra={"stream": stream, "entries": trimmed, "left": length - trimmed})
    return removed
