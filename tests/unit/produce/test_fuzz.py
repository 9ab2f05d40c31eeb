"""Every parser of what strangers send: it gives what it promises or one of its own errors, and never takes long."""

import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runtime.errors import Unprocessable
from schemas import FoundDate
from services.produce.bytes_to_page import bytes_to_page
from services.produce.entry import Entry
from services.produce.feed_to_entries import MAX_ENTRIES, NoFeed, feed_to_entries
from services.produce.fetched_to_page import fetched_to_page
from services.produce.html_facts import html_facts
from services.produce.http_headers import MAX_WAIT, fresh_for, retry_after
from services.produce.json_to_page import json_to_page
from services.produce.refusals import REASONS
from services.produce.robots import parse_robots
from services.produce.sitemap_to_entries import MAX_SITEMAPS, NoSitemap, sitemap_to_entries
from services.produce.source_registry import SourcesInvalid, parse_sources
from services.produce.sources import SOURCES
from services.produce.sources.warc import records_of_file
from services.produce.url_identity import MAX_URL_CHARS, host_of, readable_url, url_identity
from tests.site_farm.archives import record, warc
from tests.site_farm.sites import article, atom, json_feed, rss
from tests.unit.produce.damage import damaged, in_time

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = "https://news.example/feed"
LINKS = [f"https://news.example/{n}?a=1&b=é" for n in range(3)]
RDF = (
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
    b' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>F</title></channel><item><title>T</title>'
    b"<link>https://news.example/1</link><dc:date>2026-11-23T05:08:00+01:00</dc:date></item></rdf:RDF>"
)
FEEDS = [rss(LINKS)[0], atom(LINKS)[0], json_feed(LINKS)[0], RDF, rss(LINKS)[0].decode().encode("utf-16")]
SITEMAPS = [
    b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    b' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://news.example/1</loc>'
    b"<lastmod>2026-11-23</lastmod><news:news><news:title>T</news:title>"
    b"<news:publication_date>2026-11-23T05:08Z</news:publication_date></news:news></url></urlset>",
    b"<sitemapindex><sitemap><loc>https://news.example/a.xml</loc><lastmod>2026-11-23</lastmod></sitemap></sitemapindex>",
]
ROBOTS = [
    b"User-agent: *\nDisallow: /a*b$\nAllow: /a\nCrawl-delay: 2\nSitemap: https://news.example/a.xml\n\n"
    b"User-agent: tocsin\n"
]
HTML = [
    article("one").replace("<title>", '<meta charset=utf-8><link rel=canonical href="/1"><title>').encode(),
    b"<?xml version='1.0'?><!-- a --><!-- b --><!DOCTYPE html><html><body><table><tr><td>Some words.</table>",
    "<html><p>Ein Satz über Öl.".encode("utf-16"),
]
LINES = [
    json.dumps({"url": LINKS[0], "body": "words é", "source": {"id": "a"}, "published": "2026-11-23"}).encode(),
    json.dumps({"body_base64": "d29yZHM=", "charset": "latin-1", "title": "T", "fetched_at": NOW.isoformat()}).encode(),
]
REGISTRY = b"sources:\n  - id: a\n    kind: feed\n    url: https://news.example/feed\n    tier: 2\n    rhythm: daily\n"


def check_date(date: FoundDate | None) -> None:
    """A date that was found can be read again."""
    if date is not None:
        datetime.fromisoformat(date.value)


def check_entry(entry: Entry) -> None:
    assert entry.url.startswith(("http://", "https://"))
    assert entry.digest
    assert entry.version
    check_date(entry.published)
    check_date(entry.updated)


@given(damaged(FEEDS))
@example(FEEDS[0].replace(b"<link>", b"<link>&#xD800;").replace(b"</rss>", b""))
@example(FEEDS[0].replace(b"</item>", b"</channel>/link>", 1))
@settings(deadline=None)
def test_any_bytes_are_a_feed_or_none(raw):
    """Entries have an address and dates that can be read; everything else is NoFeed."""
    with contextlib.suppress(NoFeed):
        feed = in_time(lambda: feed_to_entries(raw, url=URL))

        assert len(feed.entries) <= MAX_ENTRIES
        for entry in feed.entries:
            check_entry(entry)


@pytest.mark.parametrize(
    "piece", [b"<a>", b"<title>", b"&", b"<a", b"</b>", b"<a b='", b"<link>x</link>", b"<!--", b" "]
)
def test_a_feed_of_megabytes_of_one_thing_is_read_in_seconds(piece):
    """What costs the parser most is bounded by its number, not by the size of the feed."""
    raw = b"<rss version='2.0'><channel><item><link>https://news.example/1</link></item>" + piece * (
        8_000_000 // len(piece)
    )

    def read() -> None:
        with contextlib.suppress(NoFeed):
            feed_to_entries(raw, url=URL)

    in_time(read, seconds=15)  # without the bound: a minute and more


@given(damaged(SITEMAPS))
@example(SITEMAPS[0].replace(b'xmlns="', b'xmlns="&#xD800;'))
@example(SITEMAPS[0].replace(b"<loc>", b"<loc>&#xD800;"))
@settings(deadline=None)
def test_any_bytes_are_a_sitemap_or_none(raw):
    """The same for sitemaps and their indexes."""
    with contextlib.suppress(NoSitemap):
        sitemap = in_time(lambda: sitemap_to_entries(raw))

        assert len(sitemap.entries) <= MAX_ENTRIES
        assert len(sitemap.sitemaps) <= MAX_SITEMAPS
        for entry in sitemap.entries:
            check_entry(entry)


