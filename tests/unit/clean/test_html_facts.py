"""What the metadata of an HTML page says: the headline among its titles, the day it was published, and no crash."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import document_fromstring

from services.clean import json_ld
from services.clean.facts import Facts
from services.clean.html_to_facts import html_to_facts, iso_date

NEWS = {"@type": "NewsArticle", "headline": "Border opens again", "datePublished": "2024-03-27T23:30:00-05:00"}


def _facts(head: str = "", body: str = "", *nodes: object, lang: str = "en", url: str | None = None) -> Facts:
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(node)}</script>' for node in nodes)
    tree = document_fromstring(
        f'<html lang="{lang}"><head>{head}{scripts}</head><body>{body}<p>Text.</p></body></html>'
    )
    return html_to_facts(tree, json_ld.objects(tree), url)


def _shared(title: str) -> str:
    return f'<meta property="og:title" content="{title}">'


@pytest.mark.parametrize(
    ("lang", "title"),
    [
        pytest.param("en-GB", "Border with Mali opens again after a year", id="in English the h1 is the headline"),
        pytest.param("de", "Why the border opens again", id="elsewhere news shares its headline"),
    ],
)
def test_of_two_titles_of_news_the_headline_is_taken(lang: str, title: str) -> None:
    head = _shared("Why the border opens again")
    body = "<h1>Border with Mali opens again after a year</h1>"

    assert _facts(head, body, NEWS, lang=lang).title == title


def test_an_h1_that_names_the_site_is_no_title() -> None:
    """The document's title ends with it, behind the title of the page itself."""
    head = "<title>How I take pictures of lakes | Ann Lee's Photography Blog</title>" + _shared(
        "How I take pictures of lakes"
    )

    assert _facts(head, "<h1>Ann Lee's Photography Blog</h1>").title == "How I take pictures of lakes"


def test_a_shared_title_that_its_own_quotation_marks_cut_is_whole_again() -> None:
    """As real pages write it: the attribute ends at the first mark inside."""
    whole = 'Marathon in the capital: a clear winner and "royal guests"'
    head = f"<title>{whole}</title>" + _shared(whole)

    assert _facts(head, "<h1>Results</h1>", NEWS, lang="de").title == whole


def test_a_shared_title_shorter_than_the_headline_stays_as_it_is() -> None:
    head = "<title>Border opens again after talks</title>" + _shared("Border opens again")

    assert _facts(head, "<h1>Border opens again after talks</h1>", NEWS, lang="de").title == "Border opens again"


def test_an_h1_that_nothing_confirms_is_no_title() -> None:
    head = "<title>Border opens again</title>" + _shared("Border opens again")

    assert _facts(head, "<h1>A message from our founder</h1>").title == "Border opens again"


def test_a_date_of_the_page_counts_when_the_article_has_none() -> None:
    page = {"@type": "WebPage", "datePublished": "2021-01-27T06:00:00+00:00"}

    published = _facts("", "", {"@type": "Article", "headline": "Border"}, page).published

    assert published is not None
    assert (published.value, published.source) == ("2021-01-27T06:00:00+00:00", "json-ld")


def test_the_article_is_believed_before_the_page() -> None:
    page = {"@type": "WebPage", "datePublished": "2021-01-27"}

    published = _facts("", "", page, NEWS).published

    assert published is not None
    assert published.value == "2024-03-27T23:30:00-05:00"


def test_a_date_keeps_its_zone_and_so_its_day() -> None:
    """Half past eleven in New York is not the next day, as it would be in UTC."""
    assert iso_date("2024-03-27T23:30:00.123-0500") == "2024-03-27T23:30:00-05:00"


