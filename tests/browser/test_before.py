"""Before the day, by keyboard alone: a forum from a template, its people from a pasted list, and their arrival."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from forum.auth.identity import FACILITATOR_COOKIE
from forum.models import Device, Facilitator, Forum
from tests.browser.conftest import LAPTOP, PHONE, Open
from tests.browser.test_accessible import RULES
from tests.conftest import move
from tests.forum.views.test_expected_people import LIST

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def laptop(server: str, open_page: Open) -> Page:
    """A facilitator’s browser, in English, used without a mouse."""
    page = open_page(LAPTOP, "en-GB")
    key = Device.issue(Facilitator.create("Camille Dufour")[0])
    cookies = {FACILITATOR_COOKIE: key, "django_language": "en"}
    page.context.add_cookies([{"name": name, "value": value, "url": server} for name, value in cookies.items()])
    return page


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until an element has the focus."""
    expect(target).to_be_visible()
    for _press in range(60):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} cannot be reached with the Tab key")


def violations(page: Page) -> list[str]:
    problems = Axe().run(page, options=RULES).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in problems]


def press(page: Page, role: str, name: str) -> None:
    tab_to(page, page.get_by_role(role, name=re.compile(name)).first)  # type: ignore[arg-type]
    page.keyboard.press("Enter")


def write(page: Page, label: str, text: str) -> None:
    tab_to(page, page.get_by_role("textbox", name=re.compile(label)))
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def test_a_forum_and_its_people_are_made_ready_by_keyboard_alone(laptop: Page, server: str, open_page: Open) -> None:
    laptop.goto(f"{server}/facilitator/new/")
    press(laptop, "link", "Half a day")
    write(laptop, "Title", "Rencontre annuelle")
    write(laptop, "Question", "Quelles coopérations ?")
    understood = laptop.locator("#preview")
    expect(understood.locator(".for-groups")).to_have_count(2)
    write(laptop, "Agenda", "9h : Accueil\n9h30-10h30 Ateliers\nJour 2\n9h 60\nmidi")
    expect(understood).to_contain_text("Line 5, “midi”: begin with the hour")
    write(laptop, "Agenda", "9h : Accueil\n9h30-10h30 Ateliers\nJour 2\n9h 60")
    expect(understood.locator("tr")).to_have_text(
        [re.compile(words) for words in ("Day 1", "Accueil", "Groups meet", "Day 2", "9:00 – 10:00")]
    )
    write(laptop, "Places", "Salle des Fêtes (40, écran)")
    expect(understood.locator("li")).to_have_text([re.compile("Salle des Fêtes · 40 seats · écran")])
    press(laptop, "button", "Create the forum")
    expect(laptop).to_have_url(re.compile(r"/desk/$"))
    forum = Forum.objects.get()

    press(laptop, "link", "Expected people")
    press(laptop, "link", "Import a list")
    write(laptop, "Or cells pasted", LIST)
    press(laptop, "button", "See what is understood")
    expect(laptop.locator("tbody tr")).to_have_count(2)
    assert violations(laptop) == []
    press(laptop, "button", "Expect these 2 people")
    expect(laptop.locator("#expected li")).to_have_count(2)

    # The welcome desk: the first letters, Tab, Enter.
    expect(laptop.get_by_label("Find someone")).to_be_focused()
    laptop.keyboard.type("had")
    expect(laptop.locator("#expected li")).to_have_text([re.compile("Karim Haddad")])
    press(laptop, "button", "Arrived: Karim Haddad")
    expect(laptop.locator(".notice:visible")).to_have_text("Karim Haddad is here.")

    # The other comes with a phone, and leaves the list by herself.
    move(forum, forum.current_phase.next or forum.current_phase)
    phone = open_page(PHONE)
    phone.goto(f"{server}/{forum.code}/")
    phone.fill("[name=name]", "MARCHAND elodie")
    phone.locator("main form button.main").click()
    expect(phone.locator(".notice:visible")).to_contain_text("Ville d’Amiens, Amiens")
    expect(laptop.locator("#expected li")).to_have_count(0)
    assert sorted(person.name for person in forum.participants.present()) == ["Karim Haddad", "MARCHAND elodie"]
