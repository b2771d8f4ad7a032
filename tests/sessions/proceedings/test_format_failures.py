"""Formats that cannot be made: the others are made, and readers see the reason."""

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from django.utils import timezone, translation

from forum.models import Actor, Facilitator, Forum, Group, Participant
from forum.phases import Phase
from forum.server import disk
from sessions.models import Edition, Imprint, Report
from sessions.proceedings import (
    formats,
    preview,
    website,
)
from sessions.proceedings.book import Book
from tests.conftest import ClientFor, move
from tests.page_texts import text_of
from tests.sessions.proceedings.conftest import RequestEdition
from tests.sessions.proceedings.editions import run_tasks

pytestmark = pytest.mark.usefixtures("media_directory", "html_as_pdf")


FORMAT_NAMES = (*formats.FORMATS, "page.html", "preview.png", "site.zip")
MAKERS = {"page.html": (website, "page_content"), "preview.png": (preview, "as_png"), "site.zip": (website, "zip_site")}
"""Makers of the files that are not in FORMATS."""


def break_format(monkeypatch: pytest.MonkeyPatch, name: str, error: Exception) -> None:
    """Have the maker of one format raise."""

    def fail(*_given: object) -> bytes:
        raise error

    if name in formats.FORMATS:
        monkeypatch.setitem(formats.FORMATS, name, replace(formats.FORMATS[name], make=fail))
    else:
        monkeypatch.setattr(*MAKERS[name], fail)


@pytest.fixture
def published_forum(forum: Forum, group: Group) -> Forum:
    """A published forum whose book has every format, with an action that has a date."""
    Report.for_group(group).add_action(Actor(), what="Planter", due_date=timezone.localdate())
    Report.for_group(group).finish(Actor())
    Imprint.for_forum(forum).set_access(Actor(), is_public=True, is_listed=False)
    return forum


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_a_format_that_fails_leaves_the_others_as_they_are(
    published_forum: Forum,
    request_edition: RequestEdition,
    client_for: ClientFor,
    theo: Participant,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    break_format(monkeypatch, name, ValueError("torn page"))
    edition = request_edition()
    run_tasks()
    edition.refresh_from_db()
    assert (edition.state, edition.reason, edition.failed_formats) == (Edition.State.READY, "", {name: "crash"})
    assert {path.name for path in edition.formats_directory.iterdir()} == {*FORMAT_NAMES, "words.txt"} - {name}
    reader, stranger = client_for(theo), client_for(None)
    with translation.override("fr"):
        line = f"<li>{formats.label_of(name)} · le journal de l’application dit pourquoi</li>"
    for client, address in ((reader, "book/"), (stranger, "public/")):
        response = client.get(f"/{published_forum.code}/{address}")
        assert (response.status_code, line in response.content.decode()) == (200, True)
    is_page = name == "page.html"
    for client, address in (
        (reader, f"book/1/{'' if is_page else name}"),
        (stranger, f"public/{'read/' if is_page else name}"),
    ):
        response = client.get(f"/{published_forum.code}/{address}")
        assert response.status_code == 404
        assert "Ce format de l’édition 1 n’a pas pu être fait" in text_of(response)
        directory = f"/{published_forum.code}/{'book/1' if client is reader else 'public'}"
        others = {"book.pdf", *FORMAT_NAMES} - {name, "page.html", "preview.png"}
        page = response.content.decode()
        assert [other for other in others if f'href="{directory}/{other}"' not in page] == []


def test_the_reason_why_a_format_is_missing_is_in_the_reader_s_language(
    published_forum: Forum,
    request_edition: RequestEdition,
    client_for: ClientFor,
    theo: Participant,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_format(monkeypatch, "book.odt", MemoryError())
    request_edition()
    run_tasks()
    client = client_for(theo)
    client.cookies["django_language"] = "en"
    assert "To go on writing (OpenDocument) · there was not enough memory" in text_of(
        client.get(f"/{published_forum.code}/book/")
    )


def test_the_archive_says_which_formats_are_missing(
    published_forum: Forum, request_edition: RequestEdition, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_format(monkeypatch, "book.odt", MemoryError())
    break_format(monkeypatch, "page.html", ValueError("torn page"))
    edition = request_edition()
    run_tasks()
    with zipfile.ZipFile(edition.formats_directory / "site.zip") as parts:
        names, page = set(parts.namelist()), parts.read("index.html").decode()
    files = {"book.pdf", *formats.FORMATS} - {"book.odt"}
    assert {name for name in names if "/" not in name} == {"index.html", *files}
    assert [name for name in (*files, "book.odt") if f'<a href="{name}">' in page] == [*files]
    assert "Pour continuer à écrire (OpenDocument) · la mémoire n’a pas suffi" in page
    assert "Quelles coopérations pour accélérer les transitions" in page


def test_a_format_that_failed_is_tried_again_after_the_pdf_and_with_the_next_edition(
    published_forum: Forum, request_edition: RequestEdition, monkeypatch: pytest.MonkeyPatch
) -> None:
    # First edition: fails beside the PDF, not after it. Second: fails both times. Third: does not fail.
    fails = iter((True, False, True, True, False))

    def make(_book: Book) -> bytes:
        if next(fails):
            raise OSError(28, "No space left on device")
        return b"odt"

    monkeypatch.setitem(formats.FORMATS, "book.odt", replace(formats.FORMATS["book.odt"], make=make))
    for _ in range(3):
        request_edition()
        run_tasks()
    assert [edition.failed_formats for edition in Edition.objects.order_by("number")] == [{}, {"book.odt": "disk"}, {}]


def test_a_format_for_which_the_disk_has_no_room_leaves_the_others_as_they_are(
    published_forum: Forum, request_edition: RequestEdition, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_file = disk.write_file

    def write_all_but_the_archive(path: Path, content: bytes) -> None:
        if path.name == "site.zip":
            raise OSError(28, "No space left on device")
        write_file(path, content)

    monkeypatch.setattr(disk, "write_file", write_all_but_the_archive)
    edition = request_edition()
    run_tasks()
    edition.refresh_from_db()
    assert (edition.state, edition.failed_formats) == (Edition.State.READY, {"site.zip": "disk"})
    assert {path.name for path in edition.formats_directory.iterdir()} == {*FORMAT_NAMES, "words.txt"} - {"site.zip"}


def test_facilitators_see_on_the_desk_that_a_format_is_missing_and_can_request_another_edition(
    published_forum: Forum,
    request_edition: RequestEdition,
    client_for: ClientFor,
    camille: Facilitator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_format(monkeypatch, "book.odt", ValueError("torn page"))
    request_edition()
    run_tasks()
    desk = client_for(camille)
    assert "Certains de ses formats n’ont pas pu être faits" in text_of(desk.get(f"/{published_forum.code}/desk/"))
    for phase, is_offered in ((Phase.MARKETPLACE, False), (Phase.GROUPS, True)):
        move(published_forum, phase)
        page = desk.get(f"/{published_forum.code}/book/1/book.odt").content.decode()
        assert (f'action="/{published_forum.code}/book/ask/"' in page) is is_offered
