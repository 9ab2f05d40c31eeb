"""A stream on a Redis server that is not ours: read without a trace, or as a consumer of a group there."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from redis.exceptions import RedisError, ResponseError

from runtime.redis_client import connect
from services.produce.fetch_errors import HostUnreachable
from services.produce.refusals import UnreadableFile

Entries = list[tuple[str, dict[bytes, bytes]]]

_CONSUMER: Final = "tocsin"  # always the same: what a producer that died was given is given to the next one


class ForeignStream:
    """Entries of one stream, oldest first. Methods raise HostUnreachable, or UnreadableFile when it cannot be read."""

    def __init__(self, redis: Any, stream: str, group: str | None) -> None:
        self._redis = redis
        self._stream = stream
        self._group = group
        self._has_more_pending = True  # given to us before and never acknowledged

    async def next_entries(self, last_id: str, count: int) -> Entries:
        """Return the entries behind `last_id`; of a group, those that it has for us, whatever `last_id` is."""
        with _told():
            if self._group is None:
                found = await self._redis.xrange(self._stream, min=f"({last_id}", count=count)
            else:
                found = await self._next_of_group(self._group, count)
        # An entry that was deleted while it was pending comes without fields.
        return [(id.decode(), fields or {}) for id, fields in found]

    async def done(self, ids: Sequence[str]) -> None:
        """Acknowledge entries to the group; without one there is nobody to tell."""
        if self._group is not None and ids:
            with _told():
                await self._redis.xack(self._stream, self._group, *ids)

    async def _next_of_group(self, group: str, count: int) -> Any:
        if self._has_more_pending:
            pending = await self._read(group, "0", count)
            if pending:
                return pending
            self._has_more_pending = False
        return await self._read(group, ">", count)

    async def _read(self, group: str, after: str, count: int) -> Any:
        answer = await self._redis.xreadgroup(group, _CONSUMER, {self._stream: after}, count=count)
        if isinstance(answer, dict):  # RESP3
            return [entry for entries in answer.values() for batch in entries for entry in batch]
        return answer[0][1] if answer else []

    async def join(self) -> None:
        """Create the group at the stream's first entry when there is none."""
        if self._group is None:
            return
        with _told():
            try:
                await self._redis.xgroup_create(self._stream, self._group, id="0")
            except ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):  # the code of the reply, not its words
                    raise


@contextlib.asynccontextmanager
async def foreign_stream(server: str, stream: str, *, group: str | None = None) -> AsyncIterator[ForeignStream]:
    """Give the stream, and close the connection in the end."""
    redis: Any = connect(server)
    try:
        found = ForeignStream(redis, stream, group)
        await found.join()
        yield found
    finally:
        await redis.aclose()


@contextlib.contextmanager
def _told() -> Any:
    try:
        yield
    except ResponseError as error:
        raise UnreadableFile(f"the stream cannot be read: {error}") from None
    except (RedisError, OSError) as error:
        raise HostUnreachable(f"the stream's server cannot be read: {type(error).__name__}") from None
