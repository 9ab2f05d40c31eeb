"""Another number of partitions: pages remember what they had, and nothing may be on its way meanwhile.

What must stay true: it can be ended anywhere and run again. Alerts, positions, subscriptions and what the alerter
remembers lie in the home partition, which every number has; only the identities of pages must be told to new owners.
"""

from typing import Any

from runtime.errors import TocsinError
from runtime.settings import RuntimeSettings
from schemas import streams

IDENTITIES_A_STEP = 1000


class NotDrained(TocsinError):
    """Something is still on its way, or buried where nobody would look any more."""


async def repartition(redis: Any, settings: RuntimeSettings, *, old_count: int) -> int:
    """Prepare `settings.partitions` after `old_count`; returns how many identities were told to new owners.

    Producers and workers must have been stopped after the last page came out. Raises NotDrained with what is left.
    """
    old, new = streams.partition_tags(old_count), settings.tags
    await _refuse_leftovers(redis, settings, old)
    told = 0
    for giver in old:
        for taker in new:
            if taker != giver:
                told += await _tell(redis, _seen(settings, giver), _seen(settings, taker))
    for tag in set(old) - set(new):
        for stage in (*streams.STAGES, streams.DECIDE):
            await redis.delete(streams.key(settings.stream_prefix, tag, streams.READS[stage]))
        await redis.delete(_seen(settings, tag))
    return told


def _seen(settings: RuntimeSettings, tag: str) -> str:
    return streams.key(settings.stream_prefix, tag, "seen", streams.PAGES)


async def _refuse_leftovers(redis: Any, settings: RuntimeSettings, old: tuple[str, ...]) -> None:
    left = []
    for stage in (*streams.STAGES, streams.DECIDE):
        for tag in old:
            waiting = await redis.xlen(streams.key(settings.stream_prefix, tag, streams.READS[stage]))
            dead = await redis.xlen(streams.key(settings.stream_prefix, tag, streams.DEAD, stage))
            if waiting:
                left.append(f"{stage} has {waiting} messages before it in partition {tag}: let the workers finish")
            if dead and tag not in settings.tags:
                left.append(f"{stage} has {dead} dead letters in partition {tag}: retry or drop them")
    if left:
        raise NotDrained("not drained:\n" + "\n".join(left))


async def _tell(redis: Any, giver: str, taker: str) -> int:
    """Copy identities, with the time until which they are remembered; what the taker knows already stays."""
    cursor, told = 0, 0
    while True:
        cursor, found = await redis.zscan(giver, cursor, count=IDENTITIES_A_STEP)
        if found:
            told += await redis.zadd(taker, dict(found), nx=True)
        if not cursor:
            return told
