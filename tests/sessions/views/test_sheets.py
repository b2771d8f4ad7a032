"""Sheets written by hand: photographed by anyone, and transcribed beside their picture."""

from typing import Any

import lxml.html
import pytest
from django.test import Client

from forum.models import Actor, Facilitator, Forum, Participant, Topic
from forum.phases import Phase
from sessions.models import Photo, Report
from tests.conftest import ClientFor, move
from tests.page_texts import text_of
from tests.sessions.photos import (
    Kind,
    add_photo,
    file_of,
    jpeg,
    outsider,
    own_files,
    phone,
    report,
    send_part,
    turn_is_free,
)

__all__ = ["outsider", "own_files", "phone", "report", "turn_is_free"]


@pytest.fixture
def sheet(report: Report, nadia: Participant) -> Photo:
    return add_photo(report, nadia, kind=Kind.SHEET)


def test_anyone_photographs_a_sheet_and_anyone_transcribes_it_beside_its_picture(
    report: Report, topic: Topic, outsider: Client, theo: Participant
) -> None:
    home = topic.get_absolute_url()
    whole = jpeg(300, 400)
    assert send_part(outsider, f"{home}sheet/upload/{'ab' * 12}/", whole, 0, len(whole)).json()["done"]
    assert outsider.post(f"{home}sheet/", {"files": [file_of(whole)]}).status_code == 302
    first, second = Photo.objects.awaiting_transcription()
    page = text_of(outsider.get(f"{home}transcribe/"))
    assert [sheet.key in page for sheet in (first, second)] == [True, True]
    bases = {f"b_{name}": base for name, base in report.bases().items()}
    words = {"findings": "46 °C au sol", "quote": "De l’ombre !", "what": "Planter", "point_person": "Nadia"}
    outsider.post(f"{home}transcribe/", bases | words | {"done": str(first.pk)})
    report.refresh_from_db()
    assert (report.findings, report.quote) == ("46 °C au sol", "De l’ombre !")
    assert [(action.what, action.point_person) for action in report.actions.all()] == [("Planter", "Nadia")]
    assert list(Photo.objects.awaiting_transcription()) == [second]
    first.refresh_from_db()
    assert first.transcribed_by == theo.name


def shown_bases(report: Report) -> dict[str, str]:
    """Return the hidden marks of the texts that a transcription’s page shows."""
    return {f"b_{name}": base for name, base in report.bases().items()}


def test_without_a_waiting_sheet_nobody_outside_the_group_writes_in_its_report(
    report: Report, topic: Topic, forum: Forum, outsider: Client, nadia: Participant, as_camille: Actor
) -> None:
    report.write({"findings": "De Nadia"}, report.bases(), Actor(nadia))
    report.finish(Actor(nadia))
    report.validate(as_camille)
    to, validated_by = f"{topic.get_absolute_url()}transcribe/", report.validated_by
    for phase in (Phase.GROUPS, Phase.CLOSING, Phase.PUBLISHED):
        move(forum, phase)
        response = outsider.post(to, shown_bases(report) | {"findings": "De Théo", "what": "Effacer tout"})
        assert (response.status_code, outsider.get(to).status_code) == (403, 403)
        assert "De Théo" in text_of(response)  # nothing typed is lost
    report.refresh_from_db()
    assert (report.findings, report.validated_by, report.actions.count()) == ("De Nadia", validated_by, 0)


@pytest.mark.parametrize("phase", [Phase.GROUPS, Phase.CLOSING, Phase.PUBLISHED])
def test_a_sheet_opens_an_unfinished_report_to_everyone_until_it_is_published(
    report: Report, sheet: Photo, topic: Topic, forum: Forum, outsider: Client, phone: Client, phase: Phase
) -> None:
    move(forum, phase)
    to, words = f"{topic.get_absolute_url()}transcribe/", shown_bases(report) | {"needs": "De l’ombre"}
    assert outsider.post(to, words).status_code == (403 if phase == Phase.PUBLISHED else 302)
    report.finish(Actor(sheet.participant))
    assert outsider.post(to, shown_bases(report) | {"needs": "Plus d’ombre"}).status_code == 403
    assert phone.post(to, shown_bases(report) | {"needs": "De l’eau"}).status_code == (
        403 if phase == Phase.PUBLISHED else 302
    )


def form_data(page: str) -> dict[str, str]:
    """Return the fields of the page’s form."""
    document: Any = lxml.html.document_fromstring(page)
    form = next(form for form in document.forms if form.get("data-draft", "").startswith("transcribe-"))
    return {name: (form.fields[name] or "").removeprefix("\n") for name in form.fields}


