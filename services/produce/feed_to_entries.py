"""RSS, Atom or JSON Feed bytes → entries in the feed's order, and what the feed asks of its readers."""

import calendar
import io
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import islice
from time import struct_time  # noqa: TID251  (the type of feedparser's dates; no clock is read)
from typing import Any, Final
from urllib.parse import urljoin

import feedparser

from runtime.errors import Unprocessable
from schemas import FoundDate
from services.produce.entry import Entry

MAX_FEED_BYTES: Final = 8 * 1024 * 1024
MAX_ENTRIES: Final = 500  # of one reading; real feeds carry 10 to 200
MAX_WIDE_BYTES: Final = 512 * 1024  # in UTF-16, where entries cannot be counted before parsing
# A tag takes the parser up to 25 microseconds, so that 8 MB of them would take a minute. HTML in 200 articles is less.
MAX_TAGS: Final = 100_000
# An ampersand takes it over a microsecond. What begins with one has four bytes or more: a feed in order has fewer.
MAX_ENTITIES: Final = MAX_FEED_BYTES // 4
_ENTRY_START: Final = re.compile(rb"<(?:[A-Za-z]+:)?(?:item|entry)(?=[\s>])", re.IGNORECASE)
_TAG_START: Final = re.compile(rb"<")
_ENTITY_START: Final = re.compile(rb"&")
# Half a character (U+D800 to U+DFFF) by its number: editors that split emoji write them, and the parser breaks on one.
_NO_CHARACTER: Final = re.compile(rb"&#(?:x0*d[89a-f][0-9a-f]{2}|0*5(?:529[6-9]|5[3-9]\d\d|[67]\d{3}));", re.IGNORECASE)
# What feedparser lets through of feeds that break it; its own word for a broken feed is a flag that nobody needs.
_PARSER_ERRORS: Final = (LookupError, ValueError, TypeError, AttributeError, RecursionError, AssertionError)
_ZONE: Final = re.compile(r"(?:Z|[+-]\d\d:?\d\d|\b[A-Z]{1,5})\s*(?:\([^)]*\))?\s*$", re.IGNORECASE)
_MAX_DATE_CHARS: Final = 100
_UPDATE_PERIODS: Final = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}
_MONTH_NAMES: Final = ("am", "pm")  # end a time without being a zone


class NoFeed(Unprocessable):
    """It is no RSS, Atom or JSON feed."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as read once."""

    title: str
    entries: tuple[Entry, ...]
    least_interval: timedelta | None = None  # what <ttl> or sy:updatePeriod asks readers to keep


