"""Expected people: their list is previewed before it is saved, and they are recognised when they join."""

import contextlib
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from forum.forms.expected_people import MAX_PEOPLE, ExpectedList, parse_list
from forum.forms.table import decode_table
from forum.live import catch_up
from forum.live.audience import BOARDS
from forum.models import Actor, CannotUndo, Forum, Participant
from forum.phases import Phase
from forum.text.names import name_key
from sessions.proceedings.content import read_book
from tests.conftest import ClientFor, move
from tests.page_texts import text_of, translated

LANGUAGES = pytest.mark.parametrize("language", ["fr", "en"])
LIST = "Nom;Organisation;Territoire;E-mail\nÉlodie Marchand;Ville d’Amiens;Amiens;elodie@exemple.fr\nKarim Haddad;;;\n"


@pytest.fixture
def desk(english_desk: Client) -> Client:
    return english_desk


def address(forum: Forum, name: str, *arguments: Any) -> str:
    return reverse(name, args=[forum.code, *arguments])


def send(client: Client, forum: Forum, table: str = "", **more: Any) -> Any:
    return client.post(address(forum, "import_people"), {"table": table, **more})


def expect(forum: Forum, *people: str) -> None:
    """Announce people given as “name, organisation, territory, e-mail”."""
    names = ("name", "organisation", "territory", "email")
    rows = [dict(zip(names, person.split(", "), strict=False)) for person in people]
    Participant.announce(forum, rows, Actor())


def rows_of(expected: ExpectedList) -> list[tuple[str, ...]]:
    return [(line.name, line.organisation, line.territory, line.email) for line in expected.listed]


# ---- reading ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "table",
    [
        "Nadia Ferrand;Commune d’Arras;Arras;nadia@exemple.fr",
        "Nadia Ferrand\tCommune d’Arras\tArras\tnadia@exemple.fr",
        "Nadia Ferrand,Commune d’Arras,Arras,nadia@exemple.fr\n",
        "\ufeffNom;Organisation;Territoire;E-mail\r\nNadia Ferrand;Commune d’Arras;Arras;nadia@exemple.fr\r\n\r\n",
        "Name,Organization,City,Email\nNadia Ferrand,Commune d’Arras,Arras,nadia@exemple.fr",
        "Courriel;PRÉNOM;Nom;Structure;Téléphone;Territoire\nnadia@exemple.fr;Nadia;Ferrand;Commune d’Arras;03;Arras",
        "Last name\tFirst name\tCompany\tTerritory\tE-mail\nFerrand\tNadia\tCommune d’Arras\tArras\tnadia@exemple.fr",
        'Nom;Organisation;Territoire;Mail\n" Nadia\n Ferrand ";"Commune d’Arras";Arras;nadia@exemple.fr',
        "nom et prénom ; organisme ; EPCI ; adresse mail\nNadia Ferrand ; Commune d’Arras ; Arras ; nadia@exemple.fr",
        "Nadia Ferrand;nadia@exemple.fr;Commune d’Arras;Arras",
    ],
)
def test_lists_of_any_shape_are_read_alike(table: str) -> None:
    (row,) = rows_of(parse_list(table))
    assert ({*row[0].split()}, row[1:]) == ({"Nadia", "Ferrand"}, ("Commune d’Arras", "Arras", "nadia@exemple.fr"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_file_is_read_in_any_encoding(encoding: str) -> None:
    assert rows_of(parse_list(decode_table(LIST.encode(encoding))))[0][:2] == ("Élodie Marchand", "Ville d’Amiens")


def test_names_alone_are_a_list_and_a_stray_quote_drops_nobody() -> None:
    names = ['"Nadia" Ferrand', '"Karim Haddad', *(f"Personne {n}" for n in range(12))]
    assert [row[0] for row in rows_of(parse_list("\n".join(names)))][2:] == names[2:]


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused_with_a_reason(content: bytes) -> None:
    with contextlib.suppress(ValidationError):
        expected = parse_list(decode_table(content))
        if expected.new:
            # The confirmed list is the shown one.
            assert parse_list(expected.table).people == expected.people


def test_lines_that_cannot_be_imported_are_listed_with_their_reasons(
    desk: Client, forum: Forum, nadia: Participant
) -> None:
    expect(forum, "Karim Haddad, Ville de Lens")
    table = "\n".join(
        [
            "Prénom;Nom;Structure;Courriel;Portable",
            "Élodie;Marchand;Ville d’Amiens;elodie@",
            ";;Sans nom;",
            "",
            "FERRAND;nadia;;",
            "karim;haddad;;",
            "Marchand;Elodie;;",
            "Élodie;Marchand;Région;",
            f"{'x' * 81};;;",
            '"Zoé Petit;Ville de Lens";;;',
        ]
    )
    response = send(desk, forum, table)
    page = text_of(response)
    assert response.context["form"]["table"].value() == table  # to be corrected on the same page
    assert "Correct the list" in page
    for sentence in (
        "3 people would be expected.",
        "Columns left out: Portable.",
        "this name holds the sign of another column.",
        "“elodie@” is not an e-mail address: left out.",
        "there is no name.",
        "is in the forum already.",
        "is expected already.",
        "is on line 2 already.",
        "same name as someone else, whose organisation or e-mail is another.",
        "is longer than 80 characters.",
    ):
        assert sentence in page
    assert [number in page for number in ("Line 3", "Line 5", "Line 6", "Line 7", "Line 9")] == [True] * 5
    assert forum.participants.expected().count() == 1


@LANGUAGES
@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("", "Choose a file, or paste a table."),
        ("Nom;Organisation\n", "There is nobody in this list."),
        ("\n".join("x" * 300 for _n in range(1700)), "This list is too long: {most} KB at most."),
        ("\n".join(f"Personne {n}" for n in range(2001)), "This list has {n} lines: {most} at most."),
        ("Identité;Courriel\nNadia;n@exemple.fr", "No column is called “Name”. The titles are: {titles}."),
    ],
)
def test_a_text_that_is_no_list_is_refused_and_stays_in_the_form(
    desk: Client, forum: Forum, language: str, table: str, reason: str
) -> None:
    desk.cookies["django_language"] = language
    response = send(desk, forum, table)
    most = 500 if "KB" in reason else 2000
    sentence = translated(reason, language, most=most, n=2001, titles="Identité, Courriel")
    assert (response.status_code, sentence in text_of(response), table[:40] in text_of(response)) == (422, True, True)
    assert forum.participants.count() == 0


