"""One process for everything: pages as WSGI in a small bounded pool, sockets through Channels.

Django's own ASGI handler starts a thread and a database connection per request and falls to a fifth of this
when a whole room scans the QR code at once.
"""

import asyncio
import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forum.settings")

from a2wsgi import WSGIMiddleware  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402

pages = get_wsgi_application()

from django.urls import re_path  # noqa: E402

from forum import bell, live  # noqa: E402
from forum.consumers import follow  # noqa: E402

POOL = 2


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


application: Any = ProtocolTypeRouter(
    {
        "http": WSGIMiddleware(pages, workers=POOL),  # type: ignore[arg-type]
        "websocket": URLRouter([re_path(r"^(?P<code>\w{7})/live/$", follow)]),
        "lifespan": _lifespan,
    }
)
