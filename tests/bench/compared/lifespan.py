"""The lifespan protocol of ASGI: the start and the end of a server."""

from typing import Any


async def complete_lifespan(_scope: Any, receive: Any, send: Any) -> None:
    """Answer that the application has started, and that it has ended."""
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return
