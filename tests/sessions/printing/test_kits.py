"""Kits from the request to the PDF: made once, with reasons of failures; files are deleted after a day."""

import io
import json
import os
import time
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.test import Client
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from forum.models import Facilitator, Forum, Group, Participant
from forum.server import disk
from sessions.printing import content, html, kits, pdf_cache
from sessions.printing.kit import POSTERS, KitOrder
from sessions.proceedings import pdf, pdf_process
from tests.conftest import ClientFor
from tests.page_texts import text_of
from tests.sessions.proceedings.editions import replace_child, run_tasks
from tests.sessions.proceedings.pdf_structure import embedded_fonts, figures, is_app_font, structure_elements

CHOICE = {
    "posters": list(POSTERS), "paper": "A3", "topics": "on", "blank_topics": "1", "reports": "on", "numbered": "on",
    "blank_reports": "0", "places": "on", "guests": "on", "blank_rows": "18", "language": "fr",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def desk(client_for: ClientFor, camille: Facilitator) -> Client:
    return client_for(camille)


def test_a_kit_is_ordered_made_and_downloaded(forum: Forum, group: Group, desk: Client) -> None:
    redirect: Any = desk.post(f"/{forum.code}/desk/print/", CHOICE)
    assert redirect.status_code == 302
    assert "hx-trigger" in text_of(desk.get(redirect.url))
    assert run_tasks() == 1
    assert "12 pages" in text_of(desk.get(redirect.url))
    response: Any = desk.get(redirect.url.rstrip("/") + ".pdf")
    assert response.headers["Content-Disposition"] == 'attachment; filename="a-imprimer-rencontre-annuelle.pdf"'
    reader = pypdf.PdfReader(io.BytesIO(b"".join(response.streaming_content)))
    response.close()
    # Four posters, two topic sheets, two signs, two pages of signatures, both sides of one report sheet.
    assert [round(float(page.mediabox.width) / 72 * 25.4) for page in reader.pages] == [297] * 10 + [210] * 2
    assert [round(float(page.mediabox.height) / 72 * 25.4) for page in reader.pages] == [420] * 4 + [210] * 6 + [
        297
    ] * 2


def test_the_pdf_is_tagged_has_fonts_of_the_app_and_a_language(forum: Forum, group: Group) -> None:
    kit = content.read_kit(
        forum, KitOrder(topics=True, reports=True, places=True, guests=True, blank_rows=5, language="en")
    )
    reader = pypdf.PdfReader(io.BytesIO(pdf.render_pdf(html.render_kit(kit)).content))
    root: Any = reader.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en", True)
    assert reader.metadata is not None
    assert reader.metadata.title == "Rencontre annuelle: posters and sheets"
    assert all(map(is_app_font, embedded_fonts(reader)))
    kinds = [element["/S"] for element in structure_elements(reader)]
    # The circle, the footprints, and QR codes on the poster, the topic, the report and both signs.
    assert len(figures(reader)) == 7
    assert all(figure.get("/Alt") for figure in figures(reader))
    assert kinds.count("/H1") == 9
    assert "/H3" not in kinds
    assert {"/Table", "/TH", "/TD"} <= set(kinds)


def test_report_sheets_begin_on_the_front_of_a_sheet_of_paper(forum: Forum) -> None:
    kit = content.read_kit(forum, KitOrder(posters=("law",), blank_reports=2, numbered=False))
    reader = pypdf.PdfReader(io.BytesIO(pdf.render_pdf(html.render_kit(kit)).content))
    texts = [page.extract_text().strip() for page in reader.pages]
    assert len(texts) == 6
    assert texts[1] == ""
    assert ["Suite au verso" in text for text in texts] == [False, False, True, False, True, False]


def test_the_longest_question_fits_one_poster(forum: Forum) -> None:
    forum.question = ("Comment faire ensemble ? " * 12)[:300]
    kit = content.read_kit(forum, KitOrder(posters=("question",)))
    assert pdf.render_pdf(html.render_kit(kit)).pages == 1


def test_the_same_kit_is_made_once_until_the_forum_changes(forum: Forum) -> None:
    name = kits.request_kit(forum, KitOrder())
    assert kits.request_kit(forum, KitOrder()) == name
    assert DBTaskResult.objects.count() == 1
    Participant.join(forum, name="Zoé")
    forum.refresh_from_db()
    assert kits.request_kit(forum, KitOrder()) != name


def test_a_failure_has_a_reason_and_the_kit_can_be_requested_again(
    forum: Forum, desk: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    replace_child(monkeypatch, "import time; time.sleep(9)", tmp_path)
    name = kits.request_kit(forum, KitOrder())
    run_tasks()
    assert "arrêté" in text_of(desk.get(f"/{forum.code}/desk/print/{name}/"))
    kits.request_kit(forum, KitOrder())
    assert DBTaskResult.objects.ready().count() == 1


def test_an_empty_kit_fails_with_a_reason(forum: Forum) -> None:
    name = kits.request_kit(forum, KitOrder(posters=(), guests=True))
    run_tasks()
    kit = kits.find_kit(forum, name)
    assert kit is not None
    assert (kit.state, kit.reason) == ("failed", "Il n’y a rien sur ces fiches. Choisissez-en d’autres.")


def test_a_lost_kit_is_reported_and_can_be_requested_again(forum: Forum, desk: Client) -> None:
    name = kits.request_kit(forum, KitOrder())
    state = kits.kit_path(forum, name).with_suffix(".json")
    state.write_text(json.dumps({"state": "asked", "asked_at": time.time() - pdf_cache.LOST_SECONDS - 1}))
    assert f"/{forum.code}/desk/ready/" in text_of(desk.get(f"/{forum.code}/desk/print/{name}/"))
    kits.request_kit(forum, KitOrder())
    assert DBTaskResult.objects.count() == 2


def test_kits_with_names_of_expected_participants_are_deleted_after_a_day(forum: Forum) -> None:
    name = kits.request_kit(forum, KitOrder(guests=True))
    pdf_cache.store_pdf(kits.kit_path(forum, name), pdf_process.Pdf(b"%PDF-1.7", 1))
    yesterday = time.time() - kits.MAX_AGE - 1
    for file in (kits.kit_path(forum, name), kits.kit_path(forum, name).with_suffix(".json")):
        os.utime(file, (yesterday, yesterday))
    kits.delete_old_kits()
    assert kits.find_kit(forum, name) is None
    assert list(kits.kits_directory().glob("*/*")) == []


def test_a_kit_of_another_forum_is_not_found(forum: Forum, camille: Facilitator, desk: Client) -> None:
    other = Forum.objects.create(title="Autre", question="?")
    other.facilitators.add(camille)
    name = kits.request_kit(other, KitOrder())
    assert desk.get(f"/{forum.code}/desk/print/{name}/").status_code == 404
    assert desk.get(f"/{other.code}/desk/print/{name}.pdf").status_code == 404


def test_an_order_of_nothing_or_too_much_is_refused_and_the_form_keeps_its_values(forum: Forum, desk: Client) -> None:
    nothing = desk.post(f"/{forum.code}/desk/print/", {"paper": "A3", "language": "en"})
    assert (nothing.status_code, DBTaskResult.objects.count()) == (422, 0)
    assert "Choisissez au moins un document." in text_of(nothing)
    assert [nothing.context["form"][field].value() for field in ("paper", "language")] == ["A3", "en"]
    assert desk.post(f"/{forum.code}/desk/print/", CHOICE | {"blank_topics": "101"}).status_code == 422
    assert desk.post(f"/{forum.code}/desk/print/", CHOICE | {"paper": "A0"}).status_code == 422


def test_a_full_disk_is_reported_and_the_form_keeps_its_values(
    forum: Forum, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, file: bytes, **_how: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "write_file", full)
    response = desk.post(f"/{forum.code}/desk/print/", CHOICE)
    assert (response.status_code, DBTaskResult.objects.count()) == (422, 0)
    assert "Le disque de l’ordinateur du forum est plein" in text_of(response)
    assert response.context["form"]["paper"].value() == "A3"


def test_without_topics_empty_sheets_are_offered(forum: Forum, desk: Client) -> None:
    form = desk.get(f"/{forum.code}/desk/print/").context["form"]
    assert (form["topics"].value(), form["blank_topics"].value()) == (False, 20)


def test_once_there_are_topics_their_sheets_are_offered(forum: Forum, group: Group, desk: Client) -> None:
    form = desk.get(f"/{forum.code}/desk/print/").context["form"]
    assert (form["topics"].value(), form["blank_topics"].value()) == (True, 0)
