"""A small HTTP/1.1 server whose answers may be anything, also what no honest server would send."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic


@dataclass(frozen=True)
class Request:
    """A request as it came: host without port, path with query, headers in lower case."""

    host: str
    path: str
    headers: Mapping[str, str]
    at: float


@dataclass
class Answer:
    """What is sent back. `pieces` come one after the other, `pause_seconds` apart; `is_cut` breaks the connection."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html; charset=utf-8"})
    pieces: AsyncIterator[bytes] | None = None
    raw_head: bytes | None = None  # instead of a status line and headers
    is_cut: bool = False


Handler = Callable[[Request], Answer | Awaitable[Answer]]


@dataclass
class Traffic:
    """What one host has seen."""

    requests: list[Request] = field(default_factory=list)
    open_now: int = 0
    most_open: int = 0

    def least_span_seconds(self, count: int) -> float:
        """The shortest time from a request to the one `count` later; one late arrival hardly moves it."""
        times = [request.at for request in self.requests]
        return min((later - sooner for sooner, later in zip(times, times[count:], strict=False)), default=float("inf"))


class Server:
    """Serves every host name on one port of 127.0.0.1; `handlers` is by host name."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self.handlers = handlers
        self.traffic: defaultdict[str, Traffic] = defaultdict(Traffic)
        self.port = 0
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Server":
        self._server = await asyncio.start_server(self._connection, "127.0.0.1", self.port, backlog=1000)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    async def resolve(self, host: str, port: int) -> list[str]:
        """Every name is here, but for those that say where they are: `10-0-0-1.private.example`."""
        label, _, rest = host.partition(".")
        return [label.replace("-", ".")] if rest == "private.example" else ["127.0.0.1"]

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while await self._answer(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        path = head[0].split(" ")[1]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        request = Request(headers.get("host", "").partition(":")[0], path, headers, monotonic())
        traffic = self.traffic[request.host]
        traffic.requests.append(request)
        traffic.open_now += 1
        traffic.most_open = max(traffic.most_open, traffic.open_now)
        try:
            handler = self.handlers.get(request.host)
            answer = handler(request) if handler else Answer(status=404)
            if not isinstance(answer, Answer):
                answer = await answer
            return await self._send(answer, writer)
        finally:
            traffic.open_now -= 1

    async def _send(self, answer: Answer, writer: asyncio.StreamWriter) -> bool:
        headers = dict(answer.headers)
        if answer.pieces is None:
            headers.setdefault("Content-Length", str(len(answer.body)))
        else:
            headers.setdefault("Connection", "close")
        lines = [f"HTTP/1.1 {answer.status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
        writer.write(answer.raw_head or ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        writer.write(answer.body)
        await writer.drain()
        if answer.pieces is not None:
            async for piece in answer.pieces:
                writer.write(piece)
                await writer.drain()
        return answer.pieces is None and not answer.is_cut and headers.get("Connection") != "close"
