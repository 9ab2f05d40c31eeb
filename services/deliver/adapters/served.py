"""Everything a request may need, in one place: the client of Redis, the ring, the index, the settings."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry

from runtime.ingest import Ingest
from runtime.settings import RuntimeSettings
from services.deliver.access import Tokens
from services.deliver.adapters.desk_process import DeskProcess
from services.deliver.adapters.event_stream import Streams
from services.deliver.adapters.ring import Ring, Tailer
from services.deliver.adapters.rule_store import RuleStore
from services.deliver.alert_index import AlertIndex
from services.deliver.channels.guarded import Outgoing
from services.deliver.metrics import DeliverMetrics
from services.deliver.settings import DeliverSettings
from services.deliver.subscriptions import Subscription

T = TypeVar("T")


def now_utc() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


@dataclass
class Served:
    """The parts of a running deliver."""

    settings: RuntimeSettings
    deliver: DeliverSettings
    redis: Any
    tokens: Tokens
    ring: Ring
    index: AlertIndex
    tailer: Tailer
    streams: Streams
    metrics: DeliverMetrics
    registry: CollectorRegistry
    desk: DeskProcess
    rules: RuleStore
    outgoing: Outgoing  # to webhooks, and to pages that are to be explained
    ways_in: dict[str, Ingest]  # the ingest edge of each partition by its tag
    indexed: asyncio.Event = field(default_factory=asyncio.Event)  # set once the index is filled
    subscriptions: tuple[Subscription, ...] = ()
    retry_scale: float = 1.0  # shortens the waits between tries, for tests
    clock: Callable[[], datetime] = now_utc
    started_at: datetime = field(default_factory=now_utc)

    async def of_index(self, tell: Callable[[AlertIndex], T]) -> T:
        """Return what a walk through the index finds, in a thread: alerts that ring meanwhile are not kept waiting."""
        return await asyncio.to_thread(tell, self.index.as_it_is())
