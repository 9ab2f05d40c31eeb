"""The ingest edge: a message enters a stream at most once, only while there is room, and durably when asked.

What must stay true: looking an identity up, bounding the stream, adding the page and counting it are one script, so a
push whose reply was lost is harmless to repeat. `duplicate` is as good as `accepted` to the pusher: the page is in.
"""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from copy import copy
from functools import partial
from importlib.resources import files
from typing import Any, Final, Literal

from redis.exceptions import NoScriptError, OutOfMemoryError, ResponseError

from runtime.cluster import ClusterClient
from runtime.errors import TryAgain
from runtime.settings import RuntimeSettings
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
    """Disk or replicas did not confirm in time; the same pages may be pushed again without harm."""


class Ingest:
    """The way into one partition's `pages` stream, for every producer alike; and into `candidates`, for matchers."""

    def __init__(
        self,
        redis: Any,
        *,
        prefix: str,
        partition: str,
        max_waiting: int,
        remember_seconds: float,
        durable: bool,
        max_remembered: int = MAX_REMEMBERED,
        replicas: int = 0,
    ) -> None:
        """Prepare the edge; nothing is sent yet.

        `max_waiting` bounds the entries of the stream, `remember_seconds` and `max_remembered` the identities.
        `durable` waits after each batch until the server has synced it to its disk (WAITAOF, server ≥ 7.2 with AOF);
        `replicas` waits until so many replicas have it (WAIT), so that it outlives the loss of its master.
        The client should not retry writes by itself (`Retry(NoBackoff(), 0)`): a re-send is harmless but counted twice.
        """
        self._redis = redis
        self._key = partial(streams.key, prefix, partition)
        self._keys = self._keys_of(streams.PAGES, "produce")
        self._limits = (max_waiting, int(remember_seconds * 1000), max_remembered)
        self._durable, self._replicas = durable, replicas

    def into(self, stream: str, *, counted_as: str) -> "Ingest":
        """Return the same edge for another stream of the partition, counted in `stats:<counted_as>`."""
        other = copy(self)
        other._keys = self._keys_of(stream, counted_as)
        return other

    def _keys_of(self, stream: str, writer: str) -> tuple[str, str, str]:
        return self._key(stream), self._key("seen", stream), self._key("stats", writer)

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
                codes = await self._run("EVALSHA", _SHA1, arguments)
            except NoScriptError:  # a server that was restarted or is new; nothing of the batch has run
                codes = await self._run("EVAL", _SCRIPT, arguments)
        except OutOfMemoryError:  # refused before the first write of the script
            return ["full"] * len(batch)
        return [_OUTCOMES[int(code)] for code in codes]

    async def _run(self, command: str, script: str, arguments: list[Any]) -> list[int]:
        call = (command, script, len(self._keys), *self._keys, *arguments)
        if not self._durable and not self._replicas:
            codes: list[int] = await self._redis.execute_command(*call)
            return codes
        # One connection for all: WAITAOF and WAIT wait for the writes of their own connection only.
        at = await self._master()
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.execute_command(*call, **at)
        if self._replicas:
            pipeline.execute_command("WAIT", self._replicas, SYNC_TIMEOUT_MS, **at)
        if self._durable:
            pipeline.execute_command("WAITAOF", 1, 0, SYNC_TIMEOUT_MS, **at)
        codes, *confirmed = await pipeline.execute(raise_on_error=False)
        if isinstance(codes, Exception):
            raise codes
        if await self._master() != at:
            raise NotDurable("the pages' slot moved to another master meanwhile")
        if self._replicas:
            self._check_replicated(confirmed.pop(0))
        if self._durable:
            self._check_synced(confirmed.pop())
        return codes

    async def _master(self) -> dict[str, Any]:
        """Return the option that sends a command to the master of our slot; on a single server none is needed."""
        if not isinstance(self._redis, ClusterClient):
            return {}
        return {"target_nodes": await self._redis.master_of(self._keys[0])}

    def _check_replicated(self, replicas: Any) -> None:
        if isinstance(replicas, Exception):
            raise replicas
        if replicas < self._replicas:
            raise NotDurable(
                f"{replicas} replicas have the pages after {SYNC_TIMEOUT_MS} ms; expected {self._replicas}"
            )

    def _check_synced(self, synced: Any) -> None:
        if isinstance(synced, ResponseError):
            # Older than 7.2, or without an append-only file: nothing to wait for, now or later.
            log.warning("durable pushes are not possible on this server", extra={"error": str(synced)})
            self._durable = False
        elif isinstance(synced, Exception):
            raise synced
        elif synced[0] < 1:
            raise NotDurable(f"the server has not synced its append-only file within {SYNC_TIMEOUT_MS} ms")


def edges(
    redis: Any, settings: RuntimeSettings, *, remember_seconds: float, durable: bool = False
) -> dict[str, Ingest]:
    """Return the edge of each partition by its tag: as bounded, and on as many replicas, as the settings say."""
    return {
        tag: Ingest(
            redis,
            prefix=settings.stream_prefix,
            partition=tag,
            max_waiting=settings.max_waiting,
            remember_seconds=remember_seconds,
            durable=durable,
            replicas=settings.wait_replicas,
        )
        for tag in settings.tags
    }


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
