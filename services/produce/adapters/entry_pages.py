"""Entries of a feed or sitemap → their pages, each fetched and pushed once, oldest first."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from runtime.errors import Unprocessable
from services.produce.checkpoint import KEPT_ENTRIES, Checkpoint
from services.produce.entry import Entry
from services.produce.fetch_errors import FetchFailed, InvalidUrl, PageNotFound, RobotsUnreachable, TooManyRequests
from services.produce.fetched import Unchanged
from services.produce.fetched_to_page import Candidate, fetched_to_page
from services.produce.reading import World
from services.produce.source_registry import SourceSpec

# A turn ends after so many fetches, so that a source with a year of entries does not keep the others waiting.
ENTRIES_A_TURN: Final = 30
TURN: Final = timedelta(minutes=1)  # or after so long: hosts that ask for slowness must not fill every reader's place
# The host is away, not the page: what is left is tried in the next reading.
FAILURES_IN_A_ROW: Final = 3

# A host that is down gets so many times the tries of a page that is not there: outages last hours, and end.
OUTAGE_PATIENCE: Final = 20

STALE: Final = "stale_entry"  # older than settings.oldest_entry when it was first seen


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the entries of one reading were dealt with."""

    checkpoint: Checkpoint
    new_pages: int
    is_complete: bool  # every entry is settled, so the feed need not be sent again unless it changes
    has_more: bool  # the turn ended before the entries did


async def read_entries(
    spec: SourceSpec, checkpoint: Checkpoint, entries: Sequence[Entry], world: World, *, others: int = KEPT_ENTRIES
) -> Progress:
    """Fetch and push the pages of the entries that are not settled; the checkpoint is saved behind each page.

    `others` is how many entries are remembered that are not among these.
    """
    open_entries = [entry for entry in reversed(entries) if not checkpoint.is_settled(entry)]
    # Oldest first, but what has failed before comes last: bad pages must not keep the good ones waiting.
    open_entries.sort(key=lambda entry: checkpoint.tries.get(entry.digest, 0))
    new_pages, failures, fetches = 0, 0, 0
    ends_at, is_over = world.now() + TURN, False
    for entry in open_entries:
        if checkpoint.entries.get(entry.digest) is None and _is_stale(entry, world):
            world.dropped(STALE)
            checkpoint = checkpoint.settled(entry)
            continue
        is_over = fetches >= ENTRIES_A_TURN or world.now() >= ends_at
        if is_over or failures >= FAILURES_IN_A_ROW:
            break
        fetches += 1
        try:
            checkpoint, is_new = await _take(spec, checkpoint, entry, world)
            new_pages += is_new
            failures = 0
            await world.save(spec, checkpoint)
        except (RobotsUnreachable, TooManyRequests):
            break
        except FetchFailed as error:
            failures += not isinstance(error, PageNotFound)
            checkpoint = _failed(checkpoint, entry, error, world)
        except Unprocessable as error:
            world.dropped(error.reason)
            checkpoint = checkpoint.settled(entry)
    checkpoint = checkpoint.keeping({entry.digest for entry in entries}, others=others)
    return Progress(
        checkpoint,
        new_pages,
        is_complete=all(checkpoint.is_settled(entry) for entry in entries),
        has_more=is_over and failures < FAILURES_IN_A_ROW,
    )


async def _take(spec: SourceSpec, checkpoint: Checkpoint, entry: Entry, world: World) -> tuple[Checkpoint, bool]:
    found = await world.fetch(entry.url)
    if isinstance(found, Unchanged):  # only an answer to a condition, and none was asked
        raise InvalidUrl("the server answers 304 without having been asked for changes")
    candidate: Candidate = await asyncio.to_thread(
        fetched_to_page,
        found.body,
        url=found.url,
        content_type=found.content_type,
        source=spec.source,
        fetched_at=found.fetched_at,
        title=entry.title,
        published=entry.published,
        updated=entry.updated,
    )
    revision = checkpoint.revision_of(entry, candidate.prose_print)
    page = candidate.as_revision(revision).page
    [is_new] = await world.push([(page, candidate.identity)])
    return checkpoint.settled(entry, revision=revision, page_print=candidate.prose_print), is_new


def _failed(checkpoint: Checkpoint, entry: Entry, error: FetchFailed, world: World) -> Checkpoint:
    checkpoint = checkpoint.tried(entry)
    patience = 1 if isinstance(error, PageNotFound) else OUTAGE_PATIENCE
    if checkpoint.tries[entry.digest] < world.settings.entry_attempts * patience:
        return checkpoint
    world.dropped(error.reason)
    return checkpoint.settled(entry)


def _is_stale(entry: Entry, world: World) -> bool:
    date = entry.published or entry.updated
    if date is None:
        return False
    try:
        at = datetime.fromisoformat(date.value)
    except ValueError:
        return False
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return world.now() - at > world.settings.oldest_entry
