"""Signing out on a borrowed computer: nothing unsaved is lost without a question, and nothing stays in the browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, expect

from forum.models import Topic
from sessions.models import Report
from tests.browser.conftest import fr
from tests.browser.network import wait_until
from tests.browser.test_photos_page import CHOOSE, photo
from tests.browser.test_report_page import report, saved

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["report"]
"""A fixture, used by name."""

LEFT_BEHIND = """async () => {
  const kept = Object.keys(localStorage);
  for (const [database, name] of [["forum", "writing"], ["forum-photos", "photos"]]) {
    const opened = await new Promise((resolve) => {
      const request = indexedDB.open(database, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(name);
      request.onsuccess = () => resolve(request.result);
    });
    const keys = opened.transaction(name).objectStore(name).getAllKeys();
    await new Promise((resolve) => { keys.onsuccess = resolve; });
    kept.push(...keys.result);
    opened.close();
  }
  return kept;
}"""
SIGN_OUT = fr("Sign out on this browser")
QUESTION = fr("Words and photos that are only in this browser would be lost. Sign out all the same?")


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def write_in_a_section(page: Page) -> None:
    page.locator("[name=findings]").press_sequentially("46 °C au sol.")
    expect(page.locator("#saving.problem")).to_be_visible()
    page.wait_for_timeout(500)  # the text goes from one store of the browser to the other


def write_in_a_field(page: Page) -> None:
    page.fill("[name=quote]", "Un arbre, maintenant.")
    expect(page.locator("#saving.problem")).to_be_visible()  # closed at once, the browser may not have stored it


def choose_a_photo(page: Page) -> None:
    page.locator(CHOOSE).first.set_input_files([photo("un", (600, 900))])
    expect(page.locator(".sending li").first).to_contain_text(
        fr("No network: this photo is kept on this device and will be sent.")
    )


@pytest.mark.parametrize("leave_something", [write_in_a_section, write_in_a_field, choose_a_photo])
def test_what_a_report_lacks_is_asked_about_and_then_gone(
    laptop: Page, server: str, report: Report, topic: Topic, leave_something: Callable[[Page], None]
) -> None:
    laptop.goto(f"{server}{topic.get_absolute_url()}report/")
    expect(laptop.locator("html.has-script")).to_be_attached()
    laptop.context.set_offline(True)
    leave_something(laptop)
    browser = laptop.context
    laptop.close()
    browser.set_offline(False)

    page = browser.new_page()
    questions: list[str] = []

    def answer(dialog: Dialog) -> None:
        questions.append(dialog.message)
        dialog.accept() if len(questions) > 1 else dialog.dismiss()

    page.on("dialog", answer)
    page.goto(f"{server}/facilitator/")
    before = page.evaluate(LEFT_BEHIND)
    sign_out = page.get_by_role("button", name=SIGN_OUT)
    sign_out.click()  # and stays
    page.wait_for_timeout(300)
    expect(page).to_have_url(f"{server}/facilitator/")
    assert (page.evaluate(LEFT_BEHIND), bool(before)) == (before, True)
    sign_out.click()
    expect(page.locator(".notice:visible")).to_be_visible()
    assert [bool(QUESTION.fullmatch(question)) for question in questions] == [True, True]
    assert page.evaluate(LEFT_BEHIND) == []
    assert (report.photos.count(), Report.objects.get(pk=report.pk).has_text) == (0, False)


def test_where_all_is_saved_nothing_is_asked_and_nothing_stays(
    laptop: Page, server: str, report: Report, topic: Topic
) -> None:
    laptop.goto(f"{server}{topic.get_absolute_url()}report/")
    laptop.locator("[name=findings]").press_sequentially("46 °C au sol.")
    saved(laptop)
    laptop.fill("[name=quote]", "Un arbre, maintenant.")
    laptop.goto(f"{server}/facilitator/")  # the page that is left sends it, and hears of no answer
    while not Report.objects.filter(quote="Un arbre, maintenant."):
        laptop.wait_for_timeout(50)
    laptop.goto(f"{server}{topic.get_absolute_url()}report/")
    expect(laptop.locator("[name=quote]")).to_have_value("Un arbre, maintenant.")
    wait_until(laptop, "localStorage.length === 0")
    laptop.goto(f"{server}/facilitator/")
    laptop.get_by_role("button", name=SIGN_OUT).click()  # after a question, which nobody answers, it would stay
    expect(laptop.locator(".notice:visible")).to_be_visible()
    assert laptop.evaluate(LEFT_BEHIND) == []
