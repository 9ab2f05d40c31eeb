"""HTML → facts: JSON-LD first, then OpenGraph and other meta tags, marked-up elements, the byline, the URL."""

import html
import re
from collections.abc import Callable
from itertools import islice
from urllib.parse import urljoin, urlsplit

from lxml.etree import _Element

from schemas import FoundDate
from schemas.found_date import DateSource
from services.clean import json_ld
from services.clean.dates import find_dates
from services.clean.facts import Facts
from services.clean.html_to_title import SAME, alike, first_of, text_of_element, title_of
from services.clean.marked_up import Marked, is_about_another, marked, names, people, texts
from services.clean.names import declared_name, names_in_element
from services.clean.url_facts import date_in_url

_PUBLISHED_META = (
    "article:published_time",
    "og:published_time",
    "og:article:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
    "publication_date",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
    "dcterms.date",
    "dc.date.created",
    "article.published",
    "date",
    "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime",
    "article_date_original",
    "originalpublicationdate",
    "rnews:datepublished",
    "last-published",
    "created",
    "ptime",
    "publish_time",
    "bt:pubdate",
    "article:published",
    "displaydate",
)
_UPDATED_META = (
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "dcterms.modified",
    "dc.date.modified",
    "last-modified",
    "lastmod",
    "revision_date",
    "article:updated_time",
    "modified",
)
_AUTHOR_META = (
    "author",
    "article:author",
    "parsely-author",
    "dc.creator",
    "sailthru.author",
    "byl",
    "article:author_name",
    "dcterms.creator",
    "cxenseparse:author",
    "article.author",
    "bt:author",
)
_SITE_META = ("og:site_name", "application-name", "al:android:app_name", "dc.publisher", "publisher")
_TAG_META = ("article:tag", "news_keywords", "keywords", "parsely-tags")
_ISO = re.compile(
    r"^\s*((?:19|20)\d\d)-?(\d\d)-?(\d\d)(?:[T\s]+(\d\d):?(\d\d)(?::?(\d\d)(?:\.\d+)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?)?"
)
_MAX_TAGS = 30
_MARKED_BY_NAME = ("a", "span", "div", "p")  # elements whose class or relation may be that of a byline
_MOST_ELEMENTS = 1_000  # of one name that are looked at; what each stands in is looked at too


def iso_date(value: str) -> str | None:
    """Return a metadata value as ISO 8601, to the second at most, or None when it is no full date."""
    match = _ISO.match(value)
    if match is None:
        found = find_dates(value, day_first=True)
        return found[0].value if found else None
    day = find_dates(f"{match[1]}-{match[2]}-{match[3]}")
    if not day:
        return None
    if match[4] is None or int(match[4]) > 23 or int(match[5]) > 59:
        return day[0].value
    zone = match[7] or ""
    zone = "+00:00" if zone in ("Z", "UTC") else zone if not zone or ":" in zone else f"{zone[:3]}:{zone[3:]}"
    return f"{day[0].value}T{match[4]}:{match[5]}:{match[6] or '00'}{zone}"


def _metas(tree: _Element) -> dict[str, list[str]]:
    """Return the page's meta tags by lower-case name, property or itemprop, values in document order."""
    found: dict[str, list[str]] = {}
    for meta in islice(tree.iter("meta"), _MOST_ELEMENTS):
        name = meta.get("property") or meta.get("name")
        if not name and not is_about_another(meta):
            name = meta.get("itemprop")
        content = meta.get("content")
        if name and content and content.strip():
            found.setdefault(name.strip().lower(), []).append(" ".join(html.unescape(content).split()))
    return found


def _date_in_meta(metas: dict[str, list[str]], names: tuple[str, ...]) -> FoundDate | None:
    for name in names:
        for value in metas.get(name, ()):
            day = iso_date(value)
            if day:
                return FoundDate(value=day, source="meta")
    return None


def _date_in_marked(found: Marked, meaning: str) -> FoundDate | None:
    """Return the first date that elements marked up as `meaning` state."""
    days = (iso_date(text) for text in texts(found, meaning))
    return next((FoundDate(value=day, source="microdata") for day in days if day), None)


def _date_in_times(tree: _Element) -> FoundDate | None:
    """Return the date of the first <time> that is not inside a list of other articles."""
    for element in islice(tree.iter("time"), _MOST_ELEMENTS):
        if is_about_another(element):
            continue
        day = iso_date(element.get("datetime") or "") or iso_date("".join(element.itertext())[:100])
        if day:
            return FoundDate(value=day, source="time")
    return None


def _date_in_node(node: json_ld.Node) -> FoundDate | None:
    days = (iso_date(json_ld.text_of(node.get(name))) for name in ("datePublished", "dateCreated", "uploadDate"))
    return next((FoundDate(value=day, source="json-ld") for day in days if day), None)


