"""Shared texts: updates that are stored, refused or incomplete, their size, and plain forms beside them."""

import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text, merge_updates

from forum.models import Actor, Forum, Participant
from sessions.models import Report
from sessions.models.crdt import EMPTY_STATE, UpdateRefused, read_state_vector
from sessions.models.manuscript import (
    MAX_MANUSCRIPT_BYTES,
    MAX_ROWS,
    MAX_SECTION_CHARACTERS,
    MAX_UPDATE_BYTES,
    Manuscript,
    UpdateIncomplete,
    WriterUpdate,
)
from tests.chaos.writer import SECTIONS
from tests.conftest import ClientFor
from tests.sessions.models.test_crdt import CONTRADICTORY_UPDATES
from tests.sessions.writer_page import WriterPage, stored

TEXTS = st.text(st.sampled_from("ab é🌳\n’"), max_size=40)


# ---- several writers -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_two_people_who_write_at_once_are_both_stored_in_one_change(
    report: Report, forum: Forum, nadia: Participant, theo: Participant
) -> None:
    nadia_page, theo_page = WriterPage(report, Actor(nadia)), WriterPage(report, Actor(theo))
    entries = forum.journal.count()
    assert report.apply_updates([nadia_page.write("Deux tilleuls."), theo_page.write("Un banc 🌳.")]) == [None, None]
    assert sorted(stored(report).findings.replace(".", ".|").split("|")) == ["", "Deux tilleuls.", "Un banc 🌳."]
    assert forum.journal.count() == entries + 1
    assert stored(report).version == 1


@pytest.mark.django_db
def test_an_update_that_is_sent_twice_changes_nothing_the_second_time(
    report: Report, forum: Forum, nadia: Participant
) -> None:
    update = WriterPage(report, Actor(nadia)).write("Une fois.")
    report.apply_updates([update])
    revision = Forum.objects.get(pk=forum.pk).revision
    assert report.apply_updates([update]) == [None]
    assert (stored(report).findings, report.updates.count()) == ("Une fois.", 1)
    assert Forum.objects.get(pk=forum.pk).revision == revision


@pytest.mark.django_db
def test_an_update_that_continues_a_missing_one_is_incomplete_until_all_is_sent(
    report: Report, nadia: Participant
) -> None:
    page = WriterPage(report, Actor(nadia))
    page.write("Perdu en route. ")
    (outcome,) = report.apply_updates([page.write("Arrivé.")])
    assert isinstance(outcome, UpdateIncomplete)
    assert stored(report).findings == ""
    assert report.apply_updates([page.full_update()]) == [None]
    assert stored(report).findings == "Perdu en route. Arrivé."


@pytest.mark.django_db
def test_many_rows_are_replaced_by_one_without_losing_text_or_history(report: Report, nadia: Participant) -> None:
    page, late = WriterPage(report, Actor(nadia)), WriterPage(report, Actor(nadia))
    for n in range(MAX_ROWS + 5):
        report.apply_updates([page.write(f"{n} ")])
    text = "".join(f"{n} " for n in range(MAX_ROWS + 5))
    assert report.updates.count() == 5
    assert (stored(report).findings, Manuscript(report).texts["findings"]) == (text, text)
    assert report.apply_updates([late.write("En retard.")]) == [None]
    late.catch_up()
    assert sorted([str(late.texts["findings"]), stored(report).findings]) == [stored(report).findings] * 2
    assert [version.text for version in report.versions.all()] == [stored(report).findings]


# ---- plain forms -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_shared_texts_adopt_the_fields_of_the_report(report: Report, nadia: Participant) -> None:
    Report.objects.filter(pk=report.pk).update(findings="Écrit avant.")
    page = WriterPage(stored(report), Actor(nadia))
    assert str(page.texts["findings"]) == "Écrit avant."
    stored(report).apply_updates([page.write(" Écrit après.")])
    assert stored(report).findings == "Écrit avant. Écrit après."


@pytest.mark.django_db
def test_a_plain_form_and_a_shared_text_are_merged(
    report: Report, nadia: Participant, theo: Participant, client_for: ClientFor
) -> None:
    nadia_page = WriterPage(report, Actor(nadia))
    report.apply_updates([nadia_page.write("la cour est chaude.")])
    form = {"findings": "En juin,\r\nla cour est trop chaude.", "b_findings": report.bases()["findings"]}
    client_for(theo).post(f"{report.group.topic.get_absolute_url()}report/", form)
    report.apply_updates([nadia_page.write(" Et sans ombre.")])  # on the text before the form
    assert stored(report).findings == "En juin,\nla cour est trop chaude. Et sans ombre."
    assert Manuscript(report).texts["findings"] == stored(report).findings


