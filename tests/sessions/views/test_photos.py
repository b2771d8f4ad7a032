"""Photos of a report and written sheets: uploaded in pieces, described, ordered, shown to those who may see them."""

import io
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lxml.html
import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from PIL import Image

from forum.models import Actor, Facilitator, Forum, Group, Participant, Topic
from forum.phases import Phase
from forum.server import disk
from sessions.management.commands.worker import delete_unneeded_files
from sessions.media import images, uploads
from sessions.media.images import ProcessedImage
from sessions.media.two_phase import MAX_IMAGES
from sessions.models import Photo, Report
from sessions.models.field_conflicts import base_of
from sessions.models.photo import MAX_PHOTOS, UNDO_PERIOD
from sessions.proceedings import content, html, nodes, outline, pdf
from tests.conftest import ClientFor, move
from tests.sessions.proceedings.pdf_structure import figures
from tests.words import text_of, translated

Kind = Photo.Kind


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def report(forum: Forum, group: Group, nadia: Participant, theo: Participant) -> Report:
    move(forum, Phase.GROUPS)
    group.join(nadia, Actor(nadia))
    return Report.for_group(group)


@pytest.fixture
def address(report: Report, topic: Topic) -> str:
    return f"{topic.get_absolute_url()}report/photos/"


@pytest.fixture
def phone(client_for: ClientFor, nadia: Participant) -> Client:
    return client_for(nadia)


@pytest.fixture
def outsider(client_for: ClientFor, theo: Participant) -> Client:
    """The phone of a participant who is not in the group."""
    return client_for(theo)


