"""`POST /v1/pages`: pages pushed over HTTP, each once."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from runtime.errors import TocsinError
from runtime.ingest import NotDurable
from schemas import Page, Source, streams
from services.deliver.adapters.http.answers import answer
from services.deliver.adapters.http.idempotency import once
from services.deliver.adapters.http.serving import Serving
from services.deliver.adapters.served import Served
from services.deliver.problems import Problem
from services.produce.bytes_to_page import bytes_to_page, split_content_type
from services.produce.json_to_page import json_to_page

LATER = {"retry-after": "5"}
STATUS_OF = {"page_too_large": 413, "binary_page": 415, "pdf_page": 415, "no_page": 415}
BODIES = {kind: {"schema": {"type": "string"}} for kind in ("text/html", "text/plain")} | {
    "application/json": {"schema": {"type": "object"}}
}
router = APIRouter(prefix="/v1/pages", tags=["pages"])


class PagePushed(BaseModel):
    """What became of a page."""

    id: str
    outcome: str  # "accepted", or "duplicate": it is in already
    sha256: str  # of its bytes


@router.post(
    "",
    status_code=202,
    response_model=PagePushed,
    summary="Push a page",
    description=(
        'The page as it is (text/html or text/plain, with `url` and `source` in the query), or as JSON: {"url"?,'
        ' "content_type"?, "body" or "body_base64", "source"?, "title"?, "published"?}. A page that is in already'
        " is a duplicate, and as good as accepted. 503 with Retry-After: the pipeline is full; push it again later."
    ),
    openapi_extra={"requestBody": {"required": True, "content": BODIES}},
)
async def push(
    request: Request,
    served: Serving,
    url: Annotated[str | None, Query(max_length=4096)] = None,
    source: Annotated[str | None, Query(max_length=200)] = None,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    body = await request.body()

    async def work() -> Response:
        page = _page(served, request, body, url=url, source=source)
        outcome = await _hand_in(served, page)
        return answer(request, {"id": page.id, "outcome": outcome, "sha256": page.sha256}, status=202)

    return await once(served, request, idempotency_key, body, work)


async def _hand_in(served: Served, page: Page) -> str:
    """Hand a page to its partition; returns what became of it, raises Problem when it is to be pushed again."""
    way_in = served.ways_in[streams.partition_of(page.id, served.settings.tags)]
    try:
        outcome = await way_in.push(page.to_json(), identity=page.id)
    except NotDurable as error:
        told = "the page is not safe yet on disk or replicas; push it again"
        raise Problem(503, error.reason.replace("_", "-"), told, headers=LATER) from None
    if outcome == "full":
        raise Problem(503, "pipeline-full", "the pipeline is full; push the page again later", headers=LATER)
    return outcome


def _page(served: Served, request: Request, body: bytes, *, url: str | None, source: str | None) -> Page:
    now = served.clock()
    header = request.headers.get("content-type")
    media_type, _ = split_content_type(header)
    given = Source(id=source) if source else None
    limit = served.deliver.page_bytes
    try:
        if media_type == "application/json":
            page = json_to_page(body, now=now, source=given, max_page_bytes=limit)
        else:
            page = bytes_to_page(
                body, url=url, content_type=header, source=given, fetched_at=now, pushed_at=now, max_page_bytes=limit
            )
    except TocsinError as error:
        raise Problem(STATUS_OF.get(error.reason, 422), error.reason.replace("_", "-"), str(error)) from None
    # The canary's alerts are hidden from everyone; nobody may hide a page by calling it one.
    return page.model_copy(update={"canary": False})
