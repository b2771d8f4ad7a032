"""Rooms: updates of writers who lost their rights, and updates when the room closes."""

import asyncio

import pytest
from django.db import DatabaseError

from forum import notify
from forum.auth.identity import participant_cookie
from forum.models import Actor, Device, Forum, Participant, Topic
from sessions.coediting.batch import PendingUpdate, store_updates
from sessions.coediting.protocol import WireMessage, to_base64
from sessions.coediting.room import ReportRoom
from sessions.coediting.websocket import WriterAdmission, admit_writer
from sessions.coediting.writer import ConnectedWriter
from sessions.models import Report
from tests.sessions.writer_page import WriterPage, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def admission(report: Report, forum: Forum, topic: Topic, theo: Participant) -> WriterAdmission:
    """Théo's."""
    admission = admit_writer(forum.code, str(topic.number), {participant_cookie(forum): Device.issue(theo)})
    assert admission
    return admission


def writer(admission: WriterAdmission, has_lost_rights: bool) -> ConnectedWriter:
    return ConnectedWriter(
        admission.credentials, admission.key, admission.name, admission.revision, print, has_lost_rights=has_lost_rights
    )


def test_an_update_received_before_its_writer_lost_the_rights_is_refused(
    report: Report, admission: WriterAdmission, theo: Participant
) -> None:
    page = WriterPage(report, Actor(theo))
    answers: list[WireMessage] = []
    loop = asyncio.new_event_loop()  # only to create futures
    for has_lost_rights in (False, True):
        sent = page.write(" Un mot.")
        message = {"update": to_base64(sent.update), "client": sent.client, "clock": sent.clock}
        pending = PendingUpdate(writer(admission, has_lost_rights), message, loop.create_future())
        answers += store_updates(report, [pending], set())
    loop.close()
    assert [sorted(answer) for answer in answers] == [["kept"], ["refused"]]
    assert stored(report).findings == " Un mot."


@pytest.mark.parametrize("has_lost_rights", [True, False])
def test_every_update_handed_in_to_a_closing_room_is_answered(
    admission: WriterAdmission, monkeypatch: pytest.MonkeyPatch, has_lost_rights: bool
) -> None:
    """A writer who lost their rights gets a refusal; others an error, after which the page connects again."""
    theo = writer(admission, has_lost_rights)
    monkeypatch.setattr(notify, "listen", lambda *_: asyncio.sleep(60))

    async def scenario() -> list[WireMessage | BaseException]:
        room = ReportRoom(admission.report_id, 0)  # without a writer it closes at once
        async with asyncio.timeout(5):
            before = asyncio.create_task(room.submit(theo, {}))
            await asyncio.wait([room.task])
            return list(await asyncio.gather(before, room.submit(theo, {}), return_exceptions=True))

    answers = [answer if isinstance(answer, dict) else type(answer) for answer in asyncio.run(scenario())]
    assert answers == [{"refused": True} if has_lost_rights else DatabaseError] * 2
