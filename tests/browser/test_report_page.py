"""The report’s page in real browsers: it saves by itself, and no text is lost or overwritten."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from forum.models import Actor, Forum, Group, Participant, Topic
from forum.phases import Phase
from sessions.models import Report
from tests.browser.conftest import PHONE, Open, sign_in
from tests.conftest import move
from tests.page_texts import translated

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def report(forum: Forum, group: Group, nadia: Participant, theo: Participant) -> Report:
    move(forum, Phase.GROUPS)
    for person in (nadia, theo):
        group.join(person, Actor(person))
    return Report.for_group(group)


def write_as(open_page: Open, server: str, person: Participant, topic: Topic, script: str = "") -> Page:
    """Return a function that opens the report as a person; `script` runs before those of the page."""
    page = open_page(PHONE)
    if script:
        page.add_init_script(script)
    sign_in(page, server, person)
    page.goto(f"{server}{topic.get_absolute_url()}report/")
    return page


def saved(page: Page) -> None:
    sentence = translated("Saved at {hours}:{minutes}", "fr", hours="?", minutes="")
    expect(page.locator("#saving")).to_contain_text(sentence.split("?")[0])


def test_a_text_written_on_one_phone_appears_on_the_other(
    open_page: Open, server: str, report: Report, topic: Topic, nadia: Participant, theo: Participant
) -> None:
    nadia_phone, theo_phone = (write_as(open_page, server, person, topic) for person in (nadia, theo))
    nadia_phone.fill("[name=quote]", "46 °C au sol à 15 h.")
    saved(nadia_phone)
    expect(theo_phone.locator("[name=quote]")).to_have_value("46 °C au sol à 15 h.")
    theo_phone.fill("[name=debate]", "Ombre d’abord ?")
    saved(theo_phone)
    expect(nadia_phone.locator("[name=debate]")).to_have_value("Ombre d’abord ?")
    report.refresh_from_db()
    assert (report.quote, report.debate) == ("46 °C au sol à 15 h.", "Ombre d’abord ?")


def test_an_action_added_on_one_phone_appears_on_the_other_and_goes_when_it_is_removed(
    open_page: Open, server: str, report: Report, topic: Topic, nadia: Participant, theo: Participant
) -> None:
    nadia_phone, theo_phone = (write_as(open_page, server, person, topic) for person in (nadia, theo))
    nadia_phone.locator("form[hx-target='#actions'] button").click()
    expect(nadia_phone.locator(".action [name=what]")).to_be_focused()
    nadia_phone.fill(".action [name=what]", "Planter quarante arbres")
    expect(theo_phone.locator(".action [name=what]")).to_have_value("Planter quarante arbres")
    nadia_phone.on("dialog", lambda dialog: dialog.accept())
    nadia_phone.locator(".action .danger").click()
    expect(nadia_phone.locator("form[hx-target='#actions'] button")).to_be_focused()
    expect(nadia_phone.locator(".action")).to_have_count(0)
    expect(theo_phone.locator(".action")).to_have_count(0)


def test_two_who_write_the_same_field_at_once_choose_and_lose_nothing(
    open_page: Open, server: str, report: Report, topic: Topic, nadia: Participant, theo: Participant
) -> None:
    nadia_phone, theo_phone = (write_as(open_page, server, person, topic) for person in (nadia, theo))
    theo_phone.context.set_offline(True)
    theo_phone.fill("[name=quote]", "De Théo")
    nadia_phone.fill("[name=quote]", "De Nadia")
    saved(nadia_phone)
    theo_phone.context.set_offline(False)
    box = theo_phone.locator("[data-conflict=quote]")
    expect(box).to_contain_text("De Nadia")
    expect(theo_phone.locator("[name=quote]")).to_have_value("De Théo")
    theo_phone.fill("[name=findings]", "Un constat")
    asking = translated("Something needs your eye below; the rest is saved.", "fr").split(" ;")[0]
    expect(theo_phone.locator("#saving")).to_contain_text(asking)
    theo_phone.get_by_role("button", name=translated("Our report is finished", "fr")).click()
    expect(box).to_be_in_viewport()
    report.refresh_from_db()
    assert report.status == "draft"
    box.get_by_role("button").nth(2).click()
    saved(theo_phone)
    report.refresh_from_db()
    assert report.quote == "De Nadia De Théo"


def test_a_text_typed_without_network_survives_a_closed_tab(
    open_page: Open, server: str, report: Report, topic: Topic, nadia: Participant
) -> None:
    page = write_as(open_page, server, nadia, topic)
    address, context = page.url, page.context
    context.set_offline(True)
    page.fill("[name=quote]", "Écrit dans le métro")
    expect(page.locator("#saving")).to_have_class(re.compile("problem"))
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(address)
    expect(again.locator("[name=quote]")).to_have_value("Écrit dans le métro")
    saved(again)
    report.refresh_from_db()
    assert report.quote == "Écrit dans le métro"


def test_a_text_that_is_too_long_says_so_and_is_kept_in_the_browser(
    open_page: Open, server: str, report: Report, topic: Topic, nadia: Participant
) -> None:
    page = write_as(open_page, server, nadia, topic)
    page.evaluate("document.querySelector('[name=quote]').removeAttribute('maxlength')")
    page.fill("[name=quote]", "q" * 401)
    expect(page.locator(".errorlist.by-script")).to_contain_text("400")
    page.reload()
    expect(page.locator("[name=quote]")).to_have_value("q" * 401)


def test_without_javascript_the_form_still_saves_and_the_others_see_it(
    open_page: Open, server: str, report: Report, topic: Topic, nadia: Participant, theo: Participant
) -> None:
    theo_phone = write_as(open_page, server, theo, topic)
    page = open_page(PHONE, java_script_enabled=False)
    sign_in(page, server, nadia)
    page.goto(f"{server}{topic.get_absolute_url()}report/")
    page.fill("[name=findings]", "Sans script")
    page.locator("#report button").click()
    report.refresh_from_db()
    assert report.findings == "Sans script"
    expect(theo_phone.locator("[name=findings]")).to_have_value("Sans script")


def test_an_action_whose_answer_is_slow_is_shown_once(
    open_page: Open, server: str, report: Report, topic: Topic, nadia: Participant
) -> None:
    page = write_as(open_page, server, nadia, topic)

    def late(route: Route) -> None:
        answer = route.fetch()
        page.wait_for_selector(".action")  # it arrives like somebody else’s
        route.fulfill(response=answer)

    page.route("**/report/actions/", late)
    page.locator("form[hx-target='#actions'] button").click()
    expect(page.locator(".action [name=what]")).to_be_focused()
    page.fill(".action [name=what]", "Planter quarante arbres")
    saved(page)
    expect(page.locator(".action")).to_have_count(1)
    assert [action.what for action in report.actions.all()] == ["Planter quarante arbres"]
