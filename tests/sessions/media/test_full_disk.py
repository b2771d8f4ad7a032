"""A nearly full disk: texts are saved, files and documents are refused with the reason."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from forum.models import Actor, Facilitator, Forum, Group, Participant
from forum.phases import Phase
from forum.server import disk
from forum.server.backups import back_up
from forum.server.errors import CannotStart
from forum.web import request_body
from sessions.models import Edition, Photo, Report
from sessions.printing import kits
from sessions.proceedings import edition_requests
from tests.conftest import ClientFor, move
from tests.page_texts import text_of
from tests.sessions.photos import jpeg
from tests.sessions.proceedings.editions import run_tasks

FULL = "Le disque de l’ordinateur du forum est plein"


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def report(group: Group, forum: Forum) -> Report:
    move(forum, Phase.GROUPS)
    return Report.for_group(group)


@pytest.fixture
def desk(client_for: ClientFor, camille: Facilitator) -> Client:
    return client_for(camille)


@pytest.fixture
def fill(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function that fills the disk up to the reserve for texts."""
    return lambda: monkeypatch.setattr(disk, "RESERVED_BYTES", 10**18)


def files() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def photo(name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, jpeg(80, 60), "image/jpeg")


def test_photos_sheets_and_logos_of_a_plain_form_are_refused_with_a_reason_and_leave_nothing(
    report: Report, forum: Forum, nadia: Participant, desk: Client, client_for: ClientFor, fill: Callable[[], None]
) -> None:
    fill()
    nadia_phone, topic = client_for(nadia), report.group.topic.get_absolute_url()
    responses = [
        nadia_phone.post(f"{topic}report/photos/", {"files": [photo(), photo("second.jpg")]}),
        nadia_phone.post(f"{topic}sheet/", {"files": [photo()]}),
        desk.post(f"/{forum.code}/desk/sheets/", {"group-1": str(report.group.topic.number), "files-1": [photo()]}),
        desk.post(f"/{forum.code}/book/imprint/logos/", {"name": "Ville d’Arras", "image": photo()}),
    ]
    assert [response.status_code for response in responses] == [507, 507, 507, 422]
    assert [FULL in text_of(response) for response in responses] == [True] * 4
    assert (Photo.objects.count(), files()) == (0, [])


def test_photos_that_do_not_all_fit_are_all_refused(
    report: Report, nadia: Participant, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "free_bytes_for_files", lambda place: 4000)  # for one photo and its smaller versions
    nadia_phone, address = client_for(nadia), f"{report.group.topic.get_absolute_url()}report/photos/"
    assert nadia_phone.post(address, {"files": [photo(), photo(), photo()]}).status_code == 507
    assert (Photo.objects.count(), files()) == (0, [])
    assert nadia_phone.post(address, {"files": [photo()]}).status_code == 302


@pytest.mark.laptop
def test_an_edition_fails_with_a_reason_on_its_page_and_the_last_one_stays(
    report: Report, forum: Forum, nadia: Participant, as_camille: Actor, desk: Client, fill: Callable[[], None],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    def make() -> Edition:
        with django_capture_on_commit_callbacks(execute=True):
            edition_requests.request_edition(forum, as_camille)
        run_tasks()
        return forum.editions.latest("number")

    report.write({"findings": "Un constat"}, report.bases(), Actor(nadia))
    first = make()
    assert first.state == Edition.State.READY
    before = sorted(files())
    fill()
    assert make().state == Edition.State.FAILED
    page = text_of(desk.get(f"/{forum.code}/book/"))
    assert f"{FULL}" in page
    assert sorted(files()) == before
    assert b"".join(desk.get(f"/{forum.code}/book/1.pdf").streaming_content) == first.path.read_bytes()  # type: ignore[attr-defined]
    excerpt = text_of(desk.get(f"/{forum.code}/book/essential.pdf"))
    assert "Le PDF" in excerpt
    run_tasks()
    assert FULL in text_of(desk.get(f"/{forum.code}/book/essential.pdf"))


def test_a_printing_kit_says_that_the_disk_is_full(forum: Forum, desk: Client, fill: Callable[[], None]) -> None:
    fill()
    sheets = {"posters": ["question"], "paper": "A4", "language": "fr"}
    kit = desk.post(f"/{forum.code}/desk/print/", sheets).headers["Location"]
    run_tasks()
    assert FULL in text_of(desk.get(kit))
    assert kits.find_kit(forum, kit.split("/")[-2]).state == "failed"  # type: ignore[union-attr]


@pytest.mark.laptop
def test_a_disk_that_is_completely_full_breaks_no_page(
    report: Report, forum: Forum, desk: Client, as_camille: Actor, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        edition_requests.request_edition(forum, as_camille)
    run_tasks()

    def full(*_given: object, **_named: object) -> None:
        raise disk.DiskFull

    monkeypatch.setattr(disk, "write_file", full)
    assert FULL in text_of(desk.get(f"/{forum.code}/book/essential.pdf"))


def test_a_body_with_files_is_refused_and_a_text_is_not(fill: Callable[[], None]) -> None:
    fill()
    with (
        request_body.RequestBody(request_body.MAX_FILES_BYTES) as text,
        request_body.RequestBody(request_body.MAX_FILES_BYTES) as file,
    ):
        text._append(bytes(request_body.FREE_BYTES))
        with pytest.raises(request_body.RequestRefused) as error:
            file._append(bytes(request_body.MEMORY_BYTES + 1))
    assert error.value.status == 507
    assert "plein" in error.value.page.decode()


@pytest.mark.laptop
def test_the_database_is_not_copied_into_the_space_reserved_for_texts(
    db: None, fill: Callable[[], None], settings: Settings, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    fill()
    with pytest.raises(CannotStart, match="No space left on device"):
        back_up()
    assert list((tmp_path / "backups").iterdir()) == []
