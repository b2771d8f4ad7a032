"""The ASGI application: pages as WSGI in small thread pools, sockets on the event loop."""

import asyncio
import os
import re
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forum.settings")

from a2wsgi.wsgi import build_environ
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import parse_cookie

pages = get_wsgi_application()

# These need Django to be set up.
from forum import metrics, notify
from forum.auth.facilitator_tokens import FacilitatorTokenCache
from forum.auth.identity import FACILITATOR_COOKIE
from forum.live import hub, websocket
from forum.web.page_threads import NoTurn, PageThreads
from forum.web.request_body import (
    MAX_FILES_BYTES,
    MAX_TEXT_BYTES,
    ClientDisconnected,
    Refusal,
    RequestBody,
    RequestRefused,
)
from forum.web.wsgi_bridge import WsgiResponse
from sessions.coediting import room
from sessions.coediting import websocket as coediting_websocket

FILE_PATHS = re.compile(
    r"/\w{7}/(?:topics/\d+/(?:report/photos|sheet)/(?:upload/\w+/)?|desk/sheets/|desk/people/import/"
    r"|book/imprint/logos/)"
)
"""Paths to which files are posted."""
SIGN_IN_PATHS = re.compile(r"/facilitator/(?:openid/.*|sign-out/)")
"""Paths at which the identity provider is asked."""

READERS, WRITERS = 2, 1
"""Threads. More would only compete for the interpreter lock."""
FILE_THREADS = 2

page_threads = PageThreads("pages", readers=READERS, writers=WRITERS)
facilitator_threads = PageThreads("facilitators", readers=READERS, writers=WRITERS)
"""Of facilitators, who thus never wait behind a whole room that joins at once."""
file_threads = PageThreads("files", readers=1, writers=FILE_THREADS)
"""Of requests that bring files, which wait there while their images are decoded."""
sign_in_threads = PageThreads("sign-ins", readers=1, writers=1)
"""Of requests that ask the identity provider, one at a time. It may take seconds: no other page waits for it."""

WRITING_PATHS = re.compile(r"/facilitator/.*|/\w{7}/(?:book/essential\.pdf|topics/\d+/report\.pdf|desk/ready/[\w-]+/)")
"""Paths that write although they are only asked for: a link gives a token, an excerpt is printed, a check is made."""

SOCKETS = (
    ("board", re.compile(r"/(\w{7})/live/"), websocket.serve_board),
    ("phone_test", re.compile(r"/\w{7}/hello/live/"), websocket.serve_phone_test),
    ("report", re.compile(r"/(\w{7})/topics/([0-9]{1,10})/report/writing/"), coediting_websocket.serve_report),
)
"""The name and path of each kind of socket, and the ASGI application that serves it, called with the groups of the path
too."""

LIVENESS_PATH = "/healthz"

facilitator_tokens = FacilitatorTokenCache()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "http" and scope["path"] == LIVENESS_PATH:
        await _say_that_it_lives(send)
    elif scope["type"] == "http":
        await _answer_page(scope, receive, send)
    elif scope["type"] == "lifespan":
        await _start_and_stop(receive, send)
    else:
        await _serve_socket(scope, receive, send)


async def _start_and_stop(receive: Any, send: Any) -> None:
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            notify.set_event_loop(asyncio.get_running_loop())
            await send({"type": "lifespan.startup.complete"})
        else:
            hub.stop_hubs()
            room.stop()
            notify.set_event_loop(None)
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _say_that_it_lives(send: Any) -> None:
    """Answer on the event loop: neither a database that is away nor a full queue of pages is a reason to restart."""
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"alive": true}'})


async def _serve_socket(scope: dict[str, Any], receive: Any, send: Any) -> None:
    for kind, path, serve in SOCKETS:
        if match := path.fullmatch(scope["path"]):
            with metrics.SOCKETS.labels(kind).track_inprogress():
                await serve(scope, receive, send, *match.groups())
            return
    await receive()
    await send({"type": "websocket.close"})


async def _answer_page(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Receive the body on the loop, answer in a thread, send the response from the loop.

    A client that stops half-way or reads slowly holds no thread, and an incomplete form never reaches a view.
    """
    is_form = scope["method"] not in ("GET", "HEAD")
    with RequestBody(MAX_FILES_BYTES if _takes_files(scope) else MAX_TEXT_BYTES) as body:
        try:
            if is_form:
                await body.receive(receive)
        except ClientDisconnected:
            return
        except RequestRefused as error:
            metrics.REFUSED.labels("bodies").inc()
            await _refuse(send, error)
            return
        environ = build_environ(scope, body.file)  # type: ignore[arg-type]  # a file has the methods that it uses
        token = _facilitator_token(environ)
        response = WsgiResponse(pages, environ, before_close=lambda: facilitator_tokens.refresh(token))
        writes = is_form or bool(WRITING_PATHS.fullmatch(scope["path"]))
        try:
            await _threads(scope, token).run(response.run, writes=writes)
        except NoTurn:
            metrics.REFUSED.labels("turns").inc()
            await _refuse(send, RequestRefused(Refusal.WAITED_TOO_LONG))
            return
    await response.finish(receive, send)


async def _refuse(send: Any, error: RequestRefused) -> None:
    headers = [(b"connection", b"close"), (b"retry-after", b"10"), (b"content-type", b"text/html")]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": error.page})


def _takes_files(scope: dict[str, Any]) -> bool:
    return scope["method"] == "POST" and bool(FILE_PATHS.fullmatch(scope["path"]))


def _threads(scope: dict[str, Any], facilitator_token: str) -> PageThreads:
    if _takes_files(scope):
        return file_threads
    if settings.OPENID and SIGN_IN_PATHS.fullmatch(scope["path"]):
        return sign_in_threads
    return facilitator_threads if facilitator_tokens.knows(facilitator_token) else page_threads


def _facilitator_token(environ: Any) -> str:
    """Return the facilitator's token in the cookies, valid or not; empty if there is none."""
    cookies: str = environ.get("HTTP_COOKIE", "")
    return parse_cookie(cookies).get(FACILITATOR_COOKIE, "") if FACILITATOR_COOKIE in cookies else ""
