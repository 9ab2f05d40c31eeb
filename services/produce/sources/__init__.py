"""Where pages come from: one file per kind, one row each in SOURCES.

A kind is a function (spec, checkpoint, world) → Reading that pushes what is new and says how far it got. Files and
standard input that a person names (`pages_from_paths`) and pages sent over HTTP are pushed as they come, and are no
kinds: nothing has to remember how far they got.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from services.produce.reading import Read
from services.produce.sources import feed, folder, sitemap, stream, url, warc
from services.produce.url_identity import host_of


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of source: how it is read, and what its `url` is, for a person."""

    read: Read
    url_is: str
    check: Callable[[str], object]  # raises ValueError when a `url` cannot be right
    is_remote: bool = True  # it belongs to a host, with whom to be polite


def _any_path(url: str) -> str:
    return url  # what is not there yet may come


SOURCES: Final = MappingProxyType(
    {
        "feed": Kind(feed.read, "the address of an RSS, Atom or JSON feed", host_of),
        "sitemap": Kind(sitemap.read, "the address of a news sitemap, or of an index of sitemaps", host_of),
        "url": Kind(url.read, "the address of a page that is watched for change", host_of),
        "folder": Kind(folder.read, "a folder that pages are put into", _any_path, is_remote=False),
        "warc": Kind(warc.read, "the path of WARC or WACZ files, * allowed", _any_path, is_remote=False),
        "stream": Kind(
            stream.read,
            "redis://host:port/db?stream=NAME of someone else's stream",
            stream.stream_address,
            is_remote=False,
        ),
    }
)
