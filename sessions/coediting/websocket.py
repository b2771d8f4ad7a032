"""The socket of one page on which a report is written."""

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import DatabaseError
from django.http import parse_cookie

from forum.auth.identity import identify
from forum.live import open_sockets
from forum.live.credentials import Credentials
from forum.live.database_thread import run_in_database_thread
from forum.live.sending import NOT_ALLOWED, TRY_AGAIN, refuse_one_too_many
from forum.live.websocket import headers_of, is_same_origin
from forum.models import Forum
from forum.text.parsing import parse_pk
from sessions.coediting.batch import executor
from sessions.coediting.protocol import (
    WireMessage,
    catch_up_message,
    from_base64,
    read_message,
)
from sessions.coediting.room import get_room
from sessions.coediting.writer import ConnectedWriter, may_write
from sessions.models import Report
from sessions.models.crdt import UpdateRefused
from sessions.models.manuscript import SECTIONS, writer_key

log = logging.getLogger(__name__)

POSITION_INTERVAL_SECONDS = 0.1
"""Between two positions of one page."""


@dataclass(frozen=True)
class WriterAdmission:
    """A person who may write a report, as read when their page opens the socket."""

    report_id: int
    revision: int
    """Of the forum, when the rights were read."""
    credentials: Credentials
    key: str
    name: str


def admit_writer(code: str, number: str, cookies: dict[str, str]) -> WriterAdmission | None:
    """Read who opens the socket; None when they may not write here now."""
    forum = Forum.objects.filter(code=code.upper()).first()
    topic = forum.topics.filter(number=parse_pk(number)).select_related("group").first() if forum else None
    if forum is None or topic is None or topic.group_or_none is None:
        return None
    actor = identify(cookies, forum)
    report = Report.for_group(topic.group_or_none)
    if not may_write(actor, report):
        return None
    credentials = Credentials.of(cookies, actor, forum)
    return WriterAdmission(report.pk, forum.revision, credentials, writer_key(actor), actor.name)


async def serve_report(scope: dict[str, Any], receive: Any, send: Any, code: str, number: str) -> None:
    """Serve one socket at /CODE/topics/NUMBER/report/writing/ as an ASGI application."""
    if (await receive())["type"] != "websocket.connect":
        return
    headers = headers_of(scope)
    work = partial(admit_writer, code, number, parse_cookie(headers.get("cookie", "")))
    try:
        admission = await run_in_database_thread(work, executor) if is_same_origin(headers) else None
    except DatabaseError as error:
        log.warning("a writer must come again, the database is away: %s", str(error).strip())
        await send({"type": "websocket.close", "code": TRY_AGAIN})
        return
    if admission is None:
        await send({"type": "websocket.close", "code": NOT_ALLOWED})
        return
    with open_sockets.counted(admission.credentials) as may_open:
        if may_open:
            await _write(receive, send, admission)
        else:
            await refuse_one_too_many(send)


async def _write(receive: Any, send: Any, admission: WriterAdmission) -> None:
    """Let a page write in its report, until it leaves."""
    await send({"type": "websocket.accept"})
    task: Any = asyncio.current_task()
    writer = ConnectedWriter(admission.credentials, admission.key, admission.name, admission.revision, task.cancel)
    delivering = asyncio.ensure_future(writer.deliver(send))
    close_code = 0
    try:
        await _exchange(receive, writer, admission.report_id)
    except UpdateRefused:
        close_code = NOT_ALLOWED
    except DatabaseError:
        close_code = TRY_AGAIN
    finally:
        delivering.cancel()
        await asyncio.wait([delivering])
    if close_code and not writer.has_lost_rights:  # the room has closed the socket then
        await send({"type": "websocket.close", "code": close_code})


async def _exchange(receive: Any, writer: ConnectedWriter, report_id: int) -> None:
    """Send what the page lacks, then answer its messages until it leaves. Raises UpdateRefused or DatabaseError."""
    message = await _receive_message(receive)
    if message is None:
        return
    work = partial(_catch_up, report_id, from_base64(message, "have"))
    writer.last_row, catch_up = await run_in_database_thread(work, executor)
    room = get_room(report_id, writer.last_row)
    writer.send(catch_up | {"me": writer.key})
    room.enter(writer)
    try:
        while (message := await _receive_message(receive)) is not None:
            if "update" in message:
                writer.send(await room.submit(writer, message))
            else:
                section = message.get("in")
                room.positions.move(writer, section if section in SECTIONS else "")
                await asyncio.sleep(POSITION_INTERVAL_SECONDS)
    except asyncio.CancelledError:
        if not writer.was_aborted:
            raise
    finally:
        room.leave(writer)


def _catch_up(report_id: int, vector: bytes) -> tuple[int, WireMessage]:
    report = Report.objects.select_related("group__topic__forum").filter(pk=report_id).first()
    if report is None:
        raise UpdateRefused
    return catch_up_message(report, vector)


async def _receive_message(receive: Any) -> WireMessage | None:
    """Return the next message; None when the page has left. Raises UpdateRefused."""
    event = await receive()
    return None if event["type"] == "websocket.disconnect" else read_message(event.get("text") or "")
