"""A browser that follows pages, forms and buttons by URL name."""

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
"""Timeout for one message of a socket."""
_keys = count(1)
_answers: list[str] = []
"""Summaries of the answers to forms since the last `taken_answers`."""


class Unexpected(Exception):
    """The app refused a step of the script."""


class Browser:
    def __init__(self, language: str = "fr") -> None:
        self.client = Client(SERVER_NAME=HOST, headers={"accept-language": language})

    def set_language(self, language: str) -> None:
        """Set the language of all pages from now on, as the button at their foot does."""
        self.client.cookies[settings.LANGUAGE_COOKIE_NAME] = language

    @property
    def cookies(self) -> str:
        """The value of the header Cookie."""
        return "; ".join(f"{name}={morsel.value}" for name, morsel in self.client.cookies.items())

    def copy(self, language: str) -> "Browser":
        """Make another browser with the same cookies, in this language."""
        other = Browser(language)
        other.client.cookies.load(self.client.cookies.output(header=""))
        other.client.cookies.pop("messages", None)  # the sentence about the last form, which the next page shows once
        other.set_language(language)
        return other

    def get(self, path: str, **headers: str) -> Any:
        translation.deactivate()
        return self.client.get(path, headers=headers)

    def page(self, name: str, /, *args: object, query: str = "") -> str:
        """Return the text of a page of the forum. Raises Unexpected unless it exists."""
        return text_of(expect(self.get(address(name, *args) + query), 200))

    def json(self, name: str, *args: object) -> Any:
        return json.loads(self.get(address(name, *args), accept="application/json").content)

    def post(self, name: str, /, *args: object, statuses: Any = (200, 201, 204, 302), **fields: Any) -> Any:
        """Press a button or send a form of the forum. Raises Unexpected for another status."""
        return self.send(address(name, *args), fields, statuses)

    def send(self, path: str, fields: dict[str, Any], statuses: tuple[int, ...] = (200, 302)) -> Any:
        translation.deactivate()
        answer = expect(self.client.post(path, {"key": f"key-{next(_keys)}", **fields}), *statuses)
        _answers.append(f"{path} {summary_of(answer)}")
        return answer

    def submit(self, page: str, /, **fields: Any) -> Any:
        """Fill in and send the form of a page that has the page's own URL; None removes a field."""
        path = page if page.startswith("/") else address(page)
        tree: Any = html.document_fromstring(text_of(expect(self.get(path), 200)))
        form = next(form for form in tree.forms if (form.action or path) == path and form.method == "POST")
        values: dict[str, Any] = {}
        for field, value in form.form_values():
            values.setdefault(field, []).append(value)
        for radio in form.xpath(".//input[@type='radio'][@checked]"):
            values[radio.get("name")] = [radio.get("value", "on")]  # lxml leaves out an empty value
        values = {field: value for field, value in (values | fields).items() if value is not None}
        return self.send(path, values)

    def socket(self, path: str) -> "Socket":
        """Make a socket with the cookies of this browser."""
        return Socket(path, self.cookies)

    def numbers(self, page: str, name: str) -> list[Any]:
        """Return the last argument of each link of a page to the URL of this name."""
        return [list(resolve(path.partition("?")[0]).kwargs.values())[-1] for path in links(page).get(name, ())]


class Socket:
    """A socket of the ASGI application in this process."""

    def __init__(self, path: str, cookies: str, host: str = HOST) -> None:
        path, _mark, query = path.partition("?")
        headers = [(b"host", host.encode()), (b"cookie", cookies.encode())]
        scope = {"type": "websocket", "path": path, "query_string": query.encode(), "headers": headers}
        communicator: Any = ApplicationCommunicator
        self._application = communicator(import_string(settings.ASGI_APPLICATION), scope)

    async def open(self) -> str:
        """Connect. Return "", or the reason of a refusal."""
        await self._application.send_input({"type": "websocket.connect"})
        event = await self._application.receive_output(SOCKET_SECONDS)
        return "" if event["type"] == "websocket.accept" else f"closed {event.get('code', '')}"

    async def send(self, text: str) -> None:
        await self._application.send_input({"type": "websocket.receive", "text": text})

    async def receive(self) -> str:
        """Return the next message. Raises TimeoutError when there is none."""
        event = await self._application.receive_output(SOCKET_SECONDS)
        return str(event.get("text", event))

    async def close(self) -> None:
        await self._application.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._application.wait(SOCKET_SECONDS)


def links(page: str) -> dict[str, list[str]]:
    """Return the local paths on a page, by URL name, in the order of the page."""
    paths_by_name: dict[str, list[str]] = {}
    for path in map(unescape, LOCAL.findall(page)):
        if match := _match(path):
            paths = paths_by_name.setdefault(match.url_name or "", [])
            paths += [] if path in paths else [path]
    return paths_by_name


def _match(path: str) -> ResolverMatch | None:
    try:
        return resolve(re.split("[?#]", path)[0])
    except Resolver404:
        return None


def address(name: str, *args: object) -> str:
    """Return the path of a URL of the forum."""
    return reverse(name, args=[CODE, *args])


def text_of(answer: Any) -> str:
    body: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode()


def expect(answer: Any, *statuses: int) -> Any:
    """Return the answer. Raises Unexpected for another status."""
    if answer.status_code not in statuses:
        request = answer.request
        page: Any = html.document_fromstring(text_of(answer) or "<p/>")
        text = " ".join(page.text_content().split())
        raise Unexpected(f"{request['REQUEST_METHOD']} {request['PATH_INFO']}: {answer.status_code} {text[:600]}")
    return answer


def summary_of(answer: Any) -> str:
    """Summarise the answer to a form in one line: its status, target and messages."""
    messages = [str(message) for message in getattr(get_messages(answer.wsgi_request), "_queued_messages", ())]
    is_json = answer.headers.get("Content-Type") == "application/json"
    where = [answer.headers[name] for name in ("Location", "HX-Redirect", "HX-Trigger") if name in answer.headers]
    return " ".join(map(str, (answer.status_code, *where, *messages, *([text_of(answer)] if is_json else []))))


def taken_answers() -> list[str]:
    """Return the summaries of the answers to forms since the last call."""
    answers = _answers.copy()
    _answers.clear()
    return answers
