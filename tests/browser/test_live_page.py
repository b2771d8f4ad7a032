"""The live page under the finger: focus, caret and marks stay right while the board moves."""

from typing import Any

import pytest
from playwright.sync_api import expect

from forum.models import Actor, Forum, Group, Participant, Place, Slot, Topic
from forum.phases import Phase
from tests.browser.conftest import sign_in
from tests.browser.network import Network, Phone, expect_current, network, phone_of, propose

__all__ = ["network", "phone_of"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.laptop
def test_focus_stays_on_a_button_while_its_card_moves(
    phone_of: Phone, topic: Topic, slot: Slot, afternoon: Slot, hall: Place, theo: Participant
) -> None:
    others = [propose(theo.forum, f"Sujet {n}") for n in range(4)]
    for n, other in enumerate(others):
        Group.place_topic(other, slot, None, Actor(), elsewhere=f"Table {n}")
    group = Group.place_topic(topic, slot, hall, Actor())
    Forum.objects.get(pk=theo.forum.pk).move_to(Phase.GROUPS, Actor())
    page = phone_of(theo)
    expect_current(page)
    button = page.locator(f"#topic-{topic.pk} [data-mark]")
    button.focus()
    Group.place_topic(topic, afternoon, hall, Actor())  # to the other slot's list
    expect(page.locator(f"#list-slot-{afternoon.pk} #topic-{topic.pk}")).to_have_count(1)
    expect(button).to_be_focused()
    for other in others:
        Group.place_topic(other, afternoon, None, Actor(), elsewhere="À côté")
    expect(page.locator(f"#list-slot-{afternoon.pk} article")).to_have_count(5)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert [presence.participant for presence in group.presences.all()] == [theo]


@pytest.mark.laptop
def test_the_caret_stays_in_a_field_of_the_desk_while_the_board_moves(
    phone_of: Phone, network: Network, topic: Topic, nadia: Participant, camille: Any
) -> None:
    page = phone_of(nadia, path="me/")
    sign_in(page, network.url, camille)
    page.goto(f"{network.url}/{nadia.forum.code}/desk/")
    expect_current(page)
    page.locator("#topic_title").evaluate("(field) => field.closest('details')?.setAttribute('open', '')")
    page.locator("#topic_title").press_sequentially("Les vlos en ville")
    page.locator("#topic_title").evaluate("(field) => field.setSelectionRange(5, 5)")
    Participant.join(Forum.objects.get(pk=nadia.forum.pk), name="Une de plus")
    propose(nadia.forum, "Un de plus")
    Forum.objects.get(pk=nadia.forum.pk).move_to(Phase.GROUPS, Actor())  # the whole board
    expect(page.locator("section.steps")).to_have_attribute("data-phase", "groups")
    page.keyboard.type("é")
    expect(page.locator("#topic_title")).to_have_value("Les vélos en ville")


def test_the_second_tab_of_a_phone_marks_what_the_first_one_chose(
    phone_of: Phone, network: Network, topic: Topic, theo: Participant
) -> None:
    first = phone_of(theo)
    second = first.context.new_page()
    second.goto(first.url)
    expect_current(second)
    button = f"#topic-{topic.pk} [data-mark=going]"
    first.locator(button).click()
    for page in (first, second):
        expect(page.locator(button)).to_have_attribute("aria-pressed", "true")
    second.locator(button).click()
    for page in (first, second):
        expect(page.locator(button)).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("path", ["", "topics/1/"])
def test_someone_who_is_removed_is_shown_the_entrance_at_once(
    phone_of: Phone, topic: Topic, theo: Participant, path: str
) -> None:
    page = phone_of(theo, path=path)
    page.wait_for_timeout(500)
    theo.remove(Actor())
    expect(page.locator("[name=name]")).to_be_visible(timeout=3_000)
    expect(page.locator("article")).to_have_count(0)


def test_a_double_tap_does_not_take_back_what_the_first_tap_said(
    phone_of: Phone, topic: Topic, theo: Participant
) -> None:
    page = phone_of(theo)
    expect_current(page)
    page.clock.set_fixed_time(page.evaluate("Date.now() / 1000"))
    button = page.locator(f"#topic-{topic.pk} [data-mark=going]")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    for pause, still in ((300, True), (800, False)):
        page.clock.set_fixed_time(page.evaluate("Date.now() / 1000") + pause / 1000)
        with page.expect_response(lambda response: response.request.method == "POST"):
            button.click()
        expect(button).to_have_attribute("aria-pressed", str(still).lower())
        assert topic.interests.filter(participant=theo).exists() is still
