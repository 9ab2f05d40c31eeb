"""`/v1/subscriptions`: how webhooks, chats and mails stand; dead deliveries put back; disabled ones enabled."""

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from services.deliver.adapters.http.answers import answer
from services.deliver.adapters.http.serving import Serving
from services.deliver.adapters.served import Served
from services.deliver.adapters.subscription_state import enable, replay, standing
from services.deliver.problems import Problem

router = APIRouter(prefix="/v1/subscriptions", tags=["subscriptions"])


class SubscriptionStanding(BaseModel):
    """How a subscription stands. Its target is never shown."""

    id: str
    channel: str
    position: str | None  # last id of the log it has dealt with
    due: int  # deliveries that wait for a try
    dead: int  # deliveries given up
    delivered: int
    given_up: int
    disabled: str | None  # why, when it is
    last_error: str | None


class SubscriptionList(BaseModel):
    """All subscriptions."""

    subscriptions: list[SubscriptionStanding]


class Replayed(BaseModel):
    """How many deliveries are due again."""

    replayed: int


class Enabled(BaseModel):
    """Whether the subscription was disabled before."""

    was_disabled: bool


def _known(served: Served, id: str) -> None:
    if all(one.id != id for one in served.subscriptions):
        raise Problem(404, "no-such-subscription", f"no subscription is called '{id[:60]}'")


@router.get("", response_model=SubscriptionList, summary="See how webhooks, chats and mails stand")
async def list_(request: Request, served: Serving) -> Response:
    found = [await standing(served.redis, served.settings, one) for one in served.subscriptions]
    return answer(request, {"subscriptions": found})


@router.post("/{id}/replay", response_model=Replayed, summary="Try dead deliveries again")
async def replay_(request: Request, served: Serving, id: str) -> Response:
    _known(served, id)
    count = await replay(served.redis, served.settings, id)
    served.ring.wake()
    return answer(request, {"replayed": count})


@router.post("/{id}/enable", response_model=Enabled, summary="Deliver to a disabled subscription again")
async def enable_(request: Request, served: Serving, id: str) -> Response:
    _known(served, id)
    was_disabled = await enable(served.redis, served.settings, id)
    served.ring.wake()
    return answer(request, {"was_disabled": was_disabled})
