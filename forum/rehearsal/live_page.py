"""The rules of a page with a live board, as js/live follows them: what it applies, asks and says. No I/O.

The page says that it is up to date only on the server's word: when the server answered, to a question of a moment ago,
that there is nothing newer than what is shown.
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
    """A change does not start from what the page shows: the page must ask anew from where it stands."""


class Question(NamedTuple):
    """A question to the server. An answer that comes after the connection was lost says nothing about now."""

    at: float
    """Of the clock `time.monotonic`."""
    era: int


def do_nothing(page: "LivePage", message: Message) -> None:
    """Serve as `on_applied` of a page that nobody watches."""


class LivePage:
    """A page with a live board: what it shows, and what it knows about the server."""

    def __init__(
        self, code: str, audience: str = "phone", waits: Waits | None = None, on_applied: OnApplied = do_nothing
    ) -> None:
        self.code, self.audience = code, audience
        self.waits = waits or Waits()
        self.on_applied = on_applied
        """Called after each change that the page has applied."""
        self.board = ShownBoard()
        self.since, self.epoch = -1, ""
        self.newest: float = -1
        """The newest revision that the server spoke of; infinite when it spoke of another epoch."""
        self.marks: dict[str, Any] = {}
        self.marks_at = -1
        self.marks_due = False
        """Whether a socket was lost, perhaps with the marks that it had for this page."""
        self.known_until = 0.0
        """Until when the server's last answer counts, by the clock `time.monotonic`."""
        self.era = 0
        """Counts how often the connection was lost."""
        self.late = 0
        """How many questions in a row found the page behind what the server spoke of."""

    def load(self, page: Page, asked_at: float = 0.0) -> None:
        """Show the board of a page that was requested at this moment, if it is known. Raises BoardMissing."""
        content, since, epoch, self.marks = page.live_board()
        self.begin(content, since, epoch)
        self.known_until = asked_at + self.waits.socket_answer_counts

    def begin(self, content: Content, since: int, epoch: str) -> None:
        """Show a board that was served at this revision."""
        self.board.replace(content)
        self.since, self.epoch = since, epoch
        self.newest = self.marks_at = since

    def address(self, **more: str) -> str:
        """Path and query from which the server sends what this page misses."""
        return live_path(self.code, self.audience, self.since, self.epoch, **more)

    # ---- what the server says ---------------------------------------------------------------------------------

    def take(self, message: Message, question: Question | None, counts: float) -> None:
        """Take a message. As the answer to a question, it counts for so many seconds from then. Raises Gap."""
        if question and question.era == self.era:
            self.known_until = max(self.known_until, question.at + counts)
        if message.beat is not None:
            is_of_today = message.epoch in ("", self.epoch)
            self.newest = max(self.newest, message.beat) if is_of_today else math.inf
        self.show(message)
        if message.marks is not None and message.marks_at >= self.marks_at:
            self.marks, self.marks_at, self.marks_due = message.marks, message.marks_at, False

    def show(self, message: Message) -> None:
        """Apply the change that a message carries, if it carries one that is new. Raises Gap."""
        is_restored = message.epoch != self.epoch
        if message.to is None or (message.to <= self.since and not is_restored):
            return
        if message.since >= 0 and (is_restored or (message.since > self.since and message.moved is None)):
            raise Gap
        if message.whole:
            self.board.replace(parse(message.html))
        else:
            for fragment in parse(message.html).fragments:
                self.board.place(fragment)
        self.since, self.epoch = message.to, message.epoch
        self.newest = self.since if is_restored else max(self.newest, self.since)
        if is_restored:
            self.marks_at = -1
        self.on_applied(self, message)

    # ---- what the page asks and says --------------------------------------------------------------------------

    def ask(self) -> Question:
        return Question(time.monotonic(), self.era)

    def check_that_it_keeps_up(self) -> None:
        """Before each question on a socket. Raises Gap when the server speaks of something that does not come."""
        self.late = self.late + 1 if self.newest > self.since else 0
        if self.late > 1:
            raise Gap

    @property
    def is_current(self) -> bool:
        """Whether the page says that it is up to date."""
        return time.monotonic() < self.known_until and self.newest <= self.since

    def know_nothing(self) -> None:
        """The connection is lost: what the server said before no longer counts."""
        self.era += 1
        self.known_until = 0.0
