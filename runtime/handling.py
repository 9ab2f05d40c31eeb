"""How one message is handled: what comes in, what may come out, and what an error means."""

import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import Generic, TypeVar

from runtime.errors import NotWanted, TryAgain, Unprocessable

log = logging.getLogger("tocsin.stage")

Result = TypeVar("Result")

UNEXPECTED = "unexpected_error"  # why a message became a dead letter when nobody foresaw what went wrong


@dataclass(frozen=True, slots=True)
class Delivery:
    """An entry of a stream as a worker got it; `deliveries` counts this one too."""

    id: str
    data: bytes
    deliveries: int = 1


@dataclass(frozen=True, slots=True)
class Output:
    """What a stage made of a message: JSON for its stream, or the reason it dropped it on purpose."""

    messages: tuple[bytes, ...] = ()
    dropped: str | None = None


@dataclass(frozen=True, slots=True)
class Done(Generic[Result]):
    """A message that was handled; `result` goes to the hand-off."""

    delivery: Delivery
    result: Result
    seconds: float


@dataclass(frozen=True, slots=True)
class Dropped:
    """A message that is of no use, on purpose."""

    delivery: Delivery
    reason: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Dead:
    """A message that cannot be processed and becomes a dead letter."""

    delivery: Delivery
    reason: str
    detail: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Later:
    """A message that stays pending and is tried again."""

    delivery: Delivery
    seconds: float


Handled = Done[Result] | Dropped | Dead | Later


def handle(
    delivery: Delivery, transform: Callable[[bytes], Result], *, max_deliveries: int
) -> Done[Result] | Dropped | Dead | Later:
    """Return what became of one message; never raises, so that one message cannot fail its batch."""
    started = perf_counter()

    def seconds() -> float:
        return perf_counter() - started

    try:
        return Done(delivery, transform(delivery.data), seconds())
    except NotWanted as error:
        return Dropped(delivery, error.reason, seconds())
    except Unprocessable as error:
        return Dead(delivery, error.reason, str(error), seconds())
    except TryAgain as error:
        log.warning("message will be tried again", extra={"message_id": delivery.id, "error": str(error)})
        return Later(delivery, seconds())
    except Exception as error:
        # Not foreseen, so it may pass: try again, and keep the traceback for a person when it does not.
        if delivery.deliveries >= max_deliveries:
            return Dead(delivery, UNEXPECTED, told(error), seconds())
        log.exception("message failed unexpectedly and will be tried again", extra={"message_id": delivery.id})
        return Later(delivery, seconds())


def told(error: Exception) -> str:
    """Return the end of an error's traceback, for a person: 4000 characters at most."""
    return "".join(traceback.format_exception(error))[-4000:]


def handle_for(
    deliveries: Sequence[Delivery],
    transform: Callable[[bytes], Result],
    *,
    max_deliveries: int,
    budget_seconds: float,
) -> list[Done[Result] | Dropped | Dead | Later]:
    """Handle messages in turn until the budget is spent (at least one), so that early results are not kept waiting."""
    until = monotonic() + budget_seconds
    handled: list[Done[Result] | Dropped | Dead | Later] = []
    for delivery in deliveries:
        handled.append(handle(delivery, transform, max_deliveries=max_deliveries))
        if monotonic() >= until:
            break
    return handled
