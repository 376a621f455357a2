"""Whose request it is: the peer's address, or what trusted proxies say it is."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

Network = IPv4Network | IPv6Network


def networks(texts: Sequence[str]) -> list[Network]:
    """Addresses and networks as written in a setting.

    Raises:
        ValueError: a text is neither.
    """
    return [ip_network(text, strict=False) for text in texts]


class Addresses:
    """The addresses of requests, as they are counted; each is worked out once."""

    def __init__(self, trusted: Sequence[str]) -> None:
        known = networks(trusted)
        self._trusts_any = bool(known)
        self._found = lru_cache(maxsize=10_000)(
            lambda peer, forwarded_for: client_address(peer, forwarded_for, known)
        )

    def of(self, scope: Mapping[str, Any]) -> str:
        """The client's address of an ASGI scope."""
        peer = scope["client"][0] if scope["client"] else ""
        if not self._trusts_any:
            return self._found(peer, "")
        told = b",".join(v for k, v in scope["headers"] if k == b"x-forwarded-for")
        return self._found(peer, told.decode("latin-1"))


def client_address(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """The client's address; X-Forwarded-For counts only as far as trusted proxies wrote it.

    Each proxy appends the address it saw, so the list is read from its end: the first address
    that is no trusted proxy is the client. What stands before it anybody may have written.
    An IPv6 client is counted by its /64, which is what one household holds.
    """
    address = peer
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    while hops and _is_trusted(address, trusted):
        address = hops.pop()
    return _counted(address)


def _is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in trusted)


def _counted(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ip_network(f"{parsed}/64", strict=False).network_address)
    return str(parsed)
