"""/.well-known/security.txt: whom to tell of a weakness of this installation, as RFC 9116 has it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

PATH = "/.well-known/security.txt"


def get() -> Any:
    return Client().get(PATH)


def test_without_a_contact_there_is_no_such_page() -> None:
    assert get().status_code == 404


def test_it_has_the_fields_of_the_rfc(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://forum.example.org"
    settings.SECURITY_CONTACT = ["security@example.org", "https://example.org/report", "tel:+33-1-00-00-00-00"]
    settings.SECURITY_POLICY = "https://example.org/policy"
    response = get()
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    lines = response.content.decode().splitlines()
    (expires,) = [line.removeprefix("Expires: ") for line in lines if line.startswith("Expires: ")]
    left = datetime.fromisoformat(expires) - datetime.now(UTC)
    assert timedelta(days=178) < left < timedelta(days=181)
    assert [line for line in lines if not line.startswith("Expires: ")] == [
        "Contact: mailto:security@example.org",
        "Contact: https://example.org/report",
        "Contact: tel:+33-1-00-00-00-00",
        "Preferred-Languages: fr, en",
        f"Canonical: https://forum.example.org{PATH}",
        "Policy: https://example.org/policy",
    ]


@pytest.mark.parametrize("contact", ["a@example.org\nContact: mailto:thief@example.org", " a@example.org "])
def test_a_value_adds_no_line(settings: Settings, contact: str) -> None:
    settings.SECURITY_CONTACT = [contact]
    assert get().content.decode().count("\n") == 4
