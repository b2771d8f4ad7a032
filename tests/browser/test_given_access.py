"""The notice on a phone that a facilitator gave a code for another one."""

import pytest
from playwright.sync_api import Page, expect

from forum.models import Actor, Facilitator, Forum, OneTimeCode, Participant
from tests.browser.conftest import PHONE, Open, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_open_board_says_at_once_that_somebody_may_come_in_ones_place(
    open_page: Open, address: str, forum: Forum, nadia: Participant, camille: Facilitator
) -> None:
    phone: Page = open_page(PHONE)
    sign_in(phone, address, nadia)
    phone.goto(address)
    expect(phone.locator("[data-sync][data-state=current]")).to_be_visible()
    notices = phone.locator("[data-notice]")
    expect(notices.first).to_be_hidden()
    code = OneTimeCode.find(OneTimeCode.give(nadia, Actor(facilitator=camille)))
    expect(phone.get_by_text("a ouvert un accès à votre place")).to_be_visible()
    assert code
    code.use()
    expect(phone.get_by_text("Un appareil est entré à votre place")).to_be_visible()
    phone.get_by_role("link", name="Voir quand").last.click()
    expect(phone.get_by_role("alert")).to_contain_text("Un appareil est entré avec à")
    phone.get_by_role("button", name="C’est moi qui l’ai demandé").click()
    expect(phone.locator("#access")).to_have_count(0)
