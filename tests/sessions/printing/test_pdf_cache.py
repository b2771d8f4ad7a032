"""From the page that asks to the file: one rendering for the same kit, failures told, nothing kept for long."""

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
from sessions.printing import content, html, pdf_cache
from sessions.printing.kit import POSTERS, Order
from sessions.proceedings import jobs, pdf
from tests.conftest import ClientFor
from tests.sessions.proceedings.structure import ours
from tests.sessions.proceedings.test_jobs import renderer
from tests.sessions.proceedings.test_pdf import fonts, tags
from tests.words import text_of

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


def work() -> int:
    """What the worker does; how many kits it made."""
    waiting = list(DBTaskResult.objects.ready())
    for task in waiting:
        task.claim("worker")
        task.task.call(*task.args_kwargs["args"])
        task.set_successful(None)
    return len(waiting)


def test_a_kit_is_chosen_made_and_downloaded(forum: Forum, group: Group, desk: Client) -> None:
    waiting: Any = desk.post(f"/{forum.code}/desk/print/", CHOICE)
    assert waiting.status_code == 302
    assert "hx-trigger" in text_of(desk.get(waiting.url))
    assert work() == 1
    assert "12 pages" in text_of(desk.get(waiting.url))
    answer: Any = desk.get(waiting.url.rstrip("/") + ".pdf")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a-imprimer-rencontre-annuelle.pdf"'
    reader = pypdf.PdfReader(io.BytesIO(b"".join(answer.streaming_content)))
    answer.close()
    # Four posters, two topic sheets, two signs, two pages of signatures, both sides of one report sheet.
    assert [round(float(page.mediabox.width) / 72 * 25.4) for page in reader.pages] == [297] * 10 + [210] * 2
    assert [round(float(page.mediabox.height) / 72 * 25.4) for page in reader.pages] == [420] * 4 + [210] * 6 + [
        297
    ] * 2


def test_the_document_is_tagged_in_our_fonts_and_in_its_language(forum: Forum, group: Group) -> None:
    kit = content.read(forum, Order(topics=True, reports=True, places=True, guests=True, blank_rows=5, language="en"))
    reader = pypdf.PdfReader(io.BytesIO(pdf.render_pdf(html.render(kit), jobs.STATIC).content))
    root: Any = reader.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en", True)
    assert reader.metadata is not None
    assert reader.metadata.title == "Rencontre annuelle: posters and sheets"
    assert all(ours(name) for name in fonts(reader))
    kinds = [kind for kind, _element in tags(reader)]
    figures = [element for kind, element in tags(reader) if kind == "/Figure"]
    # The circle, the footprints, and a code on the poster, the topic, the report and both signs.
    assert len(figures) == 7
    assert all(element.get("/Alt") for element in figures)
    assert kinds.count("/H1") == 9
    assert "/H3" not in kinds
    assert {"/Table", "/TH", "/TD"} <= set(kinds)


def test_report_sheets_begin_on_the_front_of_a_sheet_of_paper(forum: Forum) -> None:
    kit = content.read(forum, Order(posters=("law",), blank_reports=2, numbered=False))
    reader = pypdf.PdfReader(io.BytesIO(pdf.render_pdf(html.render(kit), jobs.STATIC).content))
    texts = [page.extract_text().strip() for page in reader.pages]
    assert len(texts) == 6
    assert texts[1] == ""
    assert ["Suite au verso" in text for text in texts] == [False, False, True, False, True, False]


def test_the_longest_question_keeps_to_one_poster(forum: Forum) -> None:
    forum.question = ("Comment faire ensemble ? " * 12)[:300]
    kit = content.read(forum, Order(posters=("question",)))
    assert pdf.render_pdf(html.render(kit), jobs.STATIC).pages == 1


def test_the_same_kit_is_made_once_and_a_moved_forum_has_another(forum: Forum) -> None:
    name = pdf_cache.ask(forum, Order())
    assert pdf_cache.ask(forum, Order()) == name
    assert DBTaskResult.objects.count() == 1
    Participant.join(forum, name="Zoé")
    forum.refresh_from_db()
    assert pdf_cache.ask(forum, Order()) != name


