"""The suggested agenda, by mouse and by keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from forum.models import Actor, Facilitator, Forum, Group, Participant, Place, Slot, Topic
from tests.browser.conftest import LAPTOP, PHONE, Open, sign_in
from tests.browser.test_accessible import violations
from tests.page_texts import translated

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(server: str, forum: Forum) -> str:
    """The desk, with four topics in four cells: the same three people want both topics of each slot."""
    as_camille = Actor(facilitator=forum.facilitators.get())
    slots, places = Slot.objects.for_groups(), Place.objects.all()
    cells = [(slot, place) for slot in slots for place in places]
    people = [Participant.join(forum, name=f"Personne {n}") for n in range(6)]
    for n, (slot, place) in enumerate(cells):
        topic = Topic.propose(forum, f"Sujet {n + 1}", "", None, as_camille)
        Group.place_topic(topic, slot, place, as_camille)
        for person in people[:3] if n < 2 else people[3:]:
            topic.set_interest(person, True, Actor(person))
    return f"{server}/{forum.code}/desk/"


def enter(page: Page, url: str, camille: Facilitator) -> None:
    sign_in(page, url, camille)
    page.goto(url)


def hours() -> list[str]:
    groups = Group.objects.order_by("topic__number").select_related("slot")
    return [f"{group.slot.starts_at:%H:%M}" for group in groups if group.slot]


def test_colliding_moves_are_explained_at_once_and_all_moves_are_accepted(
    desk: str, camille: Facilitator, open_page: Open
) -> None:
    page = open_page(LAPTOP)
    enter(page, desk, camille)
    page.get_by_role("link", name=translated("Suggest an agenda", "fr")).click()
    boxes, figures = page.locator(".shift [type=checkbox]"), page.locator("#figures")
    expect(boxes).to_have_count(2)
    expect(figures.locator("b")).to_have_text("12")

    page.locator(".shift label").first.click()
    expect(figures.locator(".problem")).to_be_visible()
    boxes.first.check()
    expect(figures.locator(".problem")).to_have_count(0)
    page.locator(".accept button").click()
    expect(page.locator(".notice:visible")).to_contain_text("12")
    assert sorted(hours()[:2]) == sorted(hours()[2:]) == ["10:15", "13:30"]


def test_by_keyboard_alone_on_a_phone_nothing_is_chosen_first_then_one_by_one(
    desk: str, camille: Facilitator, open_page: Open
) -> None:
    page = open_page(PHONE)
    enter(page, f"{desk}suggestion/?none", camille)
    assert violations(page, page.url) == []
    for n in (0, 1):
        tab_to(page, f".shift:nth-of-type({n + 1}) input[type=checkbox]")
        page.keyboard.press("Space")
    expect(page.locator("#figures b")).to_have_text("12")
    tab_to(page, ".accept button")
    page.keyboard.press("Enter")
    expect(page.locator(".notice:visible")).to_contain_text("12")
    assert sorted(hours()[:2]) == ["10:15", "13:30"]


def tab_to(page: Page, selector: str) -> None:
    for _press in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by the keyboard")
