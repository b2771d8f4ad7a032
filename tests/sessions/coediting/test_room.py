"""Several hands in one report: what was kept is never lost, everyone ends with the same text, and history knows who."""

import asyncio
import json
import random
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text, merge_updates
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from forum import notify
from forum.auth.identity import participant_cookie
from forum.models import Actor, Device, Facilitator, Forum, Group, Participant, Topic
from forum.phases import Phase
from sessions.coediting import protocol, room, websocket
from sessions.models import Report, Version
from sessions.models.crdt import UpdateRefused, read_state_vector
from sessions.models.manuscript import (
    MAX_MANUSCRIPT_BYTES,
    MAX_ROWS,
    MAX_SECTION_CHARACTERS,
    MAX_UPDATE_BYTES,
    Manuscript,
    UpdateIncomplete,
    WriterUpdate,
)
from sessions.models.text_edits import edits
from tests.chaos.shared_report import in_a_thread, people_with_cookies, report_of_new_topic, run
from tests.chaos.writer import SECTIONS, clock_of
from tests.conftest import ClientFor, move
from tests.served import serving
from tests.words import said, text_of


@pytest.fixture
def report(forum: Forum, group: Group, nadia: Participant, theo: Participant) -> Report:
    move(forum, Phase.GROUPS)
    for person in (nadia, theo):
        group.join(person, Actor(person))
    return Report.for_group(group)


@pytest.fixture
def server(transactional_db: None) -> Iterator[str]:
    with serving() as url:
        yield url


class Pen:
    """A page of somebody's, as far as its document goes."""

    def __init__(self, report: Report, by: Actor) -> None:
        self.report, self.by = report, by
        self.doc: Doc[Text] = Doc()
        self.texts = {name: self.doc.get(name, type=Text) for name in SECTIONS}
        self.doc.apply_update(report.manuscript().updates_since(b"\0"))
        self.sent = self.doc.get_state()

    def write(self, words: str, section: str = "findings") -> WriterUpdate:
        """Add words at the end; what is to be sent of it."""
        self.texts[section] += words
        return self.written()

    def remove(self, section: str = "findings") -> WriterUpdate:
        """Take all words out of a section."""
        del self.texts[section][:]
        return self.written()

    def written(self) -> WriterUpdate:
        """What is to be sent of all that was done since the last time."""
        update, self.sent = self.doc.get_update(self.sent), self.doc.get_state()
        return WriterUpdate(self.by, update, self.doc.client_id, clock_of(self.sent, self.doc.client_id))


def reread(report: Report) -> Report:
    return Report.objects.select_related("group__topic__forum").get(pk=report.pk)


# ---- together --------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("writers", [2, 5, 10])
def test_whatever_is_cut_everyone_ends_with_the_same_text_and_every_paragraph_in_it(
    server: str, forum: Forum, writers: int
) -> None:
    """The long form, with servers that are killed and pages in browsers: `python -m tests.chaos.writing`."""
    move(forum, Phase.GROUPS)
    people = people_with_cookies(forum, writers)
    reports = [report_of_new_topic([server], forum, people, number) for number in range(7)]
    seed = random.randrange(1_000_000)

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(*(run(report, seed + n, paragraphs=4) for n, report in enumerate(reports)))

    found = asyncio.run(all_at_once())
    assert [one for one in found if not one.is_exact] == [], f"seed {seed}"


@pytest.mark.django_db
def test_two_who_write_the_same_sentence_at_once_are_both_kept_in_one_change(
    report: Report, forum: Forum, nadia: Participant, theo: Participant
) -> None:
    hers, his = Pen(report, Actor(nadia)), Pen(report, Actor(theo))
    before = forum.journal.count()
    assert report.apply_updates([hers.write("Deux tilleuls."), his.write("Un banc 🌳.")]) == [None, None]
    assert sorted(reread(report).findings.replace(".", ".|").split("|")) == ["", "Deux tilleuls.", "Un banc 🌳."]
    assert forum.journal.count() == before + 1
    assert reread(report).version == 1


