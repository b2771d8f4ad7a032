"""The socket of one page on which a report is written."""

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import DatabaseError
from django.http import parse_cookie

from forum.auth.identity import identify
from forum.live import hub
from forum.live.credentials import Credentials
from forum.live.websocket import is_same_origin
from forum.models import Forum
from forum.text.parsing import row_number
from sessions.coediting.protocol import Said, greeting, read, unpack
from sessions.coediting.room import NUDGE_SECONDS, Writer, may_write, room_of, scribe
from sessions.models import Report
from sessions.models.crdt import UpdateRefused
from sessions.models.manuscript import SECTIONS, writer_key

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Seat:
    """What is read at the door."""

    report: int
    revision: int
    """Of the forum, when the rights were read."""
    holder: Credentials
    who: str
    name: str


def _enter(code: str, number: str, cookies: dict[str, str]) -> Seat | None:
    """None: they may not write here now."""
    forum = Forum.objects.filter(code=code.upper()).first()
    topic = forum.topics.filter(number=row_number(number)).select_related("group").first() if forum else None
    if forum is None or topic is None or topic.group_or_none is None:
        return None
    actor = identify(cookies, forum)
    report = Report.for_group(topic.group_or_none)
    if not may_write(actor, report):
        return None
    holder = Credentials.of(cookies, actor, forum)
    return Seat(report.pk, forum.revision, holder, writer_key(actor), actor.name)


async def write(scope: dict[str, Any], receive: Any, send: Any, code: str, number: str) -> None:
    """ASGI application of one socket, at /CODE/topics/NUMBER/report/writing/"""
    if (await receive())["type"] != "websocket.connect":
        return
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    cookies = parse_cookie(headers.get("cookie", ""))
    try:
        seat = (
            await hub.run_in_reader(partial(_enter, code, number, cookies), scribe) if is_same_origin(headers) else None
        )
    except DatabaseError as error:
        log.warning("a writer must come again, the database is away: %s", str(error).strip())
        await send({"type": "websocket.close", "code": hub.TRY_AGAIN})
        return
    if seat is None:
        await send({"type": "websocket.close", "code": hub.NOT_ALLOWED})
        return
    await send({"type": "websocket.accept"})
    task: Any = asyncio.current_task()
    writer = Writer(seat.holder, seat.who, seat.name, seat.revision, task.cancel)
    delivering = asyncio.ensure_future(writer.deliver(send))
    code_to_close = 0
    try:
        await _converse(receive, writer, seat)
    except UpdateRefused:
        code_to_close = hub.NOT_ALLOWED
    except DatabaseError:
        code_to_close = hub.TRY_AGAIN
    finally:
        delivering.cancel()
        await asyncio.wait([delivering])
    if code_to_close and not writer.is_shut_out:  # who was shut out was told so
        await send({"type": "websocket.close", "code": code_to_close})


async def _converse(receive: Any, writer: Writer, seat: Seat) -> None:
    said = await _hear(receive)
    if said is None:
        return
    number, hello = await hub.run_in_reader(partial(_greet, seat.report, unpack(said, "have")), scribe)
    room = room_of(seat.report, number)
    writer.shown = number
    writer.tell(hello | {"me": writer.who})
    room.seat(writer)
    try:
        while (said := await _hear(receive)) is not None:
            if "update" in said:
                writer.tell(await room.offer(writer, said))
            else:
                section = said.get("in")
                room.place(writer, section if section in SECTIONS else "")
                await asyncio.sleep(NUDGE_SECONDS)
    except asyncio.CancelledError:
        if not writer.is_given_up:
            raise
        # It took no message for too long.
    finally:
        room.leave(writer)


def _greet(report: int, vector: bytes) -> tuple[int, Said]:
    shown = Report.objects.select_related("group__topic__forum").filter(pk=report).first()
    if shown is None:
        raise UpdateRefused
    return greeting(shown, vector)


async def _hear(receive: Any) -> Said | None:
    """The next message; None: the page has left. Raises Refused."""
    event = await receive()
    return None if event["type"] == "websocket.disconnect" else read(event.get("text") or "")
