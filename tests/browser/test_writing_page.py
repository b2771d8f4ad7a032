"""The sections of a report in real browsers: several people write in one text, and no word is lost."""

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
from tests.page_texts import translated

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
def nadia_phone(open_page: Open, server: str, report: Report, topic: Topic, nadia: Participant) -> Page:
    return write_as(open_page, server, nadia, topic)


@pytest.fixture
def theo_phone(open_page: Open, server: str, report: Report, topic: Topic, theo: Participant) -> Page:
    return write_as(open_page, server, theo, topic)


def type_in(page: Page, words: str, *, at: str = "End", section: str = FINDINGS) -> None:
    page.focus(section)
    page.keyboard.press(f"Control+{at}")
    page.keyboard.type(words)


def kill_page(page: Page) -> None:
    """Kill the page without notice, as a phone that lacks memory does."""
    with suppress(Error):
        page.goto("chrome://crash")


def expect_both(nadia_phone: Page, theo_phone: Page, text: str, section: str = FINDINGS) -> None:
    for page in (nadia_phone, theo_phone):
        expect(page.locator(section)).to_have_value(text)


def test_two_who_write_in_the_same_section_at_once_both_keep_every_word(
    nadia_phone: Page, theo_phone: Page, report: Report
) -> None:
    type_in(nadia_phone, "46 °C au sol. ")
    expect_both(nadia_phone, theo_phone, "46 °C au sol. ")
    theo_phone.context.set_offline(True)
    type_in(theo_phone, "Deux tilleuls 🌳 et de l’ombre.")
    type_in(nadia_phone, "Constats : ", at="Home")
    saved(nadia_phone)
    theo_phone.context.set_offline(False)
    expect_both(nadia_phone, theo_phone, "Constats : 46 °C au sol. Deux tilleuls 🌳 et de l’ombre.")
    saved(theo_phone)
    report.refresh_from_db()
    assert report.findings == "Constats : 46 °C au sol. Deux tilleuls 🌳 et de l’ombre."
    assert report.manuscript().texts["findings"] == report.findings


def test_the_page_says_who_writes_where_and_the_caret_stays_in_its_word(nadia_phone: Page, theo_phone: Page) -> None:
    type_in(nadia_phone, "Un deux trois")
    nadia_phone.evaluate("document.activeElement.setSelectionRange(3, 7)")
    here = translated("{names} is writing here", "fr", names="Nadia Ferrand")
    expect(theo_phone.locator("#writers-findings")).to_have_text(here)
    expect_both(nadia_phone, theo_phone, "Un deux trois")
    type_in(theo_phone, "Zéro, ", at="Home")
    expect_both(nadia_phone, theo_phone, "Zéro, Un deux trois")
    selected = (
        "document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)"
    )
    assert nadia_phone.evaluate(selected) == "deux"
    theo_phone.focus("[name=debate]")
    expect(nadia_phone.locator("#writers-findings")).to_have_text("")
    expect(nadia_phone.locator("#writers-debate")).to_contain_text("Théo Masson")


@pytest.mark.laptop
def test_undo_reverts_only_ones_own_words_and_never_half_an_emoji(nadia_phone: Page, theo_phone: Page) -> None:
    type_in(nadia_phone, "À elle 👩‍🌾. ")
    expect_both(nadia_phone, theo_phone, "À elle 👩‍🌾. ")
    type_in(theo_phone, "À lui. ")
    expect_both(nadia_phone, theo_phone, "À elle 👩‍🌾. À lui. ")
    nadia_phone.keyboard.press("Control+z")
    expect_both(nadia_phone, theo_phone, "À lui. ")
    nadia_phone.keyboard.press("Control+Shift+z")
    expect_both(nadia_phone, theo_phone, "À elle 👩‍🌾. À lui. ")
    nadia_phone.evaluate("document.activeElement.setSelectionRange(7, 12)")
    nadia_phone.keyboard.insert_text("👩‍🔬")  # it shares its first and last code points with the other emoji
    expect_both(nadia_phone, theo_phone, "À elle 👩‍🔬. À lui. ")


@pytest.mark.laptop
def test_a_word_that_is_being_composed_is_not_disturbed(nadia_phone: Page, theo_phone: Page) -> None:
    nadia_phone.focus(FINDINGS)
    keyboard = nadia_phone.context.new_cdp_session(nadia_phone)
    for half in ("に", "にほ", "にほん"):
        keyboard.send("Input.imeSetComposition", {"text": half, "selectionStart": len(half), "selectionEnd": len(half)})
    type_in(theo_phone, "Avant. ", at="Home")
    saved(theo_phone)
    expect(nadia_phone.locator(FINDINGS)).to_have_value("にほん")
    keyboard.send("Input.insertText", {"text": "日本"})
    expect(nadia_phone.locator(FINDINGS)).to_have_value(re.compile("^(Avant. 日本|日本Avant. )$"))
    expect_both(nadia_phone, theo_phone, nadia_phone.input_value(FINDINGS))