def _published(
    tree: _Element, described: tuple[json_ld.Node, json_ld.Node], metas: dict[str, list[str]], shown: Marked, url: str
) -> FoundDate | None:
    """Return the publication date from the most trustworthy place that has one.

    `described` is what the page's JSON-LD says of the article and of the page.
    """
    article, page = described
    known = (
        _date_in_node(article)
        or _date_in_meta(metas, _PUBLISHED_META)
        or _date_in_marked(shown, "published")
        or _date_in_times(tree)
        or _date_in_node(page)
    )
    if known:
        return known
    day = date_in_url(url)
    return FoundDate(value=day, source="url") if day else None


def _updated(node: json_ld.Node, metas: dict[str, list[str]], shown: Marked) -> FoundDate | None:
    day = iso_date(json_ld.text_of(node.get("dateModified")))
    source: DateSource = "json-ld"
    if day:
        return FoundDate(value=day, source=source)
    return _date_in_meta(metas, _UPDATED_META) or _date_in_marked(shown, "updated")


def _authors(
    node: json_ld.Node, metas: dict[str, list[str]], shown: Callable[[], tuple[str, ...]], site: str
) -> tuple[str, ...]:
    """Return the people the page names as its authors, each once; the site itself only where it names nobody else.

    `shown` looks for names in the page's elements, which takes time: it is asked where the metadata name nobody.
    """
    found = [declared_name(html.unescape(text)) for text in json_ld.texts_of(node.get("author"))]
    if not any(found):
        found = [
            declared_name(part) for name in _AUTHOR_META for text in metas.get(name, ()) for part in text.split(",")
        ]
    people = [name for name in found if name and alike(name, site) < SAME]
    return tuple(dict.fromkeys(people or shown() or [name for name in found if name]))[:10]


def _names_shown(tree: _Element) -> tuple[str, ...]:
    """Return the people in the first element whose class or relation is that of an author or byline."""
    for element in tree.iter(*_MARKED_BY_NAME):
        relation, classes = element.get("rel"), element.get("class")
        marks = f"{relation} {classes}".lower() if relation or classes else ""
        if ("author" in marks or "byline" in marks) and (names := names_in_element(text_of_element(element)[:120])):
            return names
    return ()


def _site(node: json_ld.Node, metas: dict[str, list[str]], found: list[json_ld.Node], shown: Marked) -> str | None:
    site = first_of(metas, _SITE_META[:1]) or json_ld.text_of(node.get("publisher"))
    if not site:
        named = [
            item for item in found if {"WebSite", "Organization", "NewsMediaOrganization"} & set(json_ld.kinds(item))
        ]
        site = next((text for item in named if (text := json_ld.text_of(item.get("name")))), "")
    site = site or first_of(metas, _SITE_META[1:]) or next(iter(names(shown, "publisher")), "")
    return html.unescape(site).strip() or None


def _canonical(tree: _Element, metas: dict[str, list[str]], url: str) -> str | None:
    """Return the address the page gives for itself, or else where it came from.

    The front page's address on another page is a template's mistake.
    """
    declared = [link.get("href") or "" for link in tree.iter("link") if (link.get("rel") or "").lower() == "canonical"]
    found = [_absolute(url, link) for link in [*declared[:1], first_of(metas, ("og:url",)), url] if link]
    is_front = not _path(url)
    return next((link for link in found if link and (is_front or _path(link))), None)


def _path(url: str) -> str:
    """Return what of an address tells the pages of a site apart; "" for its front page."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.path.strip("/") + parts.query


def _absolute(url: str, link: str) -> str | None:
    """Return the link as an absolute http(s) URL, or None when it is none."""
    try:
        joined = urljoin(url, link.strip())
        parts = urlsplit(joined)
    except ValueError:
        return None
    return joined if parts.scheme in ("http", "https") and parts.netloc else None


def _tags(node: json_ld.Node, metas: dict[str, list[str]], shown: Marked) -> tuple[str, ...]:
    keywords = json_ld.texts_of(node.get("keywords"))
    found = keywords or next((metas[name] for name in _TAG_META if name in metas), [])
    found = found or texts(shown, "keywords") or texts(shown, "tag")
    words = [part.strip() for text in found for part in (text.split(",") if "," in text else text.split(";"))]
    return tuple(dict.fromkeys(word for word in words if 0 < len(word) <= 80))[:_MAX_TAGS]


def html_to_facts(tree: _Element, found: list[json_ld.Node], url: str | None) -> Facts:
    """Return what the page's metadata says; `found` are its JSON-LD objects, `url` is where it was fetched."""
    node, metas, shown = json_ld.article_of(found), _metas(tree), marked(tree)
    site = _site(node, metas, found, shown)
    headline = next(iter(texts(shown, "headline")), "")
    return Facts(
        title=title_of(tree, node, metas, site or "") or headline,
        authors=_authors(node, metas, lambda: people(shown) or _names_shown(tree), site or ""),
        published=_published(tree, (node, json_ld.page_of(found)), metas, shown, url or ""),
        updated=_updated(node, metas, shown),
        site=site,
        canonical_url=_canonical(tree, metas, url or ""),
        tags=_tags(node, metas, shown),
    )
