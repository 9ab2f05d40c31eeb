"""A lease in Redis: of several processes one works, and another takes over when the first was not seen for a while.

A process that was stopped for longer than its lease finds another one at work when it goes on: it must see that from
`renew`, and let the other one work.
"""

import secrets
from typing import Any


class Lost(Exception):
    """Somebody else holds the lease now."""


class Lease:
    """One process's claim to a key of its own."""

    def __init__(self, redis: Any, key: str, *, seconds: int) -> None:
        self._redis = redis
        self._key = key
        self._seconds = seconds
        self._me = secrets.token_hex(8).encode()

    async def take(self) -> bool:
        """Return whether the lease was free and is ours now."""
        return bool(await self._redis.set(self._key, self._me, nx=True, ex=self._seconds))

    async def renew(self) -> None:
        """Hold the lease for its full time again; raises Lost when it is somebody else's."""
        holder = await self._redis.get(self._key)
        # EXPIRE, because a full server takes no SET. Between the two somebody else may just have taken it: then the
        # other one's lease is held a little longer, and the next renewal finds out.
        if holder == self._me and await self._redis.expire(self._key, self._seconds):
            return
        if holder not in (None, self._me) or not await self.take():
            raise Lost(self._key)

    async def let_go(self) -> None:
        """Free the lease when it is ours, so that the next process need not wait for its end."""
        if await self._redis.get(self._key) == self._me:
            await self._redis.delete(self._key)
