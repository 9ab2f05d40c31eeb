"""`/v1/feeds` and `/v1/export`: alerts for feed readers and for intelligence platforms."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from schemas import CloudEvent
from services.deliver.adapters import alert_log
from services.deliver.adapters.alert_pages import entries_of, list_alerts, revisions_of
from services.deliver.adapters.http.alerts import Filters
from services.deliver.adapters.http.answers import answer
from services.deliver.adapters.http.serving import Serving
from services.deliver.adapters.served import Served
from services.deliver.alert_filter import AlertFilter, build_filter
from services.deliver.facts import Entry
from services.deliver.feeds import atom, feed_id, feed_title, json_feed
from services.deliver.stix import stix_bundle
from services.deliver.stories import actor_names

FEED_ALERTS = 50
ATOM_TYPE = "application/atom+xml"
JSON_TYPE = "application/feed+json"
STIX_TYPE = "application/stix+json;version=2.1"
MAX_AGE_SECONDS = 30  # feed readers ask far less often
Rule = Annotated[str | None, Query(description="only alerts of this rule")]
Tag = Annotated[str | None, Query(description="only alerts with this tag")]
router = APIRouter(prefix="/v1", tags=["feeds"])


async def _events(served: Served, wanted: AlertFilter, limit: int) -> list[CloudEvent]:
    page = await list_alerts(served, wanted, before=None, since=None, limit=limit, latest_only=True)
    return _alerts(page.entries)


def _alerts(entries: list[Entry]) -> list[CloudEvent]:
    """Return the alerts among some entries; what no model reads is logged and left out."""
    read = [alert_log.to_event(entry.id, entry.data) for entry in entries if entry.facts.alert]
    return [event for event in read if isinstance(event, CloudEvent)]


async def _feed(request: Request, served: Served, kind: str, rule: str | None, tag: str | None) -> Response:
    wanted = build_filter({"rule": [rule] if rule else [], "tag": [tag] if tag else []})
    found = await _events(served, wanted, FEED_ALERTS)
    title, url, page = feed_title(rule, tag), str(request.url), str(request.base_url)
    if kind == "atom":
        return answer(
            request,
            atom(found, id=feed_id(rule, tag), title=title, url=url, page=page),
            media_type=ATOM_TYPE,
            max_age=MAX_AGE_SECONDS,
        )
    return answer(
        request, json_feed(found, title=title, url=url, page=page), media_type=JSON_TYPE, max_age=MAX_AGE_SECONDS
    )


@router.get("/feeds/atom", summary="Read alerts as an Atom feed", responses={200: {"content": {ATOM_TYPE: {}}}})
async def atom_(request: Request, served: Serving, rule: Rule = None, tag: Tag = None) -> Response:
    return await _feed(request, served, "atom", rule, tag)


@router.get("/feeds/json", summary="Read alerts as a JSON Feed", responses={200: {"content": {JSON_TYPE: {}}}})
async def json_(request: Request, served: Serving, rule: Rule = None, tag: Tag = None) -> Response:
    return await _feed(request, served, "json", rule, tag)


@router.get("/export/stix", summary="Export alerts as a STIX 2.1 bundle", responses={200: {"content": {STIX_TYPE: {}}}})
async def stix(
    request: Request,
    served: Serving,
    filters: Annotated[Filters, Query()],
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    found = await _events(served, build_filter(filters.model_dump()), limit)
    ids = [facts.id for event in found for facts in await revisions_of(served, event.data.id)]
    revisions = [event.data for event in _alerts(await entries_of(served, ids))]
    return answer(request, stix_bundle(revisions, await served.of_index(actor_names)).encode(), media_type=STIX_TYPE)
