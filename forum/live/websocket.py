"""The socket of a live page: checks rights, subscribes the page to the hub, and never receives a write."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from django.conf import settings
from django.db import DatabaseError
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

from forum.auth.identity import identify_all
from forum.auth.rules import Rights
from forum.live import open_sockets
from forum.live.audience import Audience
from forum.live.board_query import BoardQuery
from forum.live.credentials import Credentials
from forum.live.database_thread import run_in_database_thread
from forum.live.hub import Hub, get_hub
from forum.live.messages import clock_message
from forum.live.sending import NOT_ALLOWED, TRY_AGAIN, refuse_one_too_many
from forum.live.subscriber import Subscriber
from forum.models import Actor, Forum

log = logging.getLogger(__name__)

LANGUAGES = dict(settings.LANGUAGES)

PHONE_TEST_SECONDS = 8
"""How long a socket of the test page may last: strangers may open it."""
MAX_PHONE_TESTS = 200
"""Sockets of the test page at once."""


@dataclass(slots=True)
class Opening:
    """A page that opens a socket and waits for its rights to be read."""

    code: str
    """The join code of the forum."""
    cookies: dict[str, str]
    query: BoardQuery

    @classmethod
    def parse(cls, code: str, scope: dict[str, Any], headers: dict[str, str]) -> "Opening":
        query = {name: values[-1] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
        return cls(code.upper(), parse_cookie(headers.get("cookie", "")), BoardQuery.parse(query))


class Admission(NamedTuple):
    """A page that may follow a board."""

    forum: Forum
    """As it was when the rights were read."""
    credentials: Credentials
    language: str


async def serve_board(scope: dict[str, Any], receive: Any, send: Any, code: str) -> None:
    """Serve one socket at /CODE/live/?as=phone&since=12&epoch=… as an ASGI application."""
    if (await receive())["type"] != "websocket.connect":
        return
    headers = headers_of(scope)
    opening = Opening.parse(code, scope, headers)
    try:
        admission = await _admit(opening) if is_same_origin(headers) else None
    except DatabaseError as error:
        log.warning("a page must come again, the database is away: %s", str(error).strip())
        await send({"type": "websocket.close", "code": TRY_AGAIN})
        return
    if admission is None:
        await send({"type": "websocket.close", "code": NOT_ALLOWED})
        return
    with open_sockets.counted(admission.credentials) as may_open:
        if may_open:
            await _follow_board(receive, send, opening.query, admission)
        else:
            await refuse_one_too_many(send)


async def _follow_board(receive: Any, send: Any, query: BoardQuery, admission: Admission) -> None:
    """Subscribe a page to the hub, until it leaves."""
    task: Any = asyncio.current_task()
    subscriber = Subscriber(
        send=send,
        abort=task.cancel,
        credentials=admission.credentials,
        audience=query.audience,
        language=admission.language,
        watched=query.watched,
        epoch=query.epoch,
        since=query.since,
        rights_read_at=admission.forum.revision,
    )
    await send({"type": "websocket.accept"})
    hub = get_hub(admission.forum)
    hub.subscribe(subscriber)
    # A page sleeps in _answer_heartbeats for hours: release everything else.
    del admission, query, task
    try:
        await _answer_heartbeats(receive, send, hub, subscriber)
    except asyncio.CancelledError:
        if subscriber in hub.subscribers:
            raise
        # The hub aborted a page that took no message for too long.
    finally:
        hub.unsubscribe(subscriber)


async def _answer_heartbeats(receive: Any, send: Any, hub: Hub, subscriber: Subscriber) -> None:
    """Answer "?" (is anything newer?) and "now?" (the server's clock in ms) until the page leaves."""
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        if event.get("text") == "?" and (answer := hub.heartbeat(subscriber)):
            await send({"type": "websocket.send", "text": answer})
        elif event.get("text") == "now?":
            await send({"type": "websocket.send", "text": clock_message(timezone.now())})


async def serve_phone_test(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve the socket of the test page: one message for one message, to anyone, which proves that sockets pass."""
    if (await receive())["type"] != "websocket.connect":
        return
    if not is_same_origin(headers_of(scope)):
        await send({"type": "websocket.close", "code": NOT_ALLOWED})
        return
    if _phone_tests.locked():
        await send({"type": "websocket.close", "code": TRY_AGAIN})
        return
    async with _phone_tests:
        await _test_phone(receive, send)


_phone_tests = asyncio.Semaphore(MAX_PHONE_TESTS)


async def _test_phone(receive: Any, send: Any) -> None:
    await send({"type": "websocket.accept"})
    with suppress(TimeoutError):
        async with asyncio.timeout(PHONE_TEST_SECONDS):
            if (await receive())["type"] == "websocket.disconnect":
                return
            await send({"type": "websocket.send", "text": "hello"})
            await receive()  # the page closes the socket
            return
    await send({"type": "websocket.close"})


_waiting: list[Opening] = []
_reading: "asyncio.Task[list[Admission | None]]"
"""Reads the rights of those that wait."""


async def _admit(opening: Opening) -> Admission | None:
    """Return the admission of a page, None if it has no right. Pages that wait at once are read at once."""
    global _reading
    if not _waiting:
        _reading = asyncio.create_task(_admit_waiting())
    number = len(_waiting)
    _waiting.append(opening)
    admissions = await asyncio.shield(_reading)  # a page that leaves does not end what the others wait for
    return admissions[number]


async def _admit_waiting() -> list[Admission | None]:
    try:
        await run_in_database_thread(int)  # while the reader is busy, more pages may come
    finally:
        openings = tuple(_waiting)
        _waiting.clear()
    return await run_in_database_thread(partial(_read_admissions, openings))


def _read_admissions(openings: tuple[Opening, ...]) -> list[Admission | None]:
    """Return the admissions, in order: one query for the forums, two for the people of each."""
    forums = {forum.code: forum for forum in Forum.objects.filter(code__in={opening.code for opening in openings})}
    admissions: dict[int, Admission] = {}
    for code, forum in forums.items():
        numbered = [(n, opening) for n, opening in enumerate(openings) if opening.code == code]
        actors = identify_all([opening.cookies for _n, opening in numbered], forum)
        for (n, opening), actor in zip(numbered, actors, strict=True):
            if may_follow_board(forum, actor, opening.query.audience):
                language = opening.cookies.get(settings.LANGUAGE_COOKIE_NAME, forum.language)
                language = language if language in LANGUAGES else forum.language
                admissions[n] = Admission(forum, Credentials.of(opening.cookies, actor, forum), language)
    return [admissions.get(n) for n in range(len(openings))]


def headers_of(scope: dict[str, Any]) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def is_same_origin(headers: dict[str, str]) -> bool:
    """Say whether the page that opens a socket is one of this host: others must not use this browser's cookies."""
    host = headers.get("host", "")
    origin = headers.get("origin")
    domain, _port = split_domain_port(host)
    allowed = settings.ALLOWED_HOSTS or ["localhost", "127.0.0.1"]
    return validate_host(domain, allowed) and (origin is None or origin.partition("://")[2] == host)


def may_follow_board(forum: Forum, actor: Actor, audience: Audience) -> bool:
    """Apply the rule of the page that shows the same: `desk` for the desk of one's role, `live` for the others."""
    if role := audience.desk_role:
        return actor.role == role and Rights(actor, forum).may("desk")
    return Rights(actor, forum).may("live")
