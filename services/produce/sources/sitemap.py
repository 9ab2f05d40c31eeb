"""News sitemaps, and indexes of them: each address leads to its page."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from runtime.errors import TryAgain, Unprocessable
from services.produce.adapters.entry_pages import read_entries
from services.produce.checkpoint import KEPT_ENTRIES, Checkpoint
from services.produce.entry import Entry
from services.produce.feed_to_entries import MAX_ENTRIES, MAX_FEED_BYTES
from services.produce.fetch_errors import FetchFailed
from services.produce.fetched import Fetched, Unchanged
from services.produce.html_facts import bytes_print
from services.produce.reading import Reading, World
from services.produce.sitemap_to_entries import Sitemap, sitemap_to_entries
from services.produce.source_registry import SourceSpec
from services.produce.unpack import gunzipped

# A sitemap that did not change is not sent, so its entries are not among those shown: they must not be forgotten.
_KEPT_OF_AN_INDEX: Final = KEPT_ENTRIES + 2 * MAX_ENTRIES


@dataclass
class _Parts:
    """What the sitemaps of an index brought."""

    entries: list[Entry] = field(default_factory=list)
    validators: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    failed: FetchFailed | None = None
    read: int = 0


async def read(spec: SourceSpec, checkpoint: Checkpoint, world: World) -> Reading:
    """Read the sitemap, or the newest sitemaps of an index, and take the pages that are new or edited."""
    found = await world.fetch(
        spec.url, etag=checkpoint.etag, last_modified=checkpoint.last_modified, max_bytes=MAX_FEED_BYTES
    )
    if isinstance(found, Unchanged):
        return Reading(checkpoint, least_interval=found.fresh_for)
    sitemap = await _sitemap_of(found)
    if sitemap.sitemaps:
        return await _read_index(spec, checkpoint, found, sitemap, world)
    body_print = bytes_print(found.body)
    if body_print == checkpoint.body_print:
        return Reading(checkpoint, least_interval=found.fresh_for)
    progress = await read_entries(spec, checkpoint, sitemap.entries, world)
    settled = progress.is_complete
    return Reading(
        progress.checkpoint.model_copy(
            update={
                "etag": found.etag if settled else None,
                "last_modified": found.last_modified if settled else None,
                "body_print": body_print if settled else None,
            }
        ),
        new_pages=progress.new_pages,
        published=tuple(entry.published or entry.updated for entry in sitemap.entries),
        least_interval=found.fresh_for,
        has_more=progress.has_more,
    )


async def _read_index(
    spec: SourceSpec, checkpoint: Checkpoint, found: Fetched, index: Sitemap, world: World
) -> Reading:
    """An index that did not change may point to sitemaps that did: it is never asked for conditionally, they are."""
    parts = await _parts_of(index, checkpoint, world)
    if parts.failed and not parts.read:
        raise parts.failed
    entries = parts.entries[:MAX_ENTRIES]
    progress = await read_entries(spec, checkpoint, entries, world, others=_KEPT_OF_AN_INDEX)
    is_all = progress.is_complete and len(entries) == len(parts.entries)
    # What was not settled has to be sent again.
    validators = parts.validators if is_all else {}
    return Reading(
        progress.checkpoint.model_copy(
            update={"etag": None, "last_modified": None, "body_print": None, "parts": validators}
        ),
        new_pages=progress.new_pages,
        published=tuple(entry.published or entry.updated for entry in entries),
        least_interval=found.fresh_for,
        has_more=progress.has_more,
    )


async def _parts_of(index: Sitemap, checkpoint: Checkpoint, world: World) -> _Parts:
    """Read the sitemaps of an index; one that is missing or broken is counted, and the others are read."""
    parts = _Parts()
    for url in index.sitemaps:
        etag, last_modified = checkpoint.parts.get(url, (None, None))
        try:
            found = await world.fetch(url, etag=etag, last_modified=last_modified, max_bytes=MAX_FEED_BYTES)
            if isinstance(found, Unchanged):
                parts.validators[url] = (etag, last_modified)
            else:
                parts.entries += (await _sitemap_of(found)).entries
                if found.etag or found.last_modified:
                    parts.validators[url] = (found.etag, found.last_modified)
            parts.read += 1
        except (Unprocessable, TryAgain) as error:
            world.dropped(error.reason)
            parts.failed = error if isinstance(error, FetchFailed) else parts.failed
    return parts


async def _sitemap_of(found: Fetched) -> Sitemap:
    raw = await asyncio.to_thread(gunzipped, found.body, max_bytes=MAX_FEED_BYTES)
    return await asyncio.to_thread(sitemap_to_entries, raw)
