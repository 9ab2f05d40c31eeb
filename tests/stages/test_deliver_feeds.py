"""Our feeds before judges besides a feed reader: the grammar of RFC 4287, and JSON Feed 1.1 as a schema."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from lxml import etree

from runtime.settings import RuntimeSettings
from schemas import AlertArticle, Source
from tests.stages.a_deliver import a_deliver, rung
from tests.unit.deliver.build import an_event

ATOM = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))
NAMES = {"a": "http://www.w3.org/2005/Atom"}
HOSTILE = "<script>alert(1)</script> \u202e&\u0007]]> \ufffe"
URI = {"type": "string", "pattern": r"^https?://[^\s<>]+$"}
AUTHOR = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "url": URI, "avatar": URI},
    "minProperties": 1,
    "additionalProperties": False,
}
ITEM = {
    "type": "object",
    "required": ["id"],
    "anyOf": [{"required": ["content_html"]}, {"required": ["content_text"]}],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "url": URI,
        "external_url": URI,
        "title": {"type": "string"},
        "content_html": {"type": "string"},
        "content_text": {"type": "string"},
        "summary": {"type": "string"},
        "date_published": {"type": "string", "format": "date-time"},
        "date_modified": {"type": "string", "format": "date-time"},
        "authors": {"type": "array", "items": AUTHOR},
        "tags": {"type": "array", "items": {"type": "string"}},
        "language": {"type": "string"},
    },
    "patternProperties": {"^_[^.]+$": {"type": "object"}},
    "additionalProperties": False,
}
JSON_FEED = Draft202012Validator(
    {
        "type": "object",
        "required": ["version", "title", "items"],
        "properties": {
            "version": {"const": "https://jsonfeed.org/version/1.1"},
            "title": {"type": "string", "minLength": 1},
            "home_page_url": URI,
            "feed_url": URI,
            "items": {"type": "array", "items": ITEM},
        },
        "patternProperties": {"^_[^.]+$": {"type": "object"}},
        "additionalProperties": False,
    },
    format_checker=FormatChecker(),
)


def atom_mistakes(raw: bytes) -> list[str]:
    """Return what is wrong with an Atom feed: by the grammar, and by what RFC 4287 asks for beyond it."""
    feed = etree.fromstring(raw)
    found = [] if ATOM.validate(feed) else [str(one) for one in ATOM.error_log]
    ids = Counter(feed.xpath("a:entry/a:id/text()", namespaces=NAMES))
    found += [f"4.1.1: the id {id} is there twice" for id, count in ids.items() if count > 1]
    for entry in feed.xpath(". | a:entry", namespaces=NAMES):
        if not (entry.xpath("a:author", namespaces=NAMES) or feed.xpath("a:author", namespaces=NAMES)):
            found.append("4.1.1, 4.1.2: no author")
        links = [(one.get("rel", "alternate"), one.get("type"), one.get("hreflang")) for one in entry.iter("{*}link")]
        if entry is not feed and len(links) != len(set(links)):
            found.append("4.1.2: two alternate links of one type")
    if len(feed.xpath("a:link[@rel='self']", namespaces=NAMES)) != 1:
        found.append("4.1.1: no link to itself")
    return found


async def test_both_feeds_are_valid_whatever_rang(redis: Any, settings: RuntimeSettings) -> None:
    """Empty, of a rule, of a tag, of all; hostile titles, authors without a name, addresses that are none, updates."""
    nameless = AlertArticle(title="", site="", authors=("", "  ", "Ana\u0000"))
    hostile = {"title": HOSTILE, "rule_title": HOSTILE, "url": "javascript:alert(1)", "tags": ("a b", HOSTILE)}
    updated = {"revision": 2, "state": "updated", "url": "https://xn--mnchen-3ya.example/ä?q=%zz"}
    await rung(redis, settings, an_event(1, **hostile), an_event(3, url="http://a b/<>"), an_event(3, **updated))
    await rung(redis, settings, an_event(2, article=nameless, source=Source(id="push"), url=None))
    async with a_deliver(settings) as running:
        for query in ("", "?rule=none", "?rule=niger-russia", "?tag=sahel", "?tag=%3Cb%3E%20%22"):
            atom = await running.http.get("/v1/feeds/atom" + query)
            as_json = await running.http.get("/v1/feeds/json" + query)

            assert atom_mistakes(atom.content) == [], query
            assert [one.message for one in JSON_FEED.iter_errors(as_json.json())] == [], query


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param(b"<id>urn:x</id>", b"", id="no id"),
        pytest.param(b"2026-01-01T00:00:00Z", b"2026-01-01", id="no time"),
        pytest.param(b"<name>Ana</name>", b"", id="an author without a name"),
        pytest.param(b"<title>T</title>", b"<title>T</title><title>U</title>", id="two titles"),
        pytest.param(b'rel="self"', b'rel="other"', id="no self"),
    ],
)
def test_the_judge_notices_what_is_wrong(right: bytes, wrong: bytes) -> None:
    """A judge that accepts everything proves nothing."""
    feed = (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x</id><title>T</title>'
        b"<updated>2026-01-01T00:00:00Z</updated><author><name>Ana</name></author>"
        b'<link rel="self" href="https://a.example/"/></feed>'
    )

    assert atom_mistakes(feed) == []
    assert atom_mistakes(feed.replace(right, wrong)) != []
