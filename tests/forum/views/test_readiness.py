"""The page of the desk that says whether everything is ready, and the choice of the address there."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from forum.checks import State, all_checks
from forum.models import Forum
from forum.server import network_choice
from tests.forum.server.test_public_urls import CABLE, WIFI, Networks, networks
from tests.page_texts import text_of

__all__ = ["networks"]


@pytest.fixture(autouse=True)
def _laptop(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR, settings.HOST, settings.PORT, settings.PUBLIC_URL = tmp_path, "0.0.0.0", 8000, ""  # noqa: S104


def test_the_page_opens_at_once_with_the_checks_that_take_no_time(forum: Forum, desk: Client) -> None:
    response = desk.get(f"/{forum.code}/desk/ready/")
    assert [check.name for check, _finding in response.context["quick_checks"]] == [
        check.name for check in all_checks() if not check.takes_time
    ]
    assert [finding for _check, finding in response.context["slow_checks"]] == [None] * 6
    names = [check.name for check, _finding in response.context["slow_checks"]]
    assert names == ["answers", "sign-in", "database", "pdf", "isolation", "worker"]


def test_a_check_that_takes_time_is_a_link_without_javascript(forum: Forum, desk: Client) -> None:
    response = desk.get(f"/{forum.code}/desk/ready/database/")
    findings = response.context["slow_checks"]
    assert [(check.name, finding.state) for check, finding in findings if finding] == [("database", State.GOOD)]
    assert desk.get(f"/{forum.code}/desk/ready/version/").status_code == 404


@pytest.mark.laptop
def test_the_pdf_check_renders_a_page(forum: Forum, desk: Client) -> None:
    response = desk.get(f"/{forum.code}/desk/ready/pdf/", headers={"HX-Request": "true"})
    assert 'data-state="good"' in text_of(response)


def test_choosing_an_address_changes_every_qr_code_and_open_pages(
    forum: Forum, desk: Client, networks: Networks
) -> None:
    networks.set(WIFI, CABLE)
    other = Forum.objects.create(title="Autre", question="?")
    revision = forum.revision
    response = desk.post(f"/{forum.code}/desk/ready/address/", {"address": CABLE.address})
    assert response.status_code == 302
    for path in ("wall/", "desk/", "desk/ready/", "desk/print/"):
        assert f"http://10.20.0.7:8000/{forum.code}/" in text_of(desk.get(f"/{forum.code}/{path}")), path
    for moved in (forum, other):
        moved.refresh_from_db()
        assert moved.journal.get().invalidated == ["*"]
    assert forum.revision == revision + 1


def test_an_address_that_this_computer_does_not_have_cannot_be_chosen(
    forum: Forum, desk: Client, networks: Networks
) -> None:
    networks.set(WIFI)
    response = desk.post(f"/{forum.code}/desk/ready/address/", {"address": "203.0.113.9"})
    assert response.status_code == 409
    assert network_choice.saved_interface() is None


def test_a_configured_address_leaves_no_choice(
    forum: Forum, desk: Client, networks: Networks, settings: Settings
) -> None:
    networks.set(WIFI)
    settings.PUBLIC_URL = "https://forum.example.org"
    assert desk.post(f"/{forum.code}/desk/ready/address/", {"address": WIFI.address}).status_code == 409
    assert 'name="address"' not in text_of(desk.get(f"/{forum.code}/desk/ready/"))