ARTICLE = '{"@type": "NewsArticle", "headline": "Border", "datePublished": "2024-03-27"}'


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(ARTICLE, id="sound"),
        pytest.param(f"[{ARTICLE}]", id="a list"),
        pytest.param('{"@graph": [' + ARTICLE + "]}", id="a graph"),
        pytest.param(ARTICLE + "\n" + ARTICLE, id="two after one another"),
        pytest.param(ARTICLE[:-1] + ",}", id="a comma too many"),
        pytest.param(ARTICLE.replace("Border", "Bor\nder"), id="a line break in a string"),
        pytest.param(ARTICLE.replace("Border", "The \\'Border"), id="an escape that is none"),
        pytest.param(ARTICLE.replace('"', "&quot;"), id="escaped for HTML"),
        pytest.param(f"<!-- {ARTICLE} -->", id="in a comment"),
        pytest.param(f"//<![CDATA[\n{ARTICLE}\n//]]>", id="in CDATA"),
        pytest.param(ARTICLE + ";", id="ends like a statement"),
    ],
)
def test_json_ld_is_read_as_pages_write_it(script: str) -> None:
    tree = document_fromstring("<html><body><script type='application/ld+json'></script></body></html>")
    next(tree.iter("script")).text = script

    found = json_ld.article_of(json_ld.objects(tree))

    assert found.get("datePublished") == "2024-03-27"


def test_an_author_that_is_only_a_reference_is_named_where_the_graph_names_it() -> None:
    graph = {"@graph": [NEWS | {"author": {"@id": "#ann"}}, {"@type": "Person", "@id": "#ann", "name": "Ann Lee"}]}

    assert _facts("", "", graph).authors == ("Ann Lee",)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='{}[]",:;\\/<!->*&quot atrue1\n', max_size=120))
def test_whatever_a_script_holds_is_read_or_left(script: str) -> None:
    tree = document_fromstring("<html><body><script type='application/ld+json'></script></body></html>")
    next(tree.iter("script")).text = script

    assert all(isinstance(node, dict) for node in json_ld.objects(tree))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["@type", "@graph", "headline", "name", "author", "publisher", "datePublished", "keywords", "@value"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


@settings(max_examples=400, deadline=None)
@given(st.lists(VALUES, max_size=3), st.text(max_size=60), st.text(max_size=40))
def test_whatever_metadata_says_gives_facts(nodes: list[object], title: str, url: str) -> None:
    """Objects where texts belong, lists of lists, numbers: facts or nothing, never a crash; a date is a day."""
    head = f"<title>{title.replace('<', '').replace(chr(0), '')}</title>"
    tree = document_fromstring(f"<html><head>{head}</head><body><p>Text.</p></body></html>")

    facts = html_to_facts(tree, list(json_ld._objects(nodes)), url)

    assert isinstance(facts.title, str)
    assert all(isinstance(author, str) and author for author in facts.authors)
    assert facts.published is None or iso_date(facts.published.value) == facts.published.value


@settings(max_examples=400, deadline=None)
@given(
    st.text(max_size=80) | st.from_regex(r"\d{4}-?\d\d-?\d\d[T ]\d\d:?\d\d(:\d\d)?(Z|[+-]\d\d:?\d\d)?", fullmatch=True)
)
def test_a_date_that_is_read_reads_the_same_again(value: str) -> None:
    read = iso_date(value)

    assert read is None or iso_date(read) == read


MICRODATA = """<article itemscope itemtype="https://schema.org/NewsArticle">
<h2 itemprop="headline">Border opens again</h2>
<span itemprop="author" itemscope itemtype="https://schema.org/Person">By <b itemprop="name">Ann Lee</b>, us</span>
<time itemprop="datePublished" datetime="2024-03-27">Wednesday</time>
<meta itemprop="dateModified" content="2024-03-28"><span itemprop="keywords">Mali, borders</span>
<div itemprop="publisher" itemscope><meta itemprop="name" content="The Lantern"></div></article>"""
RDFA = """<article vocab="https://schema.org/" typeof="NewsArticle"><h2 property="headline">Border opens again</h2>
<span property="author" typeof="Person"><b property="name">Ann Lee</b></span>
<span property="schema:datePublished" content="2024-03-27T00:00:00">Wednesday</span>
<span property="https://schema.org/dateModified" content="2024-03-28">Thursday</span>
<span property="schema:keywords">Mali, borders</span>
<span property="publisher" typeof="Organization"><b property="name">The Lantern</b></span></article>"""
DUBLIN_CORE = """<div about="/node/1"><h2 property="schema:headline">Border opens again</h2>
<span property="dc:date dc:created" content="2024-03-27T00:00:00">Wed</span>
<span property="dcterms:creator">Ann Lee</span>
<span property="dc:modified" content="2024-03-28">Thu</span><span property="schema:publisher">The Lantern</span>
<a rel="tag" href="/t/1">Mali</a> <a rel="category tag" href="/t/2">borders</a></div>"""
MICROFORMATS = """<article class="hentry h-entry"><h2 class="entry-title p-name">Border opens again</h2>
<span class="p-author h-card">Ann Lee</span> <time class="entry-date dt-published" datetime="2024-03-27">Wed</time>
<time class="dt-updated" datetime="2024-03-28">Thu</time><meta itemprop="publisher" content="The Lantern">
<a rel="tag" href="/t/1">Mali</a><a rel="tag" href="/t/2">borders</a></article>"""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(MICRODATA, id="microdata"),
        pytest.param(RDFA, id="RDFa"),
        pytest.param(DUBLIN_CORE, id="RDFa with prefixes"),
        pytest.param(MICROFORMATS, id="microformats"),
    ],
)
def test_a_page_that_only_marks_up_its_text_is_read(body: str) -> None:
    """Title, people, both dates, site and tags stand in the elements that people see, and nowhere else."""
    found = _facts("", body)

    assert found.title == "Border opens again"
    assert found.authors == ("Ann Lee",)
    assert found.published is not None
    assert found.updated is not None
    assert (found.published.value[:10], found.published.source) == ("2024-03-27", "microdata")
    assert found.updated.value == "2024-03-28"
    assert found.site == "The Lantern"
    assert found.tags == ("Mali", "borders")