@pytest.mark.parametrize("content", [b"PK\x03\x04 a spreadsheet", b"%PDF-1.7"])
def test_a_file_that_is_no_text_is_refused_with_what_to_do(desk: Client, forum: Forum, content: bytes) -> None:
    response = send(desk, forum, file=SimpleUploadedFile("liste.csv", content))
    assert (response.status_code, "save it as CSV in your spreadsheet" in text_of(response)) == (422, True)


def test_more_than_a_form_may_send_is_refused_with_a_reason(desk: Client, forum: Forum) -> None:
    response = send(desk, forum, "x" * 600_000)
    assert (response.status_code, "This cannot be read" in text_of(response)) == (400, True)


# ---- importing -------------------------------------------------------------------------------------------


def confirm(client: Client, forum: Forum, preview: Any) -> Any:
    """Press the button of the preview."""
    return send(client, forum, preview.context["expected"].table, sure="yes", key="k1")


def test_nothing_is_imported_before_it_is_confirmed_and_then_once(desk: Client, forum: Forum) -> None:
    preview = send(desk, forum, file=SimpleUploadedFile("liste.csv", LIST.encode("cp1252")))
    assert (preview.status_code, forum.participants.count()) == (200, 0)
    for _again in range(2):
        assert confirm(desk, forum, preview).headers["Location"] == address(forum, "expected")
    expected = [(p.name, p.organisation, p.territory, p.email) for p in forum.participants.expected()]
    assert expected == [
        ("Karim Haddad", "", "", ""),
        ("Élodie Marchand", "Ville d’Amiens", "Amiens", "elodie@exemple.fr"),
    ]


