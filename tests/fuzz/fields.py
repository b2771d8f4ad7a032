"""The fields of every URL: those that its pages show in their forms, and those that its view reads."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from unittest.mock import patch

from django.db import transaction
from django.http import QueryDict
from django.urls import Resolver404, resolve
from django.utils.datastructures import MultiValueDict
from lxml import html

from forum.models import Actor
from forum.phases import Phase
from tests.permissions.declaration import ROWS
from tests.scene import Scene

USUAL = {
    "title": "Un titre assez long", "text": "Bonjour", "words": "Merci", "people": "3", "minutes": "5", "slot": "1",
    "place": "1", "cell": "1-1", "topic": "1", "phase": "groups", "sure": "yes", "step": "groups.", "what": "Planter",
}  # fmt: skip
"""Sent to every URL, so that its view reads all it can."""
VISITS = tuple(product((Phase.GROUPS, Phase.MARKETPLACE), ("facilitator", "convener")))
"""Moments and roles in which nearly every URL opens."""
ENOUGH = {"GET": 2, "POST": 1}
"""After how many visits at which it opened a URL is known."""


@dataclass
class Fields:
    """What one URL takes."""

    forms: list[dict[str, str]] = field(default_factory=list)
    """Each form that a page shows for it, as a browser would send it unchanged."""
    choices: dict[str, list[str]] = field(default_factory=dict)
    """The values that a page offers, by field."""
    methods: set[str] = field(default_factory=lambda: {"GET", "POST"})
    """Those that it takes, of these."""
    is_for_people: bool = True
    """Whether it ever lets in others than the team."""
    opened: Counter[str] = field(default_factory=Counter)
    """How often it was let in, by method."""
    files: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    """Names that its view reads, of the query or the form."""

    @property
    def names(self) -> list[str]:
        shown = {name for form in self.forms for name in form}
        return sorted((shown | self.read | set(self.choices)) - {"csrfmiddlewaretoken"})


@contextmanager
def reading(names: set[str]) -> Iterator[None]:
    """Note the names of the query and form fields that views read meanwhile."""

    def noting(method: Callable[..., Any]) -> Callable[..., Any]:
        def note(self: Any, key: Any, *more: Any, **named: Any) -> Any:
            if isinstance(self, QueryDict) and isinstance(key, str):
                names.add(key)
            return method(self, key, *more, **named)

        return note

    with ExitStack() as stack:
        for name in ("get", "getlist", "__getitem__"):
            stack.enter_context(patch.object(MultiValueDict, name, noting(getattr(MultiValueDict, name))))
        yield


def discover(scene: Scene, urls: list[str]) -> dict[str, Fields]:
    """Open every URL and send it a form, as those who may do most. Nothing of it stays."""
    found = {name: Fields(is_for_people=name not in ROWS or not ROWS[name].is_for_team) for name in urls}
    for phase, role in VISITS:
        with transaction.atomic():
            scene.forum.move_to(phase, Actor())
            for name in urls:
                _discover_at(scene, role, name, found)
            transaction.set_rollback(True)
    scene.forum.refresh_from_db()
    return found


def _discover_at(scene: Scene, role: str, name: str, found: dict[str, Fields]) -> None:
    path, fields = scene.address(name), found[name]
    for method in sorted(method for method in fields.methods if fields.opened[method] < ENOUGH[method]):
        with transaction.atomic(), reading(fields.read):
            answer: Any = getattr(scene.browser(role), method.lower())(path, USUAL)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            transaction.set_rollback(True)
        if answer.status_code == 405:
            fields.methods.remove(method)
        fields.opened[method] += answer.status_code not in (403, 404)
        if answer.headers.get("Content-Type", "").startswith("text/html") and body and answer.status_code < 300:
            page: Any = html.document_fromstring(body.decode())
            for form in page.forms:
                _note_form(form, path, found)


def _note_form(form: Any, page: str, found: dict[str, Fields]) -> None:
    try:
        name = resolve((form.action or page).partition("?")[0]).url_name or ""
    except Resolver404:
        return
    if name not in found:
        return
    fields = found[name]
    values = {key: str(value) for key, value in form.form_values()}
    if values not in fields.forms and len(fields.forms) < 8:
        fields.forms.append(values)
    fields.files |= {box.get("name") for box in form.xpath(".//input[@type='file'][@name]")}
    for option in form.xpath(".//select[@name]//option | .//input[@type='radio' or @type='checkbox'][@name]"):
        box = option if option.tag == "input" else option.xpath("ancestor::select")[0]
        offered = fields.choices.setdefault(box.get("name"), [])
        if (value := option.get("value", "on")) not in offered:
            offered.append(value)
