"""The browsers of the model: what each has open, and what it sends."""

import json
from base64 import b64decode, b64encode
from copy import deepcopy
from typing import Any

from django.test import Client
from django.utils import translation
from pycrdt import Doc, Text

from tests.chaos.writer import clock_of
from tests.model.expected import SharedText


class Browser:
    """A phone, or the facilitator's browser."""

    def __init__(self, language: str) -> None:
        self.client = Client(headers={"accept-language": language})
        self.client.cookies["django_language"] = language
        self.token: int | None = None
        """The number of the token that it holds, among the facts."""
        self.pages: dict[int, WriterPage] = {}
        """The pages of reports that it has open, by number of the topic."""
        self.seen: dict[tuple[int, str], tuple[str, str]] = {}
        """The texts of reports as its forms show them, with their bases, by number of the topic and section."""

    def post(self, path: str, fields: dict[str, Any]) -> Any:
        translation.deactivate()
        return self.client.post(path, fields)

    def get(self, path: str, **headers: str) -> Any:
        translation.deactivate()
        return self.client.get(path, headers=headers)

    def send(self, path: str, body: str | bytes, content_type: str = "application/json") -> Any:
        translation.deactivate()
        return self.client.post(path, body, content_type=content_type)


class WriterPage:
    """The page of a report, whose texts several people write. It may be offline, and late."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.doc: Doc[Text] = Doc()
        self.texts = {name: self.doc.get(name, type=Text) for name in ("findings", "debate")}
        self.expected = {name: SharedText() for name in self.texts}
        """What its texts must hold."""
        self.sent_state = self.doc.get_state()

    def add(self, section: str, word: str, *, at_start: bool) -> None:
        text = self.texts[section]
        text.insert(0 if at_start else len(text), f" {word} ")
        self.expected[section].add(word)

    def remove(self, section: str, word: str) -> None:
        text = self.texts[section]
        at = len(str(text).partition(word)[0].encode())
        del text[at : at + len(word)]
        self.expected[section].remove(word)

    @property
    def words(self) -> dict[str, tuple[str, ...]]:
        return {name: tuple(sorted(str(text).split())) for name, text in self.texts.items()}

    def message(self, *, since: bytes | None = None) -> str:
        """Return the message with what was written since the last one, or since a state of the server."""
        state = self.doc.get_state()
        update = self.doc.get_update(self.sent_state if since is None else since)
        return json.dumps({
            "update": b64encode(update).decode(), "have": b64encode(state).decode(),
            "client": self.doc.client_id, "clock": clock_of(state, self.doc.client_id),
        })  # fmt: skip

    def receive(self, answer: dict[str, Any]) -> None:
        self.doc.apply_update(b64decode(answer["update"]))
        self.sent_state = self.doc.get_state()

    def has_all_of(self, texts: dict[str, SharedText]) -> None:
        """The page and the server hold the same from now on."""
        self.expected = deepcopy(texts)
