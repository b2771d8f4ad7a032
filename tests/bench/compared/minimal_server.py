"""A minimal server (the floor): it sends the body of a POST to all sockets, and a fixed page to a GET."""

from typing import Any

from tests.bench.compared.lifespan import complete_lifespan

PAGE = ("<!doctype html><title>Forum ouvert</title>" + "<p>Rafraîchir nos cours d’école</p>" * 200).encode()

_sockets: set[Any] = set()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        _sockets.add(send)
        while (await receive())["type"] != "websocket.disconnect":
            pass
        _sockets.discard(send)
    elif scope["type"] == "http":
        body = b""
        while True:
            event = await receive()
            body += event.get("body", b"")
            if not event.get("more_body"):
                break
        for push in list(_sockets) if scope["method"] == "POST" else ():
            await push({"type": "websocket.send", "text": body.decode()})
        page = PAGE if scope["method"] == "GET" else b""
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"%d" % len(page))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": page})
    else:
        await complete_lifespan(scope, receive, send)
