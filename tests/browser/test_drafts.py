"""Drafts: unsaved text is marked, and survives other buttons, errors and the network until it is saved."""

import re

import pytest
from playwright.sync_api import Dialog, Page, expect

from forum.models import Actor, Facilitator, Forum, Group, Message, Participant, Topic
from forum.phases import Phase
from sessions.media.images import ProcessedImage
from sessions.models import Photo, Report
from tests.browser.conftest import LAPTOP, PHONE, Open, fr, sign_in
from tests.browser.drafts import expect_saved, expect_unsaved

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def phone(open_page: Open, address: str, forum: Forum, nadia: Participant) -> Page:
    page = open_page(PHONE)
    sign_in(page, address, nadia)
    return page


def test_a_refusal_or_an_error_keeps_the_draft(
    phone: Page, address: str, forum: Forum, topic: Topic, nadia: Participant
) -> None:
    phone.goto(f"{address}topics/new/")
    phone.fill("[name=title]", "Des haies partout")
    phone.fill("[name=description]", "Le long des chemins.")
    expect_unsaved(phone)
    phone.route("**/topics/new/", lambda route: route.fulfill(status=200, body="<h1>Plus tard</h1>"), times=1)
    phone.get_by_role("button", name=fr("Put it on the board")).click()
    expect(phone.get_by_role("heading")).to_have_text("Plus tard")
    phone.goto(address)  # a page of the app without this form
    expect(phone.locator("[data-sync][data-state=current]")).to_be_visible()
    phone.goto(f"{address}topics/new/")
    expect(phone.locator("[name=title]")).to_have_value("Des haies partout")
    expect(phone.locator("[name=description]")).to_have_value("Le long des chemins.")
    expect_unsaved(phone)
    phone.get_by_role("button", name=fr("Put it on the board")).click()
    expect(phone.locator("#facts h2").first).to_contain_text("Des haies partout")
    phone.goto(f"{address}topics/new/")
    expect(phone.locator("[name=title]")).to_have_value("")
    expect_saved(phone)

    # A draft comes back over a text that is saved, too: a topic that is edited.
    phone.goto(f"{address}topics/{topic.number}/edit/")
    phone.fill("[name=description]", "Avant la canicule.")
    phone.goto(f"{address}topics/{topic.number}/edit/")
    expect(phone.locator("[name=description]")).to_have_value("Avant la canicule.")
    expect_unsaved(phone)


def test_another_button_of_the_same_page_leaves_what_is_typed(
    phone: Page, laptop: Page, address: str, forum: Forum, nadia: Participant, topic: Topic
) -> None:
    phone.goto(f"{address}me/")
    phone.fill("[name=organisation]", "Région Hauts-de-France")
    phone.get_by_role("button", name=fr("Get a code for another phone")).click()
    expect(phone.locator("#phone .code")).to_be_visible()
    expect(phone.locator("[name=organisation]")).to_have_value("Région Hauts-de-France")
    expect_unsaved(phone)
    phone.get_by_role("button", name=fr("Save")).click()
    expect(phone.locator(".notice:visible")).to_have_text(fr("Noted."))
    expect_saved(phone)
    nadia.refresh_from_db()
    assert nadia.organisation == "Région Hauts-de-France"

    Message.send(forum, "Le café est servi.", Actor())
    laptop.goto(f"{address}desk/messages/")
    laptop.fill("[name=text]", "On commence à 10 h.")
    laptop.locator(".sents .danger").click()
    expect(laptop.locator(".sents .chip")).to_be_visible()
    expect(laptop.locator("[name=text]")).to_have_value("On commence à 10 h.")
    expect_unsaved(laptop)

    laptop.goto(f"{address}desk/people/{nadia.pk}/")
    laptop.fill("[name=organisation]", "Commune")
    laptop.get_by_role("button", name=fr("Get a code for their phone")).click()
    expect(laptop.locator(".code")).to_be_visible()
    expect(laptop.locator("[name=organisation]")).to_have_value("Commune")
    expect_unsaved(laptop)


def test_a_draft_on_the_desk_survives_the_page_and_ends_when_it_is_saved(
    laptop: Page, address: str, forum: Forum, topic: Topic
) -> None:
    laptop.goto(f"{address}desk/")
    laptop.fill("#topic_title", "Des haies partout")
    laptop.fill("#say_text", "On commence à 10 h.")
    laptop.get_by_role("link", name=fr("The team")).click()
    laptop.get_by_role("button", name=fr("Make an invitation")).click()  # an accepted form of another page
    laptop.goto(f"{address}desk/")
    expect(laptop.locator("#topic_title")).to_have_value("Des haies partout")
    expect(laptop.locator("#say_text")).to_have_value("On commence à 10 h.")
    for form in ("#add-form", "#say-form"):  # nothing else: what is being typed there needs no word
        expect(laptop.locator(f"{form} .unsaved")).to_be_visible()
        laptop.locator(f"{form} button:not([type=button])").click()
        expect(laptop.locator(f"{form} .unsaved")).to_be_hidden()
    laptop.reload()
    expect(laptop.locator("#topic_title")).to_have_value("")
    expect_saved(laptop)
    assert forum.topics.filter(title="Des haies partout").count() == 1

    # In the panel of a topic, where a button shows the topic anew.
    laptop.locator(f"#topic-{topic.pk} h3 a").click()
    panel = laptop.locator("#panel")
    panel.locator("#write-to summary").click()
    panel.locator("#write-to textarea").fill("Venez au micro.")
    cell = panel.locator("[name=cell] option:not([disabled])").nth(1).get_attribute("value")
    panel.locator("[name=cell]").first.select_option(cell)
    panel.locator("form[action$='/place/'] button").click()
    expect(panel.locator("#write-to:not([open])")).to_be_visible()
    panel.locator("#write-to summary").click()
    expect(panel.locator("#write-to textarea")).to_have_value("Venez au micro.")
    expect(panel.locator("#write-to .unsaved")).to_be_visible()


