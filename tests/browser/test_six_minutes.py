"""A group’s report from a phone, on a poor network, in less than six minutes."""

import io
import time
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from forum.models import Participant, Topic
from sessions.models import Report
from tests.bench.first_load import KILOBITS, LATENCY
from tests.browser.conftest import Open
from tests.browser.test_report_page import report, write_as
from tests.page_texts import translated

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["report"]
"""A fixture, used by name."""

SIX_MINUTES = 360
TEXTS = {
    "findings": "46 °C mesurés dans la cour en juin.\nAucun arbre sur les deux tiers de la surface.",
    "debate": "Certains veulent des voiles tout de suite, d’autres des arbres qui dureront.",
    "proposals": "- Une charte : l’ombre d’abord\n- Un groupement d’achat pour les plants",
}
ACTIONS = (
    {"what": "Écrire la charte à trois communes", "point_person": "Nadia Ferrand"},
    {"what": "Demander trois devis de voiles d’ombrage", "point_person": "Théo Masson"},
)


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def slow_down(page: Page) -> None:
    """Slow the network down to that of a crowded room."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    bits = KILOBITS * 1000 / 8
    wire.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": LATENCY, "downloadThroughput": bits, "uploadThroughput": bits},
    )


def flip_chart() -> FilePayload:
    """Return a photo as large as a phone’s camera makes it."""
    file = io.BytesIO()
    Image.effect_noise((250, 188), 60).resize((4000, 3000)).save(file, "JPEG", quality=80)
    return {"name": "paperboard.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def test_a_report_with_two_actions_and_a_photo_is_finished_within_six_minutes(
    open_page: Open, server: str, report: Report, topic: Topic, nadia: Participant
) -> None:
    phone = write_as(open_page, server, nadia, topic)
    phone.context.set_default_timeout(SIX_MINUTES * 1000)
    slow_down(phone)
    begin = time.monotonic()
    phone.reload()
    for name, text in TEXTS.items():
        phone.locator(f"[name={name}]").focus()
        phone.keyboard.type(text)
    for number, action in enumerate(ACTIONS):
        phone.get_by_role("button", name=translated("Add an action", "fr")).click()
        row = phone.locator("#actions > li").nth(number)
        for name, text in action.items():
            row.locator(f"[name={name}]").focus()
            phone.keyboard.type(text)
    phone.locator("#photos [data-files]").first.set_input_files([flip_chart()])
    expect(phone.locator("#photo-list > li")).to_have_count(1, timeout=SIX_MINUTES * 1000)
    phone.get_by_role("button", name=translated("Our report is finished", "fr")).click()
    expect(phone.get_by_text(translated("Thank you! The report is on the wall.", "fr"))).to_be_visible(timeout=60_000)
    assert time.monotonic() - begin < SIX_MINUTES
    report.refresh_from_db()
    assert {name: getattr(report, name) for name in TEXTS} == TEXTS
    assert list(report.actions.values("what", "point_person")) == list(ACTIONS)
    assert (report.is_finished, report.photos.count()) == (True, 1)
