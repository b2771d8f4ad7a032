"""The messages of co-writing: two people open the same report, say where they are, and one writes."""

import json
from base64 import b64encode
from typing import Any

from pycrdt import Doc, Text

from tests.surface.browser import Browser, address

NOTHING = b64encode(b"\0").decode()
"""The state of an empty document, as Yjs encodes it."""
CLIENT = 1
"""The number of the document that is written in; Yjs draws it by lot."""
TOPIC = 1


class Desk:
    """The socket of somebody who writes."""

    def __init__(self, name: str, browser: Browser, heard: list[str]) -> None:
        self.name, self.heard = name, heard
        self.socket = browser.socket(address("writing", TOPIC))

    async def say(self, message: dict[str, Any], answers: int) -> None:
        """Send a message, and hear so many."""
        self.heard.append(f"{self.name} says {json.dumps(message, ensure_ascii=False)}")
        await self.socket.say(json.dumps(message))
        await self.hear(answers)

    async def hear(self, messages: int) -> None:
        for _n in range(messages):
            self.heard.append(f"{self.name} hears {await self.socket.hear()}")

    async def come(self) -> None:
        self.heard.append(f"{self.name} comes {await self.socket.open()}")
        await self.say({"have": NOTHING}, answers=2)  # what there is, and who is here


async def together(first: Browser, second: Browser) -> str:
    """All that the two say and hear, in order."""
    heard: list[str] = []
    hers, his = Desk("first", first, heard), Desk("second", second, heard)
    await hers.come()
    await his.come()
    await hers.hear(1)  # somebody has come
    await hers.say({"in": "findings"}, answers=2)
    await his.hear(1)
    await hers.say({"update": written("Un arbre. "), "client": CLIENT, "clock": 10}, answers=2)
    await his.hear(1)
    await hers.say({"update": "no update"}, answers=1)
    await hers.socket.close()
    await his.hear(1)
    await his.socket.close()
    return "\n".join(heard)


def written(words: str) -> str:
    """An update that writes these words into an empty report."""
    document: Doc[Text] = Doc(client_id=CLIENT)
    document.get("findings", type=Text).insert(0, words)
    return b64encode(document.get_update()).decode()
