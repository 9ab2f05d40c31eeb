"""Requests to addresses of others: only to the public Internet, and to the address that was judged.

The guard is the producer's (`services/produce/adapters/network.py`): the name is resolved once, at the moment of
connecting, and the connection goes to that very address, so that a name which changes its address in between (DNS
rebinding) changes nothing. Redirects are never followed blindly, and no body is unpacked beyond its limit.
"""

import asyncio
import base64
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from urllib.parse import urljoin

import httpcore
import httpx

from services.deliver.addresses import ForbiddenTarget, check_url
from services.produce.adapters.network import GuardedTransport, Resolve, resolve
from services.produce.fetch_errors import PrivateAddress
from services.produce.public_address import Network
from services.produce.unpack import ACCEPT_ENCODING, Unpacker

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0
MOST_REDIRECTS = 3
REDIRECTS = (301, 302, 303, 307, 308)
EVERYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))
# A connection that was kept may be closed by the other side just as we send: a new one each time is surer.
LIMITS = httpx.Limits(max_keepalive_connections=0)


@dataclass(frozen=True)
class Answer:
    """What came back; `url` is the one that answered at last."""

    url: str
    status: int
    headers: httpx.Headers
    body: bytes


class Outgoing:
    """The way out of a process. Networks that are not public have to be allowed."""

    def __init__(self, allowed: Sequence[Network] = (), *, resolve: Resolve = resolve) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._made: GuardedTransport | None = None

    @property
    def _transport(self) -> GuardedTransport:
        """Made with the first request: reading whom to trust takes longer than one."""
        self._made = self._made or GuardedTransport(allowed=self._allowed, resolve=self._resolve, limits=LIMITS)
        return self._made

    async def send(
        self, method: str, url: str, *, headers: dict[str, str], content: bytes = b"", most_bytes: int = 0
    ) -> Answer:
        """Return the answer to one request, its body only when `most_bytes` says how large it may be.

        Raises ForbiddenTarget, httpx.HTTPError (also for a name that is not known and for a time that ran out), and
        for the body what `Unpacker` raises.
        """
        check_url(url)
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                return await self._send(method, url, headers, content, most_bytes)
        except TimeoutError:
            raise httpx.ReadTimeout(f"no answer within {TOTAL_SECONDS:.0f} s") from None
        except PrivateAddress:
            # Which address it is stays here: whoever may ask for a URL need not learn the names of our network.
            raise ForbiddenTarget(
                "the host is not on the public Internet; TOCSIN_DELIVER_ALLOW_PRIVATE_TARGETS=true allows it"
            ) from None
        except (httpx.InvalidURL, UnicodeError):
            raise ForbiddenTarget("expected a URL that can be asked for, found something else") from None
        except httpcore.ProtocolError as error:
            raise httpx.RemoteProtocolError(str(error)) from None

    async def get(self, url: str, *, headers: dict[str, str], most_bytes: int) -> Answer:
        """Return what is at a URL after a few redirects, each judged like the first; raises what send() does."""
        answer = await self.send("GET", url, headers=headers, most_bytes=most_bytes)
        for _ in range(MOST_REDIRECTS):
            if answer.status not in REDIRECTS or "location" not in answer.headers:
                break
            try:
                url = urljoin(url, answer.headers["location"])
            except ValueError:
                raise ForbiddenTarget("it redirects to something that is no URL") from None
            answer = await self.send("GET", url, headers=headers, most_bytes=most_bytes)
        return answer

    async def _send(self, method: str, url: str, headers: dict[str, str], content: bytes, most_bytes: int) -> Answer:
        parsed = httpx.URL(url)
        timeout = httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS)
        request = httpx.Request(
            method,
            parsed,
            headers={**_authorization(parsed), "accept-encoding": ACCEPT_ENCODING, **headers},
            content=content,
            extensions={"timeout": timeout.as_dict()},
        )
        response = await self._transport.handle_async_request(request)
        try:
            body = b""
            if most_bytes and response.status_code not in REDIRECTS:
                unpacker = Unpacker(response.headers.get("content-encoding", ""), max_bytes=most_bytes)
                async for piece in response.aiter_raw():
                    unpacker.feed(piece)
                body = unpacker.body()
            return Answer(url, response.status_code, response.headers, body)
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Close what is open."""
        if self._made is not None:
            await self._made.aclose()


def _authorization(url: httpx.URL) -> dict[str, str]:
    """Return the header for credentials that stand in a URL."""
    if not url.userinfo:
        return {}
    return {"authorization": "Basic " + base64.b64encode(f"{url.username}:{url.password}".encode()).decode()}
