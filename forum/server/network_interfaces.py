"""Networks of this machine, the likeliest Wi-Fi of the venue first."""

import ipaddress
from dataclasses import dataclass

import ifaddr

TUNNEL_PREFIXES = (
    "tun", "tap", "utun", "wg", "ppp", "ipsec", "tailscale", "zt", "nordlynx", "proton", "wireguard", "openvpn",
)  # fmt: skip
BRIDGE_PREFIXES = ("docker", "br-", "veth", "virbr", "vboxnet", "vmnet", "vethernet", "lxc", "lxd", "podman", "cni")
WIFI_PREFIXES = ("wl", "wifi", "wi-fi")
"""Beginnings of the names that operating systems give to interfaces of VPNs, of virtual machines and of Wi-Fi."""

ROUTER_PREFIXES = ("192.168.", "10.", "172.")
"""Beginnings of private addresses, the likeliest first: routers hand out 192.168 and 10; 172.17 is mostly Docker's."""


@dataclass(frozen=True)
class Interface:
    """A network interface of this machine, with one IPv4 address."""

    name: str
    """Name given by the operating system: wlan0, en0…"""
    address: str

    @property
    def is_tunnel(self) -> bool:
        """Whether this is a VPN, which phones in the room cannot reach."""
        return self._has_prefix(TUNNEL_PREFIXES)

    @property
    def is_virtual(self) -> bool:
        """Whether this network is inside the machine, for its containers and virtual machines."""
        return self._has_prefix(BRIDGE_PREFIXES)

    @property
    def is_wifi(self) -> bool:
        return self._has_prefix(WIFI_PREFIXES)

    def _has_prefix(self, prefixes: tuple[str, ...]) -> bool:
        return self.name.lower().startswith(prefixes)

    @property
    def sort_key(self) -> tuple[bool, int, str]:
        """Order interfaces by how likely phones are to reach them."""
        rank = next((i for i, p in enumerate(ROUTER_PREFIXES) if self.address.startswith(p)), len(ROUTER_PREFIXES))
        return self.is_tunnel or self.is_virtual, rank, self.address


def list_interfaces() -> list[Interface]:
    """List the interfaces that have an IPv4 address, loopback excepted, the likeliest venue Wi-Fi first."""
    interfaces = {
        Interface(adapter.nice_name, str(ip.ip))
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
        if isinstance(ip.ip, str) and not ipaddress.ip_address(ip.ip).is_loopback
    }
    return sorted(interfaces, key=lambda interface: interface.sort_key)


def lan_addresses() -> list[str]:
    """List the distinct IPv4 addresses of `list_interfaces`, in the same order."""
    return list(dict.fromkeys(interface.address for interface in list_interfaces()))