def test_a_text_typed_without_network_survives_a_closed_tab_and_merges_with_those_of_others(
    nadia_phone: Page, theo_phone: Page, report: Report
) -> None:
    context, address = nadia_phone.context, nadia_phone.url
    context.set_offline(True)
    type_in(nadia_phone, "Écrit dans le métro. ")
    expect(nadia_phone.locator("#saving")).to_have_text(
        translated("No network: your text is kept on this device and will be sent.", "fr")
    )
    nadia_phone.close()
    type_in(theo_phone, "Écrit à la table. ")
    saved(theo_phone)
    context.set_offline(False)
    again = context.new_page()
    again.goto(address)
    expect(again.locator(FINDINGS)).to_have_value(re.compile("métro"))
    saved(again)
    report.refresh_from_db()
    assert sorted(report.findings.split(". ")) == ["", "Écrit dans le métro", "Écrit à la table"]
    expect_both(again, theo_phone, report.findings)
    assert again.evaluate(LEFT_BEHIND) == [[], []]  # saved, so nothing stays on the device


@pytest.mark.laptop
@pytest.mark.parametrize("has_database", [True, False], ids=["a database", "no database"])
def test_not_a_letter_is_lost_when_the_browser_ends_the_page_right_after_a_key(
    nadia_phone: Page, report: Report, *, has_database: bool
) -> None:
    context, address = nadia_phone.context, nadia_phone.url
    if not has_database:
        context.add_init_script(NO_DATABASE)
        nadia_phone.reload()
    context.set_offline(True)
    type_in(nadia_phone, "Écrit dans le métro. ")
    nadia_phone.wait_for_timeout(600)  # what came before is in the database
    type_in(nadia_phone, "La fin.")
    with nadia_phone.expect_event("crash"):
        kill_page(nadia_phone)
    nadia_phone.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(address)
    expect(again.locator(FINDINGS)).to_have_value("Écrit dans le métro. La fin.")
    saved(again)
    report.refresh_from_db()
    assert report.findings == "Écrit dans le métro. La fin."
    assert again.evaluate("Object.keys(localStorage)") == []


def test_without_sockets_the_texts_still_merge(
    open_page: Open, server: str, theo_phone: Page, report: Report, topic: Topic, nadia: Participant
) -> None:
    page = write_as(open_page, server, nadia, topic, script=WITHOUT_SOCKETS)
    type_in(page, "Sans prise. ")
    saved(page)
    expect_both(page, theo_phone, "Sans prise. ")
    type_in(theo_phone, "Bien reçu!")
    expect_both(page, theo_phone, "Sans prise. Bien reçu!")
    page.keyboard.press("Control+End")
    page.keyboard.press("Backspace")
    expect_both(page, theo_phone, "Sans prise. Bien reçu")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    for _look in range(2):
        with page.expect_request("**/writing/?have=*"):
            pass
    assert set(sent) == {"GET"}  # it polls, and sends nothing twice


@pytest.mark.laptop
def test_a_long_pasted_text_is_cut_at_the_length_of_a_section(nadia_phone: Page, theo_phone: Page) -> None:
    nadia_phone.focus(FINDINGS)
    nadia_phone.evaluate("document.execCommand('insertText', false, 'Un mot. '.repeat(2000))")
    saved(nadia_phone)
    expect_both(nadia_phone, theo_phone, "Un mot. " * 750)
    expect(nadia_phone.locator(".field:has([name=findings]) .errorlist")).to_have_text(
        translated("This section is full. What no longer fits was not taken.", "fr")
    )
    nadia_phone.keyboard.press("Backspace")
    expect(nadia_phone.locator(".field:has([name=findings]) .errorlist")).to_have_count(0)


def test_a_participant_who_leaves_the_group_reads_that_nothing_more_is_accepted_and_keeps_their_text(
    chromium: Browser, nadia_phone: Page, server: str, report: Report, topic: Topic, theo: Participant
) -> None:
    # Not by open_page: the console rightly reports that he may no longer enter.
    theo_phone = write_as(
        lambda size: chromium.new_context(viewport=size, locale="fr-FR").new_page(), server, theo, topic
    )
    type_in(nadia_phone, "À elle.")
    expect_both(nadia_phone, theo_phone, "À elle.")
    report.group.leave(theo, Actor(theo))
    type_in(theo_phone, " À lui.")
    expect(theo_phone.locator("#saving")).to_have_text(
        translated("No longer accepted; your text is kept on this device.", "fr")
    )
    expect(theo_phone.locator(FINDINGS)).to_have_value("À elle. À lui.")
    theo_phone.context.close()
    report.refresh_from_db()
    assert report.findings == "À elle."


@pytest.mark.laptop
def test_the_shared_texts_cost_a_phone_less_than_30_kilobytes_and_only_on_this_page(
    nadia_phone: Page, server: str
) -> None:
    bundle = (ROOT / "static" / "js" / "yjs.js").read_bytes()
    assert len(gzip.compress(bundle, 9)) < 30_000
    loaded: list[Any] = []
    nadia_phone.on("request", lambda request: loaded.append(request.url))
    nadia_phone.goto(nadia_phone.url.removesuffix("report/"))
    assert [url for url in loaded if "yjs" in url or "report.js" in url] == []
