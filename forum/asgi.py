"""One process for everything: pages as WSGI in a small bounded pool, sockets through Channels.

Django's own ASGI handler starts a thread and a database connection per request and falls to a fifth of this
when a whole room scans the QR code at once.
"""

import asyncio
import os
from pathlib import Path
from typing import Any, cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forum.settings")

from a2wsgi import WSGIMiddleware
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.wsgi import get_wsgi_application

pages = get_wsgi_application()

from django.urls import re_path  # noqa: E402

from forum import bell, live  # noqa: E402
from forum.consumers import follow  # noqa: E402

POOL = 2
"""Threads for pages; more of them only fight for the interpreter."""
CHUNK = 64 * 1024


async def _lifespan(scope: dict[str, Any], receive: Any, send: Any) -> None:
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            bell.hang(asyncio.get_running_loop())
            await send({"type": "lifespan.startup.complete"})
        else:
            live.stop()
            bell.hang(None)
            await send({"type": "lifespan.shutdown.complete"})
            return


def with_files(app: Any) -> Any:
    """Stream a file that a page names in X-Sendfile from the loop, so that slow phones hold no thread."""

    async def serve(scope: dict[str, Any], receive: Any, send: Any) -> None:
        file: Path | None = None

        async def pass_on(event: dict[str, Any]) -> None:
            nonlocal file
            if event["type"] == "http.response.start":
                named = [value for name, value in event["headers"] if name.lower() == b"x-sendfile"]
                if named:
                    file = Path(named[0].decode())
                    event["headers"] = [pair for pair in event["headers"] if pair[0].lower() != b"x-sendfile"]
                await send(event)
            elif file is None:
                await send(event)
            # else: the body is read below, at the phone's own speed

        await app(scope, receive, pass_on)
        if file is not None and scope["method"] != "HEAD":
            with file.open("rb") as stream:
                while chunk := await asyncio.to_thread(stream.read, CHUNK):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
        if file is not None:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return serve


application: Any = ProtocolTypeRouter(
    {
        "http": with_files(WSGIMiddleware(pages, workers=POOL)),  # type: ignore[arg-type]
        "websocket": URLRouter([re_path(r"^(?P<code>\w{7})/live/$", cast("Any", follow))]),
        "lifespan": _lifespan,
    }
)