def test_the_confirmed_list_is_checked_again(desk: Client, forum: Forum) -> None:
    preview = send(desk, forum, LIST)
    Participant.join(forum, name="Marchand élodie")
    confirm(desk, forum, preview)
    send(desk, forum, "Nom\n;;\n" + "x" * 200, sure="yes")
    assert [person.name for person in forum.participants.expected()] == ["Karim Haddad"]


def test_expected_people_are_neither_counted_nor_shown_until_they_come(
    desk: Client, forum: Forum, nadia: Participant, client_for: ClientFor
) -> None:
    expect(forum, "Élodie Marchand, Ville d’Amiens")
    phone = client_for(nadia)
    pages = [text_of(phone.get(address(forum, name))) for name in ("board", "wall", "book")]
    pages += [text_of(desk.get(address(forum, name))) for name in ("desk", "wall", "board")]
    assert [page for page in pages if "Marchand" in page] == []
    assert "1 person" in text_of(desk.get(reverse("forums")))
    book = read_book(forum)
    assert (book.figures.participants, [t.count for t in book.territories]) == (1, [1])


def test_an_e_mail_is_for_facilitators_alone(
    desk: Client, forum: Forum, nadia: Participant, client_for: ClientFor, caplog: pytest.LogCaptureFixture
) -> None:
    confirm(desk, forum, send(desk, forum, LIST))
    expected = address(forum, "expected")
    assert "elodie@exemple.fr" in text_of(desk.get(expected))
    elodie = Participant.join(forum, name="Élodie Marchand")
    assert "elodie@exemple.fr" in text_of(desk.get(address(forum, "person", elodie.pk)))
    participant_pages = [
        text_of(client_for(p).get(address(forum, name))) for p in (elodie, nadia) for name in ("board", "me", "wall")
    ]
    boards_html = [catch_up.delta(forum, audience, -1).html for audience in BOARDS]
    journal = json.dumps(list(forum.journal.values("rows", "details", "invalidated")))
    assert [
        text
        for text in (*participant_pages, *boards_html, journal, repr(read_book(forum)), caplog.text)
        if "elodie@" in text
    ] == []


# ---- arriving --------------------------------------------------------------------------------------------


def test_names_are_recognised_whatever_the_case_the_accents_and_the_order() -> None:
    written = ("Élodie D’Arras-Lœwe", "D'ARRAS LOEWE elodie", "  e\u0301lodie   loewe, d arras")
    assert {name_key(name) for name in written} == {"arras d elodie loewe"}


def test_expected_people_are_recognised_when_they_join(forum: Forum, client_for: ClientFor) -> None:
    expect(forum, "MARCHAND Élodie, Ville d’Amiens, Amiens, elodie@exemple.fr")
    phone = client_for(None)
    phone.post(address(forum, "join"), {"name": "elodie Marchand", "territory": "Métropole", "appearance": "first"})
    fields = ("name", "organisation", "territory", "appearance", "email", "is_expected")
    assert forum.participants.values_list(*fields).get() == (
        "elodie Marchand", "Ville d’Amiens", "Métropole", "first", "elodie@exemple.fr", False,
    )  # fmt: skip
    page = text_of(phone.get(address(forum, "board")))
    assert translated("You were expected: {affiliation}. If that is wrong, touch your name to correct it.", "fr",
                affiliation="Ville d’Amiens, Métropole") in page  # fmt: skip


def test_of_two_namesakes_the_organisation_says_which_one_comes(forum: Forum) -> None:
    expect(forum, "Marie Martin, Ville de Lens", "Marie Martin, Région")
    stranger = Participant.join(forum, name="Marie Martin")
    assert (stranger.organisation, forum.participants.expected().count()) == ("", 2)
    Participant.join(forum, name="Martin Marie", organisation="ville de lens")
    assert [p.organisation for p in forum.participants.expected()] == ["Région"]
    Participant.join(forum, name="Marie MARTIN")
    assert forum.participants.expected().count() == 0


