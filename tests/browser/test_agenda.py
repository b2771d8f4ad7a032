"""The agenda on the desk, by mouse, by touch and by keyboard alone; and on a phone, one’s own topics first."""

import pytest
from playwright.sync_api import Locator, Page, expect

from forum.models import Actor, Facilitator, Forum, Group, Participant, Place, Slot, Topic
from tests.browser.conftest import LAPTOP, PHONE, Open, sign_in
from tests.page_texts import translated

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def theo_topic(forum: Forum, theo: Participant) -> Topic:
    """A topic without a slot."""
    return Topic.propose(forum, "L’eau en août : qui ferme le robinet ?", "", theo, Actor(theo))


@pytest.fixture
def desk(open_page: Open, server: str, forum: Forum, group: Group, theo_topic: Topic, camille: Facilitator) -> Page:
    page = open_page(LAPTOP, has_touch=True)
    sign_in(page, server, camille)
    page.goto(f"{server}/{forum.code}/desk/")
    page.locator("#agenda").evaluate("it => it.scrollIntoView()")
    return page


def card(page: Page, topic: Topic) -> Locator:
    return page.locator(f"#topic-{topic.pk}")


def cell(page: Page, slot: Slot, place: Place | None) -> Locator:
    return page.locator(f"#list-cell-{slot.pk}-{place.pk if place else 'elsewhere'}")


def middle(where: Locator) -> tuple[float, float]:
    box = where.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 30)


def test_the_mouse_puts_a_topic_into_a_cell_exchanges_two_and_takes_one_back(
    desk: Page, topic: Topic, theo_topic: Topic, slot: Slot, afternoon: Slot, hall: Place
) -> None:
    def drag(what: Locator, to: Locator, hint: str) -> None:
        desk.mouse.move(*middle(what))
        desk.mouse.down()
        desk.mouse.move(*middle(to), steps=4)
        expect(desk.locator(".ghost")).to_have_attribute("data-hint", hint)
        desk.mouse.up()

    drag(card(desk, theo_topic), cell(desk, afternoon, hall), translated("Put it here", "fr"))
    expect(cell(desk, afternoon, hall).locator("[data-topic]")).to_have_attribute("data-number", "2")
    drag(card(desk, theo_topic), cell(desk, slot, hall), translated("Exchange with number {number}", "fr", number=1))
    expect(cell(desk, slot, hall).locator("[data-topic]")).to_have_attribute("data-number", "2")
    expect(cell(desk, afternoon, hall).locator("[data-topic]")).to_have_attribute("data-number", "1")
    drag(card(desk, topic), desk.locator("#unplaced"), translated("Put it back with those to be placed", "fr"))
    expect(desk.locator("#list-unplaced [data-topic]")).to_have_attribute("data-number", "1")
    # The click that ends a drag opened nothing; a real one still opens the topic.
    expect(desk.locator("#panel")).not_to_be_visible()
    card(desk, topic).locator("h3 a").click()
    expect(desk.locator("#panel")).to_be_visible()


def test_escape_lets_go_of_a_topic_where_it_was(desk: Page, theo_topic: Topic, afternoon: Slot, hall: Place) -> None:
    desk.mouse.move(*middle(card(desk, theo_topic)))
    desk.mouse.down()
    desk.mouse.move(*middle(cell(desk, afternoon, hall)), steps=4)
    expect(cell(desk, afternoon, hall)).to_have_class("cell is-target")
    desk.keyboard.press("Escape")
    expect(desk.locator(".ghost")).to_have_count(0)
    desk.mouse.up()
    expect(desk.locator("#list-unplaced [data-topic]")).to_have_count(1)
    assert not Group.objects.filter(topic=theo_topic).exists()


def test_a_finger_that_rests_drags_and_one_that_moves_at_once_does_not(
    desk: Page, theo_topic: Topic, afternoon: Slot, hall: Place
) -> None:
    wire = desk.context.new_cdp_session(desk)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        where = [{"x": x, "y": y} for x, y in points]
        wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": where})

    (x, y), to = middle(card(desk, theo_topic)), middle(cell(desk, afternoon, hall))
    touch("touchStart", (x, y))
    touch("touchMove", (x, y - 40))
    desk.wait_for_timeout(450)
    expect(desk.locator(".ghost")).to_have_count(0)
    touch("touchEnd")

    desk.locator("#agenda").evaluate("it => it.scrollIntoView()")
    (x, y), to = middle(card(desk, theo_topic)), middle(cell(desk, afternoon, hall))
    before = desk.evaluate("scrollY")
    touch("touchStart", (x, y))
    expect(desk.locator(".ghost")).to_have_count(1)
    for n in range(1, 6):
        touch("touchMove", (x + (to[0] - x) * n / 5, y + (to[1] - y) * n / 5))
    expect(cell(desk, afternoon, hall)).to_have_class("cell is-target")
    assert desk.evaluate("scrollY") == before
    touch("touchEnd")
    expect(cell(desk, afternoon, hall).locator("[data-topic]")).to_have_attribute("data-number", "2")


