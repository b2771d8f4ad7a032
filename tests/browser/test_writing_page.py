"""The sections of a report in real browsers: several hands in one text, and nothing typed is lost."""

import gzip
import re
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from forum.models import Actor, Participant, Topic
from forum.settings import ROOT
from sessions.models import Report
from tests.browser.conftest import Open
from tests.browser.test_report_page import report, saved, write_as
from tests.words import said

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["report"]
"""A fixture, used by name."""

FINDINGS = "[name=findings]"
WITHOUT_SOCKETS = (
    "window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.({ code: 1006 })) } close() {} }"
)

LEFT_BEHIND = """() => new Promise((tell) => {
  const asked = indexedDB.open("forum");
  asked.onsuccess = () => {
    const keys = asked.result.transaction("writing").objectStore("writing").getAllKeys();
    keys.onsuccess = () => tell([keys.result, Object.keys(localStorage)]);
  };
})"""

NO_DATABASE = "Object.defineProperty(window, 'indexedDB', { value: { open() { throw new Error('off') } } })"


@pytest.fixture
def hers(open_page: Open, server: str, report: Report, topic: Topic, nadia: Participant) -> Page:
    return write_as(open_page, server, nadia, topic)


@pytest.fixture
def his(open_page: Open, server: str, report: Report, topic: Topic, theo: Participant) -> Page:
    return write_as(open_page, server, theo, topic)


def type_in(page: Page, words: str, *, at: str = "End", section: str = FINDINGS) -> None:
    page.focus(section)
    page.keyboard.press(f"Control+{at}")
    page.keyboard.type(words)


def end_at_once(page: Page) -> None:
    """As a phone does that lacks memory: without a word to the page."""
    with suppress(Error):
        page.goto("chrome://crash")


def both_show(hers: Page, his: Page, text: str, section: str = FINDINGS) -> None:
    for page in (hers, his):
        expect(page.locator(section)).to_have_value(text)


def test_two_who_write_in_the_same_section_at_once_both_keep_every_word(hers: Page, his: Page, report: Report) -> None:
    type_in(hers, "46 °C au sol. ")
    both_show(hers, his, "46 °C au sol. ")
    his.context.set_offline(True)
    type_in(his, "Deux tilleuls 🌳 et de l’ombre.")
    type_in(hers, "Constats : ", at="Home")
    saved(hers)
    his.context.set_offline(False)
    both_show(hers, his, "Constats : 46 °C au sol. Deux tilleuls 🌳 et de l’ombre.")
    saved(his)
    report.refresh_from_db()
    assert report.findings == "Constats : 46 °C au sol. Deux tilleuls 🌳 et de l’ombre."
    assert report.manuscript().texts["findings"] == report.findings


def test_the_page_says_who_writes_where_and_the_caret_stays_in_its_word(hers: Page, his: Page) -> None:
    type_in(hers, "Un deux trois")
    hers.evaluate("document.activeElement.setSelectionRange(3, 7)")
    here = said("{names} is writing here", "fr", names="Nadia Ferrand")
    expect(his.locator("#hands-findings")).to_have_text(here)
    both_show(hers, his, "Un deux trois")
    type_in(his, "Zéro, ", at="Home")
    both_show(hers, his, "Zéro, Un deux trois")
    selected = (
        "document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)"
    )
    assert hers.evaluate(selected) == "deux"
    his.focus("[name=debate]")
    expect(hers.locator("#hands-findings")).to_have_text("")
    expect(hers.locator("#hands-debate")).to_contain_text("Théo Masson")


@pytest.mark.laptop
def test_undo_takes_back_ones_own_words_alone_and_never_half_an_emoji(hers: Page, his: Page) -> None:
    type_in(hers, "À elle 👩‍🌾. ")
    both_show(hers, his, "À elle 👩‍🌾. ")
    type_in(his, "À lui. ")
    both_show(hers, his, "À elle 👩‍🌾. À lui. ")
    hers.keyboard.press("Control+z")
    both_show(hers, his, "À lui. ")
    hers.keyboard.press("Control+Shift+z")
    both_show(hers, his, "À elle 👩‍🌾. À lui. ")
    hers.evaluate("document.activeElement.setSelectionRange(7, 12)")
    hers.keyboard.insert_text("👩‍🔬")  # it begins and ends like the other one
    both_show(hers, his, "À elle 👩‍🔬. À lui. ")


@pytest.mark.laptop
def test_a_word_that_is_being_composed_is_not_disturbed(hers: Page, his: Page) -> None:
    hers.focus(FINDINGS)
    keyboard = hers.context.new_cdp_session(hers)
    for half in ("に", "にほ", "にほん"):
        keyboard.send("Input.imeSetComposition", {"text": half, "selectionStart": len(half), "selectionEnd": len(half)})
    type_in(his, "Avant. ", at="Home")
    saved(his)
    expect(hers.locator(FINDINGS)).to_have_value("にほん")
    keyboard.send("Input.insertText", {"text": "日本"})
    expect(hers.locator(FINDINGS)).to_have_value(re.compile("^(Avant. 日本|日本Avant. )$"))
    both_show(hers, his, hers.input_value(FINDINGS))


