"""page_to_article on small pages: what it returns, and which refusal it raises."""

import base64
from typing import Any

import pytest

from runtime.errors import NotWanted, Unprocessable
from schemas import Page
from services.clean.limits import CleanLimits
from services.clean.page_to_article import page_to_article
from services.clean.refusals import REFUSALS, NoArticle, NotText, TooLarge, UnsupportedLanguage
from services.clean.version import CLEANER
from tests.given import a_page

FIRST = "The ministers of both countries met on Monday and agreed to open the border before the end of the year."
SECOND = "“We have waited for this day for a long time, and so have the people,” the president said after the talks."
THIRD = "The border was closed in 2019, after a dispute over grazing rights that neither of the two sides has settled."
HTML = f"""<!doctype html><html lang="en"><head><title>Border to open | The Daily Test</title>
<meta property="og:site_name" content="The Daily Test"><link rel="canonical" href="/news/border">
<script type="application/ld+json">{{"@context":"https://schema.org","@type":"NewsArticle","headline":"Border to open",
"datePublished":"2024-05-06T07:08:09Z","dateModified":"2024-05-07","author":[{{"@type":"Person","name":"Ann Lee"}}],
"keywords":["border","trade"]}}</script></head>
<body><nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav>
<article><h1>Border to open</h1><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p></article>
<footer><p>© 2024 The Daily Test. All rights reserved.</p></footer></body></html>"""

RUSSIAN = "Министры встретились в понедельник и договорились открыть границу до конца этого года."


def a_raw_page(raw: bytes, **given: Any) -> Page:
    return a_page(**{"content_type": "text/plain", **given}).model_copy(
        update={"body": None, "body_base64": base64.b64encode(raw).decode()}
    )


def test_html_gives_the_body_and_what_the_metadata_says():
    article = page_to_article(a_page(HTML, content_type="text/html", url="https://daily.test/news/border?x=1"))

    assert article.text == "\n\n".join((FIRST, SECOND, THIRD))
    assert article.title == "Border to open"
    assert article.authors == ("Ann Lee",)
    assert article.published is not None
    assert (article.published.value, article.published.source) == ("2024-05-06T07:08:09+00:00", "json-ld")
    assert article.updated is not None
    assert article.updated.value == "2024-05-07"
    assert article.site == "The Daily Test"
    assert article.canonical_url == "https://daily.test/news/border"
    assert article.tags == ("border", "trade")
    assert article.cleaner == CLEANER


def test_a_long_attribute_is_no_crowd():
    """A tag with much in one attribute, as frameworks put their data, keeps what stands in it."""
    html = HTML.replace("<article>", f"<article class='story' data-props='{{\"a\": \"{'one two ' * 3_000}\"}}'>")

    article = page_to_article(a_page(html, content_type="text/html"))

    assert article.text == "\n\n".join((FIRST, SECOND, THIRD))


def test_zones_name_the_lede_and_the_quotes():
    article = page_to_article(a_page("\n\n".join((FIRST, SECOND, THIRD))))

    found = {(zone.kind, article.text[zone.start : zone.end]) for zone in article.zones}
    assert ("lede", FIRST) in found
    assert ("quote", "“We have waited for this day for a long time, and so have the people,”") in found


def test_a_page_without_a_date_has_none():
    """Unknown stays unknown: no date is never today."""
    article = page_to_article(a_page("\n\n".join((FIRST, SECOND, THIRD))))

    assert article.published is None
    assert article.updated is None


def test_the_fingerprint_is_of_the_words():
    """The same body on another page, with other spaces around it, has the same fingerprint; another body has not."""
    text = "\n\n".join((FIRST, SECOND, THIRD))

    one = page_to_article(a_page(text, url="https://a.test/"))
    two = page_to_article(a_page("Menu\n\n\n" + text + "\n\n", url="https://b.test/"))
    other = page_to_article(a_page(text.replace("Monday", "Friday")))

    assert one.fingerprint == two.fingerprint
    assert one.fingerprint != other.fingerprint
    assert one.id != two.id


@pytest.mark.parametrize(
    ("raw", "charset"),
    [
        pytest.param(f"{FIRST} Müller sagte: „Straße“.".encode("utf-16"), None, id="utf-16 with a byte order mark"),
        pytest.param(f"{FIRST} Le café était fermé.".encode("cp1252"), "iso-8859-1", id="declared by the sender"),
        pytest.param(f"{FIRST} Le café était fermé.".encode("cp1252"), "no-such-charset", id="declared wrongly"),
    ],
)
def test_other_charsets_are_read(raw, charset):
    article = page_to_article(a_raw_page(raw, charset=charset))

    assert FIRST in article.text
    assert "\ufffd" not in article.text


def test_a_meta_tag_declares_the_charset():
    html = HTML.replace("<head>", '<head><meta charset="windows-1251">').replace(FIRST, RUSSIAN)

    article = page_to_article(a_raw_page(html.encode("cp1251", "replace"), content_type="text/html"))

    assert RUSSIAN in article.text


@pytest.mark.parametrize(
    ("page", "refusal"),
    [
        pytest.param(a_page(""), NoArticle, id="empty"),
        pytest.param(a_page("Home\nNews\nSport\n"), NoArticle, id="menu"),
        pytest.param(a_page("x" * 9_000_000), TooLarge, id="too large"),
        pytest.param(a_page("\x01\x02\x03\x04" * 500), NotText, id="control characters"),
        pytest.param(a_raw_page(b"%PDF-1.7\xff\xfe"), NotText, id="pdf"),
        pytest.param(a_raw_page(b"").model_copy(update={"body_base64": "x"}), NotText, id="broken base64"),
    ],
)
def test_what_is_no_article_is_refused_with_its_reason(page, refusal):
    with pytest.raises(refusal):
        page_to_article(page)


def test_an_unwanted_language_is_dropped():
    limits = CleanLimits(languages=frozenset({"fr"}))

    with pytest.raises(UnsupportedLanguage):
        page_to_article(a_page("\n\n".join((FIRST, SECOND, THIRD))), limits=limits)


def test_the_table_of_refusals_says_what_happens_next():
    """Dead letters are Unprocessable and intended drops NotWanted; every reason is there once."""
    for refusal, outcome in REFUSALS.items():
        assert issubclass(refusal, Unprocessable if outcome == "dead letter" else NotWanted)
    assert len({refusal("").reason for refusal in REFUSALS}) == len(REFUSALS)


def test_lines_of_a_space_that_was_decoded_twice_are_empty():
    """UTF-8's no-break space read as Latin-1 is "Â" and a no-break space: many small sites part paragraphs by it."""
    text = "Border to open\n{0}\n" + "\n{0}\n".join((FIRST, SECOND, THIRD))

    article = page_to_article(a_page(text.format("Â\u00a0")))

    assert article.text == page_to_article(a_page(text.format(""))).text == "\n\n".join((FIRST, SECOND, THIRD))
