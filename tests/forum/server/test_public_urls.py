"""The address for phones: the likeliest, the chosen one, or the configured one."""

from pathlib import Path

import ifaddr
import pytest
from pytest_django import Settings

from forum.server import network_choice, public_urls
from forum.server.network_interfaces import Interface, lan_addresses, list_interfaces

WIFI = Interface("wlan0", "192.168.1.23")
CABLE = Interface("eth0", "10.20.0.7")
VPN = Interface("tun0", "192.168.77.2")
CONTAINERS = Interface("docker0", "172.17.0.1")


class Networks:
    """The networks that this computer is connected to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._adapters: list[ifaddr.Adapter] = []
        monkeypatch.setattr(ifaddr, "get_adapters", lambda: self._adapters)

    def set(self, *interfaces: Interface) -> None:
        self._adapters = [
            ifaddr.Adapter(i.name, i.name, [ifaddr.IP(i.address, 24, i.name)], index=None) for i in interfaces
        ]


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch) -> Networks:
    return Networks(monkeypatch)


@pytest.fixture(autouse=True)
def _laptop(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR, settings.HOST, settings.PORT, settings.PUBLIC_URL = tmp_path, "0.0.0.0", 8000, ""  # noqa: S104 as served to phones


def test_the_addresses_of_a_vpn_and_of_containers_come_last(networks: Networks) -> None:
    networks.set(CONTAINERS, VPN, CABLE, WIFI)
    assert lan_addresses() == [WIFI.address, CABLE.address, VPN.address, CONTAINERS.address]
    assert public_urls.public_url() == "http://192.168.1.23:8000"


def test_a_chosen_address_is_used_at_once(networks: Networks) -> None:
    networks.set(WIFI, CABLE)
    network_choice.save_interface(CABLE)
    assert public_urls.join_url("H7KQ4MT") == "http://10.20.0.7:8000/H7KQ4MT/"
    assert public_urls.join_address() == "10.20.0.7:8000"
    network_choice.save_interface(None)
    assert public_urls.join_address() == "192.168.1.23:8000"


def test_a_chosen_network_stays_chosen_when_its_address_changes(networks: Networks) -> None:
    networks.set(WIFI, CABLE)
    network_choice.save_interface(CABLE)
    moved = Interface(CABLE.name, "10.20.0.99")
    networks.set(WIFI, moved)
    assert network_choice.chosen_interface() == moved
    assert public_urls.public_url() == "http://10.20.0.99:8000"


def test_a_chosen_network_that_is_gone_gives_way_to_the_likeliest(networks: Networks) -> None:
    networks.set(CABLE)
    network_choice.save_interface(WIFI)
    assert network_choice.chosen_interface() is None
    assert public_urls.public_url() == "http://10.20.0.7:8000"


def test_a_configured_address_wins_over_any_choice(networks: Networks, settings: Settings) -> None:
    networks.set(WIFI, CABLE)
    network_choice.save_interface(CABLE)
    settings.PUBLIC_URL = "https://forum.example.org"
    assert public_urls.join_url("H7KQ4MT") == "https://forum.example.org/H7KQ4MT/"
    assert network_choice.is_choice_possible() is False


def test_the_one_address_that_the_app_listens_to_wins_over_any_choice(networks: Networks, settings: Settings) -> None:
    networks.set(WIFI, CABLE)
    network_choice.save_interface(CABLE)
    settings.HOST = "192.168.1.23"
    assert public_urls.public_url() == "http://192.168.1.23:8000"
    assert network_choice.is_choice_possible() is False


def test_the_interfaces_of_this_computer_have_a_name_and_an_ipv4_address() -> None:
    assert all(interface.name and interface.address.count(".") == 3 for interface in list_interfaces())