def test_a_transcription_for_another_group_adds_to_its_texts_and_changes_none(
    report: Report, sheet: Photo, topic: Topic, outsider: Client, nadia: Participant
) -> None:
    written = {"findings": "46 °C au sol", "quote": "De l’ombre !", "head_count": 9}
    report.write(written, report.bases(), Actor(nadia))
    to = f"{topic.get_absolute_url()}transcribe/"
    more = {
        "needs": "Un jardinier",
        "resources": "ville.fr",
        "what": "Planter",
        "point_person": "Léa",
        "due_words": "mai",
    }
    lost = {"findings": "Effacé", "quote": "", "head_count": "1", "title": "Nuls !"}
    response = outsider.post(to, form_data(text_of(outsider.get(to))) | more | lost)
    report.refresh_from_db()
    assert (response.status_code, {name: getattr(report, name) for name in written}) == (409, written)
    assert (report.needs, report.actions.count(), list(Photo.objects.awaiting_transcription())) == ("", 0, [sheet])
    # The page holds all that was typed, after what the group wrote where there is room: sent again, both are kept.
    form_values = form_data(text_of(response))
    expected = {
        **written,
        **more,
        "findings": "46 °C au sol\nEffacé",
        "title": topic.title,
        "debate": "",
        "contact": "",
    }
    assert {name: form_values[name] for name in expected} == {name: str(value) for name, value in expected.items()}
    response = outsider.post(to, form_values | {"done": str(sheet.pk)})
    report.refresh_from_db()
    texts = ("findings", "needs", "resources", "quote", "head_count", "debate", "title")
    assert (response.status_code, [getattr(report, name) for name in texts]) == (
        302, ["46 °C au sol\nEffacé", "Un jardinier", "ville.fr", "De l’ombre !", 9, "", ""]
    )  # fmt: skip
    assert [(action.what, action.point_person) for action in report.actions.all()] == [("Planter", "Léa")]
    assert list(Photo.objects.awaiting_transcription()) == []


@pytest.mark.parametrize("written", ["Un mot.\n", "  Un mot.", "\n\nUn mot.\n ", "Un mot."])
def test_the_spaces_around_what_a_group_wrote_keep_nobody_from_adding(
    report: Report, sheet: Photo, topic: Topic, outsider: Client, nadia: Participant, written: str
) -> None:
    report.write({"debate": written}, report.bases(), Actor(nadia))
    to = f"{topic.get_absolute_url()}transcribe/"
    assert outsider.post(to, form_data(text_of(outsider.get(to))) | {"needs": "De l’eau"}).status_code == 302
    report.refresh_from_db()
    assert (report.needs, report.debate) == ("De l’eau", written)
    page = form_data(text_of(outsider.get(to)))
    assert outsider.post(to, page | {"debate": f"{page['debate']}\nUn autre."}).status_code == 302
    report.refresh_from_db()
    assert report.debate.startswith(f"{written.rstrip()}\n")
    assert report.debate.split() == ["Un", "mot.", "Un", "autre."]


def test_a_transcription_that_says_nothing_changes_nothing(
    report: Report, sheet: Photo, topic: Topic, outsider: Client
) -> None:
    before = report.bases()
    assert outsider.post(f"{topic.get_absolute_url()}transcribe/").status_code == 302
    report.refresh_from_db()
    assert (report.bases(), list(Photo.objects.awaiting_transcription())) == (before, [sheet])


def test_a_transcription_does_not_overwrite_what_was_written_in_the_meantime(
    report: Report, sheet: Photo, topic: Topic, phone: Client, nadia: Participant
) -> None:
    bases = shown_bases(report)
    report.write({"quote": "De Nadia"}, report.bases(), Actor(nadia))
    response = phone.post(
        f"{topic.get_absolute_url()}transcribe/", bases | {"quote": "Du papier", "done": str(sheet.pk)}
    )
    assert response.status_code == 409
    assert "De Nadia" in text_of(response)
    assert 'value="Du papier"' in text_of(response)
    assert list(Photo.objects.awaiting_transcription()) == [sheet]


def test_the_facilitator_sends_several_sheets_each_to_its_group(
    report: Report, topic: Topic, forum: Forum, camille: Facilitator, client_for: ClientFor
) -> None:
    client, to = client_for(camille), f"/{forum.code}/desk/sheets/"
    lost = client.post(to, {"files-1": file_of(jpeg(80, 60)), "group-1": ""})
    assert (lost.status_code, Photo.objects.count()) == (422, 0)
    sent = {"files-1": [file_of(jpeg(80, 60)), file_of(jpeg(60, 80))], "group-1": str(topic.number), "group-2": "99"}
    assert client.post(to, sent).status_code == 302
    assert [sheet.report for sheet in Photo.objects.awaiting_transcription()] == [report, report]
    assert f"/topics/{topic.number}/transcribe/" in text_of(client.get(to))
