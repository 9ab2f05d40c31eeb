"""What a channel says of a delivery, what a channel is, and what a subscription has to give it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from services.deliver.channels.guarded import Outgoing
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


@dataclass(frozen=True)
class Kind:
    """A channel before it is opened."""

    target_is: str  # for a person who writes a subscription
    check: Callable[[str, tuple[str, ...]], None]  # target and secrets; raises Misconfigured when they cannot be right
    open: Callable[[Outgoing], Channel]
