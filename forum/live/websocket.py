"""The socket at a forum's door: checks who comes, hands them to the hub, and never takes a write."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.db import DatabaseError
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

from forum.auth.identity import identify_all
from forum.auth.rules import Rights
from forum.live.board import AUDIENCES
from forum.live.holder import Holder
from forum.live.hub import NOT_ALLOWED, TRY_AGAIN, Hub, Watcher, hub_of, read
from forum.live.snapshot import Asked
from forum.models import Forum

log = logging.getLogger(__name__)

LANGUAGES = dict(settings.LANGUAGES)


GREETING_SECONDS = 8
"""How long a socket of the test page may last: a stranger holds nothing."""


async def follow(scope: dict[str, Any], receive: Any, send: Any, code: str) -> None:
    """ASGI application of one socket, at /CODE/live/?as=phone&since=12&epoch=…"""
    if (await receive())["type"] != "websocket.connect":
        return
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    guest = Guest.at_the_door(code, scope, headers)
    try:
        seat = await _seat(guest) if is_same_origin(headers) else None
    except DatabaseError as error:
        log.warning("a page must come again, the database is away: %s", str(error).strip())
        await send({"type": "websocket.close", "code": TRY_AGAIN})
        return
    if seat is None:
        await send({"type": "websocket.close", "code": NOT_ALLOWED})
        return
    forum, holder, language = seat
    task: Any = asyncio.current_task()
    asked = guest.asked
    watcher = Watcher(
        send, task.cancel, holder, asked.audience, language, asked.watch, asked.epoch, asked.since, forum.revision
    )
    await send({"type": "websocket.accept"})
    hub = hub_of(forum)
    hub.seat(watcher)
    # A phone sleeps in _listen for hours: it keeps nothing of the above.
    del headers, guest, asked, seat, forum, holder, language, task, scope
    try:
        await _listen(receive, send, hub, watcher)
    except asyncio.CancelledError:
        if watcher in hub.watchers:
            raise
        # The hub gave it up: it took no message for too long.
    finally:
        hub.leave(watcher)


async def greet(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """ASGI application of the test page's socket: one word for one word, to anybody, which proves that sockets pass."""
    if (await receive())["type"] != "websocket.connect":
        return
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    if not is_same_origin(headers):
        await send({"type": "websocket.close", "code": NOT_ALLOWED})
        return
    await send({"type": "websocket.accept"})
    with suppress(TimeoutError):
        async with asyncio.timeout(GREETING_SECONDS):
            if (await receive())["type"] == "websocket.disconnect":
                return
            await send({"type": "websocket.send", "text": "hello"})
            await receive()  # the page hangs up, and need not be told to
            return
    await send({"type": "websocket.close"})


async def _listen(receive: Any, send: Any, hub: Hub, watcher: Watcher) -> None:
    """Answer "anything newer than what I show?" until the page leaves; and what time it is, where something is counted.

    Nothing else is expected of a phone.
    """
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        if event.get("text") == "?" and (answer := hub.beat(watcher)):
            await send({"type": "websocket.send", "text": answer})
        elif event.get("text") == "now?":
            await send({"type": "websocket.send", "text": f'{{"now":{timezone.now().timestamp() * 1000:.0f}}}'})


@dataclass(slots=True)
class Guest:
    """Who comes to the door, and what their page asks."""

    code: str
    cookies: dict[str, str]
    asked: Asked

    @classmethod
    def at_the_door(cls, code: str, scope: dict[str, Any], headers: dict[str, str]) -> "Guest":
        query = {name: values[-1] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
        return cls(code.upper(), parse_cookie(headers.get("cookie", "")), Asked.read(query))


Seat = tuple[Forum, Holder, str]
"""The forum as it was when the rights were read, who came, and the language of their page."""

_waiting: list[tuple[Guest, "asyncio.Future[Seat | None]"]] = []


async def _seat(guest: Guest) -> Seat | None:
    """Who comes and where they may sit; None if they may not. All who wait at the door are read at once."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Seat | None] = loop.create_future()
    _waiting.append((guest, answer))
    if len(_waiting) == 1:
        await _let_in()
    return await answer


async def _let_in() -> None:
    # While the reader is busy with others, more may come.
    await read(int)
    guests, answers = zip(*_waiting, strict=True)
    _waiting.clear()
    try:
        seats = await read(partial(_seats, guests))
    except Exception as error:
        seats = None
        for answer in answers:
            answer.set_exception(error)
    for answer, seat in zip(answers, seats or (), strict=False):
        answer.set_result(seat)


def _seats(guests: tuple[Guest, ...]) -> list[Seat | None]:
    """The seats of these guests, in their order: one query for their forums, two for the people of each."""
    forums = {forum.code: forum for forum in Forum.objects.filter(code__in={guest.code for guest in guests})}
    seats: dict[int, Seat] = {}
    for code, forum in forums.items():
        here = [(n, guest) for n, guest in enumerate(guests) if guest.code == code]
        actors = identify_all([guest.cookies for _n, guest in here], forum)
        for (n, guest), actor in zip(here, actors, strict=True):
            if may_follow(forum, actor, guest.asked.audience):
                language = guest.cookies.get(settings.LANGUAGE_COOKIE_NAME, forum.language)
                language = language if language in LANGUAGES else forum.language
                seats[n] = forum, Holder.of(guest.cookies, actor, forum), language
    return [seats.get(n) for n in range(len(guests))]


def is_same_origin(headers: dict[str, str]) -> bool:
    """A page of another site must not open a socket with this browser's cookies."""
    host = headers.get("host", "")
    origin = headers.get("origin")
    domain, _port = split_domain_port(host)
    allowed = settings.ALLOWED_HOSTS or ["localhost", "127.0.0.1"]
    return validate_host(domain, allowed) and (origin is None or origin.partition("://")[2] == host)


def may_follow(forum: Forum, actor: Any, audience: str) -> bool:
    """The same rows as the pages: the desk's board is for facilitators, the others for everyone who joined."""
    if audience not in (*AUDIENCES, "page"):
        return False
    return Rights(actor, forum).may("desk" if audience == "desk" else "live")