@given(damaged(ROBOTS), st.text(max_size=200))
@settings(deadline=None)
def test_any_bytes_are_a_robots_txt(raw, path):
    """Rules are answered with yes or no, and a delay is a number of seconds that is not negative."""
    robots = in_time(lambda: parse_robots(raw, agent="Tocsin"))

    assert in_time(lambda: robots.allows(f"https://news.example/{path}")) in (True, False)
    assert robots.crawl_delay_seconds >= 0
    assert all(isinstance(url, str) for url in robots.sitemaps)


@given(damaged(HTML), st.one_of(st.none(), st.text(max_size=20), st.sampled_from(["utf-16", "latin-1", "utf-8\0"])))
@example(b"<!---->" * 580 + b"x", None)
@example(b"<?xml?>" * 580 + b"x", None)
@settings(deadline=None)
def test_any_bytes_are_a_page_or_refused_with_a_reason(raw, charset):
    """Whatever is taken keeps every byte, and its facts can be told."""
    try:
        found = in_time(
            lambda: fetched_to_page(
                raw, url=LINKS[0], content_type=f"text/html; charset={charset}", source=None, fetched_at=NOW
            )
        )
    except Unprocessable as error:
        assert error.reason in REASONS
        return

    assert found.page.raw() == raw
    assert type(found.page).from_json(found.page.to_json()) == found.page
    facts = in_time(lambda: html_facts(raw, url=LINKS[0], charset=charset))
    assert facts.canonical_url is None or facts.canonical_url.startswith("http")


@given(damaged(LINES))
@example(b'{"body": "\\ud800"}')
@example(b'{"body": "a", "url": "\\udfff"}')
@example(b"[" * 100_000)
@example('{"body_base64": "d29yZHM=é"}'.encode())
@settings(deadline=None)
def test_any_line_is_a_page_or_refused_with_a_reason(line):
    """Of JSON lines and of POST /v1/pages."""
    try:
        page = in_time(lambda: json_to_page(line, now=NOW))
    except Unprocessable as error:
        assert error.reason in REASONS
        return

    assert type(page).from_json(page.to_json()) == page


@given(damaged([warc([record(n, article(str(n)).encode()) for n in range(3)])], most_repeats=100))
@settings(deadline=None)
def test_any_bytes_are_an_archive_or_refused_with_a_reason(tmp_path_factory, raw):
    """Packed archives with damage: records come in order, and what is wrong is a refusal."""
    check_archive(tmp_path_factory, raw, ".warc.gz")


@given(damaged([b"".join(record(n, article(str(n)).encode()) for n in range(3))], most_repeats=100))
@settings(deadline=None)
def test_any_records_are_pages_or_refused_with_a_reason(tmp_path_factory, raw):
    """Plain archives with damage inside their records and headers."""
    check_archive(tmp_path_factory, raw, ".warc")


def check_archive(tmp_path_factory, raw: bytes, suffix: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"fuzzed{suffix}"
    path.write_bytes(raw)

    records = in_time(lambda: list(records_of_file(path, now=NOW)))

    assert [one.offset for one in records] == sorted(one.offset for one in records)
    for one in records:
        assert getattr(one.found, "reason", None) in (None, *REASONS)


@given(st.dictionaries(st.sampled_from(["retry-after", "cache-control", "expires", "age"]), st.text(max_size=60)))
def test_any_headers_ask_for_a_wait_within_bounds(headers):
    """No header banishes anyone for longer than MAX_WAIT or into the past."""
    for wait in (retry_after(headers, NOW), fresh_for(headers, NOW)):
        assert wait is None or NOW - NOW <= wait <= MAX_WAIT


@given(
    st.text(max_size=80).map(lambda tail: "http://" + tail)
    | damaged([url.encode() for url in LINKS]).map(lambda raw: raw.decode("utf-8", "replace"))
)
def test_any_address_has_a_readable_form_that_stays_or_is_refused(url):
    """Both forms are idempotent, and a host can be told from what is left."""
    try:
        readable = readable_url(url)
    except ValueError:
        return

    assert readable_url(readable) == readable
    assert url_identity(readable) == url_identity(url)
    assert host_of(readable)
    assert len(readable) <= MAX_URL_CHARS


@given(damaged([REGISTRY], most_repeats=50))
@settings(deadline=None)
def test_any_text_is_a_registry_or_every_mistake_has_a_line(raw):
    """A file of sources that somebody mistyped is never half read and never breaks the process."""
    text = raw.decode("utf-8", "replace")
    try:
        specs = in_time(lambda: parse_sources(text, file="sources.yaml", kinds=SOURCES))
    except SourcesInvalid as error:
        assert error.mistakes
        assert all(mistake.line >= 1 for mistake in error.mistakes)
        return

    assert all(spec.kind in SOURCES for spec in specs)


@given(st.binary(max_size=300), st.text(max_size=40))
def test_any_bytes_and_any_content_type_are_a_page_or_refused(raw, content_type):
    """Pages that are pushed over HTTP, with whatever header."""
    try:
        page = bytes_to_page(raw, content_type=content_type, fetched_at=NOW, pushed_at=NOW)
    except Unprocessable as error:
        assert error.reason in REASONS
        return

    assert page.raw() == raw
