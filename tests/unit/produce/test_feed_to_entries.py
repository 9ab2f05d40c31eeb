"""feed_to_entries and sitemap_to_entries: what feeds say, and nothing they do not say."""

import json
import time
from datetime import timedelta

import pytest

from services.produce.feed_to_entries import MAX_ENTRIES, NoFeed, feed_to_entries
from services.produce.sitemap_to_entries import NoSitemap, sitemap_to_entries

URL = "https://a.example/feed"


def rss(items: str, channel: str = "") -> bytes:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>F</title>{channel}{items}</channel></rss>'.encode()


def test_an_rss_entry_says_what_it_is():
    """Link, id, title and date come as the feed gives them; HTML in titles is text."""
    item = "<item><title>Niger &amp;amp; Mali</title><link> /a?x=1&amp;y=2 </link><guid>urn:g1</guid>"
    feed = feed_to_entries(rss(item + "<pubDate>Wed, 17 Jan 2024 05:08:00 +0100</pubDate></item>"), url=URL)

    [entry] = feed.entries
    assert entry.url == "https://a.example/a?x=1&y=2"
    assert entry.key == "urn:g1"
    assert entry.title == "Niger & Mali"
    assert entry.published is not None
    assert entry.published.value == "2024-01-17T04:08:00+00:00"
    assert entry.published.source == "feed"


@pytest.mark.parametrize(
    ("stated", "value"),
    [
        pytest.param("2024-01-17T05:08:00Z", "2024-01-17T05:08:00+00:00", id="zone"),
        pytest.param("2024-01-17T05:08:00", "2024-01-17T05:08:00", id="no zone"),
        pytest.param("2024-01-17", "2024-01-17", id="day only"),
        pytest.param("Wed, 17 Jan 2024 05:08:00 GMT", "2024-01-17T05:08:00+00:00", id="name of a zone"),
        pytest.param("some day in spring", None, id="unreadable"),
        pytest.param("", None, id="empty"),
    ],
)
def test_a_date_is_what_the_feed_states_and_unknown_is_not_now(stated, value):
    """No zone is invented, and a date that cannot be read is no date."""
    item = f"<item><link>https://a.example/1</link><pubDate>{stated}</pubDate></item>"

    [entry] = feed_to_entries(rss(item), url=URL).entries

    assert (entry.published.value if entry.published else None) == value


def test_atom_and_json_feeds_are_read_alike():
    """One page in three formats is one entry with the same address and date."""
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>urn:i</id><title>T</title><link href="/1"/>'
        "<published>2024-01-17T05:08:00Z</published><updated>2024-01-18T05:08:00Z</updated></entry></feed>"
    )
    item = {
        "id": "urn:i",
        "url": "/1",
        "title": "T",
        "date_published": "2024-01-17T05:08:00Z",
        "date_modified": "2024-01-18T05:08:00Z",
    }
    json_feed = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item, "wrong", {}]})

    [left] = feed_to_entries(atom.encode(), url=URL).entries
    [right] = feed_to_entries(json_feed.encode(), url=URL).entries

    assert left == right
    assert left.updated is not None


def test_an_entry_has_a_new_version_when_the_feed_says_that_it_changed():
    """A new title or date is worth another fetch; the key stays."""

    def entry(title: str) -> object:
        return feed_to_entries(
            rss(f"<item><title>{title}</title><link>https://a.example/1</link></item>"), url=URL
        ).entries[0]

    assert entry("a").digest == entry("b").digest
    assert entry("a").version != entry("b").version
    assert entry("a").version == entry("a").version


def test_a_feed_cut_in_the_middle_gives_what_stands_before():
    """Readers of feeds have always been lenient; publishers rely on it."""
    raw = rss("".join(f"<item><link>https://a.example/{n}</link></item>" for n in range(3)))

    assert len(feed_to_entries(raw[: raw.index(b"example/2")], url=URL).entries) >= 2


def test_entries_without_an_address_and_repeated_ones_are_passed_over():
    """An entry leads to a page or to nothing."""
    items = "<item><title>no link</title></item><item><link>javascript:x</link></item>"
    items += "<item><link>https://a.example/1</link></item>" * 2

    assert [entry.url for entry in feed_to_entries(rss(items), url=URL).entries] == ["https://a.example/1"]


