"""Where a webhook may go: a tenant's URL must not reach what only this host can reach.

A name is resolved once, every address of it is judged, and the connection goes to an address that was judged.
A name that answers differently the second time (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

__all__ = ["Resolver", "is_public", "resolve"]

# Name and port -> addresses as text. Blocks; raises OSError where there are none.
Resolver = Callable[[str, int], Sequence[str]]

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
# Not unicast, reserved, or out of use since the standard library's table was made.
_NOT_FOR_US_V6 = (IPv6Network("3fff::/20"), IPv6Network("5f00::/16"), IPv6Network("fec0::/10"))


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, in the system's order of preference, each once.

    Raises:
        OSError: It has none, or nobody answers.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(address: str) -> bool:
    """Whether the address is one of the public Internet's, judged by what it leads to in the end.

    Private, loopback, link-local, shared (RFC 6598), multicast, reserved and unspecified ones are not, nor
    are IPv6 addresses that carry such an IPv4 address.

    Raises:
        ValueError: The text is no address.
    """
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        carried = _carried(parsed)
        if carried is not None:
            return _is_public_v4(carried)
        return (
            parsed.is_global
            and not (parsed.is_multicast or parsed.is_reserved)
            and not any(parsed in network for network in _NOT_FOR_US_V6)
        )
    return _is_public_v4(parsed)


def _is_public_v4(address: IPv4Address) -> bool:
    # 192.0.0.0/24 is for protocols (RFC 6890); the library takes parts of it for global.
    return address.is_global and not address.is_multicast and address.packed[:3] != b"\xc0\x00\x00"


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for: mapped, 6to4 or NAT64."""
    if address in _NAT64:
        return IPv4Address(address.packed[12:])
    return address.ipv4_mapped or address.sixtofour
