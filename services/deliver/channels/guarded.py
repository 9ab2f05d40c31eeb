"""Requests to addresses of others: only to the public Internet, and to the address that was judged.

The name is resolved once; what it resolves to is judged; the connection goes to that address, under the name for TLS.
So a name that changes its address in between (DNS rebinding) changes nothing. Redirects are never followed blindly.
"""

import asyncio
import socket
import ssl
from functools import cache
from typing import Any

import httpx

from services.deliver.addresses import ForbiddenTarget, check_url, is_public

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0


async def resolve(host: str, port: int, *, allow_private: bool) -> str:
    """Return an address of a host; raises ForbiddenTarget when any of its addresses is not public."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise httpx.ConnectError("the name of the host is not known") from None
    addresses = [str(one[4][0]) for one in found]
    if not allow_private and (wrong := [one for one in addresses if not is_public(one)]):
        raise ForbiddenTarget(
            f"the host resolves to {wrong[0]}, which is not on the public Internet;"
            " TOCSIN_DELIVER_ALLOW_PRIVATE_TARGETS=true allows it"
        )
    return addresses[0]


async def send(
    method: str, url: str, *, allow_private: bool, headers: dict[str, str], content: bytes = b"", most_bytes: int = 0
) -> tuple[int, httpx.Headers, bytes]:
    """Return status, headers and up to `most_bytes` of the body of one request; redirects are not followed.

    Raises ForbiddenTarget, or httpx.HTTPError (also for a name that is not known and for a time that ran out).
    """
    _, host, port = check_url(url)
    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            address = await resolve(host, port, allow_private=allow_private)
            return await _send_to(address, method, httpx.URL(url), headers, content, most_bytes)
    except TimeoutError:
        raise httpx.ReadTimeout(f"no answer within {TOTAL_SECONDS:.0f} s") from None


@cache
def _trust() -> ssl.SSLContext:
    """Return what we trust; read once, since that takes longer than a request."""
    return ssl.create_default_context()


async def _send_to(
    address: str, method: str, url: httpx.URL, headers: dict[str, str], content: bytes, most_bytes: int
) -> tuple[int, httpx.Headers, bytes]:
    extensions: dict[str, Any] = {"sni_hostname": url.host}
    timeout = httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS)
    async with httpx.AsyncClient(timeout=timeout, verify=_trust(), follow_redirects=False, trust_env=False) as client:
        request = client.build_request(
            method,
            url.copy_with(host=address),
            headers={**headers, "host": url.netloc.decode("ascii")},
            content=content,
            extensions=extensions,
        )
        response = await client.send(request, stream=True)
        try:
            body = b""
            if most_bytes:
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > most_bytes:
                        break
            return response.status_code, response.headers, body
        finally:
            await response.aclose()
