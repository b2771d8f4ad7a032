"""A browser in somebody's hands: pages, forms and buttons, by the names of their URLs."""

import json
import re
from html import unescape
from itertools import count
from typing import Any

from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils import translation
from django.utils.module_loading import import_string
from lxml import html

from tests.surface.world import CODE, HOST

LOCAL = re.compile(r'"(/[^"\s<>]*)"')
SOCKET_SECONDS = 10.0
"""For one message of a socket; it is there at once."""
_keys = count(1)
_answers: list[str] = []
"""What the forms that were sent were answered, since it was last asked."""


class Unexpected(Exception):
    """The app refused what the script does: the script is wrong, or the app."""


class Browser:
    def __init__(self, language: str = "fr") -> None:
        self.client = Client(SERVER_NAME=HOST, headers={"accept-language": language})

    def speak(self, language: str) -> None:
        """Choose the language of every page from now on, as the button at their foot does."""
        self.client.cookies[settings.LANGUAGE_COOKIE_NAME] = language

    @property
    def cookies(self) -> str:
        """As a header sends them."""
        return "; ".join(f"{name}={morsel.value}" for name, morsel in self.client.cookies.items())

    def copy(self, language: str) -> "Browser":
        """Another browser with the same cookies, in this language."""
        other = Browser(language)
        other.client.cookies.load(self.client.cookies.output(header=""))
        other.client.cookies.pop("messages", None)  # what the last form was answered is told once, on the next page
        other.speak(language)
        return other

    def get(self, path: str, **headers: str) -> Any:
        translation.deactivate()
        return self.client.get(path, headers=headers)

    def page(self, name: str, /, *args: object, query: str = "") -> str:
        """The text of a page of the forum that must be there."""
        return text_of(expect(self.get(address(name, *args) + query), 200))

    def json(self, name: str, *args: object) -> Any:
        return json.loads(self.get(address(name, *args), accept="application/json").content)

    def post(self, name: str, /, *args: object, statuses: Any = (200, 201, 204, 302), **fields: Any) -> Any:
        """Press a button or send a form of the forum; its answer must be one of `statuses`."""
        return self.send(address(name, *args), fields, statuses)

    def send(self, path: str, fields: dict[str, Any], statuses: tuple[int, ...] = (200, 302)) -> Any:
        translation.deactivate()
        answer = expect(self.client.post(path, {"key": f"key-{next(_keys)}", **fields}), *statuses)
        _answers.append(f"{path} {told_of(answer)}")
        return answer

    def submit(self, page: str, /, **fields: Any) -> Any:
        """Fill in the form of a page that is sent to the page itself, and send it; None takes a field out."""
        path = page if page.startswith("/") else address(page)
        tree: Any = html.document_fromstring(text_of(expect(self.get(path), 200)))
        form = next(form for form in tree.forms if (form.action or path) == path and form.method == "POST")
        filled: dict[str, Any] = {}
        for field, value in form.form_values():
            filled.setdefault(field, []).append(value)
        for radio in form.xpath(".//input[@type='radio'][@checked]"):
            filled[radio.get("name")] = [radio.get("value", "on")]  # lxml takes an empty value for a missing one
        filled = {field: value for field, value in (filled | fields).items() if value is not None}
        return self.send(path, filled)

    def socket(self, path: str) -> "Socket":
        """A socket that this browser asks for."""
        return Socket(path, self.cookies)

    def numbers(self, page: str, name: str) -> list[Any]:
        """The last part of each path to the URL of this name that a page names."""
        return [list(resolve(path.partition("?")[0]).kwargs.values())[-1] for path in links(page).get(name, ())]


class Socket:
    """A socket of the ASGI application, which runs in this very process."""

    def __init__(self, path: str, cookies: str) -> None:
        path, _mark, query = path.partition("?")
        headers = [(b"host", HOST.encode()), (b"cookie", cookies.encode())]
        scope = {"type": "websocket", "path": path, "query_string": query.encode(), "headers": headers}
        communicator: Any = ApplicationCommunicator
        self._application = communicator(import_string(settings.ASGI_APPLICATION), scope)

    async def open(self) -> str:
        """Connect. Returns what became of it: empty, or why it is closed."""
        await self._application.send_input({"type": "websocket.connect"})
        event = await self._application.receive_output(SOCKET_SECONDS)
        return "" if event["type"] == "websocket.accept" else f"closed {event.get('code', '')}"

    async def say(self, text: str) -> None:
        await self._application.send_input({"type": "websocket.receive", "text": text})

    async def hear(self) -> str:
        """The next message; raises TimeoutError when there is none."""
        event = await self._application.receive_output(SOCKET_SECONDS)
        return str(event.get("text", event))

    async def close(self) -> None:
        await self._application.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._application.wait(SOCKET_SECONDS)


def links(page: str) -> dict[str, list[str]]:
    """The paths that a page names, by the name of their URL, in the order of the page."""
    found: dict[str, list[str]] = {}
    for path in map(unescape, LOCAL.findall(page)):
        if match := _match(path):
            paths = found.setdefault(match.url_name or "", [])
            paths += [] if path in paths else [path]
    return found


def _match(path: str) -> ResolverMatch | None:
    try:
        return resolve(re.split("[?#]", path)[0])
    except Resolver404:
        return None


def address(name: str, *args: object) -> str:
    """The path of a URL of the forum."""
    return reverse(name, args=[CODE, *args])


def text_of(answer: Any) -> str:
    body: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode()


def expect(answer: Any, *statuses: int) -> Any:
    if answer.status_code not in statuses:
        request = answer.request
        page: Any = html.document_fromstring(text_of(answer) or "<p/>")
        said = " ".join(page.text_content().split())
        raise Unexpected(f"{request['REQUEST_METHOD']} {request['PATH_INFO']}: {answer.status_code} {said[:600]}")
    return answer


def told_of(answer: Any) -> str:
    """The answer to a form in one line: its status, where it leads, and what it says."""
    said = [str(message) for message in getattr(get_messages(answer.wsgi_request), "_queued_messages", ())]
    is_json = answer.headers.get("Content-Type") == "application/json"
    where = [answer.headers[name] for name in ("Location", "HX-Redirect", "HX-Trigger") if name in answer.headers]
    return " ".join(map(str, (answer.status_code, *where, *said, *([text_of(answer)] if is_json else []))))


def taken_answers() -> list[str]:
    answers = _answers.copy()
    _answers.clear()
    return answers
