"""The cells of the sockets: who may open one, what they are shown, and whether they can write."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Any

from channels.layers import channel_layers
from django.db import connections
from pycrdt import Doc, Text

from forum.models import Forum
from forum.phases import Phase
from sessions.models import Report
from tests.permissions.cells import Cell, digest
from tests.permissions.declaration import LET_IN
from tests.scene import Scene
from tests.surface.browser import Socket

WATCHED = "agenda,stage,edition,messages,topic-1,report-1"


def wrong(scene: Scene, cells: Iterable[Cell]) -> Iterator[str]:
    """Try the cells, and yield those that are not as declared. The scene must be committed."""
    from forum.live.database_thread import board_thread
    from sessions.coediting import batch

    phase: Phase | None = None
    for cell in cells:
        if cell.phase != phase:
            phase = cell.phase
            Forum.objects.filter(pk=scene.forum.pk).update(phase=phase)
        if problem := _problem(scene, cell):
            yield f"{cell}: {problem}"
    for executor in (board_thread, batch.executor):
        executor.submit(connections.close_all).result(timeout=5)


def _problem(scene: Scene, cell: Cell) -> str:
    """Return how the socket differs from the declared one; empty if it does not."""
    before, text_before = digest(), _findings(scene, cell)
    channel_layers.backends.clear()  # a layer belongs to the loop that first used it
    refusal, received = asyncio.run(_talk(scene, cell))
    is_open, is_written = not refusal, _findings(scene, cell) != text_before
    if is_open != (cell.expected == LET_IN):
        return f"{'opens' if is_open else refusal}{', and a text is written' if is_written else ''}"
    if not is_open and (received or digest() != before):
        return f"{refusal}, but something was sent or changed"
    if is_open and not received:
        return "opens, and says nothing"
    if is_open and cell.url == "writing" and not is_written:
        return f"opens, but writes nothing: {received}"
    return ""


def _findings(scene: Scene, cell: Cell) -> str:
    return Report.objects.get(group__topic=scene.topics[cell.state]).findings


async def _talk(scene: Scene, cell: Cell) -> tuple[str, list[str]]:
    """Open the socket, read what it shows, write, and leave. Return the refusal, and the messages received."""
    from forum.live import hub
    from sessions.coediting import room

    cookies = scene.clients[cell.role].cookies
    header = "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items())
    socket = Socket(_address(scene, cell), header, "testserver")
    received: list[str] = []
    refusal = await socket.open()
    try:
        for message, answers in () if refusal else _messages(cell):
            if message:
                await socket.send(message)
            received += [await socket.receive() for _n in range(answers)]
        await socket.close()
    finally:
        hub.stop_hubs()
        room.stop()
    return refusal, received


def _address(scene: Scene, cell: Cell) -> str:
    kind, _as, audience = cell.url.partition(" as ")
    path = scene.address(kind, cell.state)
    if kind == "phone_test":
        return f"{path}live/"
    watch = f"&watch={WATCHED}" if audience == "page" else ""
    return f"{path}?as={audience}&since=-1{watch}" if audience else path


def _messages(cell: Cell) -> list[tuple[str, int]]:
    """Return what is sent, and the number of answers to each; nothing sent: what comes by itself."""
    if cell.url == "writing":
        return [('{"have":"AA=="}', 2), (json.dumps(_update(cell.number)), 2)]
    return [("hello", 1)] if cell.url == "phone_test" else [("", 1)]


def _update(writer: int) -> dict[str, Any]:
    document: Doc[Text] = Doc(client_id=writer)
    document.get("findings", type=Text).insert(0, "Écrit par une prise. ")
    return {"update": b64encode(document.get_update()).decode(), "client": writer, "clock": 0}
