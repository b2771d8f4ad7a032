"""The whole day in three browsers: the facilitator's laptop, the wall, and a phone; then the PDF."""

import io
import re

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.conftest import LAPTOP, PHONE, PROJECTOR, Open
from tests.browser.test_report_page import saved
from tests.page_texts import translated

QUESTION = "Quelles coopérations pour accélérer les transitions ?"


def fr(msgid: str) -> re.Pattern[str]:
    """Return a pattern of a French label, with any spaces."""
    return re.compile(re.escape(translated(msgid, "fr")).replace(r"\ ", r"\s"))


def press(page: Page, msgid: str) -> None:
    page.get_by_role("button", name=fr(msgid)).first.click()


def test_a_day_from_the_opening_plenary_to_the_pdf(open_page: Open, begin_link: str) -> None:
    laptop, wall, phone = open_page(LAPTOP), open_page(PROJECTOR), open_page(PHONE)

    # The evening before: the first facilitator, and a forum.
    laptop.goto(begin_link)
    laptop.fill("[name=name]", "Camille Dufour")
    laptop.locator("main form button").first.click()
    laptop.goto(re.sub(r"/begin/.*", "/new/?from=one-day", begin_link))
    laptop.fill("[name=title]", "Rencontre annuelle")
    laptop.fill("[name=question]", QUESTION)
    laptop.fill("[name=venue]", "Arras")
    press(laptop, "Create the forum")
    expect(laptop).to_have_url(re.compile(r"/desk/$"))
    desk = laptop.url
    board = desk.removesuffix("desk/")

    # The wall hangs; the phone waits at the door, then the plenary opens and it may come in.
    wall.context.add_cookies([{**c} for c in laptop.context.cookies() if c["name"] == "forum_facilitator"])  # type: ignore[typeddict-item]
    wall.goto(f"{board}wall/")
    phone.goto(board)
    expect(phone.locator("main")).to_contain_text(translated("The forum has not begun yet", "fr"))
    next_phase(laptop)
    expect(wall.locator(".question")).to_have_text(re.compile("Quelles coopérations"))
    phone.fill("[name=name]", "Nadia Ferrand", timeout=20_000)
    phone.fill("[name=organisation]", "Commune d’Arras")
    press(phone, "Enter the forum")
    expect(phone.locator("#status")).to_contain_text(translated("up to date", "fr"))
    expect(wall.locator("#status")).to_contain_text("1")

    # Marketplace: a topic from the phone appears on the wall and on the desk, and is placed from the phone.
    next_phase(laptop)
    phone.get_by_role("link", name=fr("Propose a topic")).click()
    phone.fill("[name=title]", "Comment rafraîchir nos cours d’école ?")
    phone.fill("[name=description]", "Avant l’été prochain.")
    press(phone, "Put it on the board")
    expect(wall.locator(".tile h3")).to_contain_text("Comment rafraîchir nos cours")
    expect(laptop.locator("#board [data-topic]")).to_contain_text("Comment rafraîchir nos cours")
    free = phone.locator("#cell option:not([disabled])").nth(1)
    phone.select_option("#cell", free.get_attribute("value"))
    press(phone, "Place it here")
    phone.get_by_role("link", name=fr("The board")).click()
    press(phone, "I am going")
    expect(phone.locator("[data-mark=going]")).to_have_attribute("aria-pressed", "true")
    expect(wall.locator(".tile")).to_contain_text("1")

    # Groups: the phone follows by itself; one tap joins; the report saves by itself, with two actions.
    next_phase(laptop)
    expect(phone.locator(".is-mine .only-here")).to_be_visible()
    phone.locator("[data-mark=here]").click()
    expect(phone.locator("[data-mark=here]")).to_have_attribute("aria-pressed", "true")
    phone.get_by_role("link", name=fr("Write the report")).first.click()
    phone.fill("[name=findings]", "46 °C au sol à 15 h.\nDeux tilleuls changent tout.")
    phone.fill("[name=proposals]", "Une charte « ombre d’abord ».")
    saved(phone)
    actions = (("Écrire la charte", "Nadia Ferrand"), ("Planter quarante arbres", "La Région"))
    for number, (what, who) in enumerate(actions):
        press(phone, "Add an action")
        action = phone.locator(".action").nth(number)
        action.locator("[name=what]").fill(what)
        action.locator("[name=point_person]").fill(who)
    phone.locator(".action").first.locator("summary").click()
    phone.locator(".action").first.locator("[name=due_date]").fill("2027-01-15")
    press(phone, "Our report is finished")
    expect(phone.locator(".chip.good")).to_be_visible()
    expect(laptop.locator("#board [data-topic] .chip.good")).to_be_visible()

    # Closing: the report is on the wall, and a word before leaving.
    next_phase(laptop)
    expect(wall.locator(".tile .chip.good")).to_be_visible()
    phone.goto(board)
    phone.get_by_role("link", name=fr("A word before leaving")).click()
    phone.fill("[name=words]", "On repart avec des alliés.")
    phone.fill("[name=keep]", "Le café")
    press(phone, "Leave these words")
    expect(wall.locator(".said")).to_have_count(1)

    # Published: the phone shows the report without being touched, and downloads it.
    laptop.locator(".moves .main").click()
    expect(laptop.locator("main")).to_contain_text(translated("No report is missing", "fr"))
    press(laptop, "Publish the report")
    link = phone.get_by_role("link", name=fr("Download the report (PDF)"))
    expect(phone.locator("#edition progress")).to_have_count(0, timeout=60_000)
    expect(link).to_be_visible(timeout=60_000)
    with phone.expect_download() as download:
        link.click()
    text = read(download.value.path().read_bytes())
    for sentence in (
        QUESTION, "Comment rafraîchir nos cours d’école ?", "46 °C au sol à 15 h.", "Une charte « ombre d’abord ».",
        "Écrire la charte", "Planter quarante arbres", "La Région", "On repart avec des alliés.", "Nadia Ferrand",
        "Commune d’Arras",
    ):  # fmt: skip
        assert sentence in text, sentence


def next_phase(laptop: Page) -> None:
    before = laptop.locator("[aria-current=step]").inner_text()
    laptop.locator(".moves .main").click()
    expect(laptop.locator("[aria-current=step]")).not_to_have_text(before)


def read(pdf: bytes) -> str:
    """Return the text of a PDF on one line, with plain spaces."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages).replace("-\n", ""))
