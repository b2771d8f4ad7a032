"""Which address the phones are told: the likeliest, the one that was chosen, or the one that is configured."""

from pathlib import Path

import pytest
from pytest_django import Settings

from forum.server import addresses
from forum.server.addresses import Interface

WIFI = Interface("wlan0", "192.168.1.23")
CABLE = Interface("eth0", "10.20.0.7")
VPN = Interface("tun0", "192.168.77.2")
CONTAINERS = Interface("docker0", "172.17.0.1")


class Networks:
    """What this computer is connected to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.found: list[Interface] = []
        monkeypatch.setattr(addresses, "interfaces", lambda: sorted(self.found, key=lambda i: i._likelihood))

    def are(self, *found: Interface) -> None:
        self.found = list(found)


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch) -> Networks:
    return Networks(monkeypatch)


@pytest.fixture(autouse=True)
def _laptop(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR, settings.HOST, settings.PORT, settings.PUBLIC_URL = tmp_path, "0.0.0.0", 8000, ""  # noqa: S104


def test_a_vpn_and_containers_are_the_last_that_phones_are_told(networks: Networks) -> None:
    networks.are(CONTAINERS, VPN, CABLE, WIFI)
    assert addresses.lan_addresses() == [WIFI.address, CABLE.address, VPN.address, CONTAINERS.address]
    assert addresses.public_url() == "http://192.168.1.23:8000"


def test_the_address_that_was_chosen_is_told_everywhere_at_once(networks: Networks) -> None:
    networks.are(WIFI, CABLE)
    addresses.choose(CABLE)
    assert addresses.join_url("H7KQ4MT") == "http://10.20.0.7:8000/H7KQ4MT/"
    assert addresses.join_address() == "10.20.0.7:8000"
    addresses.choose(None)
    assert addresses.join_address() == "192.168.1.23:8000"


def test_the_choice_is_of_a_network_and_follows_it_to_another_address(networks: Networks) -> None:
    networks.are(WIFI, CABLE)
    addresses.choose(CABLE)
    moved = Interface(CABLE.name, "10.20.0.99")
    networks.are(WIFI, moved)
    assert addresses.chosen() == moved
    assert addresses.public_url() == "http://10.20.0.99:8000"


def test_a_chosen_network_that_is_gone_gives_way_to_the_likeliest(networks: Networks) -> None:
    networks.are(CABLE)
    addresses.choose(WIFI)
    assert addresses.chosen() is None
    assert addresses.public_url() == "http://10.20.0.7:8000"


def test_a_configured_address_wins_over_any_choice(networks: Networks, settings: Settings) -> None:
    networks.are(WIFI, CABLE)
    addresses.choose(CABLE)
    settings.PUBLIC_URL = "https://forum.example.org"
    assert addresses.join_url("H7KQ4MT") == "https://forum.example.org/H7KQ4MT/"
    assert addresses.can_choose() is False


def test_the_one_address_that_the_app_listens_to_wins_over_any_choice(networks: Networks, settings: Settings) -> None:
    networks.are(WIFI, CABLE)
    addresses.choose(CABLE)
    settings.HOST = "192.168.1.23"
    assert addresses.public_url() == "http://192.168.1.23:8000"
    assert addresses.can_choose() is False


def test_this_computer_itself_is_among_what_is_found() -> None:
    assert all(interface.name and interface.address.count(".") == 3 for interface in addresses.interfaces())
