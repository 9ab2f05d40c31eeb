"""`/v1/stories`, `/v1/actors`, `/v1/sources`: what grows, who stands beside whom, and who tells it."""

import asyncio
import contextlib
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel
from starlette.responses import Response

from services.deliver import stories as tell
from services.deliver.adapters.alert_pages import entries_of
from services.deliver.adapters.http.alerts import Filters
from services.deliver.adapters.http.answers import answer
from services.deliver.adapters.http.serving import Serving
from services.deliver.alert_filter import build_filter
from services.deliver.facts import SEVERITIES, Entry
from services.deliver.positions import time_of, to_sequence
from services.deliver.problems import Problem

INDEX_SECONDS = 5.0
TIMELINE_MOST = 500  # events of one story that are told; the newest


async def indexed(served: Serving) -> None:
    """Wait for the index after a start; of a very long log, answer with what there is."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(INDEX_SECONDS):
            await served.indexed.wait()


# What is told here is told of the newest alerts, those in the index.
router = APIRouter(prefix="/v1", tags=["stories"], dependencies=[Depends(indexed)])


class StorySummary(BaseModel):
    """A story as a list shows it."""

    id: str
    title: str
    pages: int
    origins: int  # that tell it independently of each other
    severity: str  # the highest of its alerts
    rules: list[str]
    tags: list[str]
    actors: list[str]
    alerts: int
    events: int  # alerts and their revisions
    first_at: AwareDatetime
    last_at: AwareDatetime
    sequence: str  # of its newest event


class StoryEvent(BaseModel):
    """One step in the life of a story."""

    sequence: str
    at: AwareDatetime
    alert: str
    revision: int
    state: str
    rule: str
    rule_title: str
    title: str
    url: str | None = None
    source: str
    source_name: str
    pages: int
    origins: int
    quote: str  # the first sentence of its proof


class Story(StorySummary):
    """A story with its timeline, oldest first."""

    timeline: list[StoryEvent]


class StoryList(BaseModel):
    """Stories, the last to have grown first."""

    stories: list[StorySummary]


class Actor(BaseModel):
    """An actor of the newest alerts."""

    id: str
    name: str
    alerts: int


class ActorList(BaseModel):
    """Actors, the most frequent first."""

    actors: list[Actor]


class SourceSeen(BaseModel):
    """A source whose pages rang."""

    id: str
    name: str
    alerts: int
    last_at: AwareDatetime


class SourceList(BaseModel):
    """Sources, the most frequent first."""

    sources: list[SourceSeen]


class RuleThatRang(BaseModel):
    """A rule, as its newest alert has it."""

    id: str
    title: str
    severity: str
    tags: list[str]
    alerts: int
    last_at: AwareDatetime


class RangList(BaseModel):
    """Rules that rang, the most frequent first."""

    rules: list[RuleThatRang]


class GraphNode(BaseModel):
    """An actor and the number of stories it is in."""

    id: str
    name: str
    stories: int


class GraphLink(BaseModel):
    """Two actors that stand together in stories: how many, and how many in each part of the interval."""

    source: str
    target: str
    stories: int
    over_time: list[int]


class Pulse(BaseModel):
    """How many alerts opened in each part of an interval, by severity."""

    since: AwareDatetime
    until: AwareDatetime
    severities: list[str]  # the lowest first
    counts: list[list[int]]  # for each part, one number a severity


class Graph(BaseModel):
    """Who stands beside whom in an interval."""

    since: AwareDatetime
    until: AwareDatetime
    steps: int
    nodes: list[GraphNode]
    links: list[GraphLink]


@router.get("/stories", response_model=StoryList, summary="List stories, the last to have grown first")
async def list_(
    request: Request,
    served: Serving,
    filters: Annotated[Filters, Query()],
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Response:
    wanted = build_filter(filters.model_dump())
    found = await served.of_index(partial(tell.story_list, wanted=wanted, limit=limit))
    return answer(request, {"stories": found})


@router.get("/stories/{id}", response_model=Story, summary="Get a story and its timeline")
async def get(request: Request, served: Serving, id: str) -> Response:
    events = await served.of_index(lambda index: index.of_story(id))
    if not events:
        raise Problem(404, "no-such-story", f"no alert tells of a story '{id[:60]}'")
    summary = tell.story_summary(id, events[::-1])
    entries = await entries_of(served, [one.id for one in events[-TIMELINE_MOST:]])
    return answer(request, {**summary, "timeline": [_step(entry) for entry in entries]})


@router.get("/actors", response_model=ActorList, summary="List the actors of the newest alerts")
async def actors(request: Request, served: Serving) -> Response:
    return answer(request, {"actors": await served.of_index(tell.actor_list)})


@router.get("/actors/graph", response_model=Graph, summary="See who stands beside whom, over time")
async def graph(
    request: Request,
    served: Serving,
    hours: Annotated[float, Query(gt=0, le=24 * 366, description="length of the interval")] = 24 * 7,
    until: Annotated[datetime | None, Query(description="its end; default: now")] = None,
    steps: Annotated[int, Query(ge=1, le=200, description="parts of the interval")] = 24,
) -> Response:
    end = until or served.clock()
    if end.tzinfo is None or not 1971 < end.year < 9999:
        raise Problem(400, "not-understood", "until: expected a time with a zone, from 1972 on")
    since = end - timedelta(hours=hours)
    found = await served.of_index(partial(tell.graph, since=since, until=end, steps=steps))
    return answer(request, found)


@router.get("/pulse", response_model=Pulse, summary="See how many alerts opened, over time")
async def pulse(
    request: Request,
    served: Serving,
    filters: Annotated[Filters, Query()],
    hours: Annotated[float, Query(gt=0, le=24 * 366, description="length of the interval, up to now")] = 24,
    steps: Annotated[int, Query(ge=1, le=200, description="parts of the interval")] = 48,
) -> Response:
    until, wanted = served.clock(), build_filter(filters.model_dump())
    since = until - timedelta(hours=hours)
    counts = await served.of_index(partial(tell.pulse, wanted=wanted, since=since, until=until, steps=steps))
    told = {"since": since.isoformat(), "until": until.isoformat(), "severities": SEVERITIES, "counts": counts}
    return answer(request, told)


@router.get("/rang", response_model=RangList, summary="List the rules that rang")
async def rang(request: Request, served: Serving) -> Response:
    return answer(request, {"rules": await served.of_index(tell.rang_list)})


@router.get("/sources", response_model=SourceList, summary="List the sources whose pages rang")
async def sources(request: Request, served: Serving) -> Response:
    return answer(request, {"sources": await served.of_index(tell.source_list)})


def _step(entry: Entry) -> dict[str, Any]:
    """Return an event as a step of its story; read leniently, as facts are."""
    facts, alert = entry.facts, orjson.loads(entry.data)["data"]
    return {
        "sequence": to_sequence(entry.id),
        "at": facts.decided_at or time_of(entry.id).isoformat(),
        "alert": facts.alert,
        "revision": facts.revision,
        "state": facts.state,
        "rule": facts.rule,
        "rule_title": facts.rule_title,
        "title": facts.title,
        "url": (alert.get("page") or {}).get("url"),
        "source": facts.source,
        "source_name": facts.source_name,
        "pages": facts.pages,
        "origins": facts.origins,
        "quote": next((one.get("quote") or "" for one in alert.get("evidence") or ()), ""),
    }
