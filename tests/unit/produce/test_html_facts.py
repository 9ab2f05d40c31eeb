"""html_facts: an advertisement is no edit, an edit is, and a page may only speak for its own site."""

import pytest

from services.produce.html_facts import html_facts, text_print

PROSE = "The ministry said on Tuesday that the convoy had reached the town after three days on the road."


def page(*, prose: str = PROSE, head: str = "", chrome: str = "3 hours ago", script: str = "1") -> bytes:
    return (
        f"<html><head><title>A\n title</title>{head}</head><body><nav>Home <a href=/>{chrome}</a></nav>"
        f"<script>var nonce = {script}; document.write('<p>{PROSE} {script}.</p>')</script><p>{prose}</p>"
        f"<ul><li>Related: {chrome}</li></ul><!-- {script} --><footer>{chrome} {PROSE}</footer></body></html>"
    ).encode()


def prose_print(raw: bytes) -> str:
    return html_facts(raw, url="https://a.example/1").prose_print


def test_what_stands_around_the_prose_may_change():
    """Nonces, counters, teasers and comments differ at each fetch; the page is unchanged."""
    assert prose_print(page()) == prose_print(page(chrome="4 hours ago", script="2"))


@pytest.mark.parametrize(
    "edited",
    [
        pytest.param(PROSE.replace("three", "four"), id="a word"),
        pytest.param(
            PROSE + "</p><p>Update: the army has since denied that any of its soldiers were in the town.", id="more"
        ),
        pytest.param(PROSE.replace("Tuesday", "Wednesday 17"), id="a number"),
    ],
)
def test_an_edit_of_the_prose_is_seen(edited):
    """A corrected word or an added paragraph is a new revision."""
    assert prose_print(page(prose=edited)) != prose_print(page())


def test_markup_and_white_space_are_no_edit():
    """A new template around the same words is no new revision."""
    marked = PROSE.replace("the convoy", "\n <a href=x><b>the</b> convoy</a>")

    assert prose_print(page(prose=marked)) == prose_print(page())


def test_a_page_without_prose_is_told_by_all_its_words():
    """A headline or a table is all some pages have."""
    assert prose_print(b"<h1>Coup in Niamey</h1>") != prose_print(b"<h1>No coup in Niamey</h1>")


@pytest.mark.parametrize(
    ("canonical", "expected"),
    [
        pytest.param("/once?utm_source=x", "https://www.a.example/once", id="relative"),
        pytest.param("https://a.example/once", "https://a.example/once", id="own site"),
        pytest.param("https://other.example/once", None, id="another site"),
        pytest.param("https://www.a.example/", None, id="the front page, by a careless template"),
        pytest.param("", None, id="empty"),
        pytest.param("mailto:someone", None, id="no address"),
        pytest.param("http://[broken", None, id="broken"),
    ],
)
def test_a_canonical_link_counts_on_its_own_site(canonical, expected):
    """A page may say where it lives, but not that it is somebody else's page."""
    raw = page(head=f'<link rel="canonical" href="{canonical}">')

    assert html_facts(raw, url="https://www.a.example/amp/once").canonical_url == expected


def test_feeds_of_a_page_are_found_once_with_their_titles():
    """Relative and repeated links are one absolute address."""
    link = '<link rel="alternate" type="application/rss+xml" href="/feed" title="News">'
    raw = page(head=link + link + '<link rel="alternate" hreflang="fr" href="/fr">')

    facts = html_facts(raw, url="https://a.example/x/y")

    assert facts.feeds == (("https://a.example/feed", "News"),)
    assert facts.title == "A title"


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(b"<div>" * 50_000, id="deep"),
        pytest.param(b"<script>" * 20_000, id="never closed"),
        pytest.param(b"<p>\x00\xff\xfe" * 100, id="no charset at all"),
        pytest.param(b"<" * 10_000, id="only brackets"),
        pytest.param(b"", id="empty"),
    ],
)
def test_hostile_pages_have_facts_too(hostile):
    """Whatever a site sends has a print, and the same one each time."""
    assert prose_print(hostile) == prose_print(hostile)


def test_the_charset_of_the_server_is_tried_first():
    """Bytes in a declared charset give the words they mean; an unknown name is passed over."""
    raw = PROSE.replace("town", "cité").encode("windows-1252")
    raw = b"<p>" + raw + b"</p>"

    told = html_facts(raw, url="https://a.example/1", charset="windows-1252").prose_print

    assert (
        told == html_facts(raw.decode("windows-1252").encode(), url="https://a.example/1", charset="utf-8").prose_print
    )
    assert html_facts(raw, url="https://a.example/1", charset="no-such-charset").prose_print


def test_plain_text_is_told_by_its_words():
    """Line ends are no edit."""
    assert text_print(b"one\r\ntwo") == text_print(b"one two\n")
    assert text_print(b"one two") != text_print(b"one three")