def feed_to_entries(raw: bytes, *, url: str, content_type: str | None = None) -> Feed:
    """Return the feed's entries that have an http(s) link; raises NoFeed.

    `url` is what relative links are joined to. Lenient as readers are: a feed cut in the middle or with bad characters
    gives the entries before the damage.
    """
    start = raw[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        return _json_feed(raw, url)
    parsed = _parsed(_NO_CHARACTER.sub(b"", _first_entries(raw)), url, content_type)
    if not parsed.get("version") and not parsed.entries:
        raise NoFeed("expected an RSS, Atom or JSON feed, found something else")
    entries = (_entry(found, url) for found in parsed.entries[:MAX_ENTRIES])
    return Feed(
        title=str(parsed.feed.get("title", "")),
        entries=_first_of_each(entry for entry in entries if entry),
        least_interval=_least_interval(parsed.feed),
    )


def _parsed(raw: bytes, url: str, content_type: str | None) -> Any:
    try:
        # Neither cleans nor resolves HTML: entries lead to pages, their content is not used.
        return feedparser.parse(  # type: ignore[attr-defined, no-untyped-call]
            io.BytesIO(raw),
            response_headers={"content-type": content_type or "application/xml", "content-location": url},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except _PARSER_ERRORS as error:
        raise NoFeed(f"expected an RSS, Atom or JSON feed, found one too broken to read ({error!r:.80})") from error


def _first_entries(raw: bytes) -> bytes:
    """The feed up to so many entries, tags or ampersands: wanted or not, each takes the parser its time."""
    if b"\0" in raw[:200] and len(raw) > MAX_WIDE_BYTES:
        raise NoFeed(f"expected a feed of at most {MAX_WIDE_BYTES} bytes in UTF-16, found {len(raw)}")
    for start, most in ((_ENTRY_START, MAX_ENTRIES), (_TAG_START, MAX_TAGS), (_ENTITY_START, MAX_ENTITIES)):
        beyond = next(islice(start.finditer(raw), most, None), None)
        raw = raw[: beyond.start()] if beyond else raw
    return raw


def _entry(found: Any, base: str) -> Entry | None:
    # FeedBurner and its like count clicks on the way; they say where the page is.
    url = _http_url(found.get("feedburner_origlink") or found.get("link") or found.get("id") or "", base)
    if url is None:
        return None
    return Entry(
        url=url,
        key=str(found.get("id") or url),
        # Titles are text to some publishers and HTML to others: what looks like an entity is one.
        title=" ".join(unescape(str(found.get("title") or "")).split()) or None,
        published=_found_date(found.get("published_parsed"), found.get("published")),
        updated=_found_date(found.get("updated_parsed"), found.get("updated")) if "updated" in found else None,
    )


def _found_date(parsed: struct_time | None, stated: str | None) -> FoundDate | None:
    """A date as the feed states it: with a zone only when the feed gives one, None when it cannot be read."""
    if parsed is None or not stated:
        return None
    try:
        at = datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    words = stated[:_MAX_DATE_CHARS].strip()
    if len(words) <= 10 and ":" not in words:
        return FoundDate(value=at.date().isoformat(), source="feed")
    zone = _ZONE.search(words)
    has_zone = zone is not None and zone[0].strip().lower() not in _MONTH_NAMES
    value = at.isoformat() if has_zone else at.replace(tzinfo=None).isoformat()
    return FoundDate(value=value, source="feed")


def _least_interval(feed: Any) -> timedelta | None:
    seconds = 0.0
    try:
        if "ttl" in feed:
            seconds = float(feed["ttl"]) * 60
        elif "sy_updateperiod" in feed:
            period = _UPDATE_PERIODS.get(str(feed["sy_updateperiod"]).strip().lower(), 0)
            seconds = period / max(1.0, float(feed.get("sy_updatefrequency") or 1))
    except ValueError:
        return None
    return timedelta(seconds=seconds) if 0 < seconds < 1e7 else None


def _json_feed(raw: bytes, url: str) -> Feed:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise NoFeed("expected a JSON feed, found broken JSON") from None
    items = found.get("items") if isinstance(found, dict) else None
    if not isinstance(items, list) or "jsonfeed.org" not in str(found.get("version", "")):
        raise NoFeed("expected a JSON feed with 'version' and 'items', found other JSON")
    entries = (_json_entry(item, url) for item in items[:MAX_ENTRIES] if isinstance(item, dict))
    return Feed(title=str(found.get("title") or ""), entries=_first_of_each(entry for entry in entries if entry))


def _json_entry(item: dict[str, Any], base: str) -> Entry | None:
    url = _http_url(str(item.get("url") or item.get("external_url") or item.get("id") or ""), base)
    if url is None:
        return None
    published, updated = (_iso_date(item.get(name)) for name in ("date_published", "date_modified"))
    title = str(item.get("title") or "").strip() or None
    return Entry(url=url, key=str(item.get("id") or url), title=title, published=published, updated=updated)


def _iso_date(stated: Any) -> FoundDate | None:
    try:
        return FoundDate(value=datetime.fromisoformat(str(stated)).isoformat(), source="feed")
    except ValueError:
        return None


def _http_url(link: str, base: str) -> str | None:
    try:
        url = urljoin(base, link.strip())
    except ValueError:
        return None
    return url if url.startswith(("http://", "https://")) and link.strip() else None


def _first_of_each(entries: Any) -> tuple[Entry, ...]:
    kept: dict[str, Entry] = {}
    for entry in entries:
        kept.setdefault(entry.key, entry)
    return tuple(kept.values())
