"""How each partition stands: where it lies, what it had, what it has before it, and whether its master answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from runtime.cluster import ClusterClient
from runtime.settings import RuntimeSettings
from runtime.stream_status import StageStatus
from schemas import streams


@dataclass(frozen=True, slots=True)
class Placed:
    """A partition: where it lies, how many pages it had, and how many messages each of its stages has before it."""

    tag: str
    slot: int
    master: str  # host:port on a cluster, as far as the client knows; "" on a single server
    pages: int
    outstanding: dict[str, int]
    is_away: bool = False  # its master does not answer: it waits, and the numbers are not known


def placed(stages: Sequence[StageStatus], settings: RuntimeSettings, masters: Sequence[str]) -> list[Placed]:
    """Return each partition with what its stages say; home first."""
    found = []
    for tag, master in zip(settings.tags, masters, strict=True):
        own = [stage for stage in stages if stage.partition == tag]
        pages = sum(stage.received for stage in own if stage.stage == streams.STAGES[0])
        lengths = {stage.stage: stage.length for stage in own}
        is_away = any(stage.is_away for stage in own)
        found.append(Placed(tag, streams.slot(tag), master, pages, lengths, is_away))
    return found


def skew(partitions: Sequence[Placed]) -> float:
    """Return how many times the average the fullest partition had; 1.0 is even, and so is nothing at all."""
    pages = [one.pages for one in partitions]
    return max(pages) * len(pages) / sum(pages) if any(pages) else 1.0


async def masters_of(redis: Any, settings: RuntimeSettings) -> list[str]:
    """Return the master of each partition, home first; "" on a single server, and where nobody is known."""
    if not isinstance(redis, ClusterClient):
        return [""] * settings.partitions
    found = []
    for key in settings.keys(streams.PAGES):
        try:
            found.append(str((await redis.master_of(key)).name))
        except (RedisError, OSError):
            found.append("")
    return found
