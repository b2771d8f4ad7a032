"""The imprint's page: what is typed there stays until it is saved, whatever happens to the logos."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, Route, expect

from forum.models import Actor, Forum
from sessions.models import Imprint
from tests.browser.conftest import fr
from tests.browser.drafts import expect_saved, expect_unsaved
from tests.sessions.views.test_imprint import image_file

pytestmark = pytest.mark.django_db(transaction=True)


def imprint_of(forum: Forum) -> Imprint:
    return Imprint.objects.get(forum=forum)


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
    expect(laptop.locator(".notice:visible")).to_have_text(
        fr("Saved: everyone can read the report, on the public page.")
    )
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
    expect(laptop.locator(".notice:visible")).to_be_visible()
    expect_saved(laptop)
    assert imprint_of(forum).accent == "#1d5f8f"
