"""Which addresses we may be sent to: the public Internet, and nothing of our own network.

A URL that somebody gives us must not reach what only we can reach. So the addresses are judged that a name really
resolves to, and the connection goes to exactly those.
"""

import ipaddress
from urllib.parse import urlsplit

from runtime.errors import Unprocessable

NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ForbiddenTarget(Unprocessable):
    """A URL leads where we do not go; the message never carries credentials or the path."""


def check_url(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of a URL we may try; raises ForbiddenTarget for anything but http and https."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ForbiddenTarget("expected a URL, found something else") from None
    if parts.scheme not in ("http", "https"):
        raise ForbiddenTarget(f"expected http or https, found '{parts.scheme[:20]}'")
    if not host:
        raise ForbiddenTarget("the URL names no host")
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80)


def is_public(address: str) -> bool:
    """Return whether an address belongs to the public Internet, also when it is wrapped into an IPv6 one."""
    try:
        found: Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(one.is_global and not one.is_multicast for one in (found, *_wrapped(found)))


def _wrapped(address: Address) -> list[Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found: list[Address] = [one for one in (address.ipv4_mapped, address.sixtofour) if one is not None]
    if address.teredo is not None:
        found += address.teredo
    if address in NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return found
