"""Article: the readable text of a page, what is known about it, and its fingerprint."""

from typing import Literal

from pydantic import AwareDatetime

from schemas.found_date import FoundDate
from schemas.message import Message, Part
from schemas.source import Source

ZoneKind = Literal["title", "lede", "body", "quote", "caption"]


class Zone(Part):
    """A stretch of `Article.text` with a role; offsets are code points, end is exclusive."""

    kind: ZoneKind
    start: int
    end: int


class Article(Message):
    """The article of a page and nothing but the article.

    `text` is the body: paragraphs joined by a blank line, without the title. `paragraphs` slice it.
    """

    id: str  # the page's id
    page_sha256: str
    url: str | None = None
    canonical_url: str | None = None
    source: Source = Source()
    site: str | None = None
    title: str = ""
    authors: tuple[str, ...] = ()
    published: FoundDate | None = None
    updated: FoundDate | None = None
    fetched_at: AwareDatetime
    pushed_at: AwareDatetime
    language: str | None = None  # ISO 639-1 of the body; None when it cannot be told
    tags: tuple[str, ...] = ()
    text: str
    paragraphs: tuple[tuple[int, int], ...]
    zones: tuple[Zone, ...] = ()  # lede, quote, caption; what no zone covers is body
    fingerprint: str  # of the cleaned body: equal for the same text on another page
    cleaner: str  # version of the cleaner, such as "2026.11+1a2b3c4d"
    revision: int = 1
    canary: bool = False
