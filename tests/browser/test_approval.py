"""Approve first, live: the desk says at once that something waits, and phones show it once it is approved."""

import pytest
from playwright.sync_api import Page, expect

from forum.models import Forum, Participant, Topic
from forum.phases import Phase
from tests.browser.conftest import PHONE, Open, fr, sign_in
from tests.conftest import move

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_topic_waits_on_the_desk_and_comes_on_every_phone_once_it_is_approved(
    open_page: Open, laptop: Page, address: str, forum: Forum, theo: Participant, nadia: Participant
) -> None:
    move(forum, Phase.MARKETPLACE)
    author, other = open_page(PHONE), open_page(PHONE)
    for phone, person in ((author, theo), (other, nadia)):
        sign_in(phone, address, person)
    other.goto(address)
    expect(other.locator("[data-sync][data-state=current]")).to_be_visible()
    laptop.goto(f"{address}desk/")
    laptop.get_by_role("button", name=fr("Approve first what phones send")).click()
    expect(laptop.locator("#waiting")).to_contain_text("Rien n’attend")
    author.goto(f"{address}topics/new/")
    author.fill("[name=title]", "Des haies partout")
    author.get_by_role("button", name=fr("Put it on the board")).click()
    expect(author.locator("#facts")).to_contain_text("en attente")
    author.goto(address)
    expect(author.get_by_text("attend que l’animation le lise")).to_be_visible()
    laptop.get_by_role("link", name="1 attend que vous le lisiez").click()
    expect(other.get_by_text("Des haies partout")).to_have_count(0)
    laptop.get_by_role("button", name=f"Afficher : {Topic.objects.get()}").click()
    expect(other.get_by_text("Des haies partout")).to_be_visible()
    expect(author.get_by_text("attend que l’animation le lise")).to_be_hidden()
    expect(author.get_by_text("Des haies partout")).to_be_visible()
