"""One JSON object that somebody sent (a line of JSONL, the body of POST /v1/pages) → a Page."""

import base64
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, ValidationError

from schemas import FoundDate, Page, Source
from services.produce.bytes_to_page import MAX_PAGE_BYTES, bytes_to_page
from services.produce.refusals import InvalidLine


def _named_source(value: object) -> object:
    return {"id": value} if isinstance(value, str) else value


def _found_date(value: object) -> object:
    # A bare date is what a feed or crawler was told; where it stood on the page is not known here.
    return {"value": value, "source": "feed"} if isinstance(value, str) else value


class OfferedPage(BaseModel):
    """What a sender may say of a page; only a body is needed. Unknown fields are passed over."""

    model_config = ConfigDict(extra="ignore")

    url: str | None = None
    content_type: str | None = None
    charset: str | None = None
    body: str | None = None
    body_base64: str | None = None
    source: Annotated[Source | None, BeforeValidator(_named_source)] = None
    fetched_at: AwareDatetime | None = None
    title: str | None = None
    published: Annotated[FoundDate | None, BeforeValidator(_found_date)] = None
    updated: Annotated[FoundDate | None, BeforeValidator(_found_date)] = None
    canary: bool = False


def json_to_page(
    line: bytes, *, now: datetime, source: Source | None = None, max_page_bytes: int = MAX_PAGE_BYTES
) -> Page:
    """Return the page a JSON object offers: {"body": …} or {"body_base64": …}, with "url", "source" … when known.

    `source` stands in when the object names none. Raises InvalidLine that names each wrong field, or what
    bytes_to_page raises.
    """
    try:
        offered = OfferedPage.model_validate_json(line)
    except ValidationError as error:
        raise InvalidLine("; ".join(_mistake(dict(e)) for e in error.errors(include_url=False))) from None
    page = bytes_to_page(
        _raw_of(offered),
        url=offered.url,
        content_type=offered.content_type,
        charset=offered.charset,
        source=offered.source or source,
        fetched_at=offered.fetched_at or now,
        pushed_at=now,
        max_page_bytes=max_page_bytes,
    )
    told = {name: getattr(offered, name) for name in ("title", "published", "updated", "canary")}
    return page.model_copy(update={name: value for name, value in told.items() if value})


def _raw_of(offered: OfferedPage) -> bytes:
    if (offered.body is None) == (offered.body_base64 is None):
        raise InvalidLine(
            "expected one of 'body' and 'body_base64', found " + ("none" if offered.body is None else "both")
        )
    if offered.body is not None:
        return offered.body.encode()
    try:
        return base64.b64decode(offered.body_base64 or "", validate=True)
    except ValueError as error:  # binascii.Error, or characters that are not even ASCII
        raise InvalidLine(f"body_base64: expected base64, found something else ({error})") from None


def _mistake(error: dict[str, object]) -> str:
    place = ".".join(map(str, error["loc"])) if isinstance(error["loc"], tuple) else ""
    return f"{place}: {error['msg']}" if place else str(error["msg"])
