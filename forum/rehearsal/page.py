"""An HTML page of the app, parsed for a simulated phone."""

import json
import re
from functools import lru_cache
from typing import Any, NamedTuple

from lxml import html

from forum.rehearsal.board import Content, take_apart


class BoardMissing(Exception):
    """The page shows no live board."""


class NotMarkedAsRehearsal(Exception):
    """The forum is not, or no longer, marked as a rehearsal: nothing more is sent to it."""


class LiveBoard(NamedTuple):
    """The live board of a served page."""

    content: Content
    since: int
    epoch: str
    marks: dict[str, Any]


class Page:
    def __init__(self, source: str) -> None:
        self._tree: Any = html.document_fromstring(source.strip() or "<p></p>")

    def rehearsal_phase(self) -> str:
        """Return the phase of the forum, which pages of a rehearsal contain. Raises NotMarkedAsRehearsal."""
        for mark in self._find("//meta[@name='forum-rehearsal']/@content"):
            return mark
        raise NotMarkedAsRehearsal

    def static_files(self) -> list[str]:
        """Return the paths of the style sheets, scripts and images of the page."""
        return [path for path in self._find("//@href | //@src") if re.match(r"/(.*/)?static/", path)]

    def has_form(self, action: str) -> bool:
        return bool(self._find("//form[@action=$action]", action=action))

    def choices(self, name: str) -> list[str]:
        """Return the enabled values of a drop-down list."""
        enabled = "not(@disabled or parent::optgroup/@disabled)"
        return self._find(f"//select[@name=$name]//option[{enabled}]/@value", name=name)

    def value_of(self, name: str) -> str:
        """Return the value of a field; empty when the page has no such field."""
        return next(iter(self._find("//input[@name=$name]/@value", name=name)), "")

    def live_board(self) -> LiveBoard:
        """Take the live board out of the page. Raises BoardMissing."""
        for board in self._tree.xpath("//*[@id='board'][@data-since]"):
            since, epoch, marks = (board.get(name, "") for name in ("data-since", "data-epoch", "data-marks"))
            return LiveBoard(take_apart(board), int(since), epoch, json.loads(marks or "{}"))
        raise BoardMissing

    def _find(self, path: str, **variables: str) -> list[str]:
        return [str(value) for value in self._tree.xpath(path, **variables)]


@lru_cache(maxsize=10_000)
def form_actions(fragment: str) -> tuple[str, ...]:
    """Return the paths to which the buttons of a fragment send their form."""
    return tuple(map(str, html.fragment_fromstring(fragment).xpath(".//button/@formaction")))
