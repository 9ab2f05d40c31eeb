"""HTML → facts: JSON-LD first, then OpenGraph and other meta tags, microdata, the byline's markup, the URL."""

import html
import re
from urllib.parse import urljoin, urlsplit

from lxml.etree import _Element

from schemas import FoundDate
from schemas.found_date import DateSource
from services.clean import json_ld
from services.clean.dates import find_dates
from services.clean.facts import Facts
from services.clean.html_to_title import SAME, alike, first_of, text_of_element, title_of
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
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop")
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


def _date_in_elements(tree: _Element, wanted: str) -> FoundDate | None:
    """Return the date of the first microdata property `wanted`."""
    for element in tree.iter("time", "span", "div", "p", "abbr", "meta"):
        if wanted in (element.get("itemprop") or "").lower():
            value = element.get("datetime") or element.get("content") or "".join(element.itertext())
            day = iso_date(value[:200])
            if day:
                return FoundDate(value=day, source="microdata")
    return None


def _date_in_times(tree: _Element) -> FoundDate | None:
    """Return the date of the first <time> that is not inside a list of other articles."""
    for element in tree.iter("time"):
        around = " ".join((up.get("class") or "") + " " + str(up.tag) for up in element.iterancestors())[:2000].lower()
        if any(
            mark in around for mark in ("related", "aside", "sidebar", "footer", "recommend", "most-read", "latest")
        ):
            continue
        day = iso_date(element.get("datetime") or "") or iso_date("".join(element.itertext())[:100])
        if day:
            return FoundDate(value=day, source="time")
    return None


def _date_in_node(node: json_ld.Node) -> FoundDate | None:
    days = (iso_date(json_ld.text_of(node.get(name))) for name in ("datePublished", "dateCreated", "uploadDate"))
    return next((FoundDate(value=day, source="json-ld") for day in days if day), None)


def _published(tree: _Element, found: list[json_ld.Node], metas: dict[str, list[str]], url: str) -> FoundDate | None:
    """Return the publication date from the most trustworthy place that has one."""
    known = (
        _date_in_node(json_ld.article_of(found))
        or _date_in_meta(metas, _PUBLISHED_META)
        or _date_in_elements(tree, "datepublished")
        or _date_in_times(tree)
        or _date_in_node(json_ld.page_of(found))
    )
    if known:
        return known
    day = date_in_url(url)
    return FoundDate(value=day, source="url") if day else None


def _updated(tree: _Element, node: json_ld.Node, metas: dict[str, list[str]]) -> FoundDate | None:
    day = iso_date(json_ld.text_of(node.get("dateModified")))
    source: DateSource = "json-ld"
    if day:
        return FoundDate(value=day, source=source)
    return _date_in_meta(metas, _UPDATED_META) or _date_in_elements(tree, "datemodified")


def _authors(tree: _Element, node: json_ld.Node, metas: dict[str, list[str]], site: str) -> tuple[str, ...]:
    """Return the people the page names as its authors, each once; the site itself only where it names nobody else."""
    found = [declared_name(html.unescape(text)) for text in json_ld.texts_of(node.get("author"))]
    if not any(found):
        found = [
            declared_name(part) for name in _AUTHOR_META for text in metas.get(name, ()) for part in text.split(",")
        ]
    people = [name for name in found if name and alike(name, site) < SAME]
    return tuple(dict.fromkeys(people or _names_shown(tree) or [name for name in found if name]))[:10]


def _names_shown(tree: _Element) -> tuple[str, ...]:
    """Return the people in the first element that is marked as author or byline."""
    for element in tree.iter("a", "span", "div", "p"):
        marks = f"{element.get('rel')} {element.get('class')} {element.get('itemprop')}".lower()
        if ("author" in marks or "byline" in marks) and (names := names_in_element(text_of_element(element)[:120])):
            return names
    return ()


def _site(node: json_ld.Node, metas: dict[str, list[str]], found: list[json_ld.Node]) -> str | None:
    site = first_of(metas, _SITE_META[:1]) or json_ld.text_of(node.get("publisher"))
    if not site:
        named = [
            item for item in found if {"WebSite", "Organization", "NewsMediaOrganization"} & set(json_ld.kinds(item))
        ]
        site = next((text for item in named if (text := json_ld.text_of(item.get("name")))), "")
    return html.unescape(site or first_of(metas, _SITE_META[1:])).strip() or None


def _canonical(tree: _Element, metas: dict[str, list[str]], url: str) -> str | None:
    for link in tree.iter("link"):
        if (link.get("rel") or "").lower() == "canonical" and link.get("href"):
            return _absolute(url, link.get("href") or "")
    return _absolute(url, first_of(metas, ("og:url",)))


def _absolute(url: str, link: str) -> str | None:
    """Return the link as an absolute http(s) URL, or None when it is none."""
    try:
        joined = urljoin(url, link.strip())
        parts = urlsplit(joined)
    except ValueError:
        return None
    return joined if parts.scheme in ("http", "https") and parts.netloc else None


def _tags(node: json_ld.Node, metas: dict[str, list[str]]) -> tuple[str, ...]:
    keywords = json_ld.texts_of(node.get("keywords"))
    found = keywords or next((metas[name] for name in _TAG_META if name in metas), [])
    words = [part.strip() for text in found for part in (text.split(",") if "," in text else text.split(";"))]
    return tuple(dict.fromkeys(word for word in words if 0 < len(word) <= 80))[:_MAX_TAGS]


def html_to_facts(tree: _Element, found: list[json_ld.Node], url: str | None) -> Facts:
    """Return what the page's metadata says; `found` are its JSON-LD objects, `url` is where it was fetched."""
    node, metas = json_ld.article_of(found), _metas(tree)
    site = _site(node, metas, found)
    return Facts(
        title=title_of(tree, node, metas, site or ""),
        authors=_authors(tree, node, metas, site or ""),
        published=_published(tree, found, metas, url or ""),
        updated=_updated(tree, node, metas),
        site=site,
        canonical_url=_canonical(tree, metas, url or ""),
        tags=_tags(node, metas),
    )
