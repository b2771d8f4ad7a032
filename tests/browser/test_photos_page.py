"""Photos on a phone: uploaded despite cuts and closed tabs, described, ordered."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
import segno
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageChops, ImageDraw
from playwright.sync_api import FilePayload, Page, Route, expect

from forum.models import Actor, Facilitator, Forum, Group, Participant, Topic
from forum.server import public_urls
from sessions.models import Photo, Report
from tests.browser.conftest import LAPTOP, Open, sign_in
from tests.browser.test_accessible import RULES
from tests.browser.test_report_page import report, saved, write_as
from tests.page_texts import translated

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["report"]
"""A fixture, used by name."""

CHOOSE = "#photos [data-files]"
PHOTO = "#photo-list > li"


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def nadia_phone(open_page: Open, server: str, report: Report, topic: Topic, nadia: Participant) -> Page:
    return write_as(open_page, server, nadia, topic)


def photo(name: str, size: tuple[int, int] = (3000, 2000)) -> FilePayload:
    """Return a noisy photo, which takes several pieces, and is larger than what is saved."""
    picture = Image.effect_noise((size[0] // 2, size[1] // 2), 120).resize(size)
    ImageDraw.Draw(picture).text((50, 50), name, fill=0)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=70)
    return {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def test_photos_survive_a_cut_and_a_closed_tab_then_are_described_and_put_in_order(
    nadia_phone: Page, open_page: Open, server: str, report: Report, topic: Topic, theo: Participant
) -> None:
    pieces = 0

    def cut(route: Route) -> None:
        nonlocal pieces
        pieces += route.request.method == "POST"
        route.continue_() if pieces <= 1 or route.request.method == "GET" else route.abort("internetdisconnected")

    nadia_phone.route(re.compile("/upload/"), cut)
    nadia_phone.locator(CHOOSE).first.set_input_files([photo("un"), photo("deux", (600, 900))])
    waits = translated("No network: this photo is kept on this device and will be sent.", "fr")
    expect(nadia_phone.locator(".sending li").first).to_contain_text(waits)
    expect(nadia_phone.locator(".sending progress").first).not_to_have_js_property("value", 0)
    assert not report.photos.exists()
    address, context = nadia_phone.url, nadia_phone.context
    nadia_phone.close()
    page = context.new_page()
    page.goto(address)
    expect(page.locator(PHOTO)).to_have_count(1)
    first = report.photos.get()
    assert (first.width, first.height) == (2000, 1333)
    page.locator(CHOOSE).first.set_input_files([photo("trois", (600, 900))])
    expect(page.locator(PHOTO)).to_have_count(2)
    expect(page.locator(".sending li")).to_have_count(0)

    theo_phone = write_as(open_page, server, theo, topic)
    page.locator("[name=caption]").first.fill("Le paperboard de Nadia")
    saved(page)
    expect(theo_phone.locator("[name=caption]").first).to_have_value("Le paperboard de Nadia")
    page.locator("[name=agreed]").first.check()
    expect(page.locator(".seen-by").first).to_have_text(
        translated("Everyone sees it, in the report and in the book.", "fr")
    )
    page.locator(f"#photo-{first.pk} .down").click()
    for one in (page, theo_phone):
        expect(one.locator(f"{PHOTO}:last-child")).to_have_id(f"photo-{first.pk}")
        expect(one.locator(f"{PHOTO}:last-child [name=caption]")).to_have_value("Le paperboard de Nadia")
    expect(theo_phone.locator(f"#photo-{first.pk} [name=agreed]")).to_be_checked()
    assert [shown.caption for shown in Photo.objects.public()] == ["Le paperboard de Nadia"]
    problems = Axe().run(theo_phone, context="#photos", options=RULES).response["violations"]
    assert [violation["id"] for violation in problems] == []
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator(f"#photo-{first.pk} .danger").click()
    for one in (page, theo_phone):
        expect(one.locator(PHOTO)).to_have_count(1)
    expect(page.locator(f"{PHOTO} .picture")).to_be_focused()


def test_a_photographed_sheet_finds_its_group_by_its_code_and_a_code_of_another_forum_none(
    open_page: Open, server: str, report: Report, forum: Forum, topic: Topic, camille: Facilitator
) -> None:
    other = Topic.propose(forum, "Un autre sujet", "", None, Actor(facilitator=camille))
    Group.objects.create(topic=other)
    page = open_page(LAPTOP)
    sign_in(page, server, camille)
    page.goto(f"{server}/{forum.code}/desk/sheets/")
    sheets = [sheet(public_urls.door_url(code, one.number), slant) for code, one, slant in (
        (forum.code, other, 40), (forum.code, topic, 0), ("ABCDEFG", topic, 0),
    )]  # fmt: skip
    page.locator("[data-sheet-photos]").set_input_files(sheets)
    expect(page.locator(".sheet-line canvas:visible")).to_have_count(3)
    chosen = page.locator(".sheet-line select")
    for at, number in enumerate((str(other.number), str(topic.number), "")):
        expect(chosen.nth(at)).to_have_value(number)


def sheet(url: str, slant: int) -> FilePayload:
    """Return a photograph of a written sheet with a QR code, badly lit and at an angle."""
    paper = Image.new("L", (1000, 1400), 250)
    code = io.BytesIO()
    segno.make(url, error="m").save(code, kind="png", scale=5, border=4)
    paper.paste(Image.open(code).convert("L"), (740, 60))
    pen = ImageDraw.Draw(paper)
    for y in range(400, 1300, 60):
        pen.line([(x, y + x * 7 % 23) for x in range(100, 900, 15)], fill=60, width=4)
    corners = (-slant, -20, -60, 1400 + slant, 1060, 1440, 1000 + slant, -slant)
    photographed = paper.transform((1500, 2000), Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=90)
    light = Image.linear_gradient("L").resize(photographed.size).point([100 + n // 2 for n in range(256)])
    file = io.BytesIO()
    ImageChops.multiply(photographed, light).rotate(-8, expand=True).save(file, "JPEG", quality=80)
    return {"name": "fiche.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def test_a_file_that_is_no_photo_is_refused_on_the_page(nadia_phone: Page, report: Report) -> None:
    plan: FilePayload = {"name": "plan.pdf", "mimeType": "image/jpeg", "buffer": b"%PDF-1.7 et la suite"}
    nadia_phone.locator(CHOOSE).first.set_input_files([plan])
    sentence = translated("This is a PDF: take a picture of the page, or export it as an image.", "fr")
    expect(nadia_phone.locator(".sending .problem")).to_contain_text(sentence.split(" :")[0])
    assert not report.photos.exists()
