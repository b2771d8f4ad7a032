"""Which addresses of this machine the phones in the room can reach."""

import ipaddress
import socket
import time
from collections.abc import Iterator

import ifaddr
from django.conf import settings

_REFRESH_SECONDS = 10.0
EVERY_NETWORK = "0.0.0.0"  # noqa: S104 phones come from the network


def lan_addresses() -> list[str]:
    """IPv4 addresses of this machine's networks, the likeliest venue Wi-Fi first."""
    found = {
        str(ip.ip)
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
        if isinstance(ip.ip, str) and not ipaddress.ip_address(ip.ip).is_loopback
    }
    return sorted(found, key=_likelihood)


def _likelihood(address: str) -> tuple[int, str]:
    """Home and venue routers hand out 192.168 and 10 addresses; 172.17 is usually a container bridge."""
    order = ("192.168.", "10.", "172.")
    return next((i for i, p in enumerate(order) if address.startswith(p)), len(order)), address


class LaptopHosts(list[str]):
    """Host names accepted on a laptop: itself, on whatever network it is now.

    Django reads ALLOWED_HOSTS at every request; the laptop may change Wi-Fi during the day, so the
    interfaces are read again every ten seconds. The list stays exact: a wildcard would switch the origin check off.
    """

    def __init__(self, *fixed: str | None) -> None:
        """`fixed`: other names that this installation answers to; an empty one counts for nothing."""
        self._fixed = ["localhost", "127.0.0.1", "[::1]", *filter(None, fixed)]
        super().__init__(self._fixed)
        self._read_at = -_REFRESH_SECONDS

    def answer_to(self, name: str) -> None:
        """One more name: the address that `serve` was told to listen on."""
        self._fixed.append(name)
        self._read_at = -_REFRESH_SECONDS

    def __iter__(self) -> Iterator[str]:
        if time.monotonic() - self._read_at > _REFRESH_SECONDS:
            name = socket.gethostname().lower()
            self[:] = [*self._fixed, name, f"{name}.local", *lan_addresses()]
            self._read_at = time.monotonic()
        return super().__iter__()


def public_url() -> str:
    """Where phones find the app: as configured, else this laptop's likeliest address. Never taken from a request."""
    if settings.PUBLIC_URL:
        return str(settings.PUBLIC_URL)
    host = settings.HOST if settings.HOST != EVERY_NETWORK else next(iter(lan_addresses()), "127.0.0.1")
    return f"http://{host}:{settings.PORT}"


def join_url(code: str) -> str:
    return f"{public_url()}/{code}/"


def join_address() -> str:
    """The address as people type it: without http:// and without the code, which stands beside it."""
    return public_url().removeprefix("http://").removeprefix("https://")
