"""One page watched for change: each time its prose changes, it is a new revision."""

import asyncio

from services.produce.checkpoint import Checkpoint
from services.produce.fetched import Unchanged
from services.produce.fetched_to_page import fetched_to_page
from services.produce.reading import Reading, World
from services.produce.source_registry import SourceSpec


async def read(spec: SourceSpec, checkpoint: Checkpoint, world: World) -> Reading:
    """Read the page if it changed; a page whose paragraphs are the same is counted and dropped."""
    found = await world.fetch(spec.url, etag=checkpoint.etag, last_modified=checkpoint.last_modified)
    if isinstance(found, Unchanged):
        return Reading(checkpoint, least_interval=found.fresh_for)
    candidate = await asyncio.to_thread(
        fetched_to_page,
        found.body,
        url=found.url,
        content_type=found.content_type,
        source=spec.source,
        fetched_at=found.fetched_at,
    )
    revision, _, known_print = (checkpoint.position or "0 ").partition(" ")
    is_new = False
    if known_print == candidate.prose_print:
        world.dropped("unchanged")
    else:
        revision = str(int(revision) + 1)
        candidate = candidate.as_revision(int(revision))
        [is_new] = await world.push([(candidate.page, candidate.identity)])
    told = {"etag": found.etag, "last_modified": found.last_modified}
    return Reading(
        checkpoint.model_copy(update={**told, "position": f"{revision} {candidate.prose_print}"}),
        new_pages=int(is_new),
        least_interval=found.fresh_for,
    )
