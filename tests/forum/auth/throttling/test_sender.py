"""Who is one sender: an address of IPv4, a network of IPv6."""

import pytest
from django.test import RequestFactory

from forum.auth.throttling import sender_of


@pytest.mark.parametrize(
    ("address", "sender"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1::7", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"),
        ("unknown", "unknown"),
    ],
)
def test_an_address_of_ipv4_or_a_network_of_ipv6_is_one_sender(address: str, sender: str, rf: RequestFactory) -> None:
    assert sender_of(rf.get("/", REMOTE_ADDR=address)) == sender


def test_where_the_server_knows_no_addresses_all_are_one_sender(rf: RequestFactory) -> None:
    request = rf.get("/")
    del request.META["REMOTE_ADDR"]
    assert sender_of(request) == ""
