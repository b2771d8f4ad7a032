"""The sender of a request, as limits count it."""

import ipaddress
from functools import lru_cache

from django.http import HttpRequest


def sender_of(request: HttpRequest) -> str:
    """Return the address of the sender; for IPv6 the /64 network, since each computer in it has millions."""
    return _network_of(request.META.get("REMOTE_ADDR", ""))


@lru_cache(maxsize=4096)
def _network_of(address: str) -> str:
    """Return the /64 network of an IPv6 address, or the IPv4 address that it maps; of any other the address itself."""
    try:
        known = ipaddress.IPv6Address(address)
    except ValueError:  # IPv4, or what a proxy claims
        return address
    return str(known.ipv4_mapped or ipaddress.IPv6Network((known, 64), strict=False))
