"""A (news) sitemap or sitemap index → entries and further sitemaps."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from lxml import etree  # type: ignore[attr-defined]

from runtime.errors import Unprocessable
from schemas import FoundDate
from services.produce.entry import Entry
from services.produce.feed_to_entries import MAX_ENTRIES

MAX_SITEMAPS: Final = 10  # of one index that are followed: the newest
_SCHEMES: Final = ("http://", "https://")
_TELLING: Final = ("url", "sitemap", "news")
_XML: Final = {"resolve_entities": False, "no_network": True, "recover": True, "huge_tree": False}


class NoSitemap(Unprocessable):
    """It is no sitemap."""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap as read once: pages, newest first where dates are given, or further sitemaps."""

    entries: tuple[Entry, ...]
    sitemaps: tuple[str, ...] = ()


def sitemap_to_entries(raw: bytes) -> Sitemap:
    """Return the newest MAX_ENTRIES pages of a sitemap, or the newest sitemaps of an index; raises NoSitemap."""
    try:
        root = etree.fromstring(raw, etree.XMLParser(**_XML))
        name = _local_name(root) if root is not None and isinstance(root.tag, str) else ""
        if name not in ("urlset", "sitemapindex"):
            raise NoSitemap("expected a sitemap (<urlset> or <sitemapindex>), found something else")
        found = [fields for child in root if (fields := _fields(child)).get("loc", "").startswith(_SCHEMES)]
    except (etree.XMLSyntaxError, ValueError):  # ValueError: half a character in a name or text, seen when it is read
        raise NoSitemap("expected a sitemap, found XML too broken to read") from None
    found.sort(key=lambda fields: fields.get("publication_date") or fields.get("lastmod") or "", reverse=True)
    if name == "sitemapindex":
        return Sitemap((), tuple(fields["loc"] for fields in found[:MAX_SITEMAPS]))
    return Sitemap(tuple(_entry(fields) for fields in found[:MAX_ENTRIES]))


def _fields(element: Any) -> dict[str, str]:
    """The texts of a <url> or <sitemap> and of the <news> in it, by local names; the first of each counts.

    What a picture or a film is called, and where it lies, is told below <image> and <video>: not the page's.
    """
    fields: dict[str, str] = {}
    for child in element.iterdescendants():
        if not isinstance(child.tag, str) or _local_name(child.getparent()) not in _TELLING:
            continue
        if child.text and child.text.strip():
            fields.setdefault(_local_name(child), child.text.strip())
    return fields


def _local_name(element: Any) -> str:
    # Not by etree.QName: many sitemaps use `news:` without having declared it.
    return str(element.tag).rpartition("}")[2].rpartition(":")[2]


def _entry(fields: dict[str, str]) -> Entry:
    return Entry(
        url=fields["loc"],
        key=fields["loc"],
        title=fields.get("title"),
        published=_found_date(fields.get("publication_date")),
        updated=_found_date(fields.get("lastmod")),
    )


def _found_date(stated: str | None) -> FoundDate | None:
    if not stated:
        return None
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return FoundDate(value=read(stated).isoformat(), source="feed")
        except ValueError:
            continue
    return None
