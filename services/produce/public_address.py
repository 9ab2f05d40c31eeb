"""Which addresses may be connected to: the public internet, and networks that were allowed by hand."""

import re
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Network = IPv4Network | IPv6Network
_NAT64: Final = ip_network("64:ff9b::/96")
_NUMBERS: Final = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+)){0,3}\Z")


def is_allowed(address: str, allowed: Sequence[Network] = ()) -> bool:
    """Return whether `address` may be connected to; an IPv6 address that carries an IPv4 one counts as that."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        ip = _inner(ip)
    if any(ip.version == network.version and ip in network for network in allowed):
        return True
    is_site_local = isinstance(ip, IPv6Address) and ip.is_site_local  # given up by RFC 3879, and routed at home still
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not is_site_local


def names_forbidden(host: str, allowed: Sequence[Network] = ()) -> bool:
    """Return whether a host is an address that may not be connected to, in whatever way it is written.

    For those who cannot see what a name resolves to. Resolvers read `2130706433`, `0x7f.1` and `127.0.0.1.` as they
    read `127.0.0.1`, and `localhost` without asking anybody.
    """
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return not is_allowed("127.0.0.1", allowed)
    address = _written_out(name)
    return address is not None and not is_allowed(address, allowed)


def _written_out(name: str) -> str | None:
    """Return the address that stands for a name; None when it is the name of something."""
    try:
        return str(ip_address(name.partition("%")[0]))
    except ValueError:
        pass
    if not _NUMBERS.match(name):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        return None


def _inner(ip: IPv6Address) -> IPv4Address | IPv6Address:
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    teredo = ip.teredo
    return ip.ipv4_mapped or ip.sixtofour or (teredo[1] if teredo else None) or ip
