"""A receiver of webhooks that can be as unfriendly as the ones of the real world."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field


@dataclass
class Received:
    """A request that came."""

    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came, and how it is answered: a status line with headers, or "reset" or "silence"."""

    answer: Callable[[Received], str]
    port: int = 0
    received: list[Received] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)  # ids answered with success

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?secret-path"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            request = Received(headers, body)
            self.received.append(request)
            answer = self.answer(request)
            if answer == "silence":
                await reader.read()
                return
            if answer == "reset":
                writer.transport.abort()
                return
            if answer.startswith("2"):
                self.accepted.append(headers.get("webhook-id", ""))
            writer.write(f"HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n".encode())
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def a_receiver(answer: Callable[[Received], str] = lambda _: "200 OK") -> AsyncIterator[Receiver]:
    """Listen for the duration of a block."""
    receiver = Receiver(answer)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
