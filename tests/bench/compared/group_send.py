"""The usual Channels pattern: one group, `group_send` of the HTML, and each consumer sends it.

The HTML is in the request: no database, no template, no thread. Only the sending to the phones is measured.
"""

from typing import Any

import django
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter
from django.conf import settings

from tests.bench.compared.lifespan import complete_lifespan

settings.configure(
    # The default capacity of 100 would lose updates silently.
    CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 100_000}}},
    INSTALLED_APPS=["channels"],
)
django.setup()
GROUP = "board"


class Follower(AsyncWebsocketConsumer):  # type: ignore[misc]
    async def connect(self) -> None:
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def board_moved(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event["html"])


async def _post(scope: dict[str, Any], receive: Any, send: Any) -> None:
    body = (await receive()).get("body", b"")
    layer: Any = get_channel_layer()
    await layer.group_send(GROUP, {"type": "board.moved", "html": body.decode()})
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


application: Any = ProtocolTypeRouter({"http": _post, "websocket": Follower.as_asgi(), "lifespan": complete_lifespan})