def test_a_failure_is_told_and_the_kit_can_be_asked_for_again(
    forum: Forum, desk: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    renderer(monkeypatch, "import time; time.sleep(9)", tmp_path)
    name = pdf_cache.ask(forum, Order())
    work()
    assert "arrêté" in text_of(desk.get(f"/{forum.code}/desk/print/{name}/"))
    pdf_cache.ask(forum, Order())
    assert DBTaskResult.objects.ready().count() == 1


def test_sheets_with_nothing_on_them_are_said(forum: Forum) -> None:
    name = pdf_cache.ask(forum, Order(posters=(), guests=True))
    work()
    found = pdf_cache.find(forum, name)
    assert found is not None
    assert (found.state, found.reason) == ("failed", "Il n’y a rien sur ces fiches. Choisissez-en d’autres.")


def test_a_kit_that_never_comes_is_said_and_can_be_asked_for_again(forum: Forum, desk: Client) -> None:
    name = pdf_cache.ask(forum, Order())
    note = pdf_cache._file(forum, name).with_suffix(".json")
    note.write_text(json.dumps({"state": "asked", "asked_at": time.time() - pdf_cache.SILENT_SECONDS - 1}))
    assert f"/{forum.code}/desk/ready/" in text_of(desk.get(f"/{forum.code}/desk/print/{name}/"))
    pdf_cache.ask(forum, Order())
    assert DBTaskResult.objects.count() == 2


def test_names_of_those_who_are_expected_are_gone_after_a_day(forum: Forum) -> None:
    name = pdf_cache.ask(forum, Order(guests=True))
    pdf_cache.finish(forum, name, pdf.Pdf(b"%PDF-1.7", 1))
    yesterday = time.time() - pdf_cache.KEPT_SECONDS - 1
    for file in (pdf_cache._file(forum, name), pdf_cache._file(forum, name).with_suffix(".json")):
        os.utime(file, (yesterday, yesterday))
    pdf_cache.sweep()
    assert pdf_cache.find(forum, name) is None
    assert list(pdf_cache._directory().glob("*/*")) == []


def test_a_kit_of_another_forum_is_not_found(forum: Forum, camille: Facilitator, desk: Client) -> None:
    other = Forum.objects.create(title="Autre", question="?")
    other.facilitators.add(camille)
    name = pdf_cache.ask(other, Order())
    assert desk.get(f"/{forum.code}/desk/print/{name}/").status_code == 404
    assert desk.get(f"/{other.code}/desk/print/{name}.pdf").status_code == 404


def test_choosing_nothing_or_too_much_is_said_and_the_rest_of_the_choice_stays(forum: Forum, desk: Client) -> None:
    nothing = desk.post(f"/{forum.code}/desk/print/", {"paper": "A3", "language": "en"})
    assert (nothing.status_code, DBTaskResult.objects.count()) == (422, 0)
    assert "Choisissez au moins un document." in text_of(nothing)
    assert [nothing.context["form"][field].value() for field in ("paper", "language")] == ["A3", "en"]
    assert desk.post(f"/{forum.code}/desk/print/", CHOICE | {"blank_topics": "101"}).status_code == 422
    assert desk.post(f"/{forum.code}/desk/print/", CHOICE | {"paper": "A0"}).status_code == 422


def test_a_full_disk_is_said_and_the_choice_stays(forum: Forum, desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, file: bytes, **_how: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(jobs, "keep_file", full)
    answer = desk.post(f"/{forum.code}/desk/print/", CHOICE)
    assert (answer.status_code, DBTaskResult.objects.count()) == (422, 0)
    assert "Le disque de l’ordinateur du forum est plein" in text_of(answer)
    assert answer.context["form"]["paper"].value() == "A3"


def test_before_the_day_empty_sheets_are_offered_and_with_topics_their_own(forum: Forum, desk: Client) -> None:
    form = desk.get(f"/{forum.code}/desk/print/").context["form"]
    assert (form["topics"].value(), form["blank_topics"].value()) == (False, 20)


def test_once_there_are_topics_their_sheets_are_offered(forum: Forum, group: Group, desk: Client) -> None:
    form = desk.get(f"/{forum.code}/desk/print/").context["form"]
    assert (form["topics"].value(), form["blank_topics"].value()) == (True, 0)
