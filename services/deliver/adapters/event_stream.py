"""One event stream: catches up from the log, then rides the ring; a slow reader falls back to the log by itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from redis.exceptions import RedisError
from starlette.responses import Response

from runtime import canary
from runtime.cancelling import end_if_cancelled
from runtime.settings import RuntimeSettings
from services.deliver.adapters import alert_log
from services.deliver.adapters.ring import CHUNK_ALERTS, Ring
from services.deliver.alert_filter import EVERYTHING, AlertFilter
from services.deliver.facts import to_data, to_entry
from services.deliver.frames import HEARTBEAT, Gap, alert_frame, canary_frame, gap_frame, hello_frame
from services.deliver.positions import BEGINNING, as_numbers, to_sequence

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]

RETRY_MILLISECONDS = 2000
LOG_READS = 8  # of the log at once; each takes a connection to the server, which keeps what it once needed
CANARY_SECONDS = 1.0  # between two looks for a new canary, while somebody wants to be told
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # a proxy that gathers would hold alerts back
]


@dataclass(slots=True, eq=False)
class Reader:
    """Where a stream's reader stands."""

    after: str  # id of the last entry it was sent or that was passed over for it
    is_known: bool = False  # `after` was given as an id of the log, so that a log without it is noticed
    wants_canary: bool = False
    canary_at: str = ""  # id of the last canary it was told of
    sent_at: float = 0.0
    is_gone: bool = False


class Streams:
    """All open event streams of the process."""

    def __init__(self, ring: Ring, redis: Any, settings: RuntimeSettings, *, heartbeat_seconds: float) -> None:
        self.ring = ring
        self.redis = redis
        self.settings = settings
        self.heartbeat_seconds = heartbeat_seconds
        self.readers: set[Reader] = set()
        self.is_closing = False
        self.log_turn = asyncio.Semaphore(LOG_READS)
        self.canary_at, self.canary = "", b""  # the newest canary: its id and its frame

    def close(self) -> None:
        """End every stream; clients come back with their position."""
        self.is_closing = True
        self.ring.wake()

    async def keep_alive(self) -> None:
        """Wake everyone now and then, so that the silent get their heartbeat, for ever."""
        while True:
            await asyncio.sleep(self.heartbeat_seconds / 2)
            self.ring.wake()

    async def hear_canaries(self) -> None:
        """Look for the newest canary now and then, while any reader wants to be told of it, for ever."""
        keys = self.settings.keys(canary.STREAM)
        while True:
            await asyncio.sleep(CANARY_SECONDS)
            end_if_cancelled()
            if not any(reader.wants_canary for reader in self.readers):
                continue
            try:
                newest = [entry for key in keys for entry in await self.redis.xrevrange(key, count=1)]
            except (RedisError, OSError):
                continue
            for id, fields in newest:
                if not self.canary_at or as_numbers(id.decode()) > as_numbers(self.canary_at):
                    self.canary_at, self.canary = id.decode(), canary_frame(fields.get(b"d", b"{}"))
                    self.ring.wake()

    async def chunks(self, reader: Reader, wanted: AlertFilter) -> AsyncIterator[bytes]:
        """Yield what to send: a gap if there is one, what was missed, what comes, and heartbeats; ends at close().

        A chunk may be empty, and is kept by nobody here while its reader takes it.
        """
        yield hello_frame(RETRY_MILLISECONDS)
        if (gap := await self._gap(reader)) is not None:
            yield gap_frame(gap, now=datetime.now(UTC))
        while not self.is_closing and not reader.is_gone:
            place = self.ring.place_after(reader.after)
            if place is None:
                yield await self._from_log(reader, wanted)
                continue
            if place < self.ring.end:
                yield self._from_ring(reader, place, wanted)
                continue
            if reader.wants_canary and reader.canary_at != self.canary_at:
                reader.canary_at = self.canary_at
                yield self.canary
                continue
            if monotonic() - reader.sent_at >= self.heartbeat_seconds:
                yield HEARTBEAT
                continue  # something may have come while it was sent
            await self.ring.changed()

    def _from_ring(self, reader: Reader, place: int, wanted: AlertFilter) -> bytes:
        """Return the next frames of the ring, and move the reader behind them."""
        chunk, reader.after = self.ring.chunk(place, wanted)
        return chunk

    async def _from_log(self, reader: Reader, wanted: AlertFilter) -> bytes:
        """Return the next frames that the log has between the reader and the ring, and move the reader behind them."""
        end = as_numbers(self.ring.after)
        async with self.log_turn:
            page = await alert_log.entries_after(self.redis, self.settings, reader.after, count=CHUNK_ALERTS)
        # Beyond the last entry there is nothing up to the ring.
        reached_the_ring = len(page) < CHUNK_ALERTS or as_numbers(page[-1][0]) >= end
        reader.after = f"{end[0]}-{end[1]}" if reached_the_ring else page[-1][0]
        return b"".join(_frames([one for one in page if as_numbers(one[0]) <= end], wanted))

    async def _gap(self, reader: Reader) -> Gap | None:
        if reader.after == BEGINNING:
            return None
        asked_for = to_sequence(reader.after)
        first = await alert_log.missing_after(self.redis, self.settings, reader.after)
        if first is not None:
            return Gap(
                asked_for=asked_for, first_retained=None if first == "$" else to_sequence(first), reason="trimmed"
            )
        last = await alert_log.last_id(self.redis, self.settings)
        if not reader.is_known or as_numbers(reader.after) <= as_numbers(last):
            return None
        # A position of another log, such as before the server lost its data: nothing between can be vouched for.
        oldest = await alert_log.first_id(self.redis, self.settings)
        reader.after = BEGINNING
        return Gap(asked_for=asked_for, first_retained=to_sequence(oldest) if oldest else None, reason="ahead")


def _frames(page: list[alert_log.Entry], wanted: AlertFilter) -> Iterator[bytes]:
    for id, data in page:
        if wanted == EVERYTHING:
            ready = to_data(id, data)
        else:
            entry = to_entry(id, data)
            ready = entry.data if entry is not None and wanted.matches(entry.facts) else None
        if ready is not None:
            yield alert_frame(id, ready)


class EventStream(Response):
    """The response of one event stream.

    A reader that stalls is left alone: its own task waits for it, the ring moves on without it, and the kernel ends the
    connection when nothing was read for too long (TCP_USER_TIMEOUT of the listening socket).
    """

    def __init__(self, streams: Streams, reader: Reader, wanted: AlertFilter) -> None:
        super().__init__(media_type="text/event-stream")
        self.streams = streams
        self.reader = reader
        self.wanted = wanted

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Send until the client goes away or we close."""
        reader = self.reader
        self.streams.readers.add(reader)
        leaving = asyncio.create_task(self._watch(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
            async for chunk in self.streams.chunks(reader, self.wanted):
                if not chunk:
                    continue
                reader.sent_at = monotonic()
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                # uvicorn has a copy of what is not taken yet. For a reader that does not read nothing else is kept,
                # and nothing more is read from the log: this returns when little is left to be taken.
                del chunk
                await send({"type": "http.response.body", "body": b"", "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self.streams.readers.discard(reader)
            leaving.cancel()

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.reader.is_gone = True