def test_the_keyboard_alone_does_all_that_the_drag_does_and_more(
    desk: Page, topic: Topic, theo_topic: Topic, slot: Slot, afternoon: Slot, hall: Place
) -> None:
    keys = desk.keyboard
    opener = card(desk, theo_topic).locator("[data-menu]")
    opener.focus()

    # A free cell: the menu opens on the first one; down and left of the taken one is this one.
    keys.press("Enter")
    expect(desk.locator("#menu .choices button:focus")).to_have_attribute("data-kind", "free")
    keys.press("Home")
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(cell(desk, afternoon, hall).locator("[data-topic]")).to_have_attribute("data-number", "2")
    expect(desk.locator("#menu")).not_to_be_visible()
    expect(opener).to_be_focused()

    # An exchange.
    keys.press("Enter")
    expect(desk.locator("#menu .choices button:focus")).to_have_attribute("aria-current", "true")
    keys.press("ArrowUp")
    expect(desk.locator("#menu .choices button:focus")).to_have_attribute("data-kind", "taken")
    keys.press("Enter")
    expect(cell(desk, slot, hall).locator("[data-topic]")).to_have_attribute("data-number", "2")
    expect(cell(desk, afternoon, hall).locator("[data-topic]")).to_have_attribute("data-number", "1")
    expect(opener).to_be_focused()

    # A name for another place, then a new place.
    keys.press("Enter")
    keys.press("End")
    keys.press("ArrowLeft")
    keys.press("Enter")
    keys.type("Au jardin")
    keys.press("Enter")
    expect(cell(desk, slot, None).locator(".spot")).to_have_text("Au jardin")
    expect(opener).to_be_focused()
    keys.press("Enter")
    keys.press("End")
    keys.press("Enter")
    keys.type("Le kiosque")
    keys.press("Tab")
    keys.type("14")
    keys.press("Enter")
    kiosk = desk.locator("thead th", has_text="Le kiosque")
    expect(kiosk).to_contain_text("14")
    expect(opener).to_be_focused()
    assert Group.objects.get(topic=theo_topic).place == Place.objects.get(name="Le kiosque", seats=14)

    # Frozen, then back with those that wait.
    for verb, then in (("freeze", ".is-frozen"), ("unplace", "#list-unplaced > *")):
        keys.press("Enter")
        button = desk.locator(f"#menu [data-do={verb}]")
        for _step in range(6):
            keys.press("Tab")
            if button.evaluate("it => it === document.activeElement"):
                break
        keys.press("Enter")
        expect(desk.locator(f"{then}#topic-{theo_topic.pk}")).to_have_count(1)
        expect(opener).to_be_focused()


def test_a_facilitator_freezes_a_slot_sees_a_clash_and_adds_a_late_topic_from_the_board(
    desk: Page, forum: Forum, nadia: Participant, topic: Topic, slot: Slot, afternoon: Slot, as_camille: Actor
) -> None:
    freeze = desk.locator(f"tr[data-slot='{slot.pk}'] .freeze")
    freeze.click()
    expect(freeze).to_have_attribute("aria-pressed", "true")
    other = Topic.propose(forum, "Des arbres, vite", "", nadia, Actor(nadia))
    Group.place_topic(other, slot, None, as_camille, elsewhere="Au jardin")
    expect(desk.locator("#clashes")).to_contain_text("Nadia Ferrand")
    expect(card(desk, other).locator(".clash")).to_be_visible()
    desk.locator(f"#clashes a[data-card='topic-{other.pk}']").click()
    expect(card(desk, other).locator("h3 a")).to_be_focused()

    desk.locator(".moves .main").click()
    desk.get_by_role("link", name=translated("Add a late topic", "fr")).click()
    panel = desk.locator("#panel")
    panel.locator("[name=title]").fill("Et les vélos ?")
    panel.locator("[name=cell]").select_option(f"{afternoon.pk}-elsewhere")
    panel.locator("button.main").click()
    expect(panel).not_to_be_visible()
    expect(cell(desk, afternoon, None)).to_contain_text("Et les vélos ?")


def test_a_phone_shows_the_agenda_mine_first_and_mine_alone(
    open_page: Open, server: str, forum: Forum, group: Group, theo_topic: Topic, slot: Slot, nadia: Participant
) -> None:
    trees = Topic.propose(forum, "Des arbres, vite", "", nadia, Actor(nadia))
    for each in (theo_topic, trees):
        Group.place_topic(each, slot, None, Actor(), elsewhere="Au jardin")
    trees.set_interest(theo := theo_topic.convener or nadia, True, Actor(theo))
    page = open_page(PHONE)
    sign_in(page, server, theo)
    page.goto(f"{server}/{forum.code}/")
    numbers = page.locator(f"#list-slot-{slot.pk} .number")
    expect(numbers).to_have_text(["2", "3", "1"])

    # Under the finger nothing moves; on the way back it does.
    page.locator(f"#topic-{group.topic.pk} [data-mark]").click()
    expect(page.locator(f"#topic-{group.topic.pk} [data-mark]")).to_have_attribute("aria-pressed", "true")
    page.locator(f"#topic-{trees.pk} [data-mark]").click()
    expect(page.locator(f"#topic-{trees.pk} [data-mark]")).to_have_attribute("aria-pressed", "false")
    expect(numbers).to_have_text(["2", "3", "1"])
    page.locator("[data-show=mine]").click()
    expect(page.locator("article.card:visible .number")).to_have_text(["2", "1"])
    page.reload()
    expect(numbers).to_have_text(["1", "2", "3"])
