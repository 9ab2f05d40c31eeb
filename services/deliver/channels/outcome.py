"""What a channel says of a delivery, and what a channel is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from services.deliver.facts import Entry
from services.deliver.subscriptions import Subscription


@dataclass(frozen=True)
class Outcome:
    """How a delivery ended; `detail` is for the operator and carries neither URLs nor secrets."""

    state: Literal["delivered", "failed", "gone"]
    detail: str = ""
    retry_after_seconds: float | None = None


@dataclass(frozen=True)
class Channel:
    """A way to tell people or programs: sends one message for one entry, or one for all when it `gathers`."""

    send: Callable[[Subscription, list[Entry]], Awaitable[Outcome]]
    gathers: bool
