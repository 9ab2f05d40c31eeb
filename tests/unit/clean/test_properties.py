"""What holds for every input: offsets slice, nothing but known refusals, cleaning is stable, chrome does not matter."""

import base64
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.errors import TocsinError
from schemas import Article, Page
from services.clean.page_to_article import page_to_article
from services.clean.refusals import REFUSALS
from tests.given import a_page
from tests.unit.clean.test_seeds import AAN_TV, NEWSUNPLUG, seed

CALM = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
TAGS = st.sampled_from(
    [
        "p",
        "div",
        "li",
        "ul",
        "h1",
        "span",
        "a",
        "td",
        "tr",
        "table",
        "article",
        "br",
        "script",
        "b",
        "template",
        "svg",
        "x-y",
    ]
)
TEXT = st.text(max_size=200)
SENTENCES = st.sampled_from(
    [
        "The ministers of both countries met on Monday and agreed to open the border before the end of the year.",
        "Read more: Another headline of another day",
        "Share",
        "© 2024 A site. All rights reserved.",
        "Le gouvernement a annoncé mardi la réouverture de la frontière, fermée depuis deux ans.",
        "• About",
        "By Ann Lee",
        "12 March 2024",
    ]
)
MARKUP = st.lists(
    st.one_of(TAGS.map("<{}>".format), TAGS.map("</{}>".format), TEXT, SENTENCES, st.just('<p class="related">')),
    max_size=60,
).map("".join)


def outcome(page: Page) -> Article | None:
    """The article, or None for a refusal of the closed set; anything else fails the test."""
    try:
        return page_to_article(page)
    except TocsinError as error:
        assert type(error) in REFUSALS
        assert str(error)
        return None


def assert_sound(article: Article) -> None:
    for start, end in article.paragraphs:
        assert 0 <= start < end <= len(article.text)
    assert "\n\n".join(article.text[start:end] for start, end in article.paragraphs) == article.text
    for zone in article.zones:
        assert 0 <= zone.start < zone.end <= len(article.text)
    assert Article.from_json(article.to_json()) == article


@CALM
@given(st.lists(st.one_of(TEXT, SENTENCES), max_size=40).map("\n".join))
def test_any_flat_text_gives_a_sound_article_or_a_refusal(text):
    article = outcome(a_page(text.encode("utf-8", "replace").decode()))

    if article is not None:
        assert_sound(article)


@CALM
@given(MARKUP)
def test_any_markup_gives_a_sound_article_or_a_refusal(markup):
    article = outcome(a_page(markup.encode("utf-8", "replace").decode(), content_type="text/html"))

    if article is not None:
        assert_sound(article)


@CALM
@given(st.binary(max_size=600), st.sampled_from(["utf-8", "cp1252", "utf-16", "rot13", "base64", "", "euc-jp", None]))
def test_any_bytes_in_any_charset_give_a_sound_article_or_a_refusal(raw, charset):
    page = a_page(charset=charset).model_copy(update={"body": None, "body_base64": base64.b64encode(raw).decode()})

    article = outcome(page)

    if article is not None:
        assert_sound(article)


@pytest.mark.parametrize("name", [AAN_TV, NEWSUNPLUG])
def test_cleaning_a_cleaned_article_changes_nothing(name):
    once = page_to_article(a_page(seed(name)))

    twice = page_to_article(a_page(once.text))

    assert twice.text == once.text
    assert twice.fingerprint == once.fingerprint


@pytest.mark.parametrize(
    ("name", "donor"),
    [pytest.param(AAN_TV, NEWSUNPLUG, id="aan in newsunplug"), pytest.param(NEWSUNPLUG, AAN_TV, id="back")],
)
def test_the_chrome_of_another_page_does_not_change_the_body(name, donor):
    """The body of one seed in the chrome of the other, above and below, is still that body."""
    body = page_to_article(a_page(seed(name))).text
    other = seed(donor)
    theirs = page_to_article(a_page(other)).text
    first, last = theirs.split("\n\n")[0], theirs.split("\n\n")[-1]
    above, below = other[: other.index(first)], other[other.index(last) + len(last) :]

    moved = page_to_article(a_page(above + body + below))

    assert moved.text == body


ONE_LINE = "The border was closed again on Monday, officials said. "
HARD = [
    pytest.param("text/plain", ONE_LINE * 130_000, id="7 MB on one line"),
    pytest.param("text/plain", "\n".join(["word"] * 200_000), id="200 000 lines"),
    pytest.param("text/plain", "a" * 7_000_000, id="one word of 7 MB"),
    pytest.param("text/plain", "1/1/2024 " * 300_000, id="300 000 dates"),
    pytest.param("text/plain", "\u00ab" * 500_000 + "a", id="quotes that never close"),
    pytest.param("text/html", "<div>" * 100_000 + ONE_LINE, id="deep nesting"),
    pytest.param("text/html", "<p>" + ONE_LINE * 100_000, id="5 MB in one paragraph"),
    pytest.param("text/html", "<p>x</p>" * 400_000, id="400 000 paragraphs"),
    pytest.param(
        "text/html",
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><p>' + "&b;" * 100_000,
        id="entities",
    ),
    pytest.param("text/html", "<a href=x>" * 50_000 + ONE_LINE, id="links that never close"),
    pytest.param(
        "text/html", '<script type="application/ld+json">' + "[" * 200_000 + "</script><p>" + ONE_LINE, id="nested json"
    ),
    pytest.param("text/html", "<" * 1_000_000 + "p>", id="a million open brackets"),
    pytest.param("text/html", '<p class="' + "aB" * 500_000 + '">' + ONE_LINE, id="a class of 1 MB"),
    pytest.param("text/html", f"<p {' '.join(f'a{n}' for n in range(180_000))}>{ONE_LINE}", id="a crowd of attributes"),
    pytest.param(
        "text/html", "<div>" * 190 + '<meta itemprop="author" content="A">' * 40_000 + ONE_LINE, id="metas in the deep"
    ),
    pytest.param("text/html", "<b itemprop=author><i property=name class=dt-x>A " * 40_000, id="nested properties"),
    pytest.param("text/html", "\x00<p>\x00" + ONE_LINE * 5 + "\x00", id="null bytes"),
    pytest.param("text/html", "<table>" + "<tr><td>" * 30_000 + ONE_LINE, id="nested tables"),
]


@pytest.mark.parametrize(("content_type", "body"), HARD)
def test_hard_pages_end_in_bounded_time(content_type, body):
    """Pages made to hurt end in an article or a refusal within seconds of CPU time."""
    started = time.process_time()

    article = outcome(a_page(body, content_type=content_type))

    assert time.process_time() - started < 4
    if article is not None:
        assert_sound(article)
