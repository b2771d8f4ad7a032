"""The imprint: word, colour, licence and logos; a refused form saves nothing."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html
from PIL import Image
from pytest_django import Settings

from forum.models import Actor, Facilitator, Forum, JournalEntry, Participant
from forum.phases import Phase
from sessions.colour_contrast import MIN_CONTRAST, contrast
from sessions.forms.imprint import ACCENTS, OWN
from sessions.media import images
from sessions.models import Imprint, Logo
from sessions.models.imprint import MAX_LOGOS, TooManyLogos, needs_dark_plate
from sessions.proceedings import content, html
from sessions.proceedings.book import Priority
from tests.conftest import ClientFor
from tests.page_texts import text_of, translated

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def desk(client_for: ClientFor, camille: Facilitator) -> Client:
    return client_for(camille)


def image_file(colour: str = "#1d5f8f", size: tuple[int, int] = (300, 100), form: str = "PNG", **more: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, form, **more)
    return file.getvalue()


def send(desk: Client, forum: Forum, file: bytes, name: str = "Région", called: str = "logo.png") -> Any:
    upload = SimpleUploadedFile(called, file)
    return desk.post(f"/{forum.code}/book/imprint/logos/", {"name": name, "image": upload})


WRITTEN = {
    "word": "Merci à toutes et à tous.", "signed_by": "Claire Vasseur", "signed_role": "Vice-présidente",
    "next_dates": "12 mars : suivi\n\n 14 mai : bilan ", "credits": "Photos : Théo Masson", "licence": "etalab-2.0",
    "accent": "own", "own_accent": "7A4E8A",
}  # fmt: skip


def test_the_imprint_is_in_the_next_book(forum: Forum, desk: Client) -> None:
    assert desk.post(f"/{forum.code}/book/imprint/", WRITTEN).status_code == 302
    book = content.read_book(forum)
    assert (book.imprint.word, book.imprint.accent) == ("Merci à toutes et à tous.", "#7a4e8a")
    assert book.imprint.next_dates == ("12 mars : suivi", "14 mai : bilan")
    assert book.imprint.licence
    assert book.imprint.licence.name == "Licence ouverte Etalab 2.0"
    page = html.render_book(book)
    for words in ("Claire Vasseur", "14 mai", "Licence ouverte", "color: #7a4e8a", 'href="#word"', 'href="#next"'):
        assert words in page


def form_data(page: Any, **typed: str) -> dict[str, str]:
    """Return the fields of the imprint’s form on a page, with some changes."""
    tree: Any = lxml_html.fromstring(page.content)
    (form,) = tree.xpath("//form[contains(@action, '/book/imprint/')][not(@enctype)]")
    sent = {}
    for field in form.xpath(".//input | .//textarea"):
        if field.tag == "textarea":
            sent[field.name] = (field.text or "").removeprefix("\n")
        elif field.get("type") not in ("radio", "checkbox") or field.checked:
            sent[field.name] = field.get("value", "on" if field.get("type") == "checkbox" else "")
    return sent | typed


def test_one_button_saves_all_that_is_typed_on_the_page(forum: Forum, desk: Client) -> None:
    page = desk.get(f"/{forum.code}/book/imprint/")
    tree: Any = lxml_html.fromstring(page.content)
    assert len(tree.xpath("//main/form//button")) == 1
    response = desk.post(f"/{forum.code}/book/imprint/", form_data(page, word="Merci", is_public="on"), follow=True)
    assert translated("Saved: everyone can read the report, on the public page.", "fr") in text_of(response)
    assert state(forum) == ("Merci", True, False, [])
    # Undoing the publication keeps the word.
    forum.journal.get(verb="published the report").undo(Actor())
    assert state(forum) == ("Merci", False, False, [])


@pytest.mark.parametrize("ticked", ["is_public", "is_listed"])
def test_a_report_is_published_though_nobody_wrote_in_its_imprint(forum: Forum, desk: Client, ticked: str) -> None:
    marks = re.findall(r'name="(b_\w+)" value="(\w*)"', desk.get(f"/{forum.code}/book/imprint/").content.decode())
    assert desk.post(f"/{forum.code}/book/imprint/", dict(marks) | {ticked: "on"}).status_code == 302
    assert Imprint.for_forum(forum).is_public == (ticked == "is_public")


def test_the_page_and_the_journal_say_when_only_the_list_of_published_forums_changes(
    forum: Forum, desk: Client, as_camille: Actor
) -> None:
    Imprint.for_forum(forum).set_access(as_camille, is_public=True, is_listed=False)
    address = f"/{forum.code}/book/imprint/"
    listed = desk.post(address, form_data(desk.get(address), is_listed="on"), follow=True)
    ticked = form_data(desk.get(address))
    del ticked["is_listed"]
    unlisted = desk.post(address, ticked, follow=True)
    assert translated("Saved: the report is in the list of published forums.", "fr") in text_of(listed)
    assert translated("Saved: the report is not in the list of published forums.", "fr") in text_of(unlisted)
    assert list(forum.journal.order_by("-revision").values_list("verb", flat=True)[:3]) == [
        "unlisted the report", "listed the report", "published the report"
    ]  # fmt: skip


def test_closing_the_public_page_says_who_still_has_the_report(forum: Forum, desk: Client) -> None:
    address = f"/{forum.code}/book/imprint/"
    closed = "Saved: the public page is closed."
    for phase, message in (
        (Phase.CLOSING, closed),
        (Phase.PUBLISHED, "Saved: the public page is closed; the participants keep the report."),
    ):
        forum.move_to(phase, Actor())
        desk.post(address, form_data(desk.get(address), is_public="on"))
        shut = form_data(desk.get(address))
        del shut["is_public"]
        response = desk.post(address, shut, follow=True)
        assert translated(message, "fr") in text_of(response)
        assert not Imprint.for_forum(forum).is_public


def test_a_refused_field_keeps_nothing_of_the_others(forum: Forum, desk: Client) -> None:
    wrong = WRITTEN | {"own_accent": "red", "is_public": "on"}
    page = desk.post(f"/{forum.code}/book/imprint/", wrong)
    assert page.status_code == 422
    assert "is_public" in form_data(page)
    assert state(forum) == ("", False, False, [])


def test_an_old_page_reverts_nothing_that_a_colleague_saved(forum: Forum, desk: Client) -> None:
    address = f"/{forum.code}/book/imprint/"
    old, older, colleague_page = (desk.get(address) for _ in range(3))
    desk.post(address, form_data(colleague_page, word="Merci", is_public="on"))
    assert desk.post(address, form_data(old, credits="Photos : Théo")).status_code == 302
    assert (state(forum), Imprint.for_forum(forum).credits) == (("Merci", True, False, []), "Photos : Théo")

    # The same field: the other text is shown first, and saving again replaces it.
    refused = desk.post(address, form_data(older, word="Bonjour"))
    assert refused.status_code == 422
    assert "Merci" in text_of(refused)
    assert (form_data(refused)["word"], Imprint.for_forum(forum).word) == ("Bonjour", "Merci")
    assert desk.post(address, form_data(refused)).status_code == 302
    assert Imprint.for_forum(forum).word == "Bonjour"


def test_a_logo_is_added_moved_and_removed_without_loading_the_page(forum: Forum, desk: Client) -> None:
    live = {"hx-request": "true"}
    for number in (1, 2):
        upload = SimpleUploadedFile("logo.png", image_file())
        sent = {"name": f"Ville {number}", "image": upload, "key": f"k{number}"}
        response = desk.post(f"/{forum.code}/book/imprint/logos/", sent, headers=live, follow=True)
        assert "<form" in response.content.decode()
        assert "<textarea" not in response.content.decode()
    first, second = Logo.objects.all()
    for path in (f"{second.pk}/move/", f"{first.pk}/remove/"):
        desk.post(f"/{forum.code}/book/imprint/logos/{path}", headers=live)
    assert [logo.name for logo in Logo.objects.all()] == ["Ville 2"]
    wrong = desk.post(f"/{forum.code}/book/imprint/logos/", {"name": "Ville 3"}, headers=live)
    assert (wrong.status_code, "Ville 3" in wrong.content.decode(), "<textarea" in wrong.content.decode()) == (
        422,
        True,
        False,
    )


@pytest.mark.parametrize(
    ("line", "words", "dots"),
    [
        ("Une charte commune : 34", "Une charte commune", 34),
        ("- Une charte commune (34 gommettes)", "Une charte commune", 34),
        ("Une charte commune = 34", "Une charte commune", 34),
        ("Zéro carbone en 2030", "Zéro carbone en 2030", None),
        ("Deux priorités : l’eau, l’ombre", "Deux priorités : l’eau, l’ombre", None),
        ("Se revoir (le 12 mars)", "Se revoir (le 12 mars)", None),
    ],
)
def test_a_priority_of_the_convergence_ends_with_its_dots_or_has_none(
    forum: Forum, desk: Client, line: str, words: str, dots: int | None
) -> None:
    desk.post(f"/{forum.code}/book/imprint/", WRITTEN | {"priorities": f"\n{line}\n\nUne autre"})
    assert content.read_book(forum).priorities == (Priority(words, dots), Priority("Une autre", None))


def test_a_book_without_imprint_has_nothing_of_it(forum: Forum) -> None:
    page = html.render_book(content.read_book(forum))
    assert [words for words in ('id="word"', 'id="next"', "Licence", "<style>", 'class="logos"') if words in page] == []


def test_the_imprint_names_people_as_they_agreed(forum: Forum) -> None:
    Participant.join(forum, name="Dora Yverdon", appearance="hidden")
    imprint = Imprint.for_forum(forum)
    imprint.word, imprint.credits = "Merci à Dora Yverdon.", "Photos : Dora Yverdon"
    imprint.write(Actor())
    assert "Yverdon" not in html.render_book(content.read_book(forum))


@pytest.mark.parametrize(
    ("colour", "why"),
    [
        ("#f0b03f", "son contraste avec le blanc est de 1,9 pour 1, et un texte demande 4,5 pour 1"),
        ("#777777", "4,4 pour 1"),
        ("red", "six chiffres"),
        ("", "six chiffres"),
    ],
)
def test_a_colour_in_which_text_is_not_read_is_refused_and_nothing_typed_is_lost(
    forum: Forum, desk: Client, colour: str, why: str
) -> None:
    response = desk.post(f"/{forum.code}/book/imprint/", WRITTEN | {"own_accent": colour})
    assert response.status_code == 422
    assert why in text_of(response)
    assert "Merci à toutes et à tous." in response.content.decode()
    assert not Imprint.objects.exists()


def test_white_text_is_readable_on_each_offered_colour() -> None:
    assert [colour for colour in ACCENTS.keys() - {"", OWN} if contrast(colour) < MIN_CONTRAST] == []


@given(st.integers(0, 0xFFFFFF), st.integers(0, 0xFFFFFF))
def test_contrast_is_the_same_both_ways_and_between_1_and_21(one: int, other: int) -> None:
    ratio = contrast(f"#{one:06x}", f"#{other:06x}")
    assert ratio == contrast(f"#{other:06x}", f"#{one:06x}")
    assert 1 <= ratio <= 21.0001


def test_a_logo_is_encoded_anew_without_the_metadata_of_its_file(forum: Forum, desk: Client) -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    sent = image_file(size=(3000, 900), form="JPEG", exif=exif, comment=b"secret comment")
    assert send(desk, forum, sent).status_code == 302
    logo = Logo.objects.get()
    file = images.image_path(logo.file).read_bytes()
    assert (logo.name, images.image_size(logo.file)) == ("Région", (1200, 360))
    assert b"secret" in sent
    assert b"secret" not in file
    (book_logo,) = content.read_book(forum).imprint.logos
    assert (book_logo.name, book_logo.width, book_logo.height, book_logo.on_dark) == ("Région", 1200, 360, False)
    page = html.render_book(content.read_book(forum))
    assert f'src="book:/images/{logo.file}" alt="Région"' in page


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (SVG, "SVG"),
        (b"GIF89a nothing of the kind", "image"),
        (image_file()[:-40], "abîmée"),
        (image_file(size=(8000, 6000)), "40 millions"),
    ],
)
def test_a_file_that_is_no_safe_image_is_refused_with_a_reason(
    forum: Forum, desk: Client, file: bytes, why: str
) -> None:
    response = send(desk, forum, file)
    assert response.status_code == 422
    assert why in text_of(response)
    assert not Logo.objects.exists()


def test_a_logo_whose_file_is_damaged_is_left_out_of_the_book(forum: Forum) -> None:
    imprint = Imprint.for_forum(forum)
    damaged = imprint.add_logo("Région", image_file(), Actor())
    whole = imprint.add_logo("Ville", image_file("#b23c16"), Actor())
    images.image_path(damaged.file).write_bytes(b"half of it")
    assert [logo.name for logo in content.read_book(forum).imprint.logos] == [whole.name]


def test_a_pale_logo_stands_on_dark() -> None:
    def png(colour: str) -> bytes:
        file = io.BytesIO()
        picture = Image.new("RGBA", (60, 30), (0, 0, 0, 0))
        picture.paste(colour, (10, 10, 50, 20))
        picture.save(file, "PNG")
        return file.getvalue()

    assert [needs_dark_plate(png(colour)) for colour in ("#ffffff", "#f4e9c0", "#1d5f8f", "#000000", "#e0552e")] == [
        True, True, False, False, False,
    ]  # fmt: skip


def test_the_cover_has_room_for_eight_logos(forum: Forum, desk: Client) -> None:
    imprint = Imprint.for_forum(forum)
    for number in range(MAX_LOGOS):
        imprint.add_logo(f"Ville {number}", image_file(), Actor())
    with pytest.raises(TooManyLogos):
        imprint.add_logo("Une de trop", image_file(), Actor())
    assert send(desk, forum, image_file()).status_code == 422


def test_logos_change_places(forum: Forum, desk: Client) -> None:
    imprint = Imprint.for_forum(forum)
    _first, second = (imprint.add_logo(name, image_file(), Actor()) for name in ("Un", "Deux"))
    for _twice in range(2):
        assert desk.post(f"/{forum.code}/book/imprint/logos/{second.pk}/move/").status_code == 302
    assert [logo.name for logo in imprint.logos.all()] == ["Deux", "Un"]


def test_each_change_of_the_imprint_can_be_undone(forum: Forum, as_camille: Actor) -> None:
    imprint = Imprint.for_forum(forum)
    imprint.word = "Premier jet"
    changes: list[Callable[[], Any]] = [
        lambda: imprint.write(as_camille),
        lambda: imprint.add_logo("Un", image_file(), as_camille),
        lambda: imprint.add_logo("Deux", image_file("#b23c16"), as_camille),
        lambda: imprint.logos.get(name="Deux").move_up(as_camille),
        lambda: imprint.set_access(as_camille, is_public=True, is_listed=True),
        lambda: imprint.logos.get(name="Un").remove(as_camille),
    ]
    states = []
    for change in changes:
        states.append(state(forum))
        change()
    for before in reversed(states):
        JournalEntry.objects.filter(forum=forum, undone_by=None).exclude(rows=[]).exclude(verb="undid").latest(
            "revision"
        ).undo(as_camille)
        assert state(forum) == before


def state(forum: Forum) -> Any:
    imprint = Imprint.for_forum(forum)
    logos = [logo.name for logo in imprint.logos.all()] if imprint.pk else []
    return imprint.word, imprint.is_public, imprint.is_listed, logos
