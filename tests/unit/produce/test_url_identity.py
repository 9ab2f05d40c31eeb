"""url_identity: one page, many addresses; many pages, never one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.produce.url_identity import host_of, is_same_site, readable_url, url_identity

SAME = "https://news.example/mali/2024/convoy.html"


@pytest.mark.parametrize(
    "variant",
    [
        "http://news.example/mali/2024/convoy.html",
        "https://www.news.example/mali/2024/convoy.html/",
        "https://m.news.example/mali/2024/convoy.html",
        "https://amp.news.example/mali/2024/convoy.html",
        "https://NEWS.example:443/mali/2024/convoy.html#comments",
        "https://news.example/mali/2024/convoy.html?utm_source=rss&utm_medium=feed",
        "https://news.example/mali/2024/convoy.html?fbclid=IwAR0&xtor=RSS-1",
        "https://news.example/mali/2024/convoy.html?ref=rss",
        "https://news.example/mali/2024/convoy.html?amp=1",
        "https://news.example/mali/2024/convoy.html/amp/",
        "https://news.example/mali/2024/convoy.amp.html",
        "https://news.example/mali/2024/%63onvoy.html",
        "https://news-example.cdn.ampproject.org/c/s/news.example/mali/2024/convoy.html",
        "https://www.google.com/amp/s/news.example/mali/2024/convoy.html",
        "  https://someone:secret@news.example/mali/2024/convoy.html ",
    ],
)
def test_variants_of_an_address_are_one_page(variant):
    """Tracking, mobile, AMP, case, ports and fragments do not make another page."""
    assert url_identity(variant) == url_identity(SAME)


@pytest.mark.parametrize(
    "other",
    [
        "https://news.example/mali/2024/convoy2.html",
        "https://news.example/mali/2024/convoy.html?id=7",
        "https://news.example/mali/2024/convoy.html?page=2",
        "https://news.example/mali/2024/convoy.html?ref=7",
        "https://news.example/Mali/2024/convoy.html",
        "https://ha.news.example/mali/2024/convoy.html",
        "https://news.example:8443/mali/2024/convoy.html",
        "https://other.example/mali/2024/convoy.html",
    ],
)
def test_other_addresses_stay_other_pages(other):
    """What may name another page is kept: numbers, languages, the case of a path."""
    assert url_identity(other) != url_identity(SAME)


def test_the_order_of_parameters_is_no_difference_to_the_key_but_stays_readable():
    """Servers take parameters in any order; people get the address as it was, less what tracks them."""
    left, right = "https://a.example/?b=2&utm_x=1&a=é", "https://a.example/?a=%C3%A9&b=2"

    assert url_identity(left) == url_identity(right)
    assert readable_url(left) == "https://a.example/?b=2&a=%C3%A9"


@given(st.text(alphabet="abc/?&=%#.:@é[]_u tm", max_size=40))
def test_any_text_has_a_stable_identity_or_is_refused(text):
    """No address crashes, and taking the identity of a readable URL twice changes nothing."""
    url = "https://a.example/" + text
    try:
        readable = readable_url(url)
    except ValueError:
        return
    assert readable_url(readable) == readable
    assert url_identity(readable) == url_identity(url)


@pytest.mark.parametrize(
    "wrong", ["", "news.example/a", "ftp://news.example/", "https://", "https://a.example:port/", "javascript:alert(1)"]
)
def test_what_is_no_web_address_is_refused(wrong):
    """A caller learns that there is no page, instead of getting a key for nothing."""
    with pytest.raises(ValueError, match=r"expected|[Pp]ort|Invalid|does not appear"):
        url_identity(wrong)


def test_hosts_are_compared_as_dns_does():
    """Names in other scripts, capitals and trailing dots are one host; a port makes another."""
    assert host_of("https://Zeitung.Österreich.example./x") == "zeitung.xn--sterreich-z7a.example"
    assert host_of("http://a.example:8080/") == "a.example:8080"
    assert host_of("http://[2001:DB8::1]:80/") == "[2001:db8::1]"


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        pytest.param("https://a.example/1", "https://www.a.example/2", True, id="www"),
        pytest.param("https://fr.a.example:81/", "https://a.example/", True, id="subdomain"),
        pytest.param("https://a.co.uk/", "https://b.co.uk/", False, id="second-level registry"),
        pytest.param("https://a.example/", "https://b.example/", False, id="another site"),
    ],
)
def test_a_site_is_the_registered_name(left, right, same):
    """Subdomains of one name are one site; neighbours below co.uk are not."""
    assert is_same_site(left, right) is same
