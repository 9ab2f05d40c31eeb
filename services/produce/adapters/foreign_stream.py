"""A stream on a Redis server that is not ours, read without a trace."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from redis.exceptions import RedisError, ResponseError

from runtime.redis_client import connect
from services.produce.fetch_errors import HostUnreachable
from services.produce.refusals import UnreadableFile

Entries = list[tuple[str, dict[bytes, bytes]]]


@contextlib.asynccontextmanager
async def entries_behind(server: str, stream: str) -> AsyncIterator[Callable[[str, int], Awaitable[Entries]]]:
    """Give a function (id, count) → the entries behind that id, oldest first.

    Raises HostUnreachable when the server is away, and UnreadableFile when the key is no stream.
    """
    redis: Any = connect(server)

    async def next_entries(last_id: str, count: int) -> Entries:
        try:
            found = await redis.xrange(stream, min=f"({last_id}", count=count)
        except ResponseError as error:
            raise UnreadableFile(f"the stream cannot be read: {error}") from None
        except (RedisError, OSError) as error:
            raise HostUnreachable(f"the stream's server cannot be read: {type(error).__name__}") from None
        return [(id.decode(), fields) for id, fields in found]

    try:
        yield next_entries
    finally:
        await redis.aclose()
