"""After the day: the wall’s QR code follows publishing, and a stranger’s phone reads the public page."""

import re

import pytest
from playwright.sync_api import expect

from forum.models import Facilitator, Forum
from forum.phases import Phase
from forum.server.public_urls import public_url
from tests.browser.conftest import LAPTOP, PHONE, PROJECTOR, Open, sign_in
from tests.conftest import move

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_code_on_the_wall_follows_publishing_and_a_stranger_without_javascript_reads_the_page(
    server: str, forum: Forum, camille: Facilitator, open_page: Open
) -> None:
    move(forum, Phase.PUBLISHED)
    wall, desk = open_page(PROJECTOR), open_page(LAPTOP)
    for page in (wall, desk):
        sign_in(page, server, camille)
    wall.goto(f"{server}/{forum.code}/wall/")
    expect(wall.locator("[data-sync][data-state=current]")).to_be_visible()
    code = wall.locator("#invitation svg.qr")
    entrance, report = (re.compile(re.escape(f"{public_url()}/{forum.code}/{path}") + "$") for path in ("", "public/"))
    expect(code).to_have_attribute("aria-label", entrance)
    desk.goto(f"{server}/{forum.code}/book/imprint/")
    for address in (report, entrance, report):
        desk.get_by_label("Tout le monde peut lire le compte-rendu").click()
        desk.get_by_role("button", name="Tout enregistrer").click()
        expect(code).to_have_attribute("aria-label", address)
    phone = open_page(PHONE, java_script_enabled=False)
    phone.goto(f"{server}/{forum.code}/topics/1/")
    phone.get_by_role("link", name="Lire le compte-rendu").click()
    expect(phone).to_have_url(f"{server}/{forum.code}/public/")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Quelles coopérations")
