"""News sitemaps, and indexes of them: each address leads to its page."""

import asyncio

from services.produce.adapters.entry_pages import read_entries
from services.produce.checkpoint import Checkpoint
from services.produce.entry import Entry
from services.produce.feed_to_entries import MAX_ENTRIES, MAX_FEED_BYTES
from services.produce.fetch_errors import FetchRefused
from services.produce.fetched import Unchanged
from services.produce.html_facts import bytes_print
from services.produce.reading import Reading, World
from services.produce.sitemap_to_entries import NoSitemap, sitemap_to_entries
from services.produce.source_registry import SourceSpec
from services.produce.unpack import gunzipped


async def read(spec: SourceSpec, checkpoint: Checkpoint, world: World) -> Reading:
    """Read the sitemap, or the newest sitemaps of an index, and take the pages that are new or edited."""
    found = await world.fetch(
        spec.url, etag=checkpoint.etag, last_modified=checkpoint.last_modified, max_bytes=MAX_FEED_BYTES
    )
    if isinstance(found, Unchanged):
        return Reading(checkpoint, least_interval=found.fresh_for)
    sitemap = await asyncio.to_thread(sitemap_to_entries, gunzipped(found.body, max_bytes=MAX_FEED_BYTES))
    body_print = bytes_print(found.body)
    if not sitemap.sitemaps and body_print == checkpoint.body_print:
        return Reading(checkpoint, least_interval=found.fresh_for)
    entries = [*sitemap.entries, *await _entries_below(sitemap.sitemaps, world)][:MAX_ENTRIES]
    progress = await read_entries(spec, checkpoint, entries, world)
    # An index that did not change may point to sitemaps that did: it is never asked for conditionally.
    settled = progress.is_complete and not sitemap.sitemaps
    return Reading(
        progress.checkpoint.model_copy(
            update={
                "etag": found.etag if settled else None,
                "last_modified": found.last_modified if settled else None,
                "body_print": body_print if settled else None,
            }
        ),
        new_pages=progress.new_pages,
        published=tuple(entry.published or entry.updated for entry in entries),
        least_interval=found.fresh_for,
        has_more=progress.has_more,
    )


async def _entries_below(urls: tuple[str, ...], world: World) -> list[Entry]:
    entries: list[Entry] = []
    for url in urls:
        try:
            found = await world.fetch(url, max_bytes=MAX_FEED_BYTES)
            if isinstance(found, Unchanged):
                continue
            raw = gunzipped(found.body, max_bytes=MAX_FEED_BYTES)
            entries += (await asyncio.to_thread(sitemap_to_entries, raw)).entries
        except (FetchRefused, NoSitemap) as error:
            world.dropped(error.reason)
    return entries
