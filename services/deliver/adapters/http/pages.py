"""`POST /v1/pages`: pages pushed over HTTP, each once."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from runtime.errors import TocsinError
from runtime.ingest import Ingest, NotDurable
from runtime.settings import load
from schemas import Page, Source, streams
from services.deliver.adapters.http.answers import answer
from services.deliver.adapters.http.idempotency import once
from services.deliver.adapters.served import Served
from services.deliver.problems import Problem
from services.produce.bytes_to_page import bytes_to_page, split_content_type
from services.produce.json_to_page import json_to_page
from services.produce.settings import ProduceSettings

REMEMBER_SECONDS = 30 * 24 * 3600.0  # a page pushed again within 30 days is a duplicate
FULL_RETRY_SECONDS = 5
STATUS_OF = {"page_too_large": 413, "binary_page": 415, "pdf_page": 415, "no_page": 415}


class PagePushed(BaseModel):
    """What became of a page."""

    id: str
    outcome: str  # "accepted", or "duplicate": it is in already
    sha256: str  # of its bytes


def pages_router(served: Served) -> APIRouter:
    """Return the route that takes pages."""
    router = APIRouter(prefix="/v1/pages", tags=["pages"])
    tags = served.settings.tags
    ways_in = {
        tag: Ingest(
            served.redis,
            prefix=served.settings.stream_prefix,
            partition=tag,
            max_waiting=served.settings.max_waiting,
            remember_seconds=REMEMBER_SECONDS,
            durable=load(ProduceSettings).durable,
            replicas=served.settings.wait_replicas,
        )
        for tag in tags
    }

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
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    kind: {"schema": {"type": "string"}} for kind in ("text/html", "text/plain")
                } | {"application/json": {"schema": {"type": "object"}}},
            }
        },
    )  # fmt: skip
    async def push(
        request: Request,
        url: Annotated[str | None, Query(max_length=4096)] = None,
        source: Annotated[str | None, Query(max_length=200)] = None,
        idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
    ) -> Response:
        body = await request.body()

        async def work() -> Response:
            page = _page(served, request, body, url=url, source=source)
            try:
                outcome = await ways_in[streams.partition_of(page.id, tags)].push(page.to_json(), identity=page.id)
            except NotDurable as error:
                raise Problem(
                    503, error.reason.replace("_", "-"), "the page is not safe yet on disk or replicas; push it again",
                    headers={"retry-after": str(FULL_RETRY_SECONDS)},
                ) from None  # fmt: skip
            if outcome == "full":
                raise Problem(
                    503, "pipeline-full", "the pipeline is full; push the page again later",
                    headers={"retry-after": str(FULL_RETRY_SECONDS)},
                )  # fmt: skip
            return answer(request, {"id": page.id, "outcome": outcome, "sha256": page.sha256}, status=202)

        return await once(served, request, idempotency_key, body, work)

    return router


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
