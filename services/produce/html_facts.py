"""What producing needs of an HTML page: the address it gives itself, its feeds, and whether its prose changed."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin

from lxml import etree  # type: ignore[attr-defined]

from services.produce.url_identity import is_same_site, readable_url

_FEED_TYPES: Final = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/json")
_NO_PROSE: Final = frozenset(
    (
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "nav",
        "header",
        "footer",
        "aside",
        "form",
        "iframe",
        "select",
        "button",
    )
)
_BLOCK_NAMES: Final = (
    "p div li td th h1 h2 h3 h4 h5 h6 blockquote pre figcaption article section main br table tr ul ol dd dt"
)
_BLOCKS: Final = frozenset(_BLOCK_NAMES.split())
# A paragraph: long enough and ended like a sentence. Menus, teasers, "3 hours ago" change by the minute and are none.
_PROSE_WORDS: Final = 12
_SENTENCE_END: Final = re.compile(r"[.!?…。؟।»”\"')\]]\s*$")


@dataclass(frozen=True, slots=True)
class HtmlFacts:
    """What a page says of itself."""

    canonical_url: str | None  # readable; only when it is of the page's own site
    feeds: tuple[tuple[str, str], ...]  # (absolute URL, title), in the page's order
    title: str
    prose_print: str  # 32 hex digits; equal when the paragraphs are


def html_facts(raw: bytes, *, url: str | None, charset: str | None = None) -> HtmlFacts:
    """Return the facts of an HTML page; a page that cannot be parsed gets the print of its bytes."""
    tree = _parse(raw, charset)
    if tree is None:
        return HtmlFacts(None, (), "", bytes_print(raw))
    base = url or ""
    canonical, feeds, title = None, [], ""
    for element in tree.iter("link", "title"):
        if element.tag == "title":
            title = title or " ".join("".join(element.itertext()).split())
            continue
        rel, href = (element.get("rel") or "").lower().split(), (element.get("href") or "").strip()
        if not href:
            continue
        if "canonical" in rel and canonical is None:
            canonical = _own_url(base, href)
        elif "alternate" in rel and (element.get("type") or "").lower().split(";")[0].strip() in _FEED_TYPES:
            feeds.append((_join(base, href), (element.get("title") or "").strip()))
    return HtmlFacts(canonical, tuple(dict.fromkeys(feeds)), title, _prose_print(tree))


def text_print(raw: bytes) -> str:
    """Return the print of a plain-text page: equal when its words are."""
    return _print(b" ".join(raw.split()))


def bytes_print(raw: bytes) -> str:
    """Return the print of bytes: equal when every byte is."""
    return _print(raw)


def _parse(raw: bytes, charset: str | None) -> Any:
    for encoding in (charset, None):
        try:
            parser = etree.HTMLParser(encoding=encoding, remove_comments=True, remove_pis=True)
            return etree.fromstring(raw, parser)
        except (LookupError, etree.XMLSyntaxError, ValueError):
            continue  # an unknown charset: lxml then looks for the page's own declaration
    return None


def _own_url(base: str, href: str) -> str | None:
    # A canonical link to another site is a syndicated copy's or a template's mistake; this page stays this page.
    try:
        found = readable_url(urljoin(base, href))
        if base and not is_same_site(base, found):
            return None
        return None if _is_front_page(found) and not _is_front_page(base) else found
    except ValueError:
        return None


def _is_front_page(url: str) -> bool:
    return url.partition("://")[2].partition("/")[2] in ("", "index.html", "index.php")


def _join(base: str, href: str) -> str:
    try:
        return urljoin(base, href)
    except ValueError:
        return href


def _prose_print(tree: Any) -> str:
    paragraphs: list[str] = []
    everything: list[str] = []
    block: list[str] = []

    def close() -> None:
        words = "".join(block).split()
        block.clear()
        if not words:
            return
        text = " ".join(words)
        everything.append(text)
        if len(words) >= _PROSE_WORDS and _SENTENCE_END.search(text):
            paragraphs.append(text)

    # Iterative: a hostile page nests deeper than the interpreter recurses.
    skipped = None
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            if skipped is None and element.tag in _NO_PROSE:
                skipped = element
            if skipped is not None:
                continue
            if element.tag in _BLOCKS:
                close()
            block.append(element.text or "")
        else:
            if skipped is element:
                skipped = None
            if skipped is not None:
                continue
            if element.tag in _BLOCKS:
                close()
            block.append(element.tail or "")
    close()
    return _print("\n".join(paragraphs or everything).encode("utf-8", "replace"))


def _print(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