@pytest.mark.django_db
def test_what_was_kept_already_changes_nothing_when_it_is_sent_again(
    report: Report, forum: Forum, nadia: Participant
) -> None:
    words = Pen(report, Actor(nadia)).write("Une fois.")
    report.apply_updates([words])
    revision = Forum.objects.get(pk=forum.pk).revision
    assert report.apply_updates([words]) == [None]
    assert (reread(report).findings, report.updates.count()) == ("Une fois.", 1)
    assert Forum.objects.get(pk=forum.pk).revision == revision


@pytest.mark.django_db
def test_words_that_follow_words_we_never_heard_are_asked_for_again(report: Report, nadia: Participant) -> None:
    pen = Pen(report, Actor(nadia))
    pen.write("Perdu en route. ")
    (answer,) = report.apply_updates([pen.write("Arrivé.")])
    assert isinstance(answer, UpdateIncomplete)
    assert reread(report).findings == ""
    all_of_it = WriterUpdate(pen.by, pen.doc.get_update(report.manuscript().state_vector), pen.doc.client_id, 0)
    assert report.apply_updates([all_of_it]) == [None]
    assert reread(report).findings == "Perdu en route. Arrivé."


@pytest.mark.django_db
def test_many_rows_become_one_and_nothing_of_the_text_or_its_history_goes(report: Report, nadia: Participant) -> None:
    pen, late = Pen(report, Actor(nadia)), Pen(report, Actor(nadia))
    for n in range(MAX_ROWS + 5):
        report.apply_updates([pen.write(f"{n} ")])
    text = "".join(f"{n} " for n in range(MAX_ROWS + 5))
    assert report.updates.count() == 5
    assert (reread(report).findings, Manuscript(report).texts["findings"]) == (text, text)
    assert report.apply_updates([late.write("En retard.")]) == [None]
    late.doc.apply_update(report.manuscript().updates_since(late.doc.get_state()))
    assert sorted([str(late.texts["findings"]), reread(report).findings]) == [reread(report).findings] * 2
    assert [version.text for version in report.versions.all()] == [reread(report).findings]


@pytest.mark.django_db
def test_a_report_that_was_written_before_shared_texts_opens_with_its_words(report: Report, nadia: Participant) -> None:
    Report.objects.filter(pk=report.pk).update(findings="Écrit avant.")
    pen = Pen(reread(report), Actor(nadia))
    assert str(pen.texts["findings"]) == "Écrit avant."
    reread(report).apply_updates([pen.write(" Écrit après.")])
    assert reread(report).findings == "Écrit avant. Écrit après."


@pytest.mark.django_db
def test_a_plain_form_and_a_shared_text_meet(
    report: Report, nadia: Participant, theo: Participant, client_for: ClientFor
) -> None:
    hers = Pen(report, Actor(nadia))
    report.apply_updates([hers.write("la cour est chaude.")])
    form = {"findings": "En juin,\r\nla cour est trop chaude.", "b_findings": report.bases()["findings"]}
    client_for(theo).post(f"{report.group.topic.get_absolute_url()}report/", form)
    report.apply_updates([hers.write(" Et sans ombre.")])  # on top of what she had seen
    assert reread(report).findings == "En juin,\nla cour est trop chaude. Et sans ombre."
    assert Manuscript(report).texts["findings"] == reread(report).findings


# ---- what is refused --------------------------------------------------------------------------------------------


def of(make: Callable[[Doc[Any]], object]) -> bytes:
    doc: Doc[Any] = Doc()
    make(doc)
    return doc.get_update()


def an_object_inside(doc: Doc[Any]) -> None:
    text = doc.get("findings", type=Text)
    text += "avant"
    text.insert_embed(2, {"image": "x"})


