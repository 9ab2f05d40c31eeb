"""Our own requests to addresses of others, on real sockets: nobody leads us where only we can go."""

import asyncio
import contextlib
import gzip
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from ipaddress import ip_network

import brotli
import httpx
import pytest

from services.deliver.addresses import ForbiddenTarget
from services.deliver.channels.guarded import EVERYWHERE, Outgoing
from services.produce.fetch_errors import CompressionBomb, UnsupportedEncoding
from services.produce.refusals import PageTooLarge
from tests.stages.a_receiver import a_receiver

ONE = [ip_network("127.0.0.1/32")]
MEGABYTE = 1 << 20


@dataclass
class Site:
    """A web server that answers everything with the same bytes."""

    answer: bytes
    port: int = 0
    heads: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            writer.write(self.answer)
            await writer.drain()
        writer.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


@contextlib.asynccontextmanager
async def a_site(body: bytes = b"", *headers: str, status: str = "200 OK") -> AsyncIterator[Site]:
    told = "".join(f"{one}\r\n" for one in headers)
    site = Site(f"HTTP/1.1 {status}\r\n{told}content-length: {len(body)}\r\n\r\n".encode() + body)
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    yield site
    server.close()


async def test_a_name_that_changes_its_address_changes_nothing() -> None:
    """The name is resolved once a request, and the connection goes to the address that was judged (DNS rebinding)."""
    asked: list[str] = []
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])

    async def resolve(host: str, _: int) -> list[str]:
        asked.append(host)
        return next(answers)

    async with a_receiver() as receiver:
        outgoing = Outgoing(ONE, resolve=resolve)
        url = f"http://rebind.example:{receiver.port}/"
        answer = await outgoing.send("POST", url, headers={}, content=b"x")
        with pytest.raises(ForbiddenTarget):
            await outgoing.send("POST", url, headers={}, content=b"x")
        await outgoing.close()

    assert answer.status == 200 and asked == ["rebind.example"] * 2
    [request] = receiver.received
    assert request.headers["host"] == f"rebind.example:{receiver.port}"


@pytest.mark.parametrize(
    "to", ["http://127.0.0.2:1/", "//localhost.:1/", "file:///etc/passwd", "http://[", "http://a b"]
)
async def test_a_redirect_is_judged_like_the_first_address(to: str) -> None:
    """Into our own network, out of the web, or to what is no address: refused, and nothing is asked for there."""
    async with a_site(b"", f"location: {to}", status="302 Found") as site:
        outgoing = Outgoing(ONE, resolve=_as_written)
        with pytest.raises(ForbiddenTarget):
            await outgoing.get(site.url, headers={}, most_bytes=MEGABYTE)
        await outgoing.close()

    assert len(site.heads) == 1


async def _as_written(host: str, _: int) -> list[str]:
    return [host if host[0].isdigit() else "127.0.0.2"]


@pytest.mark.parametrize(
    "url", ["http://a b/", "http://" + "a" * 64 + ".example/", "http://\u2f00\ud800/", "http://..:80/"]
)
async def test_what_cannot_be_asked_for_is_refused_in_words(url: str) -> None:
    """Names that no resolver takes are a mistake of whoever gave the URL, and no fault of ours."""
    outgoing = Outgoing(EVERYWHERE)
    with pytest.raises((ForbiddenTarget, httpx.ConnectError)):
        await outgoing.send("GET", url, headers={}, most_bytes=1)
    await outgoing.close()


@pytest.mark.parametrize(
    ("encoding", "body", "refusal"),
    [
        pytest.param("gzip", gzip.compress(bytes(200 * MEGABYTE), 1), CompressionBomb, id="gzip"),
        pytest.param("br", brotli.compress(bytes(200 * MEGABYTE), quality=1), UnsupportedEncoding, id="brotli"),
        pytest.param("identity", bytes(3 * MEGABYTE), PageTooLarge, id="not packed"),
    ],
)
async def test_a_body_never_unfolds_beyond_its_limit(encoding: str, body: bytes, refusal: type[Exception]) -> None:
    """200 MB of zeros in a few kilobytes cost us no more than the limit."""
    async with a_site(body, f"content-encoding: {encoding}") as site:
        outgoing = Outgoing(ONE)
        await outgoing.send("GET", site.url, headers={})  # what is loaded once is no part of it
        tracemalloc.start()
        with pytest.raises(refusal):
            await outgoing.get(site.url, headers={}, most_bytes=2 * MEGABYTE)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        await outgoing.close()

    assert peak < 10 * MEGABYTE


async def test_credentials_of_a_url_go_to_its_host_alone() -> None:
    """As Basic, and not on to where it redirects."""
    async with a_site(b"text") as there, a_site(b"", f"location: {there.url}", status="307 Away") as here:
        outgoing = Outgoing(ONE)
        answer = await outgoing.get(here.url.replace("//", "//ana:s%40fe@"), headers={}, most_bytes=100)
        await outgoing.close()

    assert (answer.url, answer.body) == (there.url, b"text")
    assert "authorization: Basic YW5hOnNAZmU=" in here.heads[0]
    assert "authorization" not in there.heads[0].lower()