@given(TEXTS, TEXTS)
def test_a_replaced_section_holds_the_new_text(old: str, new: str) -> None:
    empty_report: Any = SimpleNamespace(updates=SimpleNamespace(values_list=lambda *names: []), overheads={})
    manuscript = Manuscript(empty_report)
    for text in (old, new):
        manuscript.replace("findings", text)
    assert manuscript.texts["findings"] == new


# ---- refused updates -------------------------------------------------------------------------------------------------


def update_of(edit: Callable[[Doc[Any]], object]) -> bytes:
    doc: Doc[Any] = Doc()
    edit(doc)
    return doc.get_update()


def embed_an_object(doc: Doc[Any]) -> None:
    text = doc.get("findings", type=Text)
    text += "avant"
    text.insert_embed(2, {"image": "x"})


def insert(text: str) -> Callable[[Doc[Any]], object]:
    return lambda doc: doc.get("findings", type=Text).insert(0, text)


MALICIOUS = {
    "noise": random.Random(1).randbytes(400),
    "a promise of billions": b"\xff\xff\xff\xff\x0f" * 3,
    "nothing": b"",
    "a section that does not exist": update_of(lambda doc: doc.get("autre", type=Map).update({"a": 1})),
    "a list in the place of a text": update_of(lambda doc: doc.get("findings", type=Array).extend([1, {"a": 2}])),
    "an object inside a text": update_of(embed_an_object),
    "a null character": update_of(insert("a\0b")),
    "a section that is too long": update_of(insert("a" * (MAX_SECTION_CHARACTERS + 1))),
    "too much at once": b"\1" * (MAX_UPDATE_BYTES + 1),
}


@pytest.mark.django_db
@pytest.mark.parametrize("update", MALICIOUS.values(), ids=MALICIOUS)
def test_an_update_that_is_not_plain_text_is_refused_and_leaves_the_others_alone(
    report: Report, nadia: Participant, theo: Participant, update: bytes
) -> None:
    report.apply_updates([WriterPage(report, Actor(nadia)).write("Avant.")])
    honest = WriterPage(report, Actor(nadia)).write(" Pendant.")
    outcomes = report.apply_updates([WriterUpdate(Actor(theo), update), honest, WriterUpdate(Actor(theo), update)])
    assert [type(outcome) for outcome in outcomes] == [UpdateRefused, type(None), UpdateRefused]
    assert stored(report).sections == {"findings": "Avant. Pendant."} | dict.fromkeys(
        ("debate", "proposals", "needs", "open_questions", "resources"), ""
    )
    assert Manuscript(report).texts == stored(report).sections


@pytest.mark.django_db
def test_an_update_at_which_pycrdt_panics_is_refused_and_leaves_the_others_alone(
    report: Report, nadia: Participant, theo: Participant
) -> None:
    contradictory = [WriterUpdate(Actor(theo), update) for update in CONTRADICTORY_UPDATES]
    honest = WriterPage(report, Actor(nadia)).write("Avant.")
    outcomes = report.apply_updates([*contradictory, honest])
    assert [type(outcome) for outcome in outcomes] == [type(None), UpdateRefused, type(None)]
    assert "Avant." in stored(report).findings


# ---- size ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_report_grows_no_further_than_a_phone_can_load(
    report: Report, nadia: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sessions.models.manuscript.MAX_MANUSCRIPT_BYTES", 2_000)
    assert MAX_MANUSCRIPT_BYTES > 30 * MAX_SECTION_CHARACTERS
    page = WriterPage(report, Actor(nadia))
    outcomes = [report.apply_updates([page.write("mot " * 100)])[0] for _n in range(6)]
    assert [type(outcome) for outcome in outcomes] == [type(None)] * 4 + [UpdateRefused, UpdateIncomplete]
    assert [type(outcome) for outcome in report.apply_updates([page.full_update()])] == [UpdateRefused]
    assert len(stored(report).findings) == 1600
    page = WriterPage(report, Actor(nadia))
    assert report.apply_updates([page.clear()]) == [None]
    assert stored(report).findings == ""


@pytest.mark.django_db
def test_deleted_words_do_not_fill_the_report(report: Report, nadia: Participant, theo: Participant) -> None:
    theo_page, nadia_page = WriterPage(report, Actor(theo)), WriterPage(report, Actor(nadia))
    offline = WriterPage(report, Actor(nadia))
    assert report.apply_updates([nadia_page.write("Deux tilleuls.")]) == [None]
    for _n in range(21):
        assert report.apply_updates([theo_page.write("🌳" * 29_000, "debate")]) == [None]
        assert report.apply_updates([theo_page.clear("debate")]) == [None]
    assert report.apply_updates([nadia_page.write(" Un banc."), offline.write("Hors ligne. ")]) == [None, None]
    size = sum(len(data) for data in report.updates.values_list("data", flat=True))
    assert size <= 2 * MAX_MANUSCRIPT_BYTES + MAX_UPDATE_BYTES
    assert len(report.manuscript().updates_since(EMPTY_STATE)) < 500
    texts = {"Deux tilleuls. Un banc.Hors ligne. ", "Hors ligne. Deux tilleuls. Un banc."}
    assert stored(report).findings in texts
    for page in (theo_page, nadia_page, offline):
        page.catch_up()
        assert (str(page.texts["findings"]), str(page.texts["debate"])) == (stored(report).findings, "")