def test_someone_without_a_phone_arrives_with_one_tap(desk: Client, forum: Forum, as_camille: Actor) -> None:
    expect(forum, "Élodie Marchand, Ville d’Amiens")
    person = forum.participants.get()
    for _twice in range(2):
        response = desk.post(address(forum, "arrive", person.pk))
        assert response.headers["Location"] == address(forum, "expected")
    assert [entry.verb for entry in forum.journal.exclude(rows=[])] == ["announced people", "noted an arrival"]
    assert "Élodie Marchand" in text_of(desk.get(address(forum, "desk")))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("mar", ["Élodie Marchand", "Anne Martin"]),
        ("ELO", ["Élodie Marchand"]),
        ("lens mar", ["Anne Martin"]),
        ("zz", []),
    ],
)
def test_someone_is_found_by_the_beginning_of_their_name(
    desk: Client, forum: Forum, query: str, expected: list[str]
) -> None:
    expect(forum, "Élodie Marchand, Ville d’Amiens", "Anne Martin, Ville de Lens", "Karim Haddad")
    page = desk.get(address(forum, "expected"), {"q": query})
    assert sorted(person.name for person in page.context["people"]) == sorted(expected)


# ---- taking back, and erasing ----------------------------------------------------------------------------


def test_an_import_is_one_change_that_can_be_undone(forum: Forum, as_camille: Actor) -> None:
    expect(forum, "Élodie Marchand", "Karim Haddad")
    forum.journal.get().undo(as_camille)
    assert forum.participants.count() == 0
    forum.journal.latest("revision").undo(as_camille)
    assert [person.name for person in forum.participants.expected()] == ["Karim Haddad", "Élodie Marchand"]


def test_an_arrival_by_mistake_is_undone_and_shuts_their_phone(
    forum: Forum, as_camille: Actor, client_for: ClientFor
) -> None:
    expect(forum, "Élodie Marchand, Ville d’Amiens")
    person = Participant.join(forum, name="elodie marchand")
    phone = client_for(person)
    forum.journal.latest("revision").undo(as_camille)
    person.refresh_from_db()
    assert (person.name, person.is_expected) == ("Élodie Marchand", True)
    assert phone.get(address(forum, "me")).headers["Location"] == address(forum, "board")


def test_an_import_is_not_undone_once_somebody_has_come(forum: Forum, as_camille: Actor) -> None:
    expect(forum, "Élodie Marchand", "Karim Haddad")
    Participant.join(forum, name="Élodie Marchand")
    with pytest.raises(CannotUndo):
        forum.journal.earliest("revision").undo(as_camille)
    assert forum.participants.count() == 2


def test_those_who_did_not_come_are_erased_from_the_journal_too(desk: Client, forum: Forum) -> None:
    expect(forum, "Élodie Marchand", "Karim Haddad")
    Participant.join(forum, name="Élodie Marchand")
    move(forum, Phase.PUBLISHED)
    erase = address(forum, "forget_expected")
    assert (desk.post(erase).status_code, forum.participants.count()) == (409, 2)
    desk.post(erase, {"sure": "yes"})
    journal = json.dumps(list(forum.journal.values("rows", "details")), ensure_ascii=False)
    assert [person.name for person in forum.participants.all()] == ["Élodie Marchand"]
    assert ("Marchand" in journal, "Haddad" in journal) == (True, False)


def test_two_thousand_people_are_imported_and_taken_back_in_a_moment(
    desk: Client, forum: Forum, as_camille: Actor
) -> None:
    table = "\n".join(f"Prénom{n} Nom{n};Organisation {n % 90};Territoire;p{n}@exemple.fr" for n in range(MAX_PEOPLE))
    took = []

    def timed(act: Callable[[], Any]) -> Any:
        begin = time.perf_counter()
        response = act()
        took.append(round(time.perf_counter() - begin, 2))
        return response

    preview = timed(lambda: send(desk, forum, table))
    timed(lambda: confirm(desk, forum, preview))
    assert forum.participants.expected().count() == MAX_PEOPLE
    timed(lambda: desk.get(address(forum, "expected"), {"q": "nom19"}))
    timed(lambda: forum.journal.latest("revision").undo(as_camille))
    # Under two seconds each on an idle laptop; the limit allows for tests that run at the same time.
    assert (forum.participants.count(), [seconds for seconds in took if seconds > 4]) == (0, [])
