"""A page that the browser restores after it was sent: what is typed in it then is never lost."""

import pytest
from playwright.sync_api import Page, expect

from forum.models import Forum, Participant
from tests.browser.conftest import PHONE, Open, fr, sign_in
from tests.browser.drafts import expect_saved

pytestmark = pytest.mark.django_db(transaction=True)

FIRST, SECOND = "Des haies partout", "De l’eau pour les arbres"


@pytest.fixture
def phone(open_page: Open, address: str, forum: Forum, theo: Participant) -> Page:
    """The phone of Théo, who has just proposed a topic."""
    page = open_page(PHONE)
    sign_in(page, address, theo)
    page.goto(f"{address}topics/new/")
    page.fill("[name=title]", FIRST)
    return page


def titles(forum: Forum) -> list[str]:
    return list(forum.topics.values_list("title", flat=True))


def put_on_board(page: Page) -> None:
    page.get_by_role("button", name=fr("Put it on the board")).click()


def test_another_topic_typed_after_going_back_is_a_topic_of_its_own(phone: Page, forum: Forum) -> None:
    put_on_board(phone)
    expect(phone.locator("#facts h2").first).to_contain_text(FIRST)
    phone.go_back()
    phone.fill("[name=title]", SECOND)
    put_on_board(phone)
    expect(phone.locator("#facts h2").first).to_contain_text(SECOND)
    assert titles(forum) == [FIRST, SECOND]


def test_a_page_restored_with_its_key_shows_the_words_again_and_the_next_press_saves_them(
    phone: Page, address: str, forum: Forum, complaints: list[str]
) -> None:
    key = phone.locator("main [name=key]").first.input_value()
    put_on_board(phone)
    expect(phone.locator("#facts h2").first).to_contain_text(FIRST)
    phone.goto(f"{address}topics/new/")
    phone.locator("main [name=key]").first.evaluate("(field, key) => { field.value = key; }", key)
    phone.fill("[name=title]", SECOND)
    put_on_board(phone)
    expect(phone.get_by_role("alert")).to_contain_text("n’est pas encore envoyé")
    expect(phone.locator("[name=title]")).to_have_value(SECOND)
    assert titles(forum) == [FIRST]
    put_on_board(phone)
    expect(phone.locator("#facts h2").first).to_contain_text(SECOND)
    assert titles(forum) == [FIRST, SECOND]
    phone.goto(f"{address}topics/new/")
    expect_saved(phone)
    assert [complaint for complaint in complaints if "409" not in complaint] == []
    complaints.clear()


def test_the_form_of_a_live_page_keeps_its_words_and_takes_a_new_key(
    laptop: Page, address: str, forum: Forum, complaints: list[str]
) -> None:
    laptop.goto(f"{address}desk/")
    title, key = laptop.locator("#topic_title"), laptop.locator("#add-form [name=key]")
    sent = key.input_value()
    title.fill(FIRST)
    title.press("Enter")
    expect(title).to_have_value("")
    key.evaluate("(field, key) => { field.value = key; }", sent)
    title.fill(SECOND)
    title.press("Enter")
    expect(laptop.locator("#toast")).to_contain_text("n’est pas encore envoyé")
    expect(title).to_have_value(SECOND)
    title.press("Enter")
    expect(title).to_have_value("")
    assert titles(forum) == [FIRST, SECOND]
    assert [complaint for complaint in complaints if "409" not in complaint] == []
    complaints.clear()
