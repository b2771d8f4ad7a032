"""Drafts: unsaved text is marked, and survives other buttons, errors and the network until it is saved."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, Route, expect

from forum.models import Actor, Facilitator, Forum, Group, Message, Participant, Topic
from forum.phases import Phase
from sessions.media.images import ProcessedImage
from sessions.models import Imprint, Photo, Report
from tests.browser.conftest import LAPTOP, PHONE, Open, fr, set_key
from tests.sessions.views.test_imprint import image_file

pytestmark = pytest.mark.django_db(transaction=True)

UNSAVED = fr("Not saved yet: only in this browser.")


@pytest.fixture
def phone(open_page: Open, address: str, forum: Forum, nadia: Participant) -> Page:
    page = open_page(PHONE)
    set_key(page, address, nadia, forum)
    return page


def imprint_of(forum: Forum) -> Imprint:
    return Imprint.objects.get(forum=forum)


def expect_unsaved(page: Page) -> None:
    """Expect the mark of unsaved text beside the form’s button."""
    expect(page.locator(".unsaved:visible")).to_have_count(1)
    expect(page.locator(".unsaved:visible")).to_contain_text(UNSAVED)


def expect_saved(page: Page) -> None:
    expect(page.locator(".unsaved").first).to_be_attached()
    expect(page.locator(".unsaved:visible")).to_have_count(0)
    expect(page.locator(".is-unsaved")).to_have_count(0)


def test_the_word_of_the_sponsor_and_publishing_are_saved_by_one_button(
    laptop: Page, address: str, forum: Forum
) -> None:
    laptop.goto(f"{address}book/imprint/")
    expect_saved(laptop)
    laptop.fill("[name=word]", "Merci à toutes et à tous.")
    expect_unsaved(laptop)
    laptop.locator("[name=is_public]").check()
    expect(laptop.locator(".is-unsaved")).to_have_count(2)
    laptop.get_by_role("button", name=fr("Save all of it")).click()
    expect(laptop.locator(".notice")).to_have_text(fr("Saved: everyone can read the report, on the public page."))
    imprint = imprint_of(forum)
    assert (imprint.word, imprint.is_public) == ("Merci à toutes et à tous.", True)
    expect_saved(laptop)
    laptop.reload()
    expect_saved(laptop)
    expect(laptop.locator("[name=word]")).to_have_value("Merci à toutes et à tous.")


def test_a_logo_neither_loses_nor_hides_what_is_typed(laptop: Page, address: str, forum: Forum, tmp_path: Path) -> None:
    imprint = Imprint.for_forum(forum)
    imprint.word = "Ce qui était là"
    imprint.write(Actor())
    image = tmp_path / "logo.png"
    image.write_bytes(image_file())
    laptop.goto(f"{address}book/imprint/")
    laptop.fill("[name=word]", "Merci à toutes et à tous.")
    laptop.get_by_label(fr("Leaf green")).check()
    expect(laptop.locator(".is-unsaved")).to_have_count(2)  # the word, and the colour as one question
    for number in (1, 2):
        laptop.fill("[name=name]", f"Ville {number}")
        laptop.set_input_files("[name=image]", image)
        laptop.get_by_role("button", name=fr("Add this logo")).click()
        expect(laptop.locator(".logos li")).to_have_count(number)
    laptop.locator(".logos [id$=-before]").click()
    expect(laptop.locator(".logos li b").first).to_have_text("Ville 2")
    laptop.locator(".logos .danger").last.click()
    expect(laptop.locator(".logos li")).to_have_count(1)
    expect_unsaved(laptop)
    expect(laptop.locator("[name=word]")).to_have_value("Merci à toutes et à tous.")

    # Also after a reload, which asks first: the draft comes back over the saved text, and is marked.
    questions: list[str] = []

    def leave(dialog: Dialog) -> None:
        questions.append(dialog.type)
        dialog.accept()

    laptop.on("dialog", leave)
    laptop.goto(f"{address}book/imprint/")
    assert questions == ["beforeunload"]
    expect_unsaved(laptop)
    expect(laptop.locator("[name=word]")).to_have_value("Merci à toutes et à tous.")
    expect(laptop.get_by_label(fr("Leaf green"))).to_be_checked()
    assert imprint_of(forum).word == "Ce qui était là"
    laptop.get_by_role("button", name=fr("Throw it away")).click()
    expect(laptop.locator("[name=word]")).to_have_value("Ce qui était là")
    expect_saved(laptop)
    laptop.goto(f"{address}book/imprint/")
    expect(laptop.locator("[name=word]")).to_have_value("Ce qui était là")
    assert questions == ["beforeunload"]


def test_a_change_of_logos_is_announced_to_screen_readers_and_the_focus_stays_there(
    laptop: Page, address: str, forum: Forum, tmp_path: Path
) -> None:
    image, broken = tmp_path / "logo.png", tmp_path / "broken.png"
    image.write_bytes(image_file())
    broken.write_bytes(b"nothing")
    toast = laptop.locator("#toast[role=status]")
    add = laptop.get_by_role("button", name=fr("Add this logo"))

    def send(name: str, file: Path) -> None:
        laptop.fill("[name=name]", name)
        laptop.set_input_files("[name=image]", file)
        add.press("Enter")

    laptop.goto(f"{address}book/imprint/")
    for number in (1, 2):
        send(f"Ville {number}", image)
        expect(laptop.locator(".logos li")).to_have_count(number)
        expect(toast).to_have_text(fr("The logo is on the cover of the next edition."))
        expect(add).to_be_focused()

    # The answer itself is the server's; a browser would complain of its status, 422.
    def answered(route: Route) -> None:
        answer = route.fetch()
        assert answer.status == 422
        route.fulfill(response=answer, status=200)

    laptop.route("**/book/imprint/logos/", answered, times=1)
    send("Ville 3", broken)
    expect(laptop.locator("#logos .errorlist")).to_be_visible()
    expect(toast).to_have_text(laptop.locator("#logos .errorlist").inner_text())
    expect(toast).not_to_have_class(re.compile("is-shown"))  # the message is beside its field
    expect(add).to_be_focused()

    # When the pressed button is removed, the focus goes to the title of the logos.
    title = laptop.get_by_role("heading", name=fr("Logos on the cover"))
    laptop.locator(".logos [id$=-before]").press("Enter")
    expect(laptop.locator(".logos li b").first).to_have_text("Ville 2")
    expect(title).to_be_focused()
    laptop.locator(".logos .danger").last.press("Enter")
    expect(laptop.locator(".logos li")).to_have_count(1)
    expect(toast).to_have_text(fr("The logo is removed."))
    expect(title).to_be_focused()


def test_leaving_the_page_with_a_chosen_logo_that_is_not_added_asks_first(
    laptop: Page, address: str, forum: Forum
) -> None:
    laptop.goto(f"{address}book/imprint/")
    laptop.fill("#logos [name=name]", "Région")
    expect(laptop.locator("#logos .unsaved")).to_have_text(fr("Not saved yet."))
    questions: list[str] = []

    def stay(dialog: Dialog) -> None:
        questions.append(dialog.type)
        dialog.dismiss()

    laptop.on("dialog", stay)
    laptop.get_by_role("button", name=fr("Save all of it")).click()
    laptop.wait_for_timeout(300)
    assert questions == ["beforeunload"]
    expect(laptop.locator("#logos [name=name]")).to_have_value("Région")


def test_a_refused_form_is_marked_as_unsaved(laptop: Page, address: str, forum: Forum) -> None:
    laptop.goto(f"{address}book/imprint/")
    laptop.fill("[name=word]", "Merci")
    laptop.get_by_label(fr("Another one, written below")).check()
    laptop.fill("[name=own_accent]", "red")
    # The page itself is the server's; a browser would complain of its status, 422.
    laptop.route("**/book/imprint/", lambda route: route.fulfill(response=route.fetch(), status=200), times=1)
    laptop.get_by_role("button", name=fr("Save all of it")).click()
    expect(laptop.locator(".problem")).to_be_visible()
    expect_unsaved(laptop)
    laptop.fill("[name=own_accent]", "#1d5f8f")
    laptop.get_by_role("button", name=fr("Save all of it")).click()
    expect(laptop.locator(".notice")).to_be_visible()
    expect_saved(laptop)
    assert imprint_of(forum).accent == "#1d5f8f"


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
    expect(phone.locator(".notice")).to_have_text(fr("Noted."))
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
    laptop.get_by_role("link", name=fr("Facilitators")).click()
    laptop.get_by_role("button", name=fr("Invite a facilitator")).click()  # an accepted form of another page
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
    set_key(laptop, f"{server}/", camille, forum)
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
    expect(laptop.locator(".notice")).to_be_visible()
    question = fr("Words that you typed in this browser and did not save would be lost. Sign out all the same?")
    assert [bool(question.fullmatch(each)) for each in questions] == [True, True]
    assert laptop.evaluate("Object.keys(localStorage).filter((key) => /^(draft|operator):/.test(key))") == []

    # Where nothing would be lost, nothing is asked.
    set_key(laptop, f"{server}/", camille, forum)
    laptop.goto(my_forums)
    sign_out.click()
    expect(laptop.locator(".notice")).to_be_visible()
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
    expect(phone.locator(".notice")).to_be_visible()
    report.refresh_from_db()
    assert report.findings == "En juin, il fait chaud. Deux tilleuls changent tout."