def test_what_is_typed_without_network_survives_a_closed_tab_and_meets_what_others_wrote(
    hers: Page, his: Page, report: Report
) -> None:
    context, address = hers.context, hers.url
    context.set_offline(True)
    type_in(hers, "Écrit dans le métro. ")
    expect(hers.locator("#saving")).to_have_text(
        said("No network: your text is kept on this device and will be sent.", "fr")
    )
    hers.close()
    type_in(his, "Écrit à la table. ")
    saved(his)
    context.set_offline(False)
    again = context.new_page()
    again.goto(address)
    expect(again.locator(FINDINGS)).to_have_value(re.compile("métro"))
    saved(again)
    report.refresh_from_db()
    assert sorted(report.findings.split(". ")) == ["", "Écrit dans le métro", "Écrit à la table"]
    both_show(again, his, report.findings)
    assert again.evaluate(LEFT_BEHIND) == [[], []]  # saved: nothing of it stays on the device


@pytest.mark.laptop
@pytest.mark.parametrize("has_database", [True, False], ids=["a database", "no database"])
def test_not_a_letter_is_lost_when_the_browser_ends_the_page_right_after_a_key(
    hers: Page, report: Report, *, has_database: bool
) -> None:
    context, address = hers.context, hers.url
    if not has_database:
        context.add_init_script(NO_DATABASE)
        hers.reload()
    context.set_offline(True)
    type_in(hers, "Écrit dans le métro. ")
    hers.wait_for_timeout(600)  # what came before is in the database
    type_in(hers, "La fin.")
    with hers.expect_event("crash"):
        end_at_once(hers)
    hers.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(address)
    expect(again.locator(FINDINGS)).to_have_value("Écrit dans le métro. La fin.")
    saved(again)
    report.refresh_from_db()
    assert report.findings == "Écrit dans le métro. La fin."
    assert again.evaluate("Object.keys(localStorage)") == []


def test_where_sockets_do_not_pass_the_texts_still_meet(
    open_page: Open, server: str, his: Page, report: Report, topic: Topic, nadia: Participant
) -> None:
    page = write_as(open_page, server, nadia, topic, script=WITHOUT_SOCKETS)
    type_in(page, "Sans prise. ")
    saved(page)
    both_show(page, his, "Sans prise. ")
    type_in(his, "Bien reçu!")
    both_show(page, his, "Sans prise. Bien reçu!")
    page.keyboard.press("Control+End")
    page.keyboard.press("Backspace")
    both_show(page, his, "Sans prise. Bien reçu")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    for _look in range(2):
        with page.expect_request("**/writing/?have=*"):
            pass
    assert set(sent) == {"GET"}  # it asks now and then, and sends nothing twice


@pytest.mark.laptop
def test_a_long_text_pasted_at_once_is_taken_as_far_as_a_section_goes(hers: Page, his: Page) -> None:
    hers.focus(FINDINGS)
    hers.evaluate("document.execCommand('insertText', false, 'Un mot. '.repeat(2000))")
    saved(hers)
    both_show(hers, his, "Un mot. " * 750)
    expect(hers.locator(".field:has([name=findings]) .errorlist")).to_have_text(
        said("This section is full. What no longer fits was not taken.", "fr")
    )
    hers.keyboard.press("Backspace")
    expect(hers.locator(".field:has([name=findings]) .errorlist")).to_have_count(0)


def test_who_leaves_the_group_is_told_that_nothing_more_is_taken_and_keeps_their_words(
    chromium: Browser, hers: Page, server: str, report: Report, topic: Topic, theo: Participant
) -> None:
    # Not open_page: his browser complains that he may not come in any more, and is right.
    his = write_as(lambda size: chromium.new_context(viewport=size, locale="fr-FR").new_page(), server, theo, topic)
    type_in(hers, "À elle.")
    both_show(hers, his, "À elle.")
    report.group.leave(theo, Actor(theo))
    type_in(his, " À lui.")
    expect(his.locator("#saving")).to_have_text(said("No longer accepted; your text is kept on this device.", "fr"))
    expect(his.locator(FINDINGS)).to_have_value("À elle. À lui.")
    his.context.close()
    report.refresh_from_db()
    assert report.findings == "À elle."


@pytest.mark.laptop
def test_the_shared_texts_cost_a_phone_less_than_30_kilobytes_and_only_on_this_page(hers: Page, server: str) -> None:
    bundle = (ROOT / "static" / "js" / "yjs.js").read_bytes()
    assert len(gzip.compress(bundle, 9)) < 30_000
    loaded: list[Any] = []
    hers.on("request", lambda request: loaded.append(request.url))
    hers.goto(hers.url.removesuffix("report/"))
    assert [url for url in loaded if "yjs" in url or "report.js" in url] == []
