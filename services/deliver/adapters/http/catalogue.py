"""`/v1/catalogue`: whom, what and where Tocsin watches, whether it has rung or not."""

import unicodedata
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel
from starlette.responses import Response

from services.deliver import stories as tell
from services.deliver.adapters.http.answers import answer
from services.deliver.adapters.http.serving import Serving
from services.deliver.adapters.served import Served
from services.deliver.problems import Problem

# The desk's process reads the catalogue; its first answer takes a few seconds.
router = APIRouter(prefix="/v1/catalogue", tags=["catalogue"])


class ActorName(BaseModel):
    """One way to name an actor; since and until are ISO dates, "" for open."""

    text: str
    kind: str
    language: str  # "": in every language
    ambiguous: bool  # counts only with support
    since: str
    until: str


class WatchedActor(BaseModel):
    """An actor of the catalogue, and how many of the newest alerts name it."""

    id: str
    name: str
    names: dict[str, str]  # by language
    kind: str
    groups: list[str]
    aliases: list[ActorName]
    alerts: int


class WatchedActors(BaseModel):
    """Actors of the catalogue, those with most alerts first."""

    version: str
    total: int
    actors: list[WatchedActor]


class ActorBeside(BaseModel):
    """Another actor in the same stories."""

    id: str
    name: str
    stories: int


class WatchedActorDetail(WatchedActor):
    """An actor with those it stands beside."""

    beside: list[ActorBeside]


class WatchedTopic(BaseModel):
    """A topic and the phrases that speak for it."""

    id: str
    name: str
    names: dict[str, str]
    phrases: list[str]


class WatchedTopics(BaseModel):
    """All topics."""

    topics: list[WatchedTopic]


class WatchedSource(BaseModel):
    """A source of the registry and how it stands."""

    id: str
    name: str
    kind: str
    country: str | None
    language: str | None
    tier: int | None
    owner: str | None
    state: Literal["well", "failing", "silent", "unread", "off"]
    failures: int
    failed_because: str | None
    last_ok_at: AwareDatetime | None
    last_new_at: AwareDatetime | None
    alerts: int


class WatchedSources(BaseModel):
    """All sources of the registry."""

    mistakes: list[str]  # of the file; with any, its sources are unknown
    states: dict[str, int]
    sources: list[WatchedSource]


async def _actors(served: Served) -> dict[str, Any]:
    found: dict[str, Any] = await served.desk.ask("catalogue")
    counts = {one["id"]: one["alerts"] for one in await served.of_index(tell.actor_list)}
    return {**found, "actors": [{**one, "alerts": counts.get(one["id"], 0)} for one in found["actors"]]}


@router.get("/actors", response_model=WatchedActors, summary="Search all actors that are watched")
async def actors_(
    request: Request,
    served: Serving,
    q: Annotated[str, Query(description="part of any of its names, in any case and without accents")] = "",
    kind: Annotated[str | None, Query(description="such as country, organisation, armed_group")] = None,
    limit: Annotated[int, Query(ge=1, le=2000)] = 100,
) -> Response:
    everything, wanted = await _actors(served), _folded(q)
    found = [one for one in everything["actors"] if kind in (None, one["kind"]) and _is_called(one, wanted)]
    found.sort(key=lambda one: (-one["alerts"], _folded(one["name"])))
    return answer(request, {"version": everything["version"], "total": len(found), "actors": found[:limit]})


@router.get("/actors/{id}", response_model=WatchedActorDetail, summary="Get an actor with all its names")
async def actor(request: Request, served: Serving, id: str) -> Response:
    everything = await _actors(served)
    found = next((one for one in everything["actors"] if one["id"] == id), None)
    if found is None:
        raise Problem(404, "no-such-actor", f"no actor has the id '{id[:60]}'")
    return answer(request, {**found, "beside": await served.of_index(partial(tell.beside, actor=id))})


@router.get("/topics", response_model=WatchedTopics, summary="List the topics that are watched")
async def topics(request: Request, served: Serving) -> Response:
    return answer(request, {"topics": (await served.desk.ask("catalogue"))["topics"]})


@router.get("/sources", response_model=WatchedSources, summary="See how every source stands")
async def sources(request: Request, served: Serving) -> Response:
    found = await served.desk.ask("sources")
    counts = {one["id"]: one["alerts"] for one in await served.of_index(tell.source_list)}
    return answer(
        request, {**found, "sources": [{**one, "alerts": counts.get(one["id"], 0)} for one in found["sources"]]}
    )


def _is_called(actor: dict[str, Any], wanted: str) -> bool:
    texts = (actor["id"], *actor["names"].values(), *(one["text"] for one in actor["aliases"]))
    return not wanted or any(wanted in _folded(text) for text in texts)


def _folded(text: str) -> str:
    """Return a text in lower case without accents, as people type into a search box."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c)).strip()
