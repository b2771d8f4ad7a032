"""The public page: anyone reads a published report, without a cookie; an unpublished one is not found."""

import io
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.test import Client
from django.utils import translation
from django_tasks_db.models import DBTaskResult
from lxml import html as lxml_html
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from forum.live import catch_up
from forum.live.audience import Audience
from forum.models import Actor, Facilitator, Forum, Group, Participant, Place, Topic
from forum.phases import Phase
from forum.server.public_urls import public_url
from sessions.models import Edition, Imprint, Report
from sessions.proceedings import formats, pdf, pdf_process
from tests.conftest import ClientFor, move
from tests.live_pages import message_of, opened, shown
from tests.page_texts import text_of
from tests.sessions.proceedings.editions import make_ready
from tests.sessions.views.test_imprint import image_file

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def edition(forum: Forum, group: Group) -> Edition:
    """A ready edition with all its formats; its PDF is a stub."""
    report = Report.for_group(group)
    report.write({"findings": "46 °C en juin", "quote": "Un arbre, c’est maintenant."}, report.bases(), Actor())
    report.finish(Actor())
    Imprint.for_forum(forum).add_logo("Région", image_file(), Actor())
    return make_ready(Edition.request(forum, Actor()), finished=[1])


def publish(forum: Forum, *, is_listed: bool = False) -> None:
    imprint = Imprint.for_forum(forum)
    imprint.licence = "cc-by-4.0"
    imprint.write(Actor())
    imprint.set_access(Actor(), is_public=True, is_listed=is_listed)


def public_urls(forum: Forum, edition: Edition) -> list[str]:
    """Return the path of every public page and file of a forum."""
    image = next((edition.formats_directory / "images").iterdir()).name
    forms = [name for name in formats.FORMATS if (edition.formats_directory / name).exists()]
    names = ["book.pdf", "preview.png", "site.zip", *forms]
    return [f"/{forum.code}/public/{path}" for path in ("", "read/", f"read/images/{image}", *names)]


def fetch(client: Client, address: str) -> tuple[Any, bytes]:
    response: Any = client.get(address)
    return response, b"".join(response.streaming_content) if response.streaming else response.content


def test_an_unpublished_report_is_not_found(
    forum: Forum, edition: Edition, client_for: ClientFor, theo: Participant
) -> None:
    for client in (client_for(None), client_for(theo)):
        assert {client.get(address).status_code for address in public_urls(forum, edition)} == {404}
    assert "transitions" not in text_of(client_for(None).get("/public/"))


def test_facilitators_look_at_the_page_before_they_publish_it(
    forum: Forum, edition: Edition, client_for: ClientFor, camille: Facilitator
) -> None:
    response = client_for(camille).get(f"/{forum.code}/public/")
    assert "n’est pas publié" in text_of(response)
    assert response.headers["Cache-Control"] == "private, no-store"


def test_anyone_reads_a_published_report_and_no_cookie_is_set(
    forum: Forum, edition: Edition, client_for: ClientFor
) -> None:
    publish(forum)
    stranger = client_for(None)
    for address in public_urls(forum, edition):
        response, body = fetch(stranger, address)
        assert (address, response.status_code, bool(body)) == (address, 200, True)
        assert response.cookies == {}
        assert response.headers["X-Robots-Tag"] == "noindex"
        assert response.headers["Cache-Control"] == "public, max-age=60"
    assert "Un arbre, c’est maintenant." in text_of(stranger.get(f"/{forum.code}/public/"))
    assert "46 °C en juin" in text_of(stranger.get(f"/{forum.code}/public/read/"))


def test_the_page_has_metadata_for_link_previews(forum: Forum, edition: Edition, client_for: ClientFor) -> None:
    publish(forum, is_listed=True)
    page = lxml_html.fromstring(client_for(None).get(f"/{forum.code}/public/").content)
    metadata = {meta.get("property") or meta.get("name"): meta.get("content") for meta in page.iter("meta")}
    assert metadata["og:title"] == metadata["DC.title"] == "Quelles coopérations pour accélérer les transitions\u00a0?"
    assert metadata["og:image"] == f"http://testserver/{forum.code}/public/preview.png"
    assert metadata["DC.rights"] == "Creative Commons Attribution 4.0 (CC BY)"
    assert metadata["DC.date"] == forum.date.isoformat()
    assert "robots" not in metadata
    links = {link.get("rel"): link.get("href") for link in page.iter("link")}
    assert links["canonical"] == f"http://testserver/{forum.code}/public/"
    assert links["license"] == "https://creativecommons.org/licenses/by/4.0/"
    _answer, picture = fetch(client_for(None), f"/{forum.code}/public/preview.png")
    assert Image.open(io.BytesIO(picture)).size == (1200, 630)


def test_the_page_loads_nothing_from_other_sites(forum: Forum, edition: Edition, client_for: ClientFor) -> None:
    publish(forum)
    for path in ("", "read/"):
        page = lxml_html.fromstring(client_for(None).get(f"/{forum.code}/public/{path}").content)
        sources = [element.get("src") for element in page.iter("img", "script")]
        loaded = ("stylesheet", "icon", "preload")
        sources += [link.get("href") for link in page.iter("link") if link.get("rel") in loaded]
        assert [source for source in sources if "//" in str(source)] == []


