"""The usual Channels pattern, for comparison: one group, `group_send` of the HTML, and no revision.

The pages, changes and storms are the same. Each change is rendered and sent to the group, each consumer sends it to its
socket, and a page whose socket closes opens another one.
"""

import asyncio
import contextlib
import json
import os
import sys
import threading
from typing import Any

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "forum.settings"
    import django

    django.setup()

from aiohttp import WSMsgType
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer

from forum.live import catch_up
from forum.live.audience import BOARDS
from forum.rehearsal.board import parse
from forum.rehearsal.browser import LOST, Browser
from forum.rehearsal.page import Page
from forum.rehearsal.screen import PATHS, Screen
from tests.chaos.phone import WAITS, Seen

SERVE = (sys.executable, "-m", "tests.chaos.usual", "serve", "--host", "127.0.0.1")


# ---- the server -----------------------------------------------------------------------------------------------


class BoardConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    async def connect(self) -> None:
        query = dict(pair.split("=") for pair in self.scope["query_string"].decode().split("&"))
        self.group = f"board-{query['as']}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def board_changed(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event["text"])


class ForumNotifier:
    """Replacement for forum.notify, which sends each change to everyone."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.lock = threading.Lock()
        self.last: dict[int, int] = {}

    def set_event_loop(self, loop: asyncio.AbstractEventLoop | None) -> None:
        self.loop = loop

    def forum_changed(self, forum_id: int) -> None:
        from forum.models import Forum

        with self.lock:
            forum = Forum.objects.get(pk=forum_id)
            since = self.last.get(forum_id, forum.revision - 1)
            if forum.revision <= since or self.loop is None:
                return
            self.last[forum_id] = forum.revision
            for audience in BOARDS:
                change = catch_up.delta(forum, audience, since)
                # `since` and `to` are for the measurement alone: the page does not use them.
                text = json.dumps({"html": change.html, "whole": change.whole, "n": [since, change.to]})
                message = {"type": "board.changed", "text": text}
                work = _send(f"board-{audience}", message)
                self.loop.call_soon_threadsafe(asyncio.ensure_future, work)


async def _send(group: str, message: dict[str, Any]) -> None:
    layer: Any = get_channel_layer()
    try:
        await layer.group_send(group, message)
    except Exception:  # Redis is down
        return


def serve() -> None:
    import uvicorn
    from channels.routing import ProtocolTypeRouter, URLRouter
    from django.core.management import execute_from_command_line
    from django.urls import re_path

    from forum import asgi, notify
    from forum.server import web_server

    notifier = ForumNotifier()
    notify.set_event_loop, notify.forum_changed = notifier.set_event_loop, notifier.forum_changed
    sockets = URLRouter([re_path(r"^\w{7}/live/$", BoardConsumer.as_asgi())])
    app = asgi.application
    application = ProtocolTypeRouter({"http": app, "lifespan": app, "websocket": sockets})
    web_server.uvicorn_config = lambda: uvicorn.Config(
        application, loop="uvloop", http="httptools", ws="websockets-sansio", lifespan="on",
        log_config=None, access_log=False, ws_per_message_deflate=False, timeout_graceful_shutdown=3,
    )  # fmt: skip
    execute_from_command_line(["manage.py", *sys.argv[1:]])


# ---- its page -------------------------------------------------------------------------------------------------


class Phone(Screen):
    """A page that applies every message, and opens another socket when its own closes."""

    def __init__(self, browser: Browser, code: str, audience: str = "phone") -> None:
        super().__init__(browser, code, audience, WAITS)
        self.seen = Seen()
        self.covered: set[int] = set()
        """Revisions that it received."""

    async def open(self) -> None:
        """Open the page. Raises ConnectionError."""
        response = await self.browser.get(f"/{self.code}/{PATHS[self.audience]}")
        if response.status != 200:
            raise ConnectionError(response.status)
        self.load(Page(response.text))
        self.opened_at = self.shown

    def claims_current(self, epoch: str, revision: int) -> bool:
        return False  # this page has no state

    def missed(self, fresh: Screen) -> int:
        return sum(1 for revision in range(self.opened_at + 1, fresh.shown + 1) if revision not in self.covered)

    async def follow(self) -> None:
        failures = 0
        while True:
            with contextlib.suppress(*LOST):
                async with asyncio.timeout(self.waits.dead_after):
                    socket = await self.browser.open_socket(f"/{self.code}/live/?as={self.audience}")
                self.connections += 1
                failures = 0
                try:
                    while (frame := await socket.receive()).type is WSMsgType.TEXT:
                        self._apply(json.loads(frame.data))
                finally:
                    await socket.close()
            failures += 1
            await asyncio.sleep(self.waits.before_reconnecting(failures))

    def _apply(self, message: dict[str, Any]) -> None:
        first, last = message["n"]
        self.seen.messages += 1
        if last in self.covered:
            self.seen.duplicates += 1
        if last < self.shown:
            self.seen.out_of_order += 1
        new = set(range(first + 1, last + 1)) - self.covered if last > self.opened_at else set()
        self.covered |= new
        self.seen.deliveries += len(new)
        self.shown = max(self.shown, last)
        content = parse(message["html"])
        if message["whole"]:
            self.board.replace(content)
        for fragment in () if message["whole"] else content.fragments:
            self.board.place(fragment)


def table(rows: list[Any]) -> str:
    lines = ["| profile | deliveries | lost | lost % | phones stale after 5 s |", "|---|---:|---:|---:|---:|"]
    for row in rows:
        share = 100 * row.lost / max(1, row.lost + row.deliveries)
        lines.append(
            f"| {row.profile} | {row.deliveries:,} | {row.lost:,} | {share:.1f} % | {row.stale} of {row.phones} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    serve()