HOSTILE = {
    "noise": random.Random(1).randbytes(400),
    "a promise of billions": b"\xff\xff\xff\xff\x0f" * 3,
    "nothing": b"",
    "something that is no text": of(lambda doc: doc.get("autre", type=Map).update({"a": 1})),
    "a list in the place of a text": of(lambda doc: doc.get("findings", type=Array).extend([1, {"a": 2}])),
    "an object inside the text": of(an_object_inside),
    "a sign that databases refuse": of(lambda doc: doc.get("findings", type=Text).insert(0, "a\0b")),
    "a section without end": of(
        lambda doc: doc.get("findings", type=Text).insert(0, "a" * (MAX_SECTION_CHARACTERS + 1))
    ),
    "too much at once": b"\1" * (MAX_UPDATE_BYTES + 1),
}


@pytest.mark.django_db
@pytest.mark.parametrize("update", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_text_is_refused_and_hurts_nobody(
    report: Report, nadia: Participant, theo: Participant, update: bytes
) -> None:
    report.apply_updates([Pen(report, Actor(nadia)).write("Avant.")])
    honest = Pen(report, Actor(nadia)).write(" Pendant.")
    answers = report.apply_updates([WriterUpdate(Actor(theo), update), honest, WriterUpdate(Actor(theo), update)])
    assert [type(answer) for answer in answers] == [UpdateRefused, type(None), UpdateRefused]
    assert reread(report).sections == {"findings": "Avant. Pendant."} | dict.fromkeys(
        ("debate", "proposals", "needs", "open_questions", "resources"), ""
    )
    assert Manuscript(report).texts == reread(report).sections


TWO_BEGINNINGS = (
    "0103070004010866696e64696e6773026865810701038407041120776f726c64c3a9f09f9880206d6f72650107010203",
    "0100070002010866696e64696e677302c975a6ae3e6865810701038407041120776f726c64c3a9f09f9880206d6f72650107010203",
)
"""Of the same writer, which cannot both be: at the second one the library panics."""


@pytest.mark.django_db
def test_a_library_that_panics_stops_nobody_from_writing(report: Report, nadia: Participant, theo: Participant) -> None:
    beginnings = [WriterUpdate(Actor(theo), bytes.fromhex(update)) for update in TWO_BEGINNINGS]
    honest = Pen(report, Actor(nadia)).write("Avant.")
    answers = report.apply_updates([*beginnings, honest])
    assert [type(answer) for answer in answers] == [type(None), UpdateRefused, type(None)]
    assert "Avant." in reread(report).findings


@pytest.mark.django_db
def test_a_report_grows_no_further_than_a_phone_can_load(
    report: Report, nadia: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sessions.models.manuscript.MAX_MANUSCRIPT_BYTES", 2_000)
    assert MAX_MANUSCRIPT_BYTES > 30 * MAX_SECTION_CHARACTERS
    pen = Pen(report, Actor(nadia))
    answers = [report.apply_updates([pen.write("mot " * 100)])[0] for _n in range(6)]
    assert [type(answer) for answer in answers] == [type(None)] * 4 + [UpdateRefused, UpdateIncomplete]
    all_of_it = WriterUpdate(pen.by, pen.doc.get_update(report.manuscript().state_vector), pen.doc.client_id, 0)
    assert [type(answer) for answer in report.apply_updates([all_of_it])] == [UpdateRefused]
    assert len(reread(report).findings) == 1600
    pen = Pen(report, Actor(nadia))
    assert report.apply_updates([pen.remove()]) == [None]
    assert reread(report).findings == ""


# ---- one who fills the report, and the others ------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_was_deleted_counts_for_nothing(report: Report, nadia: Participant, theo: Participant) -> None:
    his, hers = Pen(report, Actor(theo)), Pen(report, Actor(nadia))
    offline = Pen(report, Actor(nadia))
    assert report.apply_updates([hers.write("Deux tilleuls.")]) == [None]
    for _n in range(21):
        assert report.apply_updates([his.write("🌳" * 29_000, "debate")]) == [None]
        assert report.apply_updates([his.remove("debate")]) == [None]
    assert report.apply_updates([hers.write(" Un banc."), offline.write("Hors ligne. ")]) == [None, None]
    stored = sum(len(data) for data in report.updates.values_list("data", flat=True))
    assert stored <= 2 * MAX_MANUSCRIPT_BYTES + MAX_UPDATE_BYTES
    assert len(report.manuscript().updates_since(b"\0")) < 500
    texts = {"Deux tilleuls. Un banc.Hors ligne. ", "Hors ligne. Deux tilleuls. Un banc."}
    assert reread(report).findings in texts
    for pen in (his, hers, offline):
        pen.doc.apply_update(report.manuscript().updates_since(pen.doc.get_state()))
        assert (str(pen.texts["findings"]), str(pen.texts["debate"])) == (reread(report).findings, "")


def many_little_words(pen: Pen) -> WriterUpdate:
    """Words that each stand alone in the document, then are gone: what remains of each is as long as itself."""
    with pen.doc.transaction():
        for _n in range(4_000):
            pen.texts["debate"].insert(0, "a")
        del pen.texts["debate"][:]
    return pen.written()


LOT = random.Random(2019)


def many_documents(pen: Pen) -> WriterUpdate:
    """One word from each of many documents, as if many pages had been opened on one device."""
    documents = []
    for _n in range(4_000):
        doc: Doc[Text] = Doc(client_id=LOT.randrange(2**53))
        doc.get("debate", type=Text).insert(0, "a")
        documents.append(doc.get_update())
    return WriterUpdate(pen.by, merge_updates(*documents))


def holes_in_the_words_of_others(pen: Pen) -> WriterUpdate:
    pen.doc.apply_update(pen.report.manuscript().updates_since(pen.doc.get_state()))
    pen.sent = pen.doc.get_state()
    with pen.doc.transaction():
        for n in range(len(pen.texts["findings"]) // 2):
            del pen.texts["findings"][n : n + 1]
    return pen.written()


def a_section_full_of_words(pen: Pen) -> WriterUpdate:
    return pen.write("a" * 1_725)


def sections_full_of_trees(pen: Pen) -> WriterUpdate:
    return pen.write("🌳" * 29_000, LOT.choice(SECTIONS))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fill",
    [
        many_little_words, many_documents, holes_in_the_words_of_others, a_section_full_of_words,
        sections_full_of_trees,
    ],
)  # fmt: skip
def test_nobody_alone_can_fill_a_report_for_the_others(
    report: Report, nadia: Participant, theo: Participant, fill: Callable[[Pen], WriterUpdate]
) -> None:
    hers = Pen(report, Actor(nadia))
    report.apply_updates([hers.write("Deux tilleuls. " * 390)])
    answers: list[Any] = []
    while len(answers) < 40 and UpdateRefused not in answers:
        pen = Pen(report, Actor(theo))
        answers.append(type(report.apply_updates([fill(pen)])[0]))
        if fill is holes_in_the_words_of_others:
            hers.doc.apply_update(report.manuscript().updates_since(hers.doc.get_state()))
            report.apply_updates([hers.remove(), hers.write("Deux tilleuls. " * 390)])
    assert answers[-1] is UpdateRefused
    assert report.apply_updates([hers.write("Un banc.")]) == [None]
    assert "Un banc." in reread(report).findings
    assert report.apply_updates([Pen(report, Actor(nadia)).write("À deux. " * 700, "debate")]) == [None]
    his = Pen(report, Actor(theo))
    assert report.apply_updates([his.remove()]) == [None]  # who has filled it may still take out


def as_yjs_writes(number: int) -> bytes:
    """Seven bits a byte."""
    signs = b""
    while number > 127:
        number, signs = number >> 7, signs + bytes([number & 127 | 128])
    return signs + bytes([number])


@pytest.mark.django_db
@pytest.mark.parametrize("client", [2**32, 2**53 - 1, 2**53, 2**60, 2**64 - 1])
def test_documents_with_huge_numbers_are_told_to_browsers_in_numbers_that_they_can_read(
    report: Report, nadia: Participant, theo: Participant, client: int
) -> None:
    a_word = b"\1\1" + as_yjs_writes(client) + b"\0\x04\1\x08findings\1x\0"
    assert report.apply_updates([WriterUpdate(Actor(theo), a_word)]) == [None]
    assert max(read_state_vector(report.manuscript().state_vector)) < 2**53
    assert report.apply_updates([Pen(report, Actor(nadia)).write("Un banc.")]) == [None]
    assert sorted(reread(report).findings.split("x")) == ["", "Un banc."]


@pytest.mark.django_db
def test_who_writes_in_a_plain_form_cannot_fill_a_report_either(
    report: Report, nadia: Participant, theo: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sessions.models.manuscript.MAX_MANUSCRIPT_BYTES", 60_000)
    hers = Pen(report, Actor(nadia))
    report.apply_updates([hers.write("Deux tilleuls.")])
    for n in range(30):
        words = " ".join(chance_words(n))
        report.write({"debate": words}, reread(report).bases(), Actor(theo))
        assert Manuscript(report).texts["debate"] == reread(report).debate == words
    assert report.apply_updates([hers.write(" Un banc.")]) == [None]
    assert reread(report).findings == "Deux tilleuls. Un banc."


def chance_words(n: int) -> list[str]:
    return [random.Random(1000 * n + k).choice("abcdef") if k % 2 else "mot" for k in range(1000)]


# ---- the socket -------------------------------------------------------------------------------------------------


def key(person: Participant | Facilitator, client_for: ClientFor) -> str:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client_for(person).cookies.items())


def connected(server: str, topic: Topic, cookie: str, **options: Any) -> Any:
    url = f"{server.replace('http', 'ws')}{topic.get_absolute_url()}report/writing/"
    return connect(url, additional_headers={"Cookie": cookie}, **options)


async def hear(line: ClientConnection, name: str) -> Any:
    """The next message that says something of this."""
    while True:
        if name in (found := json.loads(await asyncio.wait_for(line.recv(), 5))):
            return found[name]


def message(sent: WriterUpdate) -> str:
    return json.dumps({"update": b64encode(sent.update).decode(), "client": sent.client, "clock": sent.clock})


HELLO = json.dumps({"have": "AA=="})
NOISE = {
    "nothing": "",
    "half a message": "{",
    "a list": "[]",
    "a number for a text": '{"have": 5}',
    "no base 64": '{"have": "%"}',
    "no vector": '{"have": "////"}',
    "lists in lists": "[" * 100_000,
    "objects in objects": '{"have":' * 100_000,
    "what is no number": '{"have": NaN}',
    "a number without end": '{"have": ' + "9" * 5000 + "}",
    "a name that comes twice": '{"have": "AA==", "have": "AA=="}',
    "half a sign": '{"have": "\\ud800"}',
    "too much": '{"have": "' + "A" * (2 * MAX_UPDATE_BYTES) + '"}',
}


@pytest.mark.django_db(transaction=True)
def test_what_is_acknowledged_is_in_the_database_and_the_others_see_it(
    server: str, report: Report, topic: Topic, nadia: Participant, theo: Participant, client_for: ClientFor
) -> None:
    pen = Pen(report, Actor(nadia))
    cookies = [key(person, client_for) for person in (nadia, theo)]

    async def scene() -> None:
        async with connected(server, topic, cookies[0]) as hers, connected(server, topic, cookies[1]) as his:
            for line in (hers, his):
                await line.send(HELLO)
                await hear(line, "vector")
            await hers.send(message(pen.write("Gardé.")))
            assert await hear(hers, "kept") is True
            assert (await in_a_thread(partial(reread, report))).findings == "Gardé."
            reader: Doc[Text] = Doc()
            reader.apply_update(protocol.unpack({"update": await hear(his, "update")}, "update"))
            assert str(reader.get("findings", type=Text)) == "Gardé."
            await hers.send(json.dumps({"in": "debate"}))
            assert await hear(his, "people") == [{"who": f"p{nadia.pk}", "name": "Nadia Ferrand", "in": "debate"}]

    asyncio.run(scene())
    end = time.monotonic() + 5
    while not all(room.is_over for room in room._rooms.values()):  # nobody writes: nothing of it stays in memory
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["leaves the group", "is removed", "everything is published", "topic withdrawn"])
def test_who_may_no_longer_write_is_shut_out_at_once(
    server: str, forum: Forum, report: Report, topic: Topic, nadia: Participant, theo: Participant,
    client_for: ClientFor, what: str,
) -> None:  # fmt: skip
    pen, cookie = Pen(report, Actor(theo)), key(theo, client_for)

    def lose() -> None:
        match what:
            case "leaves the group":
                report.group.leave(theo, Actor(theo))
            case "is removed":
                theo.remove(Actor())
            case "everything is published":
                move(forum, Phase.PUBLISHED)
            case _:
                topic.withdraw(Actor(nadia))

    async def scene() -> None:
        async with connected(server, topic, cookie) as his:
            await his.send(HELLO)
            await hear(his, "vector")
            await in_a_thread(lose)
            await his.send(message(pen.write("Trop tard.")))
            with pytest.raises(ConnectionClosed) as closed:
                await hear(his, "kept")
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4403

    asyncio.run(scene())
    assert reread(report).findings == ""


@pytest.mark.django_db(transaction=True)
def test_only_those_of_the_table_may_open_the_socket(
    server: str, forum: Forum, report: Report, topic: Topic, nadia: Participant, camille: Facilitator,
    client_for: ClientFor,
) -> None:  # fmt: skip
    passer_by = Participant.join(forum, name="De passage")
    cookies = {"stranger": "", "passer-by": key(passer_by, client_for), "convener": key(nadia, client_for),
               "facilitator": key(camille, client_for)}  # fmt: skip

    async def opens(cookie: str, origin: str | None = None) -> bool:
        try:
            async with connected(server, topic, cookie, origin=origin) as line:
                await line.send(HELLO)
                return bool(await hear(line, "vector"))
        except Exception:
            return False

    async def scene() -> dict[str, bool]:
        found = {name: await opens(cookie) for name, cookie in cookies.items()}
        return found | {"another site": await opens(cookies["convener"], "https://evil.example")}

    expected = dict.fromkeys(("stranger", "passer-by", "another site"), False) | {"convener": True, "facilitator": True}
    assert asyncio.run(scene()) == expected


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("noise", NOISE.values(), ids=NOISE)
def test_noise_ends_the_conversation_of_who_makes_it_and_no_other(
    server: str, report: Report, topic: Topic, nadia: Participant, theo: Participant, client_for: ClientFor, noise: str
) -> None:
    pen = Pen(report, Actor(nadia))
    cookies = [key(person, client_for) for person in (nadia, theo)]

    async def scene() -> None:
        async with connected(server, topic, cookies[0]) as hers, connected(server, topic, cookies[1]) as his:
            await hers.send(HELLO)
            await hear(hers, "vector")
            await his.send(noise)
            with pytest.raises(ConnectionClosed):
                await hear(his, "vector")
            await hers.send('{"in": 5}')
            for client in ('"x"', "true", "1.5", "1e999", "null"):
                await hers.send(f'{{"update": "AAA=", "client": {client}, "clock": 0}}')
                assert await hear(hers, "refused") is True
            await hers.send(message(pen.write("Tranquille.")))
            assert await hear(hers, "kept") is True

    asyncio.run(scene())


@pytest.mark.django_db
def test_without_a_socket_the_same_goes_over_http(
    report: Report, topic: Topic, nadia: Participant, client_for: ClientFor
) -> None:
    address, client = f"{topic.get_absolute_url()}report/writing/", client_for(nadia)
    pen = Pen(report, Actor(nadia))
    body = json.loads(message(pen.write("Par la poste."))) | {"have": "AA=="}
    answer = client.post(address, json.dumps(body), content_type="application/json").json()
    assert (answer["kept"], reread(report).findings) == (True, "Par la poste.")
    reader: Doc[Text] = Doc()
    reader.apply_update(protocol.unpack(client.get(address, {"have": "AA=="}).json(), "update"))
    assert str(reader.get("findings", type=Text)) == "Par la poste."
    for wrong in (*NOISE.values(), "{}", '{"update": "x", "client": 1, "clock": 1}', '{"have": "AA==", "update": []}'):
        assert client.post(address, wrong, content_type="application/json").status_code == 400
    assert client.get(address, {"have": "é"}).status_code == 400


# ---- who wrote what, and when -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_history_tells_who_wrote_what_and_brings_a_text_back_without_losing_the_other(
    report: Report, topic: Topic, nadia: Participant, theo: Participant, client_for: ClientFor, time_machine: Any
) -> None:
    client = client_for(theo)
    address = f"{topic.get_absolute_url()}report/history/"
    time_machine.move_to("2026-11-14T10:15:00+01:00")
    pen = Pen(report, Actor(nadia))
    report.apply_updates([pen.write("Deux tilleuls.")])
    report.apply_updates([pen.write(" Un banc.")])
    time_machine.move_to("2026-11-14T10:40:00+01:00")
    report.apply_updates([Pen(report, Actor(theo)).write(" Rien d’autre.")])
    hers, his = report.versions.all()
    assert [(version.writers, version.text) for version in (hers, his)] == [
        (["Nadia Ferrand"], "Deux tilleuls. Un banc."),
        (["Théo Masson"], "Deux tilleuls. Un banc. Rien d’autre."),
    ]
    page = text_of(client.get(address))
    assert page.index("Théo Masson") < page.index("Nadia Ferrand")
    assert "<ins> Rien d’autre.</ins>" in page
    answer = client.post(f"{address}{hers.pk}/restore/", follow=True)
    assert said("This text is back. Nothing is lost: see the history.", "fr") in text_of(answer)
    assert reread(report).findings == Manuscript(report).texts["findings"] == "Deux tilleuls. Un banc."
    assert [version.text for version in report.versions.all()] == [hers.text, his.text, hers.text]
    pen.doc.apply_update(report.manuscript().updates_since(pen.doc.get_state()))
    report.apply_updates([pen.write(" Et une fontaine.")])
    assert report.versions.count() == 4  # what was brought back can be seen as it was


