"""The alert log: CloudEvents in the `alerts` stream, read from anywhere, once or for ever.

What must stay true: a reader has its own position and leaves no trace in the log, so readers never meet; an entry that
is no CloudEvent is logged and skipped, so that one bad entry never silences a subscriber.
"""

import logging
from collections.abc import AsyncIterator
from typing import Any

from pydantic import ValidationError

from runtime.cancelling import end_if_cancelled
from runtime.redis_client import BLOCK_MILLISECONDS
from runtime.settings import RuntimeSettings
from schemas import CloudEvent, MonitorEvent, streams
from services.deliver.positions import NEW, as_numbers, parse_start, to_sequence, to_stream_id

log = logging.getLogger("tocsin.deliver")

PAGE = 500  # entries read at once: about 2 MB of alerts
Entry = tuple[str, bytes]  # stream id and the CloudEvent's JSON


def alerts_key(settings: RuntimeSettings) -> str:
    """Return the key of the alert log."""
    return settings.keys(streams.ALERTS)[0]


async def read(
    redis: Any, settings: RuntimeSettings, *, start: str, follow: bool
) -> AsyncIterator[tuple[str, CloudEvent]]:
    """Yield (stream id, event) of each alert in the order of the log; the rest as `read_all`."""
    async for id, event in read_all(redis, settings, start=start, follow=follow):
        if isinstance(event, CloudEvent):
            yield id, event


async def read_all(
    redis: Any, settings: RuntimeSettings, *, start: str, follow: bool
) -> AsyncIterator[tuple[str, CloudEvent | MonitorEvent]]:
    """Yield (stream id, event) in the order of the log, also silences and recoveries.

    `start`: "0" for everything, "$" for what comes from now on, a stream id for what stands after it, or an ISO time
    for what was written then or later. With `follow` it waits for more, for ever. Raises WrongPosition.
    """
    after = parse_start(start)
    if after == NEW:
        after = await last_id(redis, settings)
    while True:
        end_if_cancelled()
        batch = await (wait_after if follow else entries_after)(redis, settings, after)
        for id, data in batch:
            after = id
            if (event := to_event(id, data)) is not None:
                yield id, event
        if not batch and not follow:
            return


def to_event(id: str, data: bytes) -> CloudEvent | MonitorEvent | None:
    """Return an entry as an event with its `sequence`; None, and a line in the log, when it is no event."""
    try:
        event: CloudEvent | MonitorEvent = CloudEvent.from_json(data)
    except ValidationError as error:
        try:
            event = MonitorEvent.from_json(data)  # far rarer, so tried second
        except ValidationError:
            log.error("an entry of the alert log is no CloudEvent", extra={"id": id, "mistakes": error.error_count()})
            return None
    return event if event.sequence else event.model_copy(update={"sequence": to_sequence(id)})


async def entries_after(redis: Any, settings: RuntimeSettings, after: str, *, count: int = PAGE) -> list[Entry]:
    """Return up to `count` entries after an id, as they stand in the log, without waiting."""
    found = await redis.xrange(alerts_key(settings), min="(" + after, count=count)
    return [(id.decode(), fields.get(b"d", b"")) for id, fields in found]


async def wait_after(redis: Any, settings: RuntimeSettings, after: str, *, count: int = PAGE) -> list[Entry]:
    """Return up to `count` entries after an id, waiting about a second for the first one."""
    found = await redis.xread({alerts_key(settings): after}, count=count, block=BLOCK_MILLISECONDS)
    return [(id.decode(), fields.get(b"d", b"")) for _, entries in found or () for id, fields in entries]


async def entries_before(redis: Any, settings: RuntimeSettings, before: str, *, count: int = PAGE) -> list[Entry]:
    """Return up to `count` entries before an id ("+": the end), newest first."""
    if before != "+" and as_numbers(before) == (0, 0):
        return []  # the server refuses to look before the first id there can be
    found = await redis.xrevrange(alerts_key(settings), max=before if before == "+" else "(" + before, count=count)
    return [(id.decode(), fields.get(b"d", b"")) for id, fields in found]


async def last_id(redis: Any, settings: RuntimeSettings) -> str:
    """Return the id of the newest entry, "0-0" when there is none: reading after it yields what comes from now on."""
    found = await redis.xrevrange(alerts_key(settings), count=1)
    return found[0][0].decode() if found else "0-0"


async def first_id(redis: Any, settings: RuntimeSettings) -> str | None:
    """Return the id of the oldest retained entry, None when there is none."""
    found = await redis.xrange(alerts_key(settings), count=1)
    return found[0][0].decode() if found else None


async def missing_after(redis: Any, settings: RuntimeSettings, after: str) -> str | None:
    """Return the first retained id when entries after `after` were trimmed away, else None.

    Only the keeper of the log trims it, and notes the last id it removed; so a position that was exactly the last one
    removed has lost nothing, and says so.
    """
    removed = await redis.get(removed_key(settings))
    if removed is None or as_numbers(to_stream_id(removed.decode()) or "0-0") <= as_numbers(after):
        return None
    return await first_id(redis, settings) or "$"


def removed_key(settings: RuntimeSettings) -> str:
    """Return the key that holds the last id the keeper has trimmed away."""
    return settings.keys(streams.ALERTS, "removed")[0]


def produced_keys(settings: RuntimeSettings) -> list[str]:
    """Return the keys of the counters of the ingest edge, one a partition."""
    return settings.keys("stats", "produce")
