"""Connections that only go to allowed addresses, whatever a name resolves to at the moment of connecting."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any, Final

import httpcore
import httpx

from services.produce.fetch_errors import PrivateAddress
from services.produce.public_address import Network, is_allowed, names_forbidden

Resolve = Callable[[str, int], Awaitable[list[str]]]

# h11 and TLS buffers are about 100 KB a connection; a thousand hosts need not be kept open between readings.
LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=40, keepalive_expiry=15)


_LOOK_UPS: Final = 32  # names looked up at a time
_ADDRESSES_TRIED: Final = 4


@cache
def _look_up_threads() -> ThreadPoolExecutor:
    # Of their own: a name server that hangs holds a thread for half a minute, and pages are parsed in the usual ones.
    return ThreadPoolExecutor(_LOOK_UPS, thread_name_prefix="names")


async def resolve(host: str, port: int, *, look_up: Callable[..., Any] = socket.getaddrinfo) -> list[str]:
    """Return the addresses of a host, in the order to try them; raises OSError."""
    ask = partial(look_up, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_look_up_threads(), ask)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name once, refuses what is not allowed, and connects to that very address.

    Checking here and not before the request leaves no moment for the name to change (DNS rebinding), and covers every
    redirect and every robots.txt.
    """

    def __init__(self, *, allowed: Sequence[Network], resolve: Resolve) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._allowed = allowed
        self._resolve = resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (httpcore's signature)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first allowed address that answers."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._resolve(host, port)
        except (OSError, TimeoutError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name does not resolve ({type(error).__name__})") from error
        good = [address for address in addresses if is_allowed(address, self._allowed)]
        if not good:
            raise PrivateAddress("the host has no address on the public internet (TOCSIN_PRODUCE_ALLOWED_NETWORKS)")
        *first, last = good[:_ADDRESSES_TRIED]
        # Each gets its share: an IPv6 address that swallows packets must not use up the time of the IPv4 one behind it.
        share = timeout / len(good[:_ADDRESSES_TRIED]) if timeout else timeout
        for address in first:
            try:
                return await self._inner.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(last, port, share, local_address, socket_options)

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        """Never: a URL cannot ask for a socket file."""
        raise PrivateAddress("socket files are not fetched from")

    async def sleep(self, seconds: float) -> None:
        """Wait; httpcore asks for it between its own retries, of which there are none."""
        await asyncio.sleep(seconds)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport on guarded connections.

    Used without httpx's client: no cookies are kept, no redirect is followed unseen, no body is unpacked unseen.
    """

    def __init__(
        self, *, allowed: Sequence[Network] = (), resolve: Resolve = resolve, limits: httpx.Limits = LIMITS
    ) -> None:
        context = httpx.create_ssl_context(trust_env=True)  # SSL_CERT_FILE of a company's own authority
        super().__init__(limits=limits, verify=context)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=GuardedBackend(allowed=allowed, resolve=resolve),
        )


class ProxiedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport through a proxy, which resolves names and so has to be the guard of what they resolve to."""

    def __init__(self, proxy: str, *, allowed: Sequence[Network]) -> None:
        super().__init__(limits=LIMITS, proxy=proxy)
        self._allowed = allowed

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, unless its URL names a private address itself, however that is written."""
        if names_forbidden(request.url.host, self._allowed):
            raise PrivateAddress("the address is not on the public internet (TOCSIN_PRODUCE_ALLOWED_NETWORKS)")
        return await super().handle_async_request(request)


def transport_of(
    *, allowed: Sequence[Network], proxy: str | None, resolve: Resolve = resolve
) -> httpx.AsyncHTTPTransport:
    """Return the transport to fetch with: guarded, or through a proxy, which then is the one to guard."""
    if proxy:
        return ProxiedTransport(proxy, allowed=allowed)
    return GuardedTransport(allowed=allowed, resolve=resolve)
