"""HTML → title: the headline among the titles that a page declares and shows."""

import html
import re

from lxml.etree import _Element

from services.clean import json_ld
from services.clean.block import WORD

_TITLE_META = ("og:title", "twitter:title", "dc.title", "dcterms.title", "parsely-title", "sailthru.title", "headline")
_SEPARATOR = re.compile(r"\s+[|–—\-·•»:]\s+|\s*\|\s*")
_MAX_HEADINGS = 6
_CONFIRMS = 0.34  # share of common words from which an h1 is the headline that metadata speaks of
SAME = 0.85  # share of common words from which two titles are the same


def first_of(metas: dict[str, list[str]], names: tuple[str, ...]) -> str:
    """Return the first value of the first of these names that a page has, or ""."""
    return next((metas[name][0] for name in names if name in metas), "")


def text_of_element(element: _Element) -> str:
    """Return the text of an element and all inside it, on one line."""
    return " ".join("".join(element.itertext()).split())


def without_site(title: str, site: str) -> str:
    """Return the title without the site's name at either end."""
    parts = _SEPARATOR.split(title)
    if len(parts) < 2 or not site:
        return title
    bare = re.sub(r"\W+", "", site.lower())
    for end, part in ((True, parts[-1]), (False, parts[0])):
        mark = re.sub(r"\W+", "", part.lower())
        if mark and (mark in bare or bare in mark) and len(title) > len(part) + 12:
            cut = title[: title.rindex(part)] if end else title[len(part) :]
            return cut.strip(" |–—-·•»:")
    return title


def alike(left: str, right: str) -> float:
    """Return the share of words that the shorter of two titles has in common with the other; 0 for an empty one."""
    one, two = set(WORD.findall(left.lower())), set(WORD.findall(right.lower()))
    return len(one & two) / min(len(one), len(two)) if one and two else 0.0


def _is_name_of_site(heading: str, document: str, titles: list[str]) -> bool:
    """Return whether a heading is the part of the document's title that stands behind the page's own title."""
    parts = [part.strip().casefold() for part in _SEPARATOR.split(document)]
    own = {title.casefold() for title in titles} - {heading.casefold()}
    return len(parts) > 1 and heading.casefold() in parts[1:] and parts[0] in own


def _heading(tree: _Element, declared: list[str], document: str, site: str) -> str:
    """Return the first h1 that the metadata's titles confirm, or the only one when they say nothing."""
    headings = [text for text in (text_of_element(element) for element in tree.iter("h1")) if text][:_MAX_HEADINGS]
    titles = [title for title in declared if title]
    for heading in headings:
        if (
            len(heading.split()) > 1
            and alike(heading, site) < SAME
            and any(alike(heading, title) >= _CONFIRMS for title in titles)
            and not _is_name_of_site(heading, document, titles)
        ):
            return heading
    return headings[0] if len(headings) == 1 and not titles and len(headings[0].split()) > 2 else ""


def _whole(title: str, others: tuple[str, ...]) -> str:
    """Return the title, or the longer one of which it is the start: a quotation mark inside ended its attribute."""
    cut = (other for other in others if title and other.startswith(title) and other[len(title) :].lstrip()[:1] == '"')
    return next(cut, title)


def title_of(tree: _Element, node: json_ld.Node, metas: dict[str, list[str]], site: str) -> str:
    """Return the headline: the h1 that metadata confirms, or of news that is not in English the title for sharing.

    Measured: in English the h1 is the headline. Elsewhere the h1 of news often holds a kicker or is written for
    search engines, and the headline is the one that is shared.
    """
    element = next(tree.iter("title"), None)
    whole = text_of_element(element) if element is not None else ""
    document = without_site(whole, site)
    shared = without_site(first_of(metas, _TITLE_META), site)
    described = html.unescape(json_ld.text_of(node.get("headline")))
    heading = _heading(tree, [described, shared, document], whole, site)
    shared = _whole(shared, (heading, described, document))
    is_news = any("News" in kind or "LiveBlog" in kind for kind in json_ld.kinds(node))
    is_english = (tree.get("lang") or "en").lower().startswith("en")
    found = (shared, heading) if is_news and not is_english else (heading, shared)
    return found[0] or found[1] or described or document
