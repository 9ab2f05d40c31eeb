"""What every kind of source does: read what is new, hand each page over, and say how far it got."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas import FoundDate, Page
from services.produce.checkpoint import Checkpoint
from services.produce.fetched import Fetch
from services.produce.settings import ProduceSettings
from services.produce.source_registry import SourceSpec


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reading of a source brought."""

    checkpoint: Checkpoint
    new_pages: int = 0  # that were not in before
    published: tuple[FoundDate | None, ...] = ()  # of everything the source shows: its rhythm
    least_interval: timedelta | None = None  # that the source asks for
    has_more: bool = False  # there is more to read right away


@dataclass(frozen=True, slots=True)
class World:
    """What a source may do to the world.

    `push` waits while the stream is full and returns, for each (page, identity), whether it is new; what it has
    returned is safe. `save` is called only after that. `dropped` counts what was not taken, by reason.
    """

    settings: ProduceSettings
    fetch: Fetch
    push: Callable[[Sequence[tuple[Page, str]]], Awaitable[list[bool]]]
    save: Callable[[SourceSpec, Checkpoint], Awaitable[None]]
    dropped: Callable[[str], None]
    now: Callable[[], datetime]


Read = Callable[[SourceSpec, Checkpoint, World], Awaitable[Reading]]