def test_only_listed_forums_are_in_the_list_that_the_home_page_links_to(
    forum: Forum, edition: Edition, client_for: ClientFor
) -> None:
    stranger = client_for(None)
    publish(forum)
    assert "transitions" not in text_of(stranger.get("/public/"))
    assert "/public/" not in stranger.get("/").content.decode()
    publish(forum, is_listed=True)
    response = client_for(None).get("/public/")
    assert "transitions" in text_of(response)
    assert response.cookies == {}
    assert "/public/" in stranger.get("/").content.decode()
    assert "X-Robots-Tag" not in stranger.get(f"/{forum.code}/public/").headers


def test_the_switch_opens_and_closes_and_only_what_is_public_is_listed(
    forum: Forum, edition: Edition, client_for: ClientFor, camille: Facilitator
) -> None:
    desk, stranger = client_for(camille), client_for(None)
    for sent, status in (({"is_public": "on", "is_listed": "on"}, 200), ({"is_listed": "on"}, 404)):
        assert desk.post(f"/{forum.code}/book/imprint/", sent).status_code == 302
        assert stranger.get(f"/{forum.code}/public/").status_code == status
    assert not Imprint.for_forum(forum).is_listed
    forum.journal.get(verb="unpublished the report").undo(Actor(facilitator=camille))
    assert stranger.get(f"/{forum.code}/public/").status_code == 200


# After the day, for strangers


def scanned_urls(html: str) -> list[str]:
    """Return the URLs in the QR codes of a page."""
    return re.findall(r'aria-label="QR code de l’adresse ([^"]+)"', html)


def test_once_the_day_is_over_the_code_of_the_wall_opens_the_public_page(
    forum: Forum, edition: Edition, client_for: ClientFor, camille: Facilitator
) -> None:
    wall = client_for(camille)
    entrance, report = (f"{public_url()}/{forum.code}/{path}" for path in ("", "public/"))
    seen = []
    for phase, is_public in ((Phase.CLOSING, True), (Phase.PUBLISHED, True), (Phase.PUBLISHED, False)):
        move(forum, phase)
        Imprint.for_forum(forum).set_access(Actor(), is_public=is_public, is_listed=False)
        seen.append(scanned_urls(wall.get(f"/{forum.code}/wall/").content.decode()))
    assert seen == [[entrance], [report], [entrance]]


def test_walls_that_are_open_follow_when_the_report_is_published_and_withdrawn(
    forum: Forum, edition: Edition, camille: Facilitator
) -> None:
    translation.activate("fr")
    move(forum, Phase.PUBLISHED)
    first = catch_up.delta(forum, Audience.WALL, -1)
    wall = opened(first.html, first.to, first.epoch)
    by = Actor(facilitator=camille)
    steps: list[Callable[[], None]] = [
        lambda: Imprint.for_forum(forum).set_access(by, is_public=True, is_listed=False),
        lambda: Imprint.for_forum(forum).set_access(by, is_public=False, is_listed=False),
        lambda: forum.journal.get(verb="unpublished the report").undo(by),
    ]
    seen = [scanned_urls(wall.board.fragments["invitation"].html)]
    for step in steps:
        step()
        sent = catch_up.delta(forum, Audience.WALL, wall.shown)
        assert not sent.whole
        wall.show(message_of(sent))
        assert wall.board == shown(catch_up.delta(forum, Audience.WALL, -1).html)
        seen.append(scanned_urls(wall.board.fragments["invitation"].html))
    entrance, report = (f"{public_url()}/{forum.code}/{path}" for path in ("", "public/"))
    assert seen == [[entrance], [report], [entrance], [report]]


@pytest.mark.parametrize("path", ["", "topics/1/?door", "places/{place}/", "wall/", "book/", "book/1.pdf", "join/"])
def test_any_code_or_link_leads_a_stranger_to_the_public_page(
    forum: Forum, edition: Edition, hall: Place, client_for: ClientFor, path: str
) -> None:
    """From a poster, a door, or a participant’s link; and by the entrance’s form, sent too late."""
    publish(forum)
    move(forum, Phase.PUBLISHED)
    stranger = client_for(None)
    address = f"/{forum.code}/{path.format(place=hall.pk)}"
    response = stranger.post(address, {"name": "Zoé"}) if path == "join/" else stranger.get(address, follow=True)
    page = lxml_html.fromstring(response.content)
    links = [link.get("href") for link in page.iterfind(".//main//a")]
    assert links == [f"/{forum.code}/public/", f"/{forum.code}/other-phone/"]
    assert stranger.get(f"/{forum.code}/public/").status_code == 200
    assert "Ce forum est terminé" in text_of(response)
    assert forum.participants.count() == 1


def test_the_entrance_of_a_forum_that_is_over_follows_publishing(
    forum: Forum, edition: Edition, client_for: ClientFor
) -> None:
    move(forum, Phase.PUBLISHED)
    stranger = client_for(None)
    seen = []
    for is_public in (False, True, False):
        Imprint.for_forum(forum).set_access(Actor(), is_public=is_public, is_listed=False)
        seen.append("/public/" in stranger.get(f"/{forum.code}/").content.decode())
    assert seen == [False, True, False]