@pytest.mark.django_db
def test_those_who_write_together_share_a_version(report: Report, nadia: Participant, theo: Participant) -> None:
    for person in (nadia, theo, nadia):
        report.apply_updates([Pen(report, Actor(person)).write(f"{person.name}. ")])
    (version,) = report.versions.all()
    assert version.writers == ["Nadia Ferrand", "Théo Masson"]


@pytest.mark.django_db
def test_a_version_of_another_report_cannot_be_brought_back(
    report: Report, forum: Forum, topic: Topic, nadia: Participant, client_for: ClientFor
) -> None:
    other = Report.for_group(Group.objects.create(topic=Topic.propose(forum, "Autre", "", None, Actor())))
    other.apply_updates([Pen(other, Actor()).write("À eux.")])
    theirs = Version.objects.get(report=other)
    address = f"{topic.get_absolute_url()}report/history/{theirs.pk}/restore/"
    assert client_for(nadia).post(address).status_code == 404


@pytest.mark.django_db
def test_a_facilitator_validates_a_report_and_another_word_of_the_group_undoes_that(
    report: Report, topic: Topic, nadia: Participant, camille: Facilitator, client_for: ClientFor
) -> None:
    chair: Client = client_for(camille)
    address = f"{topic.get_absolute_url()}report/"
    report.apply_updates([Pen(report, Actor(nadia)).write("À relire.")])
    chair.post(f"{address}validate/")
    assert (reread(report).status, reread(report).validated_by) == ("finished", "Camille Dufour")
    assert said("Validated by %(name)s", "fr") % {"name": "Camille Dufour"} in text_of(chair.get(address))
    report.apply_updates([Pen(report, Actor(facilitator=camille)).write(" Relu.")])
    assert reread(report).validated_by == "Camille Dufour"
    report.apply_updates([Pen(report, Actor(nadia)).write(" Encore un mot.")])
    assert (reread(report).status, reread(report).validated_by) == ("finished", "")


