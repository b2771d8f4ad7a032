"""A page with a live board, by the rules of js/live: what it applies, asks and says. No I/O.

The page is up to date when the server answered, to a question of a moment ago, that nothing is newer than what is
shown.
"""

import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from forum.rehearsal.board import Content, ShownBoard, parse
from forum.rehearsal.page import Page
from forum.rehearsal.protocol import Message, Waits, live_path

OnApplied = Callable[["LivePage", Message], None]


class Gap(Exception):
    """A change does not start from the revision that the page shows: the page must ask again from there."""


class Question(NamedTuple):
    """A question to the server. An answer that comes after the connection was lost is not valid."""

    at: float
    """By the clock `time.monotonic`."""
    connection_number: int


def do_nothing(page: "LivePage", message: Message) -> None:
    """Ignore what a page has applied."""


class LivePage:
    """A page with a live board."""

    def __init__(
        self, code: str, audience: str = "phone", waits: Waits | None = None, on_applied: OnApplied = do_nothing
    ) -> None:
        self.code, self.audience = code, audience
        self.waits = waits or Waits()
        self.on_applied = on_applied
        """Called after each change that the page has applied."""
        self.board = ShownBoard()
        self.shown, self.epoch = -1, ""
        """The revision that the page shows, and its epoch."""
        self.newest: float = -1
        """The newest revision that the server named; infinite when it named another epoch."""
        self.marks: dict[str, Any] = {}
        self.marks_at = -1
        self.are_marks_due = False
        """Whether a socket was lost, perhaps with marks for this page."""
        self.known_until = 0.0
        """End of the validity of the server's last answer, by the clock `time.monotonic`."""
        self.connection_number = 0
        """Grows when the connection is lost."""
        self.times_behind = 0
        """Number of questions in a row at which the page was behind."""

    def load(self, page: Page, asked_at: float = 0.0) -> None:
        """Show the board of a page that was requested at this moment, if known. Raises BoardMissing."""
        content, since, epoch, self.marks = page.live_board()
        self.begin(content, since, epoch)
        self.known_until = asked_at + self.waits.socket_answer_validity

    def begin(self, content: Content, since: int, epoch: str) -> None:
        """Show a board that was served at this revision."""
        self.board.replace(content)
        self.shown, self.epoch = since, epoch
        self.newest = self.marks_at = since

    def address(self, **more: str) -> str:
        """Return the path and query from which the server sends what this page misses."""
        return live_path(self.code, self.audience, self.shown, self.epoch, **more)

    # ---- messages of the server -------------------------------------------------------------------------------

    def receive(self, message: Message, question: Question | None, validity: float) -> None:
        """Receive a message; as the answer to a question it is valid for some seconds from then. Raises Gap."""
        if question and question.connection_number == self.connection_number:
            self.known_until = max(self.known_until, question.at + validity)
        if message.beat is not None:
            is_same_epoch = message.epoch in ("", self.epoch)
            self.newest = max(self.newest, message.beat) if is_same_epoch else math.inf
        self.show(message)
        if message.marks is not None and message.marks_at >= self.marks_at:
            self.marks, self.marks_at, self.are_marks_due = message.marks, message.marks_at, False

    def show(self, message: Message) -> None:
        """Apply the change of a message, if it has a new one. Raises Gap."""
        is_restored = message.epoch != self.epoch
        if message.to is None or (message.to <= self.shown and not is_restored):
            return
        if message.since >= 0 and (is_restored or (message.since > self.shown and message.moved is None)):
            raise Gap
        if message.whole:
            self.board.replace(parse(message.html))
        else:
            for fragment in parse(message.html).fragments:
                self.board.place(fragment)
        self.shown, self.epoch = message.to, message.epoch
        self.newest = self.shown if is_restored else max(self.newest, self.shown)
        if is_restored:
            self.marks_at = -1
        self.on_applied(self, message)

    # ---- questions and state of the page ----------------------------------------------------------------------

    def ask(self) -> Question:
        return Question(time.monotonic(), self.connection_number)

    def check_that_it_keeps_up(self) -> None:
        """Raise Gap when the page is behind for the second question in a row: something announced does not come."""
        self.times_behind = self.times_behind + 1 if self.is_behind else 0
        if self.times_behind > 1:
            raise Gap

    @property
    def is_behind(self) -> bool:
        return self.newest > self.shown

    @property
    def is_current(self) -> bool:
        """Whether the page says that it is up to date."""
        return time.monotonic() < self.known_until and not self.is_behind

    def lose_connection(self) -> None:
        """Note that the connection is lost: earlier answers are no longer valid."""
        self.connection_number += 1
        self.known_until = 0.0