def test_a_feed_may_ask_for_patience():
    """<ttl> and sy:updatePeriod are a least interval; nonsense in them is not."""
    assert feed_to_entries(rss("", "<ttl>30</ttl>"), url=URL).least_interval == timedelta(minutes=30)
    assert feed_to_entries(rss("", "<ttl>soon</ttl>"), url=URL).least_interval is None


def test_endless_feeds_are_read_to_a_limit():
    """A feed of everything ever published costs a reading, not the memory."""
    raw = rss("".join(f"<item><link>https://a.example/{n}</link></item>" for n in range(MAX_ENTRIES + 50)))

    assert len(feed_to_entries(raw, url=URL).entries) == MAX_ENTRIES


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_feed_made_to_take_for_ever_does_not(encoding):
    """A hundred thousand entries cost no more than the first few hundred."""
    items = "".join(f"<item><link>https://a.example/{n}</link></item>" for n in range(100_000))
    started = time.process_time()

    try:
        feed_to_entries(rss(items).decode().encode(encoding), url=URL)
    except NoFeed:
        assert encoding == "utf-16"

    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    "raw", [b"", b"<html><p>no feed</p></html>", b"{", b'{"items": []}', b"[" * 100_000, b"\x89PNG", b"just words"]
)
def test_what_is_no_feed_is_refused(raw):
    """A page in place of a feed is a failure of the source, not an empty feed."""
    with pytest.raises(NoFeed):
        feed_to_entries(raw, url=URL)


def test_a_news_sitemap_gives_its_newest_pages_first():
    """Dates and titles of the news extension are read by local name; what has no address is passed over."""
    raw = (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">'
        "<url><loc>https://a.example/old</loc><lastmod>2024-01-16</lastmod></url>"
        "<url><loc>https://a.example/new</loc><n:news><n:publication_date>2024-01-17T05:08:00+01:00</n:publication_date>"
        "<n:title>T</n:title></n:news></url><url><loc>nothing</loc></url></urlset>"
    )

    new, old = sitemap_to_entries(raw.encode()).entries

    assert (new.url, new.title) == ("https://a.example/new", "T")
    assert new.published is not None
    assert new.published.value == "2024-01-17T05:08:00+01:00"
    assert old.updated is not None
    assert old.updated.value == "2024-01-16"
    assert old.published is None


def test_a_news_prefix_that_was_not_declared_is_read_all_the_same():
    """A common mistake of sitemap writers; and a picture's title is not the page's."""
    raw = (
        b"<urlset><url><image:image><image:loc>https://a.example/p.jpg</image:loc><image:title>P</image:title>"
        b"</image:image><loc>https://a.example/1</loc><news:news><news:title>T</news:title>"
        b"<news:publication_date>2024-01-17</news:publication_date></news:news></url></urlset>"
    )

    [entry] = sitemap_to_entries(raw).entries

    assert (entry.url, entry.title) == ("https://a.example/1", "T")
    assert entry.published is not None
    assert entry.published.value == "2024-01-17"


def test_a_counted_link_gives_way_to_the_original():
    """FeedBurner's own addresses redirect for counting; the feed says where the page is."""
    raw = rss(
        "<item xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0'><link>https://feeds.example/~r/1</link>"
        "<feedburner:origLink>https://a.example/1</feedburner:origLink></item>"
    )

    [entry] = feed_to_entries(raw, url=URL).entries

    assert entry.url == "https://a.example/1"


def test_an_index_leads_to_its_newest_sitemaps():
    """Of years of sitemaps the newest come first, and no more than a few."""
    maps = "".join(
        f"<sitemap><loc>https://a.example/{n}.xml</loc><lastmod>20{n}-01-01</lastmod></sitemap>" for n in range(10, 30)
    )

    found = sitemap_to_entries(f"<sitemapindex>{maps}</sitemapindex>".encode())

    assert found.sitemaps[0] == "https://a.example/29.xml"
    assert len(found.sitemaps) == 10


@pytest.mark.parametrize("raw", [b"", b"<rss/>", b"words", b"<html/>", b"\x00"])
def test_what_is_no_sitemap_is_refused(raw):
    """A page in place of a sitemap is a failure of the source."""
    with pytest.raises(NoSitemap):
        sitemap_to_entries(raw)
