"""A connection whose request heads are bounded in size and time: before anybody is known, nothing may be gathered.

uvicorn bounds neither with this parser: a head without an end would fill the memory, and one that never comes would
hold its place for ever.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 20.0


class BoundedConnection(HttpToolsProtocol):
    """Closes when a request's head grows too large or takes too long."""

    _head_bytes = 0
    _is_in_head = True
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Expect the first head."""
        super().connection_made(transport)
        self._begin()

    def on_message_begin(self) -> None:
        """Expect the rest of a head."""
        self._begin()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Let the request take as long as it takes."""
        self._is_in_head = False
        self._forget()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Take what comes, unless it is too much of a head."""
        super().data_received(data)
        if self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._forget()
        super().connection_lost(exc)

    def _begin(self) -> None:
        self._head_bytes, self._is_in_head = 0, True
        self._forget()
        self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
