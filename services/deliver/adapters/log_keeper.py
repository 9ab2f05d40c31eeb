"""The keeper of the alert log: trims it by age and size, and never below a subscriber's position; and its copies.

Subscribers that declare themselves are the consumer groups of the stream and our own webhooks, chats and mails; what
they have not read stays, whatever its age. What was removed is noted in the same step, so that a gap can be told.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from redis.exceptions import RedisError

from runtime.cancelling import end_if_cancelled
from runtime.settings import RuntimeSettings
from services.deliver.adapters import alert_log, rule_streams
from services.deliver.adapters.subscription_state import positions_key
from services.deliver.positions import as_numbers, just_before
from services.deliver.settings import DeliverSettings

log = logging.getLogger("tocsin.deliver")

BATCH = 1000  # entries removed in one script; a script holds the server

# Removes the oldest entries up to a limit and notes the last one: all or nothing.
# KEYS: log, note of the last removed id. ARGV: id up to which to remove, entries at most. Returns how many went.
_SCRIPT = """
local found = redis.call('XRANGE', KEYS[1], '-', ARGV[1], 'COUNT', ARGV[2])
if #found == 0 then return 0 end
for _, entry in ipairs(found) do redis.call('XDEL', KEYS[1], entry[1]) end
redis.call('SET', KEYS[2], found[#found][1])
return #found
"""


async def removable_up_to(
    redis: Any, settings: RuntimeSettings, *, now: datetime, deliver: DeliverSettings
) -> str | None:
    """Return the id up to which entries may go now, None when all are to stay."""
    key = alert_log.alerts_key(settings)
    limits = []
    if deliver.keep_for is not None:
        limits.append(just_before(now - deliver.keep_for))
    over = await redis.xlen(key) - deliver.keep_alerts
    if over > 0:
        # The over-th oldest; found in pages, so that no reply is huge.
        oldest = await redis.xrange(key, count=min(over, BATCH))
        limits.append(oldest[-1][0].decode())
    if not limits:
        return None
    end = max(limits, key=as_numbers)
    read = await _read_by_all(redis, settings)
    return min([end, *read], key=as_numbers)


async def _read_by_all(redis: Any, settings: RuntimeSettings) -> list[str]:
    """Return the last id each declared subscriber has dealt with."""
    declared = [value.decode() for value in (await redis.hgetall(positions_key(settings))).values()]
    return declared + await _read_by_groups(redis, alert_log.alerts_key(settings))


async def _read_by_groups(redis: Any, key: str) -> list[str]:
    """Return the last id each consumer group of a stream has dealt with."""
    read = []
    groups = await redis.xinfo_groups(key) if await redis.exists(key) else []
    for group in groups:
        pending = await redis.xpending(key, group["name"])
        if pending["pending"]:
            milliseconds, number = as_numbers(pending["min"].decode())
            # The oldest unfinished entry stays; what stands before it may go.
            read.append(f"{milliseconds}-{number - 1}" if number else f"{milliseconds - 1}-{2**64 - 1}")
        else:
            read.append(group["last-delivered-id"].decode())
    return read


async def trim(redis: Any, settings: RuntimeSettings, up_to: str) -> int:
    """Remove entries up to an id, in small steps; returns how many went."""
    script = redis.register_script(_SCRIPT)
    total = 0
    while count := int(
        await script(keys=[alert_log.alerts_key(settings), alert_log.removed_key(settings)], args=[up_to, BATCH])
    ):
        total += count
        await asyncio.sleep(0)
    return total


async def trim_copies(redis: Any, settings: RuntimeSettings, up_to: str) -> None:
    """Trim the streams of rules as the log is, but never below the position of a group of theirs."""
    for name in await redis.smembers(rule_streams.names_key(settings)):
        key = rule_streams.stream_key(settings, name.decode())
        end = min([up_to, *await _read_by_groups(redis, key)], key=as_numbers)
        milliseconds, number = as_numbers(end)
        await redis.xtrim(key, minid=f"{milliseconds}-{number + 1}", approximate=False)


async def keep(
    redis: Any,
    settings: RuntimeSettings,
    deliver: DeliverSettings,
    *,
    clock: Callable[[], datetime],
    on_removed: Callable[[str], None],
    on_length: Callable[[int], None],
) -> None:
    """Trim the log now and then, for ever, and tell how many entries it holds."""
    while True:
        end_if_cancelled()
        try:
            while (up_to := await removable_up_to(redis, settings, now=clock(), deliver=deliver)) is not None:
                if not (count := await trim(redis, settings, up_to)):
                    break
                on_removed(up_to)
                await trim_copies(redis, settings, up_to)
                log.info("alerts left the log", extra={"alerts": count, "up_to": up_to})
            on_length(await redis.xlen(alert_log.alerts_key(settings)))
        except (RedisError, OSError) as error:
            log.warning("the alert log could not be trimmed; will retry", extra={"error": type(error).__name__})
        await asyncio.sleep(deliver.trim_every.total_seconds())
