"""Two conveners merge their topics, each on their own phone."""

import pytest
from playwright.sync_api import Page, expect

from forum.models import Actor, Forum, Participant, Topic
from tests.browser.conftest import PHONE, Open, sign_in
from tests.page_texts import translated

pytestmark = pytest.mark.django_db(transaction=True)


def phone_of(open_page: Open, server: str, person: Participant, path: str) -> Page:
    page = open_page(PHONE)
    sign_in(page, server, person)
    page.goto(server + path)
    return page


def test_the_other_convener_is_asked_on_their_phone_at_once_and_both_are_on_the_card(
    open_page: Open, server: str, forum: Forum, topic: Topic, nadia: Participant, theo: Participant
) -> None:
    trees = Topic.propose(forum, "Des arbres dans les cours", "Qui arrose ?", theo, Actor(theo))
    theo_phone = phone_of(open_page, server, theo, f"/{forum.code}/")
    nadia_phone = phone_of(open_page, server, nadia, topic.get_absolute_url())
    nadia_phone.locator("#merging summary").focus()
    nadia_phone.keyboard.press("Enter")
    nadia_phone.locator("#other").select_option(str(trees.number))
    nadia_phone.get_by_label(translated("This one, number %(number)s", "fr") % {"number": topic.number}).check()
    nadia_phone.get_by_role("button", name=translated("Propose the merge", "fr")).click()
    theo_phone.get_by_role("link", name=translated("A merge is proposed: see it", "fr")).click()
    theo_phone.get_by_role("button", name=translated("I agree: one topic", "fr")).click()
    expect(theo_phone.locator("#facts .chip")).to_have_text(translated("merged", "fr"))
    expect(nadia_phone.locator("#facts")).to_contain_text("Théo Masson")
    expect(nadia_phone.locator("#facts")).to_contain_text("Qui arrose ?")
    trees.refresh_from_db()
    assert trees.merged_into == topic