@pytest.mark.django_db
def test_what_was_on_its_way_when_somebody_was_shut_out_is_not_taken(
    report: Report, forum: Forum, topic: Topic, theo: Participant
) -> None:
    seat = websocket._enter(forum.code, str(topic.number), {participant_cookie(forum): Device.issue(theo)})
    assert seat
    pen = Pen(report, Actor(theo))
    answers: list[protocol.Said] = []
    loop = asyncio.new_event_loop()  # to make futures of
    for is_shut_out in (False, True):
        sent = pen.write(" Un mot.")
        said = {"update": protocol.pack(sent.update), "client": sent.client, "clock": sent.clock}
        writer = room.Writer(seat.holder, seat.who, seat.name, seat.revision, print, is_shut_out=is_shut_out)
        answers += room._keep(report, [room.Offer(writer, said, loop.create_future())], set())
    loop.close()
    assert [sorted(answer) for answer in answers] == [["kept"], ["refused"]]
    assert reread(report).findings == " Un mot."


@pytest.mark.django_db
@pytest.mark.parametrize("is_shut_out", [True, False])
def test_nobody_waits_for_an_answer_in_a_room_that_is_over(
    report: Report, forum: Forum, topic: Topic, theo: Participant, monkeypatch: pytest.MonkeyPatch, is_shut_out: bool
) -> None:
    """The last one was shut out, or the process stops: those must come again."""
    seat = websocket._enter(forum.code, str(topic.number), {participant_cookie(forum): Device.issue(theo)})
    assert seat
    writer = room.Writer(seat.holder, seat.who, seat.name, seat.revision, print, is_shut_out=is_shut_out)
    monkeypatch.setattr(notify, "listen", lambda *_: asyncio.sleep(60))

    async def scene() -> list[protocol.Said | BaseException]:
        opened = room.Room(seat.report, 0)
        async with asyncio.timeout(5):
            handed_in_before = asyncio.create_task(opened.offer(writer, {}))
            await asyncio.wait([opened.task])
            return list(await asyncio.gather(handed_in_before, opened.offer(writer, {}), return_exceptions=True))

    answers = [answer if isinstance(answer, dict) else type(answer) for answer in asyncio.run(scene())]
    assert answers == [{"refused": True} if is_shut_out else DatabaseError] * 2


# ---- what differs between two texts --------------------------------------------------------------------------------

TEXTS = st.text(st.sampled_from("ab é🌳\n’"), max_size=40)


@given(TEXTS, TEXTS)
def test_edits_lead_from_one_text_to_the_other(old: str, new: str) -> None:
    found, at = "", 0
    for start, end, words in edits(old, new):
        found += old[at:start] + words
        at = end
    assert found + old[at:] == new


@given(TEXTS, TEXTS)
def test_a_rewritten_section_reads_as_it_should_and_keeps_what_did_not_change(old: str, new: str) -> None:
    rows: Any = SimpleNamespace(updates=SimpleNamespace(values_list=lambda *names: []), overheads={})
    manuscript = Manuscript(rows)
    for text in (old, new):
        manuscript.replace("findings", text)
    assert manuscript.texts["findings"] == new
