"""The number of partitions: one for all processes; another one when nothing is on its way, and pages are remembered.

What must stay true: a change can be ended anywhere and made again. The number in force stands in the home partition;
who was told another one does not start, for it would look for messages where they are not. Alerts, positions,
subscriptions and what the alerter remembers lie in home, which every number has; only the identities of pages must be
told to new owners.
"""

from typing import Any

from redis.exceptions import RedisError

from runtime.errors import Misconfigured, TocsinError
from runtime.settings import RuntimeSettings
from schemas import streams

IDENTITIES_A_STEP = 1000


class NotDrained(TocsinError):
    """Something is still on its way, or buried where nobody would look any more."""


async def require_partitions(redis: Any, settings: RuntimeSettings) -> None:
    """Raise Misconfigured when others work with another number of partitions; the first process settles it."""
    try:
        found = await partitions_in_force(redis, settings)
        if found is None:
            await redis.set(_number(settings), settings.partitions, nx=True)
            found = await partitions_in_force(redis, settings)
    except (RedisError, OSError):  # home is away or full: the others were started with this number as well
        return
    if found not in (None, settings.partitions):
        raise Misconfigured(
            f"TOCSIN_PARTITIONS: expected {found}, the number this installation works with, found"
            f" {settings.partitions}; `tocsin partitions` changes it (docs/scale.md)"
        )


async def partitions_in_force(redis: Any, settings: RuntimeSettings) -> int | None:
    """Return the number of partitions that processes have worked with; None: nobody has yet."""
    found = await redis.get(_number(settings))
    return None if found is None else int(found)


async def repartition(redis: Any, settings: RuntimeSettings, *, old_count: int | None = None) -> int:
    """Prepare `settings.partitions` after the number in force; returns how many identities were told to new owners.

    Producers and workers must have been stopped after the last page came out. Raises NotDrained with what is left, and
    Misconfigured when `old_count` is not the number in force, or is missing where no number is known.
    """
    in_force = await partitions_in_force(redis, settings)
    if old_count is None and in_force is None:
        raise Misconfigured("--from: expected the number of partitions until now, for none is written down")
    if None not in (old_count, in_force) and old_count != in_force:
        raise Misconfigured(f"--from: expected {in_force}, the number this installation works with, found {old_count}")
    told = await _change(redis, settings, streams.partition_tags(old_count or in_force or 1))
    await redis.set(_number(settings), settings.partitions)
    return told


async def _change(redis: Any, settings: RuntimeSettings, old: tuple[str, ...]) -> int:
    new = settings.tags
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


def _number(settings: RuntimeSettings) -> str:
    return streams.key(settings.stream_prefix, streams.HOME, "partitions")


def _seen(settings: RuntimeSettings, tag: str) -> str:
    return streams.key(settings.stream_prefix, tag, "seen", streams.PAGES)


async def _refuse_leftovers(redis: Any, settings: RuntimeSettings, old: tuple[str, ...]) -> None:
    left = []
    settling = await redis.xlen(streams.key(settings.stream_prefix, streams.HOME, streams.SETTLING))
    if settling:
        left.append(f"{settling} candidates are settling: let the workers finish")
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
