"""How each stage stands: what waits, what is in progress, how old, what is done, dropped and dead."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from redis.exceptions import ResponseError

from runtime.settings import RuntimeSettings
from schemas import streams


@dataclass(frozen=True, slots=True)
class StageStatus:
    """A stage as Redis sees it. Counters count since the stream began and survive every process."""

    stage: str
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


def _by_reason(stats: dict[bytes, bytes], what: str) -> dict[str, int]:
    prefix = what + ":"
    found = {name.decode(): int(count) for name, count in stats.items()}
    return {name.removeprefix(prefix): count for name, count in sorted(found.items()) if name.startswith(prefix)}


async def stage_status(redis: Any, settings: RuntimeSettings, stage: str) -> StageStatus:
    """Return how one stage stands; a stage that never ran is all zeros."""
    key = partial(streams.key, settings.stream_prefix, settings.partition)
    stream = key(streams.READS[stage])
    async with redis.pipeline(transaction=False) as pipe:
        pipe.xlen(stream)
        pipe.xpending(stream, "g:" + stage)
        pipe.xrange(stream, count=1)
        pipe.hgetall(key("stats", stage))
        pipe.xlen(key(streams.DEAD, stage))
        pipe.xinfo_consumers(stream, "g:" + stage)
        pipe.time()
        length, pending, oldest, stats, dead, consumers, (seconds, micros) = await pipe.execute(raise_on_error=False)
    held = 0 if isinstance(pending, ResponseError) else int(pending["pending"])
    age = 0.0
    if oldest and not isinstance(oldest, ResponseError):
        age = max(0.0, seconds + micros / 1e6 - int(oldest[0][0].split(b"-")[0]) / 1000)
    return StageStatus(
        stage=stage,
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
    )


async def pipeline_status(redis: Any, settings: RuntimeSettings) -> list[StageStatus]:
    """Return how every stage that reads a stream stands, in pipeline order."""
    return [await stage_status(redis, settings, stage) for stage in streams.STAGES]
