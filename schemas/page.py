"""Page: one fetched document, as it came."""

import base64
from typing import Literal

from pydantic import AwareDatetime, Field, model_validator

from schemas.found_date import FoundDate
from schemas.message import Message
from schemas.source import Source

ContentType = Literal["text/html", "text/plain"]


class Page(Message):
    """One fetched document, exactly as it came, and when and from whom."""

    id: str  # "pg_" + 24 hex digits, from the URL and the raw bytes
    url: str | None = None
    source: Source = Field(default_factory=Source)
    content_type: ContentType
    charset: str | None = None  # as the sender declared it; only a hint
    body: str | None = None  # the text, when the raw bytes are valid UTF-8
    body_base64: str | None = None  # the raw bytes otherwise
    sha256: str  # of the raw bytes, hex
    fetched_at: AwareDatetime
    pushed_at: AwareDatetime
    title: str | None = None  # as the feed gave it; only a hint
    published: FoundDate | None = None  # as the feed gave it
    updated: FoundDate | None = None  # the same
    revision: int = 1  # 2, 3 … when the same URL came back with another body
    canary: bool = False

    @model_validator(mode="after")
    def _has_one_body(self) -> "Page":
        if (self.body is None) == (self.body_base64 is None):
            raise ValueError("a page has either body (text) or body_base64 (raw bytes)")
        return self

    def raw(self) -> bytes:
        """Return the page's bytes as they came; their SHA-256 is `sha256`."""
        if self.body_base64 is not None:
            return base64.b64decode(self.body_base64)
        return (self.body or "").encode()
