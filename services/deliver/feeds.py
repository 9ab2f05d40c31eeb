"""Feeds: alerts as Atom (RFC 4287) and JSON Feed 1.1, so that any feed reader is a subscriber.

What must stay true: an entry's id is the alert's, whatever its revision, so a reader shows it once and updates it.
"""

import html
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlsplit
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from schemas import Alert, CloudEvent, Evidence

ATOM = "http://www.w3.org/2005/Atom"
NOTHING_YET = "1970-01-01T00:00:00Z"  # a feed needs a date, and one without entries has none
_NEVER_IN_A_URL = re.compile(r"[\s<>\"{}|\\^`\x00-\x1f\x7f]|%(?![0-9A-Fa-f]{2})")
register_namespace("", ATOM)


def feed_id(rule: str | None, tag: str | None) -> str:
    """Return the id of a feed: the same by whatever name it is asked for."""
    return "urn:tocsin:feed" + (
        f":rule:{quote(rule, safe='')}" if rule else f":tag:{quote(tag, safe='')}" if tag else ""
    )


def feed_title(rule: str | None, tag: str | None) -> str:
    """Return the title of a feed."""
    return f"Tocsin: rule {rule}" if rule else f"Tocsin: {tag}" if tag else "Tocsin: all alerts"


def atom(events: Sequence[CloudEvent], *, id: str, title: str, url: str, page: str) -> bytes:
    """Return an Atom feed of alerts, newest first; `url` is the feed's own, `page` the one for people."""
    feed = Element(f"{{{ATOM}}}feed")
    _text(feed, "title", title)
    _text(feed, "id", id)
    _text(feed, "updated", events[0].data.decided_at.isoformat() if events else NOTHING_YET)
    SubElement(feed, f"{{{ATOM}}}link", {"rel": "self", "type": "application/atom+xml", "href": url})
    SubElement(feed, f"{{{ATOM}}}link", {"rel": "alternate", "type": "text/html", "href": page})
    _text(SubElement(feed, f"{{{ATOM}}}author"), "name", "Tocsin")
    for event in events:
        _entry(feed, event, page)
    body: bytes = tostring(feed, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + body


def _entry(feed: Element, event: CloudEvent, page: str) -> None:
    alert = event.data
    entry = SubElement(feed, f"{{{ATOM}}}entry")
    _text(entry, "title", headline(alert))
    _text(entry, "id", f"urn:tocsin:{alert.id}")
    _text(entry, "updated", alert.decided_at.isoformat())
    SubElement(entry, f"{{{ATOM}}}link", {"rel": "alternate", "href": link_of(alert, page)})
    _text(SubElement(entry, f"{{{ATOM}}}author"), "name", ", ".join(authors_of(alert)))
    for term in (alert.rule.severity, alert.rule.id, *alert.rule.tags):
        SubElement(entry, f"{{{ATOM}}}category", {"term": _clean(term)})
    content = SubElement(entry, f"{{{ATOM}}}content", {"type": "html"})
    content.text = _clean(as_html(alert))


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, f"{{{ATOM}}}{name}").text = _clean(text)


def _clean(text: str) -> str:
    """Return text that XML 1.0 can carry: other control characters cannot be written at all."""
    return "".join(
        c for c in text if c in "\t\n\r" or "\x20" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
    )


def json_feed(events: Sequence[CloudEvent], *, title: str, url: str, page: str) -> dict[str, Any]:
    """Return a JSON Feed of alerts, newest first."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "home_page_url": page,
        "feed_url": url,
        "items": [_item(event, page) for event in events],
    }


def _item(event: CloudEvent, page: str) -> dict[str, Any]:
    alert = event.data
    return {
        "id": f"urn:tocsin:{alert.id}",
        "url": link_of(alert, page),
        "title": headline(alert),
        "content_html": as_html(alert),
        "date_modified": alert.decided_at.isoformat(),
        "authors": [{"name": name} for name in authors_of(alert)],
        "tags": [alert.rule.severity, alert.rule.id, *alert.rule.tags],
        "_tocsin": {"about": "https://tocsin.invalid/docs/subscribe", "event": event.id, "story": alert.story.id},
    }


def headline(alert: Alert) -> str:
    """Return an alert in one line."""
    return f"{alert.rule.title or alert.rule.id}: {alert.article.title or '(no title)'}"


def source_of(alert: Alert) -> str:
    """Return who published the page, as far as it is known."""
    return alert.page.source.name or alert.article.site or alert.page.source.id


def link_of(alert: Alert, page: str) -> str:
    """Return the page's address when it is one of the web, else the story's on our page."""
    url = alert.page.url or ""
    return url if _is_of_the_web(url) else f"{page}#/stories/{alert.story.id}"


def _is_of_the_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not _NEVER_IN_A_URL.search(url)
    except ValueError:
        return False


def authors_of(alert: Alert) -> tuple[str, ...]:
    """Return who wrote the page, or else who published it; names that say nothing are left out."""
    names = tuple(name for one in alert.article.authors if (name := _clean(one).strip()))
    return names or (_clean(source_of(alert)).strip() or "unknown",)


def as_html(alert: Alert) -> str:
    """Return the proof of an alert as HTML; foreign text is escaped."""
    quotes = "".join(f"<blockquote>{_marked(one)}</blockquote>" for one in alert.evidence)
    pages, origins = alert.story.pages, alert.story.origins
    facts = f"{source_of(alert)} · {pages} page{'s' * (pages != 1)}, {origins} independent origin{'s' * (origins != 1)}"
    return f"{quotes}<p>{html.escape(facts)}</p><p><small>{html.escape(alert.because)}</small></p>"


def _marked(evidence: Evidence) -> str:
    parts, at = [], 0
    for span in sorted(evidence.spans, key=lambda span: span.start):
        start, end = max(span.start - evidence.start, at), span.end - evidence.start
        if end > start:
            parts += [html.escape(evidence.quote[at:start]), f"<mark>{html.escape(evidence.quote[start:end])}</mark>"]
            at = end
    return "".join(parts) + html.escape(evidence.quote[at:])