def test_no_page_erases_the_draft_of_another(laptop: Page, address: str, forum: Forum, topic: Topic) -> None:
    typed = {
        "desk/": {"#say_text": "On commence à 10 h.", "#topic_title": "Des haies partout"},
        "desk/conductor/": {"#message-text": "Le café est servi."},
        "topics/new/": {"[name=title]": "Des toits clairs"},
    }
    for page, fields in typed.items():
        laptop.goto(f"{address}{page}")
        for field, words in fields.items():
            laptop.fill(field, words)
    for page, fields in typed.items():
        laptop.goto(f"{address}{page}")
        for field, words in fields.items():
            expect(laptop.locator(field)).to_have_value(words)


def test_signing_out_deletes_the_drafts_of_a_borrowed_browser(
    open_page: Open, server: str, address: str, forum: Forum, camille: Facilitator
) -> None:
    laptop = open_page(LAPTOP)
    sign_in(laptop, f"{server}/", camille)
    questions: list[str] = []

    def answer(dialog: Dialog) -> None:
        questions.append(dialog.message)
        if len(questions) == 1:
            dialog.dismiss()
        else:
            dialog.accept()

    laptop.on("dialog", answer)
    my_forums = f"{server}/facilitator/"
    sign_out = laptop.get_by_role("button", name=fr("Sign out on this browser"))
    laptop.goto(f"{address}desk/")
    laptop.fill("#say_text", "On commence à 10 h.")
    laptop.goto(f"{address}desk/operator/")
    laptop.fill("#entry [name=title]", "Des haies partout")
    laptop.goto(my_forums)
    sign_out.click()  # and stays
    expect(laptop).to_have_url(my_forums)
    laptop.goto(f"{address}desk/")
    expect(laptop.locator("#say_text")).to_have_value("On commence à 10 h.")
    laptop.goto(my_forums)
    sign_out.click()
    expect(laptop.locator(".notice:visible")).to_be_visible()
    question = fr("Words and photos that are only in this browser would be lost. Sign out all the same?")
    assert [bool(question.fullmatch(each)) for each in questions] == [True, True]
    assert laptop.evaluate("Object.keys(localStorage).filter((key) => /^(draft|operator):/.test(key))") == []

    # Where nothing would be lost, nothing is asked.
    sign_in(laptop, f"{server}/", camille)
    laptop.goto(my_forums)
    sign_out.click()
    expect(laptop.locator(".notice:visible")).to_be_visible()
    assert len(questions) == 2


def test_leaving_unsaved_settings_asks_first(laptop: Page, address: str, forum: Forum) -> None:
    Forum.objects.filter(pk=forum.pk).update(is_rehearsal=True, phase=Phase.PREPARATION)
    laptop.goto(f"{address}desk/settings/")
    laptop.fill("[name=venue]", "Amiens")
    expect(laptop.locator(".unsaved:visible")).to_have_text(fr("Not saved yet."))
    questions: list[str] = []

    def stay(dialog: Dialog) -> None:
        questions.append(dialog.type)
        dialog.dismiss()

    laptop.on("dialog", stay)
    laptop.locator("[name=sure]").check()
    laptop.get_by_role("button", name=fr("Erase the rehearsal")).click()
    laptop.wait_for_timeout(300)
    assert questions == ["beforeunload"]
    expect(laptop.locator("[name=venue]")).to_have_value("Amiens")
    laptop.get_by_role("button", name=fr("Save the settings")).click()
    expect(laptop).to_have_url(re.compile("/desk/$"))
    assert questions == ["beforeunload"]


def test_a_draft_that_comes_back_over_a_newer_text_overwrites_none_of_it(
    phone: Page, address: str, forum: Forum, group: Group, nadia: Participant
) -> None:
    """The draft holds the mark of the text over which it was typed, so the server shows both."""
    forum.move_to(Phase.GROUPS, Actor())
    report = Report.for_group(group)
    report.write({"findings": "Il fait chaud."}, report.bases(), Actor())
    Photo.add(report, ProcessedImage(b"\xff\xd8", b"\xff\xd8", b"\xff\xd8", 20, 10), Actor(nadia), kind="sheet")
    phone.goto(f"{address}topics/{group.topic.number}/transcribe/")
    phone.fill("[name=findings]", "Il fait chaud. Deux tilleuls changent tout.")
    expect_unsaved(phone)
    report.refresh_from_db()
    report.write({"findings": "En juin, il fait chaud."}, report.bases(), Actor())
    phone.reload()
    expect(phone.locator("[name=findings]")).to_have_value("Il fait chaud. Deux tilleuls changent tout.")
    expect_unsaved(phone)
    send = phone.locator("form[data-draft] button:not([type=button])").first
    # The page itself is the server's; a browser would complain of its status, 409.
    phone.route("**/transcribe/", lambda route: route.fulfill(response=route.fetch(), status=200), times=1)
    send.click()
    expect(phone.locator(".errorlist")).to_contain_text("En juin, il fait chaud.")
    expect_unsaved(phone)
    report.refresh_from_db()
    assert report.findings == "En juin, il fait chaud."
    phone.fill("[name=findings]", "En juin, il fait chaud. Deux tilleuls changent tout.")
    send.click()
    expect(phone.locator(".notice:visible")).to_be_visible()
    report.refresh_from_db()
    assert report.findings == "En juin, il fait chaud. Deux tilleuls changent tout."
