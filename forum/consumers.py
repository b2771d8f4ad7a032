"""The socket at a forum's door: checks who comes, hands them to the hub, and never takes a write."""

import asyncio
import logging
from functools import partial
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from forum import access, live, rules
from forum.board import AUDIENCES
from forum.models import Forum

log = logging.getLogger(__name__)



async def follow(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """ASGI application of one socket, at /CODE/live/?as=phone&since=12&epoch=…"""
    if (await receive())["type"] != "websocket.connect":
        return
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    seat = await live.read(partial(_seat, scope, headers)) if _same_origin(headers) else None
    if seat is None:
        await send({"type": "websocket.close", "code": live.NOT_ALLOWED})
        return
    await send({"type": "websocket.accept"})
    forum, details = seat

    async def push(text: str) -> None:
        await send({"type": "websocket.send", "text": text})

    closed = asyncio.Event()

    async def close(code: int) -> None:
        if not closed.is_set():
            closed.set()
            await send({"type": "websocket.close", "code": code})

    watcher = live.Watcher(send=push, close=close, **details)
    hub = live.hub_of(forum, watcher)
    tasks = [
        asyncio.ensure_future(work)
        for work in (hub.serve(watcher), _listen(receive, push, hub), closed.wait())
    ]
    try:
        done, _others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if any(task.exception() for task in done):
            log.error("a socket ends", exc_info=next(task.exception() for task in done if task.exception()))
            await close(live.TRY_AGAIN)
    finally:
        live.leave(hub, watcher)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _listen(receive: Any, push: Any, hub: live.Hub) -> None:
    """Answer "anything newer than what I show?" until the page leaves. Nothing else is expected of a phone."""
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        if event.get("text") == "?":
            await push(f'{{"beat":{hub.revision}}}')


def _same_origin(headers: dict[str, str]) -> bool:
    """A page of another site must not open a socket with this browser's cookies."""
    host = headers.get("host", "")
    origin = headers.get("origin")
    domain, _port = split_domain_port(host)
    allowed = settings.ALLOWED_HOSTS or ["localhost", "127.0.0.1"]
    return validate_host(domain, allowed) and (origin is None or urlsplit(origin).netloc == host)


def _seat(scope: dict[str, Any], headers: dict[str, str]) -> tuple[Forum, dict[str, Any]] | None:
    """Who connects to what, or None if they may not."""
    forum = Forum.objects.filter(code=scope["url_route"]["kwargs"]["code"].upper()).first()
    if forum is None:
        return None
    cookies = {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    actor = access.identify(cookies, forum)
    asked = {name: values[-1] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
    audience = asked.get("as", "phone")
    if not may_follow(forum, actor, audience):
        return None
    language = cookies.get(settings.LANGUAGE_COOKIE_NAME, forum.language)
    return forum, {
        "cookies": cookies,
        "audience": audience,
        "language": language if language in dict(settings.LANGUAGES) else forum.language,
        "since": int(asked["since"]) if asked.get("since", "").isdecimal() else -1,
        "epoch": asked.get("epoch", "")[:8],
        "watch": frozenset(asked.get("watch", "").split(",")[:8]) - {""},
        "actor": actor,
    }


def may_follow(forum: Forum, actor: Any, audience: str) -> bool:
    """The same rows as the pages: the desk's board is for facilitators, the others for everyone who joined."""
    if audience not in (*AUDIENCES, "page"):
        return False
    return rules.may("desk" if audience == "desk" else "live", actor, forum.stage)
