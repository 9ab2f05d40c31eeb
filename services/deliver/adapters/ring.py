"""The ring: the newest alerts, read once from the log by one task, and shared by every subscriber.

What must stay true: a subscriber owns nothing here but a number, its place. So a thousand of them cost one reading of
the log, and one that does not read costs nothing at all: the ring moves on, and it catches up from the log later.
"""

import asyncio
import logging
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from itertools import islice
from time import time
from typing import Any

from redis.exceptions import RedisError

from runtime.cancelling import end_if_cancelled
from runtime.settings import RuntimeSettings
from services.deliver.adapters import alert_log
from services.deliver.alert_filter import EVERYTHING, AlertFilter
from services.deliver.facts import Entry, to_entry
from services.deliver.frames import alert_frame
from services.deliver.positions import as_numbers

log = logging.getLogger("tocsin.deliver")

RETRY_SECONDS = 0.5
# Alerts are gathered this long per subscriber before they are sent: a thousand streams get 10 chunks a second each
# instead of one for each alert, which two cores could not send; a single reader waits a tenth of a millisecond.
GATHER_SECONDS_PER_STREAM = 0.0001
MOST_GATHER_SECONDS = 0.2
CHUNK_ALERTS = 32  # sent at once, of 2 or 4 KB each: what a reader that does not read keeps in memory


class Ring:
    """The newest alerts in order; places are counted from the first alert ever put in."""

    def __init__(self, size: int) -> None:
        self.entries: deque[Entry] = deque(maxlen=size)
        self.frames: deque[bytes] = deque(maxlen=size)  # of news; b"" for what is sent only to who asks for it
        self.end = 0  # place after the newest
        self.after = "0-0"  # the ring holds everything that the log has after this id
        self.last = "0-0"  # id of the newest entry read, shown or not
        self._changed = asyncio.Event()
        self._chunks: dict[tuple[int, AlertFilter], tuple[bytes, str]] = {}

    @property
    def start(self) -> int:
        """Place of the oldest alert held."""
        return self.end - len(self.entries)

    def begin(self, after: str) -> None:
        """Begin after an id of the log."""
        self.after = self.last = after

    def put(self, entries: list[Entry], last: str) -> None:
        """Add alerts, oldest out; `last` is the id of the newest entry read."""
        for entry in entries:
            if len(self.entries) == self.entries.maxlen:
                self.after = self.entries[0].id
            self.entries.append(entry)
            self.frames.append(alert_frame(entry.id, entry.data) if entry.is_news else b"")
            self.end += 1
        self.last = last
        self._chunks.clear()

    def wake(self) -> None:
        """Wake everyone who waits."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def changed(self) -> None:
        """Return when there is something new, or when it is time for a heartbeat."""
        await self._changed.wait()

    def place_after(self, id: str) -> int | None:
        """Return the place of the first alert after an id; None when the ring no longer reaches back that far."""
        if as_numbers(id) < as_numbers(self.after):
            return None
        return self.start + bisect_right(self.entries, as_numbers(id), key=lambda entry: as_numbers(entry.id))

    def chunk(self, place: int, wanted: AlertFilter) -> tuple[bytes, str]:
        """Return the next frames from a place on, joined once for all at the same place, and the id they reach."""
        found = self._chunks.get((place, wanted))
        if found is None:
            offset = place - self.start
            end = min(offset + CHUNK_ALERTS, len(self.entries))
            frames, entries = list(islice(self.frames, offset, end)), list(islice(self.entries, offset, end))
            reached = self.last if end == len(self.entries) else entries[-1].id
            if wanted != EVERYTHING:
                frames = [
                    frame or alert_frame(entry.id, entry.data)
                    for frame, entry in zip(frames, entries, strict=True)
                    if wanted.matches(entry.facts)
                ]
            found = self._chunks[(place, wanted)] = b"".join(frames), reached
        return found


class Tailer:
    """The one reader of the log in this process."""

    def __init__(
        self,
        ring: Ring,
        settings: RuntimeSettings,
        *,
        on_entry: Callable[[Entry], None],
        on_skipped: Callable[[], None],
        count_streams: Callable[[], int] = int,
    ) -> None:
        self.ring = ring
        self.settings = settings
        self.count_streams = count_streams  # more of them gather for longer
        self.last_read_at = 0.0  # Unix time of the last reading that worked; 0: never
        self.is_following = asyncio.Event()
        self._on_entry = on_entry
        self._on_skipped = on_skipped

    async def run(self, redis: Any) -> None:
        """Follow the log for ever, through troubles with the server."""
        while True:
            end_if_cancelled()
            try:
                if not self.is_following.is_set():
                    self.ring.begin(await alert_log.last_id(redis, self.settings))
                    self.is_following.set()
                await self._follow(redis)
            except (RedisError, OSError) as error:
                log.warning("the alert log cannot be read; will retry", extra={"error": type(error).__name__})
                await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self, redis: Any) -> None:
        while True:
            end_if_cancelled()
            read = await alert_log.wait_after(redis, self.settings, self.ring.last)
            self.last_read_at = time()
            if not read:
                continue
            entries = []
            for id, data in read:
                entry = to_entry(id, data)
                if entry is None:
                    self._on_skipped()
                    continue
                entries.append(entry)
                self._on_entry(entry)
            self.ring.put(entries, read[-1][0])
            self.ring.wake()
            await asyncio.sleep(min(self.count_streams() * GATHER_SECONDS_PER_STREAM, MOST_GATHER_SECONDS))
