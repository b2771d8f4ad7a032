"""The operator’s page in a real browser: each line is saved once, in order, whatever the network does."""

import pytest
from playwright.sync_api import Page, Route, expect

from forum.models import Facilitator, Forum, Participant, Topic
from tests.browser.conftest import LAPTOP, Open, sign_in
from tests.page_texts import translated

pytestmark = pytest.mark.django_db(transaction=True)

ANNOUNCED = (
    ("Rafraîchir nos cours d’école", "Nadia Ferrand"),
    ("L’eau en août : qui ferme le robinet ?", "masson théo"),
    ("Apprendre à réparer plutôt qu’à jeter", "Karim Benali"),
    ("Des trains le dimanche soir", ""),
    ("Accueillir sans attendre le plan d’urgence", "Zoé Lefebvre"),
    ("Qui garde les enfants pendant ce temps ?", "karim benali"),
)


@pytest.fixture
def desk(open_page: Open, server: str, forum: Forum, camille: Facilitator) -> Page:
    """Camille’s laptop, on the operator’s page."""
    page = open_page(LAPTOP)
    sign_in(page, server, camille)
    page.goto(f"{server}/{forum.code}/desk/operator/")
    expect(page.locator("#title")).to_be_focused()
    return page


def type_line(page: Page, title: str, name: str = "") -> None:
    """Type a line without a pause."""
    page.keyboard.type(title + (f";{name}" if name else ""))
    page.keyboard.press("Enter")


def states(page: Page) -> list[str]:
    return [str(line.get_attribute("data-state")) for line in page.locator(".line").all()]


def expect_all_saved(page: Page) -> None:
    expect(page.locator("#network")).to_have_text(translated("Everything is kept", "fr"))


def saved_lines(forum: Forum) -> list[tuple[int, str, str]]:
    return [(t.number, t.title, t.convener.name if t.convener else "") for t in forum.topics.select_related("convener")]


def test_lines_typed_without_a_pause_are_all_saved_in_their_order(
    desk: Page, forum: Forum, nadia: Participant, theo: Participant
) -> None:
    for title, name in ANNOUNCED:
        type_line(desk, title, name)
    expect(desk.locator("#title")).to_be_focused()
    expect_all_saved(desk)
    names = ("Nadia Ferrand", "Théo Masson", "Karim Benali", "", "Zoé Lefebvre", "Karim Benali")
    assert saved_lines(forum) == [
        (n, title, name) for n, ((title, _), name) in enumerate(zip(ANNOUNCED, names, strict=True), 1)
    ]
    assert states(desk) == ["kept"] * len(ANNOUNCED)


def test_lines_typed_without_network_survive_the_page_and_are_saved_once(desk: Page, forum: Forum) -> None:
    lost: list[int] = []

    def lose_the_answer(route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        if not lost:
            lost.append(route.fetch().status)  # the server saves it, but the response is lost
        return route.abort("connectionrefused")

    desk.route("**/desk/operator/", lose_the_answer)
    for title, name in ANNOUNCED[:3]:
        type_line(desk, title, name)
    desk.keyboard.type("Et puis encore")
    expect(desk.locator(".line[data-state=away]")).to_have_count(3)
    desk.reload()
    expect(desk.locator("#title")).to_have_value("Et puis encore")
    expect(desk.locator("#title")).to_be_focused()
    desk.unroute("**/desk/operator/")
    desk.keyboard.press("Enter")
    expect_all_saved(desk)
    assert [title for _number, title, _name in saved_lines(forum)] == [
        *(t for t, _n in ANNOUNCED[:3]),
        "Et puis encore",
    ]
    assert states(desk) == ["kept"] * 4


FAILS_ONCE = """() => {
  const real = fetch;
  window.keys = [];
  window.fetch = (path, options) => {
    if (options.method !== "POST") return real(path, options);
    keys.push(options.body.get("key"));
    return keys.length > 1 ? real(path, options) : Promise.resolve(new Response("", { status: 500 }));
  };
}"""
"""The first answer to a line; a real one would be an error of the test."""


def test_a_line_at_which_the_server_fails_once_is_saved_and_does_not_hold_up_the_others(
    desk: Page, forum: Forum
) -> None:
    desk.evaluate(FAILS_ONCE)
    for title, name in ANNOUNCED[:2]:
        type_line(desk, title, name)
    expect_all_saved(desk)
    assert [title for _number, title, _name in saved_lines(forum)] == [title for title, _name in ANNOUNCED[:2]]
    first, again, other = desk.evaluate("keys")
    assert (first == again, first == other) == (True, False)


def test_a_line_is_chosen_corrected_withdrawn_and_brought_back_by_keyboard_alone(
    desk: Page, forum: Forum, nadia: Participant
) -> None:
    expected = Participant.objects.create(forum=forum, name="Élodie Carpentier", is_expected=True)
    desk.reload()
    desk.keyboard.type("L’eau en aout")
    desk.keyboard.press("Tab")
    desk.keyboard.type("carp el")
    expect(desk.get_by_role("option")).to_have_count(1)
    desk.keyboard.press("ArrowDown")
    assert desk.locator("#name").get_attribute("aria-activedescendant") == "person-0"
    desk.keyboard.press("Enter")
    expect_all_saved(desk)
    topic = forum.topics.get()
    expected.refresh_from_db()
    assert (topic.convener, expected.is_expected) == (expected, False)

    desk.keyboard.type("À moitié")
    desk.keyboard.press("ArrowUp")
    desk.keyboard.press("e")
    expect(desk.locator("#title")).to_have_value("L’eau en aout")
    for _ in range(2):
        desk.keyboard.press("Backspace")
    desk.keyboard.type("ût : qui ferme le robinet ?")
    desk.keyboard.press("Enter")
    expect(desk.locator("#title")).to_have_value("À moitié")
    expect_all_saved(desk)
    desk.keyboard.press("ArrowUp")
    desk.keyboard.press("z")
    expect(desk.locator(".line")).to_have_attribute("data-state", "gone")
    expect_all_saved(desk)
    topic.refresh_from_db()
    assert (topic.title, topic.convener, topic.withdrawn_at is None) == (
        "L’eau en août : qui ferme le robinet ?", expected, False,
    )  # fmt: skip
    desk.keyboard.press("z")
    expect(desk.locator(".line")).to_have_attribute("data-state", "kept")
    expect_all_saved(desk)
    assert Topic.objects.active().count() == 1
    desk.keyboard.press("Escape")
    desk.keyboard.type(" !")
    expect(desk.locator("#title")).to_have_value("À moitié !")
