"""`/v1/alerts`: list, search, get, and the event stream."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from schemas import CloudEvent
from services.deliver.adapters.alert_pages import AlertPage, entries_of, list_alerts, revisions_of
from services.deliver.adapters.event_stream import EventStream, Reader
from services.deliver.adapters.http.answers import answer
from services.deliver.adapters.http.serving import Serving
from services.deliver.alert_filter import build_filter
from services.deliver.positions import NEW, WrongPosition, parse_start, parse_time, to_sequence, to_stream_id
from services.deliver.problems import Problem

router = APIRouter(prefix="/v1/alerts", tags=["alerts"])
Limit = Annotated[int, Query(ge=1, le=500, description="alerts in one answer")]


class Filters(BaseModel):
    """What to show. A value may be a list ("high,critical": any of them); a parameter given twice asks for both."""

    type: list[str] = []
    rule: list[str] = []
    severity: list[str] = []
    min_severity: list[str] = []
    actor: list[str] = []
    topic: list[str] = []
    tag: list[str] = []
    language: list[str] = []
    source: list[str] = []
    story: list[str] = []
    state: list[str] = []
    q: list[str] = []


class AlertList(BaseModel):
    """Alerts, newest first, and where to go on."""

    alerts: list[CloudEvent]
    next: str | None  # give it as `before` for the next ones; null: there are no more
    position: str  # give it as `from` to the event stream for what rings after this answer


class Revisions(BaseModel):
    """All that was said of one alert, oldest first."""

    revisions: list[CloudEvent]


@router.get("", response_model=AlertList, summary="List and search alerts, newest first")
async def list_(
    request: Request,
    served: Serving,
    filters: Annotated[Filters, Query()],
    before: Annotated[str | None, Query(description="position to go on from, as `next` gave it")] = None,
    since: Annotated[str | None, Query(description="position or ISO time; nothing older is shown")] = None,
    until: Annotated[str | None, Query(description="ISO time; nothing later is shown")] = None,
    revisions: Annotated[bool, Query(description="show every revision, not only the newest of each alert")] = False,
    limit: Limit = 50,
) -> Response:
    wanted = build_filter(filters.model_dump())
    position = served.ring.last
    upper = _id(before, "before") if before else None
    if until:
        upper = min(filter(None, (upper, _after(until))), key=to_sequence)
    page = await list_alerts(
        served, wanted, before=upper, since=parse_start(since) if since else None, limit=limit,
        latest_only=not revisions,
    )  # fmt: skip
    return answer(request, _body(page, position))


@router.get(
    "/stream",
    summary="Follow alerts as Server-Sent Events",
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def stream(
    served: Serving,
    filters: Annotated[Filters, Query()],
    start: Annotated[
        str | None, Query(alias="from", description="0, now, a position or an ISO time; default: now")
    ] = None,
    canary: Annotated[
        bool, Query(description="also tell of each canary, as `event: canary`: the whole path works")
    ] = False,
    last_event_id: Annotated[str | None, Header(description="the last position seen; wins over `from`")] = None,
) -> Response:
    wanted = build_filter(filters.model_dump())
    if len(served.streams.readers) >= served.deliver.streams_most:
        raise Problem(503, "too-many-streams", "too many event streams are open", headers={"retry-after": "10"})
    asked_for = last_event_id or start or NEW
    after = parse_start(asked_for)
    reader = Reader(after, is_known=to_stream_id(asked_for.strip()) is not None)
    if after == NEW:
        reader = Reader(served.ring.last)
    reader.wants_canary = canary
    return EventStream(served.streams, reader, wanted)


@router.get("/{id}", response_model=CloudEvent, summary="Get the newest revision of an alert")
async def get(request: Request, served: Serving, id: str) -> Response:
    facts = await revisions_of(served, id)
    newest = await entries_of(served, [facts[-1].id])
    if not newest:
        raise Problem(404, "no-such-alert", f"the alert '{id[:60]}' has just left the log")
    return answer(request, newest[0].data)


@router.get("/{id}/revisions", response_model=Revisions, summary="Get all revisions of an alert")
async def revisions_(request: Request, served: Serving, id: str) -> Response:
    entries = await entries_of(served, [facts.id for facts in await revisions_of(served, id)])
    return answer(request, b'{"revisions":[' + b",".join(entry.data for entry in entries) + b"]}")


def _body(page: AlertPage, position: str) -> bytes:
    rest = orjson.dumps({"next": to_sequence(page.next) if page.next else None, "position": to_sequence(position)})
    return b'{"alerts":[%b],%b' % (b",".join(entry.data for entry in page.entries), rest[1:])


def _id(text: str, name: str) -> str:
    if (id := to_stream_id(text.strip())) is None:
        raise WrongPosition(f"{name}: expected a position as `next` gave it, found '{text[:60]}'")
    return id


def _after(text: str) -> str:
    if (at := parse_time(text)) is None:
        raise WrongPosition(f"until: expected an ISO time, found '{text[:60]}'")
    return f"{max(0, int(at.timestamp() * 1000)) + 1}-0"
