"""Which addresses may be connected to: the public internet, and networks that were allowed by hand."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Network = IPv4Network | IPv6Network
_NAT64: Final = ip_network("64:ff9b::/96")


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
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def is_address(host: str) -> bool:
    """Return whether a host is written as an address and not as a name."""
    try:
        ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return True


def _inner(ip: IPv6Address) -> IPv4Address | IPv6Address:
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    teredo = ip.teredo
    return ip.ipv4_mapped or ip.sixtofour or (teredo[1] if teredo else None) or ip
