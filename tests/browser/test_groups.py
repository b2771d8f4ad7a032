"""The groups as they meet: phones by touch, the end of a round on every screen, messages, the tablet at the door."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from forum.models import Actor, Facilitator, Forum, Group, Message, Participant, Place, Slot, Topic
from forum.phases import Phase
from tests.browser.conftest import LAPTOP, PHONE, PROJECTOR, Open, sign_in
from tests.conftest import move, set_local_time_to_nine
from tests.page_texts import translated

pytestmark = pytest.mark.django_db(transaction=True)

LEFT = 12
"""Minutes left of the round when the tests begin."""
TOUCH = {"has_touch": True, "is_mobile": True}

OpenAs = Callable[..., Page]


@pytest.fixture
def round_one(group: Group, slot: Slot, camille: Facilitator) -> Slot:
    """The first slot, begun an hour ago."""
    set_local_time_to_nine(slot.forum)
    move(slot.forum, Phase.GROUPS)
    slot.begin(Actor(facilitator=camille))
    Slot.objects.filter(pk=slot.pk).update(
        began_at=timezone.now() - timedelta(minutes=slot.minutes - LEFT, seconds=-20)
    )
    slot.refresh_from_db()
    return slot


@pytest.fixture
def open_as(server: str, open_page: Open) -> OpenAs:
    """Return a function that opens a page of the forum as a person; with `clock`, the test sets its time."""

    def make(who: Any, path: str, size: dict[str, int] = PHONE, clock: bool = False, **options: Any) -> Page:
        page = open_page(size, **options)
        if who:
            sign_in(page, server, who)
        if clock:
            page.clock.install()
        page.goto(server + path)
        return page

    return make


def board_of(forum: Forum) -> str:
    return reverse("board", args=[forum.code])


def reminder(minutes: int) -> re.Pattern[str]:
    words = {10: "Ten minutes left: it is time to write.", 5: "Five minutes left: what must not be lost?"}
    return re.compile(re.escape(translated(words[minutes], "fr")).replace(r"\ ", r"\s"))


def shown_reminder(page: Page) -> Locator:
    return page.locator(".call:visible")


def test_someone_joins_a_group_by_touch_writes_in_time_and_becomes_a_bumblebee(
    open_as: OpenAs, group: Group, round_one: Slot, theo: Participant, camille: Facilitator
) -> None:
    as_camille = Actor(facilitator=camille)
    phone = open_as(theo, board_of(theo.forum), clock=True, **TOUCH)
    now = phone.locator("#now")
    expect(now.locator("[data-time=now] .left:visible")).to_contain_text(re.compile(r"encore\s1[23]\smin"))
    expect(now.locator("[data-time=next] > .over")).to_contain_text("Déjeuner")
    expect(now.locator("[data-nowhere]")).to_be_visible()

    phone.locator("[data-mark=here]").tap()
    expect(now.locator("[data-here] a").first).to_have_text(group.topic.title)
    expect(now.locator("[data-nowhere]")).to_be_hidden()
    expect(shown_reminder(phone)).to_have_count(0)

    phone.clock.fast_forward("03:00")
    expect(shown_reminder(phone)).to_have_text(reminder(10))
    expect(phone.locator("[role=log].unseen p")).to_have_text([reminder(10)])
    phone.clock.fast_forward("01:30")
    expect(phone.locator("[role=log].unseen p")).to_have_count(1)  # said once, not every second
    phone.clock.fast_forward("03:30")
    expect(phone.locator("[role=log].unseen p")).to_have_text([reminder(10), reminder(5)])
    expect(now.get_by_role("link", name=translated("Write the report", "fr"))).to_be_visible()

    Slot.objects.select_related("forum").get(pk=round_one.pk).extend(10, as_camille)
    # Its clock had stopped, so it asked for the server’s time: ten minutes more than are really left.
    expect(now.locator("[data-time=now] .left:visible")).to_contain_text(re.compile(r"encore\s2[23]\smin"))
    expect(shown_reminder(phone)).to_have_count(0)

    phone.locator("[data-roam=bumblebee]").tap()
    expect(phone.locator("[data-roam=bumblebee]")).to_have_attribute("aria-pressed", "true")
    expect(now.locator("[data-here]")).to_be_hidden()
    expect(now.locator(".as-bumblebee")).to_be_visible()
    phone.locator("[data-mark=here]").tap()
    expect(phone.locator("[data-roam=bumblebee]")).to_have_attribute("aria-pressed", "false")


def test_between_the_rounds_a_phone_says_that_no_groups_meet(
    open_as: OpenAs, group: Group, slot: Slot, theo: Participant, camille: Facilitator
) -> None:
    set_local_time_to_nine(slot.forum)
    Forum.objects.filter(pk=slot.forum_id).update(date=date(2019, 11, 14))
    move(slot.forum, Phase.GROUPS)
    idle = open_as(theo, board_of(theo.forum)).locator("#now .idle")
    expect(idle).to_be_visible()
    Slot.objects.get(pk=slot.pk).begin(Actor(facilitator=camille))
    expect(idle).to_be_hidden()


def test_the_sign_of_a_place_brings_a_phone_into_the_group_that_meets_there(
    open_as: OpenAs, group: Group, round_one: Slot, theo: Participant, hall: Place
) -> None:
    phone = open_as(theo, reverse("place_page", args=[theo.forum.code, hall.pk]), **TOUCH)
    expect(phone.locator(".enter")).to_be_hidden()
    phone.locator("[data-time=now] .go").tap()
    phone.get_by_role("button", name=translated("I am here", "fr")).first.tap()
    expect(phone.get_by_role("listitem").filter(has_text=theo.name)).to_be_visible()


def test_a_facilitator_gives_ten_minutes_more_and_every_screen_follows(
    open_as: OpenAs, round_one: Slot, theo: Participant, hall: Place, camille: Facilitator
) -> None:
    desk = open_as(camille, reverse("desk", args=[theo.forum.code]), LAPTOP)
    wall = open_as(camille, reverse("wall", args=[theo.forum.code]), PROJECTOR)
    tablet = open_as(theo, reverse("place_page", args=[theo.forum.code, hall.pk]), LAPTOP)
    for screen in (wall, tablet):
        expect(screen.locator("[data-time=now] .clock")).to_have_text(re.compile(r"^1[12]:\d\d$"))
    expect(desk.locator("#now [data-time=now] .left:visible")).to_contain_text(re.compile(r"1[23]\smin"))

    button = desk.get_by_role("button", name=translated("10 minutes more", "fr")).locator("visible=true")
    button.focus()
    desk.keyboard.press("Enter")
    for screen in (wall, tablet):
        expect(screen.locator("[data-time=now] .clock")).to_have_text(re.compile(r"^2[12]:\d\d$"))
    expect(desk.locator("#now [data-time=now] .left:visible")).to_contain_text(re.compile(r"2[23]\smin"))


def test_the_wall_turns_through_the_rounds_of_today_that_are_not_over(
    open_as: OpenAs, round_one: Slot, afternoon: Slot, hall: Place, theo: Participant, camille: Facilitator
) -> None:
    as_camille = Actor(facilitator=camille)
    for title, place in (("Isoler les écoles", hall), ("Chauffer au bois", None)):
        Group.place_topic(
            Topic.propose(theo.forum, title, "", theo, as_camille), afternoon, place, as_camille, elsewhere="Au jardin"
        )
    address = reverse("wall", args=[theo.forum.code])
    both = open_as(camille, address, PROJECTOR)
    expect(both.locator("[data-page-number]")).to_have_text(re.compile("2 sur 2$|1 sur 2$"))

    Slot.objects.filter(pk=round_one.pk).update(began_at=timezone.now() - timedelta(minutes=round_one.minutes + 1))
    Slot.objects.get(pk=afternoon.pk).begin(as_camille)
    wall = open_as(camille, address, PROJECTOR)
    expect(wall.locator(".tile:visible h3")).to_have_text([re.compile("Isoler"), re.compile("Chauffer")])
    expect(wall.locator("[data-page-number]")).to_be_empty()


def test_a_message_reaches_the_people_it_concerns_and_stays_away_once_read(
    open_as: OpenAs, group: Group, round_one: Slot, nadia: Participant, theo: Participant, camille: Facilitator
) -> None:
    nadia_phone, theo_phone = (
        open_as(nadia, board_of(nadia.forum), **TOUCH),
        open_as(theo, board_of(theo.forum), **TOUCH),
    )
    as_camille = Actor(facilitator=camille)
    Message.send(nadia.forum, "Le café est servi.", as_camille)
    Message.send(nadia.forum, "Votre salle est ouverte.", as_camille, topic=group.topic)
    Message.send(nadia.forum, "On change de salle après.", as_camille, slot=round_one)
    visible_messages = ".message:visible > p:not(.over, .to-write)"
    expect(nadia_phone.locator(visible_messages)).to_have_text(
        ["On change de salle après.", "Votre salle est ouverte.", "Le café est servi."]
    )
    expect(theo_phone.locator(visible_messages)).to_have_text(["Le café est servi."])

    nadia_phone.locator(".message:visible [data-dismiss]").first.tap()
    expect(nadia_phone.locator(visible_messages)).to_have_text(["Votre salle est ouverte.", "Le café est servi."])
    nadia_phone.reload()
    expect(nadia_phone.locator(visible_messages)).to_have_text(["Votre salle est ouverte.", "Le café est servi."])

    group.topic.forum = Forum.objects.get(pk=nadia.forum_id)
    group.unplace(as_camille)
    expect(nadia_phone.locator(visible_messages).first).to_contain_text("Le groupe 1 n’a plus d’heure")
    expect(theo_phone.locator(visible_messages)).to_have_count(1)


def test_the_code_at_the_door_leads_into_the_group_in_two_taps(open_as: OpenAs, group: Group, round_one: Slot) -> None:
    phone = open_as(None, f"{group.topic.get_absolute_url()}?door", **TOUCH)
    phone.fill("[name=name]", "Lina Roussel")
    phone.locator("main form button.main").tap()
    phone.locator(".door .button.main").tap()
    expect(phone.locator("#facts")).to_contain_text("Lina Roussel")
    assert [person.name for person in group.people()] == ["Lina Roussel"]


def test_the_tablet_at_the_door_follows_the_agenda_by_itself(
    open_as: OpenAs, group: Group, round_one: Slot, hall: Place, theo: Participant, camille: Facilitator
) -> None:
    as_camille = Actor(facilitator=camille)
    tablet = open_as(theo, reverse("place_page", args=[theo.forum.code, hall.pk]), LAPTOP, clock=True)
    title = tablet.locator("[data-time=now] h2")
    expect(title).to_contain_text(group.topic.title)
    expect(tablet.locator("[data-time=next] h2")).to_have_text("Déjeuner")
    forum = Forum.objects.get(pk=theo.forum_id)
    water = Topic.propose(forum, "L’eau en août", "", theo, as_camille)
    group.topic.forum = forum
    Group.place_topic(group.topic, round_one, None, as_camille, elsewhere="Au jardin")
    Group.place_topic(water, round_one, hall, as_camille)
    expect(title).to_contain_text("L’eau en août")
    water.title = "L’eau en juillet"
    water.edit(as_camille)
    expect(title).to_contain_text("L’eau en juillet")

    Slot.objects.select_related("forum").get(pk=round_one.pk).extend(-10, as_camille)
    expect(tablet.locator("[data-time=now] .clock")).to_have_text(re.compile(r"^[12]:\d\d$"))
    tablet.clock.fast_forward("03:30")
    expect(tablet.locator("[data-time=over] .clock")).to_have_text(translated("Time is up", "fr"))
