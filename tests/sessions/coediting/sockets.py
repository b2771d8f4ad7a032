"""Sockets of pages that write in a shared report."""

import asyncio
import json
from base64 import b64encode
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from forum.models import Facilitator, Participant, Topic
from sessions.models.manuscript import MAX_UPDATE_BYTES, WriterUpdate
from tests.conftest import ClientFor

HELLO = json.dumps({"have": "AA=="})
"""The first message of a page with an empty document."""
MALFORMED = {
    "nothing": "",
    "half a message": "{",
    "a list": "[]",
    "a number for a text": '{"have": 5}',
    "no base 64": '{"have": "%"}',
    "no vector": '{"have": "////"}',
    "nested lists": "[" * 100_000,
    "nested objects": '{"have":' * 100_000,
    "not a number": '{"have": NaN}',
    "a huge number": '{"have": ' + "9" * 5000 + "}",
    "a key that comes twice": '{"have": "AA==", "have": "AA=="}',
    "half a character": '{"have": "\\ud800"}',
    "too much": '{"have": "' + "A" * (2 * MAX_UPDATE_BYTES) + '"}',
}
"""First messages that no page sends."""


def cookie_of(person: Participant | Facilitator, client_for: ClientFor) -> str:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client_for(person).cookies.items())


def connected(server: str, topic: Topic, cookie: str, **options: Any) -> Any:
    url = f"{server.replace('http', 'ws')}{topic.get_absolute_url()}report/writing/"
    return connect(url, additional_headers={"Cookie": cookie}, **options)


async def receive(socket: ClientConnection, key: str) -> Any:
    """Return the value of this key in the next message that has it."""
    while True:
        if key in (message := json.loads(await asyncio.wait_for(socket.recv(), 5))):
            return message[key]


def message_with(sent: WriterUpdate) -> str:
    return json.dumps({"update": b64encode(sent.update).decode(), "client": sent.client, "clock": sent.clock})
