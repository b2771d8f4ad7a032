"""The messages of co-writing: two people open a report, one enters a section and writes."""

import json
from base64 import b64encode
from typing import Any

from pycrdt import Doc, Text

from tests.surface.browser import Browser, address

NOTHING = b64encode(b"\0").decode()
"""The state of an empty document, as Yjs encodes it."""
CLIENT = 1
"""Client id of the document; Yjs uses a random number."""
TOPIC = 1


class WritingSocket:
    """The socket of a writer, whose messages are recorded."""

    def __init__(self, name: str, browser: Browser, lines: list[str]) -> None:
        self.name, self.lines = name, lines
        self.socket = browser.socket(address("writing", TOPIC))

    async def send(self, message: dict[str, Any], answers: int) -> None:
        """Send a message, and receive this number of answers."""
        self.lines.append(f"{self.name} says {json.dumps(message, ensure_ascii=False)}")
        await self.socket.send(json.dumps(message))
        await self.receive(answers)

    async def receive(self, messages: int) -> None:
        for _n in range(messages):
            self.lines.append(f"{self.name} hears {await self.socket.receive()}")

    async def come(self) -> None:
        self.lines.append(f"{self.name} comes {await self.socket.open()}")
        await self.send({"have": NOTHING}, answers=2)  # the state, and the people


async def together(first: Browser, second: Browser) -> str:
    """Return all messages of the two, in order."""
    lines: list[str] = []
    writer, reader = WritingSocket("first", first, lines), WritingSocket("second", second, lines)
    await writer.come()
    await reader.come()
    await writer.receive(1)  # the second person opened the report
    await writer.send({"in": "findings"}, answers=2)
    await reader.receive(1)
    await writer.send({"update": written("Un arbre. "), "client": CLIENT, "clock": 10}, answers=2)
    await reader.receive(1)
    await writer.send({"update": "no update"}, answers=1)
    await writer.socket.close()
    await reader.receive(1)
    await reader.socket.close()
    return "\n".join(lines)


def written(words: str) -> str:
    """Make an update that writes these words into an empty report."""
    document: Doc[Text] = Doc(client_id=CLIENT)
    document.get("findings", type=Text).insert(0, words)
    return b64encode(document.get_update()).decode()