@pytest.mark.parametrize("box", ["aside", 'div class="related-posts"', 'li itemprop="comment"', "footer"])
def test_what_is_marked_up_in_a_box_about_something_else_is_not_the_articles(box: str) -> None:
    head = _shared("Border opens again")

    found = _facts(head, f"<{box}>{MICRODATA}</{box.split(maxsplit=1)[0]}>")

    assert (found.published, found.updated, found.site, found.tags) == (None, None, None, ())


def test_the_class_of_a_whole_page_says_nothing_about_its_elements() -> None:
    tree = document_fromstring(f'<html><body class="has-sidebar related-on comments-open">{MICRODATA}</body></html>')

    found = html_to_facts(tree, [], None)

    assert found.published is not None
    assert found.published.value == "2024-03-27"


@pytest.mark.parametrize(
    ("url", "declared", "shared", "canonical"),
    [
        pytest.param("/a?x=1", "/2024/border", "", "/2024/border", id="relative"),
        pytest.param("/a?x=1", "", "", "/a?x=1", id="nothing"),
        pytest.param("/a?x=1", "javascript:void(0)", "", "/a?x=1", id="no address"),
        pytest.param("/a?x=1", "https://news.example", "", "/a?x=1", id="the front page"),
        pytest.param(
            "/a?x=1", "https://news.example/", "https://news.example/b", "/b", id="the front page, and shared"
        ),
        pytest.param("/?p=17", "https://news.example/?p=17", "", "/?p=17", id="a query that tells pages apart"),
        pytest.param("/", "https://news.example/", "", "/", id="of the front page itself"),
    ],
)
def test_an_article_is_not_at_the_address_of_its_sites_front_page(
    url: str, declared: str, shared: str, canonical: str
) -> None:
    """A template that gives every page the same canonical address would make one article of all."""
    head = f'<link rel="canonical" href="{declared}"><meta property="og:url" content="{shared}">'

    found = _facts(head, url="https://news.example" + url).canonical_url

    assert found == "https://news.example" + canonical
