"""RSS, Atom and JSON feeds: each entry leads to its page."""

import asyncio

from services.produce.adapters.entry_pages import read_entries
from services.produce.checkpoint import Checkpoint
from services.produce.feed_to_entries import MAX_FEED_BYTES, feed_to_entries
from services.produce.fetched import Unchanged
from services.produce.html_facts import bytes_print
from services.produce.reading import Reading, World
from services.produce.source_registry import SourceSpec


async def read(spec: SourceSpec, checkpoint: Checkpoint, world: World) -> Reading:
    """Read the feed if it changed, and take the pages of its new and edited entries.

    The feed's ETag is kept only once every entry is settled: until then it has to be sent again.
    """
    found = await world.fetch(
        spec.url, etag=checkpoint.etag, last_modified=checkpoint.last_modified, max_bytes=MAX_FEED_BYTES
    )
    if isinstance(found, Unchanged):
        return Reading(checkpoint, least_interval=found.fresh_for)
    body_print = bytes_print(found.body)
    if body_print == checkpoint.body_print:
        return Reading(checkpoint, least_interval=found.fresh_for)
    feed = await asyncio.to_thread(feed_to_entries, found.body, url=found.url, content_type=found.content_type)
    progress = await read_entries(spec, checkpoint, feed.entries, world)
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
        published=tuple(entry.published for entry in feed.entries),
        least_interval=max(filter(None, (feed.least_interval, found.fresh_for)), default=None),
        has_more=progress.has_more,
    )
