"""Sockets: paths, headers and frames that no page sends, to the application in this process."""

import asyncio
import json
import random
from typing import Any
from urllib.parse import quote

from asgiref.testing import ApplicationCommunicator
from channels.layers import channel_layers
from django.db import connection, connections

from forum.models import Forum
from forum.phases import Phase
from sessions.coediting import batch
from sessions.models import Report
from sessions.models.manuscript import Manuscript
from tests.conftest import forget
from tests.fuzz import files
from tests.fuzz.requests import HEADER_VALUES, HEADERS
from tests.fuzz.run import Findings, error_log, processor_seconds
from tests.fuzz.values import hostile, short
from tests.scene import Scene

FRAMES = 5
"""On one socket, at most; the socket itself and each frame count as an input."""
TALK = ("?", "now?", "", "??", "{}", "null")
WAIT_SECONDS = 20.0
EVENTS = ("websocket.send", "websocket.close", "websocket.accept")


class _Socket:
    """A socket of the ASGI application, with what it was sent."""

    def __init__(self, path: str, query: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        from forum.asgi import application

        scope = {"type": "websocket", "path": path, "raw_path": path.encode("utf-8", "replace"), "query_string": query,
                 "headers": headers, "subprotocols": []}  # fmt: skip
        communicator: Any = ApplicationCommunicator
        self._application = communicator(application, scope)
        self.received: list[dict[str, Any]] = []

    async def talk(self, frames: list[dict[str, Any]]) -> None:
        """Connect, send frames as long as the socket is open, and leave. Raises what the application raises."""
        await self._application.send_input({"type": "websocket.connect"})
        if await self._receive(WAIT_SECONDS) == "websocket.accept":
            for frame in frames:
                await self._application.send_input(frame)
                while (kind := await self._receive(0.02)) and kind != "websocket.close":
                    pass
            await self._application.send_input({"type": "websocket.disconnect", "code": 1001})
        await self._application.wait(WAIT_SECONDS)

    async def _receive(self, seconds: float) -> str:
        """Return the type of the next event; empty when none comes in time."""
        if await self._application.receive_nothing(seconds, 0.002):
            return ""
        event = await self._application.receive_output(WAIT_SECONDS)
        self.received.append(event)
        return str(event["type"])


def _headers(chance: random.Random, scene: Scene, role: str) -> list[tuple[bytes, bytes]]:
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in scene.clients[role].cookies.items())
    headers = {"host": "127.0.0.1", "cookie": cookies}
    if chance.random() < 0.25:
        name = chance.choice((*HEADERS, "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions")).lower()
        headers[name] = (
            chance.choice(("http://[x", "http://", "null", *HEADER_VALUES)) if chance.random() < 0.6 else short(chance)
        )
    return [(name.encode(), value.encode("utf-8", "surrogatepass")) for name, value in headers.items()]


def _path(chance: random.Random, scene: Scene) -> str:
    state = "draft" if chance.random() < 0.6 else chance.choice(list(scene.topics))
    path = chance.choice(
        (scene.address("live"), scene.address("phone_test") + "live/", *[scene.address("writing", state)] * 3)
    )
    if chance.random() < 0.1:
        parts = path.strip("/").split("/")
        parts[chance.randrange(len(parts))] = short(chance, 300)
        path = "/" + "/".join(parts) + "/"
    return path


def _query(chance: random.Random) -> bytes:
    names = ("as", "since", "epoch", "watch", "x")
    pairs = {
        name: chance.choice(("phone", "desk", "page", "0", "-1", short(chance)))
        for name in names
        if chance.random() < 0.5
    }
    return (
        "&".join(f"{name}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in pairs.items()).encode()
        or b"%ff&="
    )


def _frame(chance: random.Random, is_writing: bool) -> dict[str, Any]:
    if chance.random() < 0.1:
        data = chance.randbytes(chance.choice((0, 3, 500)))
        return {"type": "websocket.receive", "bytes": data} | ({"text": None} if chance.random() < 0.5 else {})
    if is_writing and chance.random() < 0.9:
        return {"type": "websocket.receive", "text": files.writing_message(chance)}
    return {"type": "websocket.receive", "text": chance.choice(TALK) if chance.random() < 0.5 else hostile(chance)}


def run(scene: Scene, inputs: int, seed: str, roles: tuple[str, ...]) -> Findings:
    """Open sockets and send frames, until there were enough inputs. The scene must be committed."""
    forget()
    channel_layers.backends.clear()  # a layer belongs to the loop that first used it
    found = Findings()
    with error_log() as log:
        asyncio.run(_run(scene, inputs, random.Random(seed), roles, found))
        found.faults += log.take()
    from forum.live.database_thread import board_thread

    for executor in (board_thread, batch.executor):
        executor.submit(connections.close_all).result(timeout=5)
    connection.check_constraints()
    found.faults += [
        f"the shared texts of report {report.pk} are others than its fields"
        for report in Report.objects.select_related("group__topic__forum").filter(status__gt="")
        if report.updates.exists() and Manuscript(report).texts != report.sections
    ]
    return found


async def _run(scene: Scene, inputs: int, chance: random.Random, roles: tuple[str, ...], found: Findings) -> None:
    from forum.live import hub
    from sessions.coediting import room

    sockets = 0
    while found.inputs < inputs:
        if sockets % 25 == 0:
            phase = Phase.GROUPS if chance.random() < 0.6 else chance.choice(list(Phase))
            await Forum.objects.filter(pk=scene.forum.pk).aupdate(phase=phase)
        sockets += 1
        await _talk(scene, chance, roles, found)
    hub.stop_hubs()
    room.stop()


async def _talk(scene: Scene, chance: random.Random, roles: tuple[str, ...], found: Findings) -> None:
    """Open one socket, and note what is wrong with what it answers."""
    role, path = chance.choice(roles), _path(chance, scene)
    socket = _Socket(path, _query(chance), _headers(chance, scene, role))
    frames = [_frame(chance, "/report/writing/" in path) for _n in range(chance.randrange(1, FRAMES + 1))]
    if "/report/writing/" in path and chance.random() < 0.8:
        frames.insert(0, {"type": "websocket.receive", "text": '{"have":"AA=="}'})
    what = f"socket {path[:100]} as {role}: {str(frames)[:1000]}"
    begin = processor_seconds()
    try:
        await socket.talk(frames)
    except Exception as error:
        found.faults.append(f"{type(error).__name__}: {str(error)[:200]}\n    {what}")
    seconds = processor_seconds() - begin
    found.inputs += 1 + len(frames)
    found.sent += 1
    found.slowest = max(found.slowest, (seconds, what[:200]))
    found.faults += [f"{problem}\n    {what}" for problem in _faults(socket.received, scene)]
    if seconds > 2 * len(frames):
        found.faults.append(f"takes {seconds:.1f} s of processor\n    {what}")


def _faults(received: list[dict[str, Any]], scene: Scene) -> list[str]:
    wrong = [f"event {event['type']}" for event in received if event["type"] not in EVENTS]
    for event in received:
        if event["type"] != "websocket.send" or event.get("text") == "hello":
            continue
        try:
            json.loads(event["text"])
        except (ValueError, KeyError, TypeError) as error:
            wrong.append(f"JSON: {error}")
        wrong += [f"shows {whose}" for whose, secret in scene.secrets.items() if secret in str(event.get("text"))]
        wrong += ["shows another forum"] if "CANARI-" in str(event.get("text")) else []
    return wrong
