"""The ingest edge: a page enters the pipeline at most once, only while there is room, and durably when asked.

What must stay true: looking an identity up, bounding the stream, adding the page and counting it are one script, so a
push whose reply was lost is harmless to repeat. `duplicate` is as good as `accepted` to the pusher: the page is in.
"""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Any, Final, Literal

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, OutOfMemoryError, ResponseError

from runtime.errors import TryAgain
from schemas import streams

log = logging.getLogger("tocsin.ingest")

Outcome = Literal["accepted", "duplicate", "full"]

_OUTCOMES: Final[dict[int, Outcome]] = {1: "accepted", 0: "duplicate", -1: "full"}
_SCRIPT: Final = files("runtime").joinpath("scripts", "ingest.lua").read_text("utf-8")
_SHA1: Final = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()

BATCH_PAGES: Final = 100  # a script holds the server: 100 pages of 10 KB take it about 2 ms
BATCH_BYTES: Final = 4 * 1024 * 1024  # and big pages shorten the batch instead of the server's patience
MAX_REMEMBERED: Final = 1_000_000  # identities; about 90 MB of the server's memory
SYNC_TIMEOUT_MS: Final = 5_000  # everysec syncs within 2 s on a working disk; under the client's socket timeout of 10 s


class NotDurable(TryAgain):
    """The server did not sync its append-only file in time; the same pages may be pushed again without harm."""


class Ingest:
    """The way into one partition's `pages` stream, for every producer alike."""

    def __init__(
        self,
        redis: "Redis",
        *,
        prefix: str,
        partition: str,
        max_waiting: int,
        remember_seconds: float,
        durable: bool,
        max_remembered: int = MAX_REMEMBERED,
    ) -> None:
        """Prepare the edge; nothing is sent yet.

        `max_waiting` bounds the entries of the stream, `remember_seconds` and `max_remembered` the identities.
        `durable` waits after each batch until the server has synced it to its disk (WAITAOF, server ≥ 7.2 with AOF).
        The client should not retry writes by itself (`Retry(NoBackoff(), 0)`): a re-send is harmless but counted twice.
        """
        self._redis = redis
        self._keys = (
            streams.key(prefix, partition, streams.PAGES),
            streams.key(prefix, partition, "seen", "pages"),
            streams.key(prefix, partition, "stats", "produce"),
        )
        self._limits = (max_waiting, int(remember_seconds * 1000), max_remembered)
        self._durable = durable

    async def push(self, payload: bytes, *, identity: str) -> Outcome:
        """Add one page (JSON of schemas.Page) unless its identity is remembered; "full": wait and offer it again."""
        return (await self.push_many([(payload, identity)]))[0]

    async def push_many(self, pages: Sequence[tuple[bytes, str]]) -> list[Outcome]:
        """Add (payload, identity) pairs in order; return one outcome for each.

        Once the stream is full the rest is "full" as well, except duplicates. Raises NotDurable, and whatever the
        client raises when the server cannot be reached; repeating the call is then right in both cases.
        """
        outcomes: list[Outcome] = []
        for batch in _batches(pages):
            outcomes += await self._push_batch(batch)
        return outcomes

    async def waiting(self) -> int:
        """Return how many pages wait in the stream or are being cleaned."""
        return int(await self._redis.xlen(self._keys[0]))

    async def _push_batch(self, batch: Sequence[tuple[bytes, str]]) -> list[Outcome]:
        arguments: list[Any] = [*self._limits]
        for payload, identity in batch:
            arguments += (_digest(identity), payload)
        try:
            try:
                codes = await self._run(arguments)
            except NoScriptError:  # a server that was restarted; nothing of the batch has run
                await self._redis.script_load(_SCRIPT)
                codes = await self._run(arguments)
        except OutOfMemoryError:  # refused before the first write of the script
            return ["full"] * len(batch)
        return [_OUTCOMES[int(code)] for code in codes]

    async def _run(self, arguments: list[Any]) -> list[int]:
        if not self._durable:
            codes: list[int] = await self._redis.evalsha(_SHA1, len(self._keys), *self._keys, *arguments)
            return codes
        # One connection for both: WAITAOF waits for the writes of its own connection only.
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.evalsha(_SHA1, len(self._keys), *self._keys, *arguments)
        pipeline.execute_command("WAITAOF", 1, 0, SYNC_TIMEOUT_MS)
        codes, synced = await pipeline.execute(raise_on_error=False)
        if isinstance(codes, Exception):
            raise codes
        self._check_synced(synced)
        return codes

    def _check_synced(self, synced: Any) -> None:
        if isinstance(synced, ResponseError):
            # Older than 7.2, or without an append-only file: nothing to wait for, now or later.
            log.warning("durable pushes are not possible on this server", extra={"error": str(synced)})
            self._durable = False
        elif isinstance(synced, Exception):
            raise synced
        elif synced[0] < 1:
            raise NotDurable(f"the server has not synced its append-only file within {SYNC_TIMEOUT_MS} ms")


def _digest(identity: str) -> bytes:
    """16 bytes of any identity: what the server remembers does not grow with the length of a URL."""
    return hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _batches(pages: Sequence[tuple[bytes, str]]) -> Iterator[Sequence[tuple[bytes, str]]]:
    start, size_bytes = 0, 0
    for index, (payload, _) in enumerate(pages):
        is_over = index - start >= BATCH_PAGES or size_bytes + len(payload) > BATCH_BYTES
        if is_over and index > start:
            yield pages[start:index]
            start, size_bytes = index, 0
        size_bytes += len(payload)
    if start < len(pages):
        yield pages[start:]