RANDOM = random.Random(2019)


def many_single_characters(page: WriterPage) -> WriterUpdate:
    """Insert characters one by one, then delete them: the trace of each is as long as itself."""
    with page.doc.transaction():
        for _n in range(4_000):
            page.texts["debate"].insert(0, "a")
        del page.texts["debate"][:]
    return page.unsent_update()


def many_documents(page: WriterPage) -> WriterUpdate:
    """Insert one character from each of many documents, as if many pages had been opened on one device."""
    updates = []
    for _n in range(4_000):
        doc: Doc[Text] = Doc(client_id=RANDOM.randrange(2**53))
        doc.get("debate", type=Text).insert(0, "a")
        updates.append(doc.get_update())
    return WriterUpdate(page.by, merge_updates(*updates))


def holes_in_the_words_of_others(page: WriterPage) -> WriterUpdate:
    page.catch_up()
    page.unsent_update()
    with page.doc.transaction():
        for n in range(len(page.texts["findings"]) // 2):
            del page.texts["findings"][n : n + 1]
    return page.unsent_update()


def a_long_section(page: WriterPage) -> WriterUpdate:
    return page.write("a" * 1_725)


def sections_of_four_byte_characters(page: WriterPage) -> WriterUpdate:
    return page.write("🌳" * 29_000, RANDOM.choice(SECTIONS))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fill",
    [
        many_single_characters, many_documents, holes_in_the_words_of_others, a_long_section,
        sections_of_four_byte_characters,
    ],
)  # fmt: skip
def test_nobody_alone_can_fill_a_report_for_the_others(
    report: Report, nadia: Participant, theo: Participant, fill: Callable[[WriterPage], WriterUpdate]
) -> None:
    nadia_page = WriterPage(report, Actor(nadia))
    report.apply_updates([nadia_page.write("Deux tilleuls. " * 390)])
    outcomes: list[Any] = []
    while len(outcomes) < 40 and UpdateRefused not in outcomes:
        outcomes.append(type(report.apply_updates([fill(WriterPage(report, Actor(theo)))])[0]))
        if fill is holes_in_the_words_of_others:
            nadia_page.catch_up()
            report.apply_updates([nadia_page.clear(), nadia_page.write("Deux tilleuls. " * 390)])
    assert outcomes[-1] is UpdateRefused
    assert report.apply_updates([nadia_page.write("Un banc.")]) == [None]
    assert "Un banc." in stored(report).findings
    assert report.apply_updates([WriterPage(report, Actor(nadia)).write("À deux. " * 700, "debate")]) == [None]
    assert report.apply_updates([WriterPage(report, Actor(theo)).clear()]) == [None]  # deleting is always possible


def as_yjs_integer(number: int) -> bytes:
    """Encode a number with seven bits in each byte."""
    encoded = b""
    while number > 127:
        number, encoded = number >> 7, encoded + bytes([number & 127 | 128])
    return encoded + bytes([number])


@pytest.mark.django_db
@pytest.mark.parametrize("client", [2**32, 2**53 - 1, 2**53, 2**60, 2**64 - 1])
def test_state_vectors_hold_no_client_id_that_javascript_cannot_represent(
    report: Report, nadia: Participant, theo: Participant, client: int
) -> None:
    one_character = b"\1\1" + as_yjs_integer(client) + b"\0\x04\1\x08findings\1x\0"
    assert report.apply_updates([WriterUpdate(Actor(theo), one_character)]) == [None]
    assert max(read_state_vector(report.manuscript().state_vector)) < 2**53
    assert report.apply_updates([WriterPage(report, Actor(nadia)).write("Un banc.")]) == [None]
    assert sorted(stored(report).findings.split("x")) == ["", "Un banc."]


@pytest.mark.django_db
def test_a_writer_of_plain_forms_cannot_fill_a_report_either(
    report: Report, nadia: Participant, theo: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sessions.models.manuscript.MAX_MANUSCRIPT_BYTES", 60_000)
    nadia_page = WriterPage(report, Actor(nadia))
    report.apply_updates([nadia_page.write("Deux tilleuls.")])
    for n in range(30):
        text = " ".join(random_words(n))
        report.write({"debate": text}, stored(report).bases(), Actor(theo))
        assert Manuscript(report).texts["debate"] == stored(report).debate == text
    assert report.apply_updates([nadia_page.write(" Un banc.")]) == [None]
    assert stored(report).findings == "Deux tilleuls. Un banc."


def random_words(n: int) -> list[str]:
    return [random.Random(1000 * n + k).choice("abcdef") if k % 2 else "mot" for k in range(1000)]
