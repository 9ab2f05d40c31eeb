"""How each stage stands: what waits, what is in progress, how old, what is done, dropped and dead."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from redis.exceptions import RedisError, ResponseError

from runtime.settings import RuntimeSettings
from schemas import streams


@dataclass(frozen=True, slots=True)
class StageStatus:
    """A stage on one partition as Redis sees it. Counters count since the stream began and survive every process."""

    stage: str
    partition: str = "p0"
    length: int = 0
    waiting: int = 0
    pending: int = 0
    oldest_seconds: float = 0.0
    received: int = 0
    sent: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    died: dict[str, int] = field(default_factory=dict)
    dead_letters: int = 0
    consumers: int = 0
    busiest: int = 0  # length of the fullest partition
    is_away: bool = False  # its master does not answer: the numbers are not known, and zero


def _by_reason(stats: dict[bytes, bytes], what: str) -> dict[str, int]:
    prefix = what + ":"
    found = {name.decode(): int(count) for name, count in stats.items()}
    return {name.removeprefix(prefix): count for name, count in sorted(found.items()) if name.startswith(prefix)}


async def stage_status(redis: Any, settings: RuntimeSettings, stage: str, partition: str = "p0") -> StageStatus:
    """Return how one stage stands on one partition; a stage that never ran is all zeros."""
    key = partial(streams.key, settings.stream_prefix, partition)
    stream = key(streams.READS[stage])
    async with redis.pipeline(transaction=False) as pipe:
        pipe.xlen(stream)
        pipe.xpending(stream, "g:" + stage)
        pipe.xrange(stream, count=1)
        pipe.hgetall(key("stats", stage))
        pipe.xlen(key(streams.DEAD, stage))
        pipe.xinfo_consumers(stream, "g:" + stage)
        pipe.eval("return redis.call('TIME')", 1, stream)  # of the master that gave the entries their ids
        if stage == streams.DECIDE:
            pipe.xlen(key(streams.SETTLING))
        length, pending, oldest, stats, dead, consumers, time, *settling = await pipe.execute(raise_on_error=False)
    length += sum(settling)
    held = 0 if isinstance(pending, ResponseError) else int(pending["pending"])
    age = 0.0
    if oldest and not isinstance(oldest, ResponseError):
        age = max(0.0, int(time[0]) + int(time[1]) / 1e6 - int(oldest[0][0].split(b"-")[0]) / 1000)
    return StageStatus(
        stage=stage,
        partition=partition,
        length=length,
        waiting=max(0, length - held),
        pending=held,
        oldest_seconds=round(age, 3),
        received=int(stats.get(b"in", 0)),
        sent=int(stats.get(b"out", 0)),
        dropped=_by_reason(stats, "dropped"),
        died=_by_reason(stats, "dead"),
        dead_letters=dead,
        consumers=0 if isinstance(consumers, ResponseError) else len(consumers),
        busiest=length,
    )


async def pipeline_status(redis: Any, settings: RuntimeSettings) -> list[StageStatus]:
    """Return how every stage stands on every partition, in pipeline order.

    In this order a message that moves on meanwhile is seen at least once: nothing left anywhere means all is done.
    """
    return [
        await stage_status(redis, settings, stage, tag) for stage in settings.stages for tag in settings.tags_of(stage)
    ]


async def status_without_the_away(redis: Any, settings: RuntimeSettings) -> list[StageStatus]:
    """Return the same while masters are away: their partitions say so, the others how they stand."""
    found: list[StageStatus] = []
    away: set[str] = set()  # asked once: each question may take as long as the client has patience
    for stage in settings.stages:
        for tag in settings.tags_of(stage):
            try:
                if tag in away:
                    raise ConnectionError(tag)
                found.append(await stage_status(redis, settings, stage, tag))
            except (RedisError, OSError):
                away.add(tag)
                found.append(StageStatus(stage, tag, is_away=True))
    return found


def whole(stages: Sequence[StageStatus]) -> list[StageStatus]:
    """Return one status a stage, its partitions added up (and the oldest of their ages)."""
    by_stage = {
        stage: [one for one in stages if one.stage == stage] for stage in dict.fromkeys(s.stage for s in stages)
    }
    return [_sum(stage, parts) for stage, parts in by_stage.items()]


def _sum(stage: str, parts: Sequence[StageStatus]) -> StageStatus:
    dropped: Counter[str] = Counter()
    died: Counter[str] = Counter()
    for part in parts:
        dropped.update(part.dropped)
        died.update(part.died)
    return StageStatus(
        stage=stage,
        partition=parts[0].partition if len(parts) == 1 else "all",
        length=sum(part.length for part in parts),
        waiting=sum(part.waiting for part in parts),
        pending=sum(part.pending for part in parts),
        oldest_seconds=max(part.oldest_seconds for part in parts),
        received=sum(part.received for part in parts),
        sent=sum(part.sent for part in parts),
        dropped=dict(dropped),
        died=dict(died),
        dead_letters=sum(part.dead_letters for part in parts),
        consumers=max(part.consumers for part in parts),
        busiest=max(part.length for part in parts),
        is_away=any(part.is_away for part in parts),
    )