def jpeg(width: int = 2400, height: int = 1600) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((width // 8, height // 8), 80).resize((width, height)).save(file, "JPEG", quality=60)
    return file.getvalue()


def file_of(content: bytes, name: str = "IMG_2041.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


def add_photo(report: Report, by: Participant, **fields: Any) -> Photo:
    size = fields.pop("size", (60, 40))
    plain = jpeg(*size)
    photo = Photo.add(
        report, ProcessedImage(plain, plain, plain, *size), Actor(by), kind=fields.pop("kind", Kind.PHOTO)
    )
    for name, value in fields.items():
        setattr(photo, name, value)
    photo.save()
    return photo


def send_piece(client: Client, address: str, whole: bytes, begin: int, end: int) -> Any:
    return client.post(
        f"{address}?offset={begin}&size={len(whole)}", whole[begin:end], content_type="application/octet-stream"
    )


def photo_order(report: Report) -> list[int]:
    return [photo.pk for photo in report.photos.all()]


# sending


def test_a_photo_sent_in_pieces_goes_on_after_a_cut_and_is_there_once(
    report: Report, address: str, phone: Client, nadia: Participant
) -> None:
    whole, to = jpeg(), f"{address}upload/{'a1' * 12}/"
    half = len(whole) // 2
    assert phone.get(to).json() == {"offset": 0}
    assert send_piece(phone, to, whole, 0, half).json() == {"offset": half}
    late = send_piece(phone, to, whole, 0, half)  # its answer was lost, so it comes again
    assert (late.status_code, late.json()) == (409, {"offset": half})
    assert phone.get(to).json() == {"offset": half}
    done = send_piece(phone, to, whole, half, len(whole)).json()
    photo = report.photos.get()
    assert done == {"done": True, "photo": photo.pk}
    assert phone.get(to).json() == done
    assert send_piece(phone, to, whole, half, len(whole)).json() == done
    assert (photo.width, photo.height, photo.participant, photo.people_agreed) == (2000, 1333, nadia, False)
    assert all(path.exists() for path in photo.paths)
    assert whole not in {path.read_bytes() for path in photo.paths}
    assert list((photo.paths[0].parents[2] / "uploads").rglob("*.part")) == []


def test_a_file_that_is_no_photo_is_refused_with_a_reason_and_deleted(
    report: Report, address: str, phone: Client
) -> None:
    whole, to = b"%PDF-1.7 and so on", f"{address}upload/{'b2' * 12}/"
    response = send_piece(phone, to, whole, 0, len(whole))
    problem = translated("This is a PDF: take a picture of the page, or export it as an image.", "fr")
    assert response.json()["problem"].replace("\xa0", " ").replace("\u202f", " ") == problem
    assert phone.get(to).json() == {"offset": 0}
    assert not report.photos.exists()


def test_while_another_photo_is_decoded_the_last_piece_waits(report: Report, address: str, phone: Client) -> None:
    whole, to = jpeg(400, 300), f"{address}upload/{'c3' * 12}/"
    with images._child_slot:
        response = send_piece(phone, to, whole, 0, len(whole))
        assert (response.status_code, response.json()) == (429, {"offset": len(whole)})
    assert send_piece(phone, to, whole, len(whole), len(whole)).json()["done"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("offset=-1&size=5", 400), ("offset=0&size=x", 400), ("offset=0&size=2", 413), (f"offset=0&size={10**9 - 1}", 200),
     (f"offset={images.MAX_BYTES}&size={10**9 - 1}", 413), ("offset=7&size=12", 409)],
)  # fmt: skip
def test_a_piece_that_makes_no_sense_is_refused(address: str, phone: Client, query: str, status: int) -> None:
    to = f"{address}upload/{'d4' * 12}/?{query}"
    assert phone.post(to, b"12345", content_type="application/octet-stream").status_code == status


def test_a_full_disk_stops_photos_with_a_sentence_while_texts_are_saved(
    report: Report, address: str, phone: Client, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "RESERVED_BYTES", 10**18)
    whole = jpeg(80, 60)
    response = send_piece(phone, f"{address}upload/{'e5' * 12}/", whole, 0, 100)
    assert (response.status_code, response.json()["problem"]) == (507, response.json()["problem"])
    phone.post(f"{topic.get_absolute_url()}report/", {"findings": "Écrit malgré tout", "b_findings": base_of("")})
    report.refresh_from_db()
    assert report.findings == "Écrit malgré tout"


def test_the_thirteenth_photo_is_one_too_many(report: Report, address: str, phone: Client, nadia: Participant) -> None:
    for _n in range(MAX_PHOTOS):
        add_photo(report, nadia)
    response = send_piece(phone, f"{address}upload/{'f6' * 12}/", jpeg(80, 60), 0, 100)
    assert str(MAX_PHOTOS) in response.json()["problem"]
    assert phone.post(address, {"files": [file_of(jpeg(80, 60))]}).status_code == 409
    assert report.photos.count() == MAX_PHOTOS


def test_without_javascript_a_plain_form_sends_several_photos_or_none(
    report: Report, address: str, phone: Client
) -> None:
    both = phone.post(address, {"files": [file_of(jpeg(80, 60)), file_of(jpeg(60, 80))]})
    assert (both.status_code, report.photos.count()) == (302, 2)
    refused = phone.post(address, {"files": [file_of(jpeg(80, 60)), file_of(b"<svg/>", "plan.svg")]})
    assert (refused.status_code, report.photos.count()) == (422, 2)
    assert "plan.svg" in text_of(refused)
    assert phone.post(address).status_code == 422


class RecordingRedraw:
    """A redraw that returns at once, and records whether a transaction was open."""

    def __init__(self) -> None:
        self.was_free: list[bool] = []

    def process_images(self, sent: Any, **options: Any) -> list[ProcessedImage | images.InvalidImage]:
        self.was_free.append(not connection.in_atomic_block)
        plain = jpeg(60, 40)
        return [ProcessedImage(plain, plain, plain, 60, 40) for _each in sent]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> RecordingRedraw:
    recorder = RecordingRedraw()
    monkeypatch.setattr(images, "process_images", recorder.process_images)
    return recorder


@pytest.mark.django_db(transaction=True)
def test_while_the_pictures_of_a_form_are_decoded_others_write_and_the_same_form_decodes_nothing_again(
    report: Report, address: str, phone: Client, forum: Forum, topic: Topic, camille: Facilitator,
    client_for: ClientFor, recorder: RecordingRedraw,
) -> None:  # fmt: skip
    desk = client_for(camille)
    one, sheets = file_of(jpeg(80, 60)), f"/{forum.code}/desk/sheets/"
    forms: list[tuple[Client, str, dict[str, Any]]] = [
        (phone, address, {"files": [one, one]}),
        (phone, f"{topic.get_absolute_url()}sheet/", {"files": one}),
        (desk, sheets, {"files-1": one, "files-2": one, "group-1": topic.number, "group-2": topic.number}),
        (desk, f"/{forum.code}/book/imprint/logos/", {"name": "Région", "image": one}),
    ]
    for number, (client, to, form) in enumerate(forms):
        responses = []
        for _twice in range(2):
            one.seek(0)
            responses.append(client.post(to, form | {"key": f"key-{number}"}))
        assert [response.status_code for response in responses] == [302, 302]
        assert responses[0].headers["Location"] == responses[1].headers["Location"]
    assert recorder.was_free == [True] * len(forms)
    assert [photo.kind for photo in report.photos.all()] == [Kind.PHOTO] * 2 + [Kind.SHEET] * 3


def test_no_image_is_decoded_for_a_sender_without_rights_or_for_a_form_that_is_refused_anyway(
    report: Report, address: str, forum: Forum, topic: Topic, camille: Facilitator, client_for: ClientFor,
    recorder: RecordingRedraw,
) -> None:  # fmt: skip
    desk, to = client_for(camille), f"/{forum.code}/desk/sheets/"
    many = {
        "files-1": [file_of(jpeg(80, 60)) for _each in range(MAX_IMAGES + 1)],
        "group-1": topic.number,
        "key": "many",
    }
    assert client_for(None).post(address, {"files": file_of(jpeg(80, 60)), "key": "stranger"}).status_code == 403
    assert desk.post(to, many).status_code == 422
    assert desk.post(f"/{forum.code}/book/imprint/logos/", {"image": file_of(jpeg(80, 60))}).status_code == 422
    assert recorder.was_free == []
    assert not Photo.objects.exists()


def test_a_sender_with_many_unfinished_photos_is_refused_and_blocks_nobody_else(
    report: Report, address: str, topic: Topic, phone: Client, outsider: Client
) -> None:
    whole, sheets = jpeg(80, 60), f"{topic.get_absolute_url()}sheet/upload/"
    begun = [f"{sheets}{number:016x}/" for number in range(uploads.MAX_UNFINISHED)]
    assert {send_piece(outsider, to, whole, 0, 1).status_code for to in begun} == {200}
    refused = send_piece(outsider, f"{sheets}{'b8' * 12}/", whole, 0, len(whole))
    problem = "Too many photos from this device were begun and never finished. In an hour they no longer count."
    assert (refused.status_code, refused.json()["problem"]) == (507, translated(problem, "fr"))
    assert send_piece(phone, f"{sheets}{'c9' * 12}/", whole, 0, len(whole)).json()["done"]
    assert send_piece(outsider, begun[0], whole, 1, len(whole)).json()["done"]
    assert send_piece(outsider, f"{sheets}{'b8' * 12}/", whole, 0, len(whole)).json()["done"]


def test_a_photo_that_is_refused_leaves_nothing_on_its_way(
    report: Report, address: str, phone: Client, nadia: Participant
) -> None:
    whole = jpeg(80, 60)
    late, long = (f"{address}upload/{name * 12}/" for name in ("d1", "e2"))
    for to in (late, long):
        assert send_piece(phone, to, whole, 0, 100).json() == {"offset": 100}
    for _n in range(MAX_PHOTOS):
        add_photo(report, nadia)
    assert str(MAX_PHOTOS) in send_piece(phone, late, whole, 100, len(whole)).json()["problem"]
    over = phone.post(f"{long}?offset=100&size=102", b"more", content_type="application/octet-stream")
    assert over.status_code == 413
    assert [phone.get(to).json() for to in (late, long)] == [{"offset": 0}] * 2


def test_an_upload_is_forgotten_after_an_hour_without_a_piece(
    report: Report, address: str, phone: Client, forum: Forum
) -> None:
    assert uploads.EXPIRY_SECONDS == 3600
    send_piece(phone, f"{address}upload/{'a7' * 12}/", jpeg(80, 60), 0, 100)
    (part,) = (Photo(forum=forum, key="x").paths[0].parents[2] / "uploads").rglob("*.part")
    os.utime(part, (time.time() - uploads.EXPIRY_SECONDS - 5,) * 2)
    delete_unneeded_files()
    assert not part.exists()


# describing


def test_a_photo_is_described_put_in_order_and_taken_away_and_each_can_be_undone(
    report: Report, address: str, phone: Client, nadia: Participant, forum: Forum, chair: Actor
) -> None:
    first, second = add_photo(report, nadia), add_photo(report, nadia)
    words = {"caption": "Le paperboard", "alternative": "Un schéma"}
    words |= {f"b_{name}": base_of("") for name in words}
    response = phone.post(f"{address}{first.pk}/", words, headers={"accept": "application/json"}).json()
    assert (response["conflicts"], response["fields"]["caption"]["value"]) == ([], "Le paperboard")
    phone.post(f"{address}{second.pk}/move/", {"to": "up"})
    assert photo_order(report) == [second.pk, first.pk]
    phone.post(f"{address}{second.pk}/move/", {"to": "up"})
    assert photo_order(report) == [second.pk, first.pk]
    phone.post(f"{address}{first.pk}/drop/")
    assert photo_order(report) == [second.pk]
    assert first.paths[0].exists()
    forum.journal.get(verb="removed a photo").undo(chair)
    assert photo_order(report) == [second.pk, first.pk]
    assert report.photos.get(pk=first.pk).caption == "Le paperboard"


def test_two_who_describe_one_photo_differently_see_both_texts(
    report: Report, address: str, phone: Client, nadia: Participant
) -> None:
    photo = add_photo(report, nadia, caption="De Théo")
    response = phone.post(f"{address}{photo.pk}/", {"caption": "De Nadia", "b_caption": base_of("")})
    assert response.status_code == 409
    page = text_of(response)
    assert "De Théo" in page
    assert 'value="De Nadia"' in page


def test_files_of_a_photo_go_a_day_after_it_was_taken_away_and_then_it_cannot_come_back(
    report: Report, nadia: Participant, forum: Forum
) -> None:
    gone, stays = add_photo(report, nadia), add_photo(report, nadia)
    gone.remove(Actor(nadia))
    old = time.time() - 2 * 24 * 3600
    for photo in (gone, stays):
        for path in photo.paths:
            os.utime(path, (old, old))
    delete_unneeded_files()
    assert gone.paths[0].exists()
    forum.journal.update(at=timezone.now() - 2 * UNDO_PERIOD)
    delete_unneeded_files()
    assert [path.exists() for path in (*gone.paths, *stays.paths)] == [False] * 3 + [True] * 3
    assert not forum.journal.get(verb="removed a photo").can_be_undone


def test_erasing_the_rehearsal_erases_its_photos(report: Report, nadia: Participant, forum: Forum, chair: Actor,
                                                 django_capture_on_commit_callbacks: Any) -> None:  # fmt: skip
    photo = add_photo(report, nadia)
    Forum.objects.filter(pk=forum.pk).update(is_rehearsal=True)
    with django_capture_on_commit_callbacks(execute=True):
        forum.erase_rehearsal(chair)
    assert [path.exists() for path in photo.paths] == [False] * 3
    assert not Photo.objects.exists()


# seeing


def file_statuses(client: Client, photo: Photo, topic: Topic) -> list[int]:
    home = f"{topic.get_absolute_url()}photos/{photo.key}"
    responses = [client.get(f"{home}{size}.jpg") for size in ("", "-small", "-other")]
    for response in responses:
        if response.streaming:
            b"".join(response.streaming_content)  # type: ignore[attr-defined]
    return [response.status_code for response in responses]


def test_only_the_group_sees_a_photo_whose_people_did_not_agree(
    report: Report, address: str, phone: Client, outsider: Client, topic: Topic, nadia: Participant,
    camille: Facilitator, client_for: ClientFor,
) -> None:  # fmt: skip
    photo = add_photo(report, nadia, caption="Nos mains levées")
    facilitators = client_for(camille)
    report.finish(Actor(nadia))
    report.write({"findings": "Un constat"}, report.bases(), Actor(nadia))
    assert (file_statuses(phone, photo, topic), file_statuses(facilitators, photo, topic)) == (
        [200, 200, 404],
        [200, 200, 404],
    )
    assert file_statuses(outsider, photo, topic) == [404] * 3
    pages = (topic.get_absolute_url(), f"{topic.get_absolute_url()}report/read/")
    assert [photo.key in text_of(outsider.get(page)) for page in pages] == [False, False]
    phone.post(f"{address}{photo.pk}/agree/", {"agreed": "yes"})
    assert file_statuses(outsider, photo, topic) == [200, 200, 404]
    assert [photo.key in text_of(outsider.get(page)) for page in pages] == [True, True]
    assert file_statuses(client_for(None), photo, topic) == [302] * 3
    response = outsider.get(f"{topic.get_absolute_url()}photos/{photo.key}.jpg")
    assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert b"".join(response.streaming_content) == photo.paths[0].read_bytes()  # type: ignore[attr-defined]


def test_the_book_shows_the_agreed_photos_of_finished_reports(report: Report, nadia: Participant, forum: Forum) -> None:
    agreed = add_photo(report, nadia, people_agreed=True, caption="Le plan", alternative="Un plan de la cour")
    add_photo(report, nadia)
    add_photo(report, nadia, kind=Kind.SHEET)
    report.write({"findings": "Un constat"}, report.bases(), Actor(nadia))
    assert content.read_book(forum).reports[0].photos == ()
    report.finish(Actor(nadia))
    book = content.read_book(forum)
    assert [(photo.file, photo.words, photo.caption) for photo in book.reports[0].photos] == [
        (f"{agreed.key}.jpg", "Un plan de la cour", "Le plan")
    ]
    pictures = [node for node in outline.outline(book) if isinstance(node, nodes.Picture)]
    assert [(picture.alt, picture.width) for picture in pictures] == [("Un plan de la cour", 60)]


@pytest.mark.laptop
def test_twelve_photos_are_printed_two_by_two_with_their_words_and_without_an_empty_page(
    report: Report, nadia: Participant, forum: Forum
) -> None:
    for number, size in enumerate([(900, 600), (600, 900), (900, 60)] * 4, 1):
        add_photo(
            report, nadia, size=size, people_agreed=True, caption=f"Légende {number}", alternative=f"Vue {number}"
        )
    report.write({"findings": "Un constat"}, report.bases(), Actor(nadia))
    report.finish(Actor(nadia))
    made = pdf.render_pdf(html.render_book(content.read_book(forum)), images=images.directory())
    reader = pypdf.PdfReader(io.BytesIO(made.content))
    descriptions = [figure["/Alt"] for figure in figures(reader) if "/Alt" in figure]
    assert [words for words in descriptions if words.startswith("Vue")] == [f"Vue {number}" for number in range(1, 13)]
    pages = [" ".join(page.extract_text().split()) for page in reader.pages]
    assert [page for page in pages[1:] if len(page) < 100 and "Légende" not in page] == []
    assert "Légende 12" in " ".join(pages)


# from paper


@pytest.fixture
def sheet(report: Report, nadia: Participant) -> Photo:
    return add_photo(report, nadia, kind=Kind.SHEET)


def test_anyone_photographs_a_sheet_and_anyone_transcribes_it_beside_its_picture(
    report: Report, topic: Topic, outsider: Client, theo: Participant
) -> None:
    home = topic.get_absolute_url()
    whole = jpeg(300, 400)
    assert send_piece(outsider, f"{home}sheet/upload/{'ab' * 12}/", whole, 0, len(whole)).json()["done"]
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
    report: Report, topic: Topic, forum: Forum, outsider: Client, nadia: Participant, chair: Actor
) -> None:
    report.write({"findings": "De Nadia"}, report.bases(), Actor(nadia))
    report.finish(Actor(nadia))
    report.validate(chair)
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


@pytest.fixture(autouse=True)
def _turn_is_free() -> Iterator[None]:
    yield
    assert images._child_slot.acquire(blocking=False)
    images._child_slot.release()
