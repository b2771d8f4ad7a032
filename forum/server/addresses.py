"""Which addresses of this machine the phones in the room can reach, and which one they are told."""

import ipaddress
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import ifaddr
from django.conf import settings
from django.urls import reverse

_REFRESH_SECONDS = 10.0
EVERY_NETWORK = "0.0.0.0"  # noqa: S104 phones come from the network

_TUNNELS = ("tun", "tap", "utun", "wg", "ppp", "ipsec", "tailscale", "zt", "nordlynx", "proton", "wireguard", "openvpn")
_BRIDGES = ("docker", "br-", "veth", "virbr", "vboxnet", "vmnet", "vethernet", "lxc", "lxd", "podman", "cni")
_RADIOS = ("wl", "wifi", "wi-fi")
"""How systems name their interfaces, at the beginning: of VPNs, of virtual machines, of Wi-Fi."""


@dataclass(frozen=True)
class Interface:
    """One IPv4 address of this machine, and the network that it belongs to."""

    name: str
    """As the system calls it: wlan0, en0…"""
    address: str

    def _is_named(self, beginnings: tuple[str, ...]) -> bool:
        return self.name.lower().startswith(beginnings)

    @property
    def is_tunnel(self) -> bool:
        """A VPN: phones in the room are not in it."""
        return self._is_named(_TUNNELS)

    @property
    def is_virtual(self) -> bool:
        """A network inside this machine, for its containers and virtual machines."""
        return self._is_named(_BRIDGES)

    @property
    def is_radio(self) -> bool:
        return self._is_named(_RADIOS)

    @property
    def _likelihood(self) -> tuple[bool, int, str]:
        """Home and venue routers hand out 192.168 and 10 addresses; 172.17 is usually a container bridge."""
        order = ("192.168.", "10.", "172.")
        rank = next((i for i, p in enumerate(order) if self.address.startswith(p)), len(order))
        return self.is_tunnel or self.is_virtual, rank, self.address


def interfaces() -> list[Interface]:
    """This machine's networks, the likeliest venue Wi-Fi first."""
    found = {
        Interface(adapter.nice_name, str(ip.ip))
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
        if isinstance(ip.ip, str) and not ipaddress.ip_address(ip.ip).is_loopback
    }
    return sorted(found, key=lambda interface: interface._likelihood)


def lan_addresses() -> list[str]:
    """IPv4 addresses of this machine's networks, the likeliest venue Wi-Fi first."""
    return list(dict.fromkeys(interface.address for interface in interfaces()))


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


def can_choose() -> bool:
    """Whether phones may be told one address or another: not where it is configured, nor where only one is served."""
    return not settings.PUBLIC_URL and settings.HOST == EVERY_NETWORK


def _kept() -> Path:
    """Where the choice is: with the data of this machine, whose networks it is about."""
    return Path(settings.DATA_DIR) / "address"


def choice() -> Interface | None:
    """What the facilitator chose, as it was then; None: nothing yet, so the likeliest serves."""
    try:
        address, _space, name = _kept().read_text(encoding="utf-8").strip().partition(" ")
    except OSError:
        return None
    return Interface(name, address) if address else None


def choose(interface: Interface | None) -> None:
    """Put this address into every QR code from now on, in all processes of this machine; None: the likeliest."""
    if interface is None:
        _kept().unlink(missing_ok=True)
        return
    unfinished = _kept().with_suffix(f".{os.getpid()}.part")
    unfinished.write_text(f"{interface.address} {interface.name}\n", encoding="utf-8")
    unfinished.replace(_kept())


def chosen() -> Interface | None:
    """The network of the choice as it is now: at another address it is still the same network. None: it is gone."""
    wanted = choice()
    if wanted is None:
        return None
    here = interfaces()
    same_network = (interface for interface in here if interface.name == wanted.name)
    return wanted if wanted in here else next(same_network, None)


def _host() -> str:
    if settings.HOST != EVERY_NETWORK:
        return str(settings.HOST)
    told = chosen()
    return told.address if told else next(iter(lan_addresses()), "127.0.0.1")


def public_url() -> str:
    """Where phones find the app: as configured, as chosen, else this laptop's likeliest address.

    Never taken from a request.
    """
    return str(settings.PUBLIC_URL) if settings.PUBLIC_URL else f"http://{_host()}:{settings.PORT}"


def join_url(code: str) -> str:
    return f"{public_url()}/{code}/"


def reading_url(code: str) -> str:
    """Where anyone reads the report, without joining."""
    return f"{public_url()}{reverse('public', args=[code])}"


def door_url(code: str, number: int) -> str:
    """What the QR code at the door of a group opens: the page of its topic, which first asks “I am here”."""
    return f"{public_url()}{reverse('topic', args=[code, number])}?door"


def join_address() -> str:
    """The address as people type it: without http:// and without the code, which stands beside it."""
    return public_url().removeprefix("http://").removeprefix("https://")
