"""Headers, robots.txt and addresses: what sites ask for, and where we never go."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest

from services.produce.http_headers import MAX_WAIT, fresh_for, retry_after
from services.produce.public_address import is_allowed, names_forbidden
from services.produce.robots import agent_token, parse_robots

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        pytest.param("120", 120, id="seconds"),
        pytest.param("Mon, 23 Nov 2026 12:05:00 GMT", 300, id="date"),
        pytest.param("Mon, 23 Nov 2026 11:00:00 GMT", 0, id="date that is past"),
        pytest.param("9" * 30, MAX_WAIT.total_seconds(), id="for ever"),
        pytest.param("soon", None, id="words"),
        pytest.param("-5", None, id="negative"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_retry_after_is_seconds_or_a_date(stated, seconds):
    """Nonsense asks for nothing, and nobody is banished for ever."""
    wait = retry_after({"retry-after": stated}, NOW)

    assert wait == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"cache-control": "public, max-age=600"}, 600, id="max-age"),
        pytest.param({"cache-control": "max-age=600", "age": "500"}, 100, id="aged in a cache"),
        pytest.param({"cache-control": "no-cache, max-age=600"}, None, id="no-cache"),
        pytest.param({"cache-control": "s-maxage=600"}, None, id="for shared caches only"),
        pytest.param({"expires": "Mon, 23 Nov 2026 12:10:00 GMT"}, 600, id="expires"),
        pytest.param({"expires": "0"}, None, id="expires now"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_an_answer_is_fresh_for_as_long_as_it_says(headers, seconds):
    """A feed that says it is good for ten minutes is not asked again before."""
    fresh = fresh_for(headers, NOW)

    assert fresh == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "224.0.0.1",
        ),
        *(
            "::1",
            "fe80::1%eth0",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "ff02::1",
            "nonsense",
        ),
        *("240.0.0.1", "255.255.255.255", "fec0::1", "::127.0.0.1", "64:ff9b:1::7f00:1", ""),
    ],
)
def test_private_addresses_are_refused_in_every_disguise(address):
    """Also inside IPv6, where a filter for IPv4 does not look."""
    assert not is_allowed(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_the_public_internet_is_allowed(address):
    """News is public."""
    assert is_allowed(address)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.0.0.1.", "127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0", "10.1"),
        *("[::1]", "::1%25lo", "[::ffff:10.0.0.1]", "localhost", "LOCALHOST.", "a.localhost", "0xA9.0xFE.0xA9.0xFE"),
    ],
)
def test_an_address_is_known_however_it_is_written(host):
    """A proxy reads all of these as our own network; `allowed` opens it as for plain addresses."""
    assert names_forbidden(host)
    assert not names_forbidden(host, [ip_network("0.0.0.0/0"), ip_network("::/0")])


@pytest.mark.parametrize(
    "host", ["news.example", "1.1.1.1", "16843009", "12.example", "localhost.example", "1.2.3.4.5", ""]
)
def test_a_name_of_the_web_is_no_address(host):
    """What it resolves to is for whoever resolves it."""
    assert not names_forbidden(host)


def test_a_network_can_be_allowed_by_hand():
    """An archive in the house is fetched when somebody says so, and only that."""
    allowed = (ip_network("10.1.0.0/16"), ip_network("::1/128"))

    assert is_allowed("10.1.2.3", allowed)
    assert is_allowed("::ffff:10.1.2.3", allowed)
    assert is_allowed("::1", allowed)
    assert not is_allowed("10.2.0.1", allowed)


def test_robots_speak_to_everyone_or_to_us():
    """The group that names us counts; else the one for everyone. What is not forbidden is allowed."""
    raw = b"\xef\xbb\xbfUser-agent: *\nDisallow: /\n\nUser-agent: tocsin\nDisallow: /private\nCrawl-delay: 7\n"
    raw += b"Sitemap: https://a.example/news.xml\n"

    ours, others = parse_robots(raw, agent="Tocsin"), parse_robots(raw, agent="Other")

    assert ours.allows("https://a.example/news/1")
    assert not ours.allows("https://a.example/private/1")
    assert ours.crawl_delay_seconds == 7
    assert ours.sitemaps == ("https://a.example/news.xml",)
    assert not others.allows("https://a.example/news/1")


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe\x00", b"<html>not found</html>", b"User-agent: *\nCrawl-delay: soon\nAllow", b"Disallow: /"]
)
def test_robots_that_nobody_can_read_allow(raw):
    """A page in place of robots.txt forbids nothing."""
    robots = parse_robots(raw, agent="Tocsin")

    assert robots.allows("https://a.example/1")
    assert robots.crawl_delay_seconds == 0


def test_a_hostile_robots_stops_nobody():
    """Patterns made to take for ever are matched at once."""
    robots = parse_robots(b"User-agent: *\nDisallow: /" + b"*a" * 30 + b"*b$\n", agent="Tocsin")

    assert robots.allows("https://a.example/" + "a" * 1500)


def test_robots_know_us_by_the_product_name():
    """As RFC 9309 says: the token in front of the version."""
    assert agent_token("Tocsin/0.1 (news monitor; desk@a.example)") == "Tocsin"