@pytest.mark.parametrize(
    ("contact", "organisers", "sentence"),
    [
        ("climat@arras.example", "Ville d’Arras", "Pour le lire, adressez-vous à : climat@arras.example"),
        ("", "Ville d’Arras", "Pour le lire, adressez-vous à : Ville d’Arras"),
        ("", "", "Pour le lire, adressez-vous à la personne qui vous a donné cette adresse."),
    ],
)
def test_a_forum_that_is_over_and_not_published_says_whom_to_ask(
    forum: Forum, edition: Edition, client_for: ClientFor, contact: str, organisers: str, sentence: str
) -> None:
    move(forum, Phase.PUBLISHED)
    Forum.objects.update(contact=contact, organisers=organisers)
    response = client_for(None).get(f"/{forum.code}/")
    assert sentence in text_of(response)
    assert f'href="/{forum.code}/other-phone/"' in response.content.decode()
    assert "/public/" not in response.content.decode()


def test_a_withdrawn_edition_is_public_no_more(forum: Forum, edition: Edition, client_for: ClientFor) -> None:
    publish(forum)
    paths = public_urls(forum, edition)
    Edition.withdraw_matching(forum, Actor())
    stranger = client_for(None)
    assert {stranger.get(path).status_code for path in paths[1:]} == {404}
    assert "en préparation" in text_of(stranger.get(paths[0]))


def run_tasks() -> None:
    for task in DBTaskResult.objects.ready():
        task.claim("worker")
        task.task.call(*task.args_kwargs["args"])
        task.set_successful(None)


@pytest.mark.parametrize(
    ("path", "size", "file_name"),
    [
        ("book/essential.pdf", (210, 297), "Un arbre"),
        pytest.param("topics/1/report.pdf?size=a3", (297, 420), "46 °C en juin", marks=pytest.mark.laptop),
    ],
)
def test_a_part_of_the_book_is_printed_once_and_downloaded(
    forum: Forum, edition: Edition, client_for: ClientFor, theo: Participant, path: str, size: Any, file_name: str
) -> None:
    phone = client_for(theo)
    address = f"/{forum.code}/{path}"
    waiting = phone.get(address)
    assert "hx-trigger" in waiting.content.decode()
    phone.get(address)
    assert DBTaskResult.objects.count() == 1
    run_tasks()
    assert "1 page" in text_of(phone.get(address, headers={"hx-request": "true"}))
    response, file = fetch(phone, address)
    assert response.headers["Content-Type"] == "application/pdf"
    reader = pypdf.PdfReader(io.BytesIO(file))
    (page,) = reader.pages
    assert tuple(round(float(side) / 72 * 25.4) for side in page.mediabox[2:]) == size
    assert file_name in page.extract_text()
    root: Any = reader.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("fr", True)


def test_a_part_goes_with_its_edition(
    forum: Forum, edition: Edition, client_for: ClientFor, theo: Participant, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    monkeypatch.setattr(pdf, "render_pdf", lambda *page, **named: pdf_process.Pdf(b"%PDF-1.7", 1))
    address = f"/{forum.code}/topics/1/report.pdf"
    phone = client_for(theo)
    phone.get(address)
    run_tasks()
    assert fetch(phone, address)[1] == b"%PDF-1.7"
    with django_capture_on_commit_callbacks(execute=True):
        Edition.withdraw_matching(forum, Actor())
    assert phone.get(address).status_code == 404
    assert not edition.formats_directory.exists()


def test_a_part_that_fails_says_why_and_is_tried_again_by_hand_alone(
    forum: Forum, edition: Edition, client_for: ClientFor, theo: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_page: object, **_named: object) -> pdf_process.Pdf:
        raise pdf_process.RenderingFailed("memory", "torn page")

    monkeypatch.setattr(pdf, "render_pdf", refuse)
    address = f"/{forum.code}/topics/1/report.pdf"
    phone = client_for(theo)
    phone.get(address)
    run_tasks()
    again = f"{address}?size=a4&amp;again=1"
    for headers in ({"hx-request": "true"}, {"hx-request": "true"}, {}):
        page = phone.get(address, headers=headers).content.decode()
        assert "mémoire" in page
        assert "every 1s" not in page
        assert f'<a href="{again}">Essayer de nouveau</a>' in page
    assert DBTaskResult.objects.count() == 1
    assert f'hx-get="{address}?size=a4" hx-trigger="every 1s"' in phone.get(unescape(again)).content.decode()
    assert DBTaskResult.objects.count() == 2


def test_a_group_that_is_not_in_the_book_has_no_sheet(
    forum: Forum, edition: Edition, client_for: ClientFor, theo: Participant
) -> None:
    Topic.propose(forum, "Vélos", "", theo, Actor(theo))
    response = client_for(theo).get(f"/{forum.code}/topics/2/report.pdf")
    assert (response.status_code, DBTaskResult.objects.count()) == (404, 0)
