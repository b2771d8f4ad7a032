"""Before the day: a phone opens the test page; the address is chosen; posters are printed."""

import re
from pathlib import Path

import pypdf
import pytest
from django_tasks_db.models import DBTaskResult
from playwright.sync_api import expect
from pytest_django import Settings

from forum.models import Facilitator, Forum
from forum.phases import Phase
from forum.views import phone_test
from sessions.printing import kits
from tests.browser.conftest import LAPTOP, PHONE, PROJECTOR, Open, sign_in
from tests.forum.server.test_public_urls import CABLE, WIFI, Networks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def app(
    server: str, forum: Forum, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> tuple[str, Forum]:
    """The app on two networks. The browsers of this computer play the phones, so none counts as the server’s own."""
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    Networks(monkeypatch).set(WIFI, CABLE)
    monkeypatch.setattr(phone_test, "LOOPBACK", ())
    Forum.objects.filter(pk=forum.pk).update(phase=Phase.PREPARATION)
    return server, forum


def test_a_phone_that_opens_the_test_page_is_shown_to_the_facilitator(app: tuple[str, Forum], open_page: Open) -> None:
    url, forum = app
    desk = open_page(LAPTOP)
    sign_in(desk, url, Facilitator.objects.get())
    desk.goto(f"{url}/{forum.code}/desk/ready/")
    expect(desk.get_by_text("Aucun téléphone n’a encore ouvert la page d’essai.")).to_be_visible()
    phone = open_page(PHONE, user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)")
    phone.goto(f"{url}/{forum.code}/hello/")
    expect(phone.get_by_role("heading", name="Ça marche")).to_be_visible()
    for name in ("pages", "sockets", "clock"):
        expect(phone.locator(f'[data-result="{name}"]')).to_have_attribute("data-state", "good")
    expect(desk.locator(".seen li.is-open")).to_contain_text(re.compile("iPhone.*en direct"))
    expect(desk.get_by_text("1 téléphone a ouvert la page d’essai.")).to_be_visible()


def test_a_phone_whose_sockets_are_stopped_says_so_to_both(app: tuple[str, Forum], open_page: Open) -> None:
    url, forum = app
    phone = open_page(PHONE)
    phone.route_web_socket(re.compile("/hello/live/"), lambda socket: socket.close())
    phone.goto(f"{url}/{forum.code}/hello/")
    expect(phone.locator('[data-result="sockets"]')).to_contain_text("arrêtées par le réseau")
    expect(phone.locator('[data-result="pages"]')).to_have_attribute("data-state", "good")


def test_the_address_is_chosen_by_keyboard_and_the_wall_shows_it_at_once(
    app: tuple[str, Forum], open_page: Open
) -> None:
    url, forum = app
    desk, wall = open_page(LAPTOP), open_page(PROJECTOR)
    for page in (desk, wall):
        sign_in(page, url, Facilitator.objects.get())
    wall.goto(f"{url}/{forum.code}/wall/")
    code = wall.locator("svg.qr").first
    expect(code).to_have_attribute("aria-label", re.compile(re.escape(WIFI.address)))
    desk.goto(f"{url}/{forum.code}/desk/ready/")
    desk.get_by_role("radio", name="Automatique").focus()
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("status").filter(has_text=CABLE.address)).to_be_visible()
    expect(code).to_have_attribute("aria-label", re.compile(re.escape(CABLE.address)))


def test_posters_are_chosen_made_and_downloaded(app: tuple[str, Forum], open_page: Open) -> None:
    url, forum = app
    desk = open_page(LAPTOP)
    sign_in(desk, url, Facilitator.objects.get())
    desk.goto(f"{url}/{forum.code}/desk/print/")
    for box in ("La question du forum", "Les quatre principes", "Un par lieu", "Une ligne par personne attendue"):
        desk.get_by_label(box).uncheck()
    for number in desk.get_by_role("spinbutton").all():
        number.fill("0")
    desk.get_by_role("button", name="Préparer le PDF").click()
    expect(desk.get_by_text("Le PDF se prépare.")).to_be_visible()
    (note,) = kits.kits_directory().glob("*/*.json")
    (task,) = DBTaskResult.objects.ready()
    assert task.args_kwargs["args"][1] == note.stem
    task.task.call(*task.args_kwargs["args"])
    with desk.expect_download() as download:
        desk.get_by_role("link", name="Télécharger le PDF").click()
    assert len(pypdf.PdfReader(download.value.path()).pages) == 2
