"""Catch-up: what turns the board at one revision into the board at a later one."""

from dataclasses import dataclass
from functools import cached_property

from forum.fragment_keys import Key
from forum.live.board import Board
from forum.models import Forum, JournalEntry

MANY_CHANGES = 200
"""Past so many changes, the whole board is smaller than what is sent to catch up."""


@dataclass(frozen=True)
class Delta:
    """What turns the board at revision `since` into the board at revision `to`."""

    since: int
    to: int
    html: str
    whole: bool = False
    moved: frozenset[str] = frozenset()
    """All keys touched, for pages that only want to know when something of theirs moved."""
    epoch: str = ""


class History:
    """What has moved in a forum up to the revision of this very object, read once.

    It was read before the rows: a change that lands in between is shown early, and again by the next delta, but
    never missed.
    """

    def __init__(self, forum: Forum, oldest: int) -> None:
        """`oldest`: the lowest revision from which anybody asks."""
        self.forum, self._oldest = forum, oldest

    @cached_property
    def _entries(self) -> list[tuple[int, list[str]]]:
        """The newest first. Read when somebody stands at a revision that is known: others get the whole board."""
        now = self.forum.revision
        entries = JournalEntry.objects.filter(forum=self.forum, revision__gt=self._oldest, revision__lte=now)
        return list(entries.order_by("-revision").values_list("revision", "invalidated")[: MANY_CHANGES + 1])

    def since(self, revision: int, epoch: str | None) -> frozenset[str] | None:
        """The keys of all that moved since; None: it is not known."""
        if (epoch and epoch != self.forum.epoch) or not 0 <= revision <= self.forum.revision:
            return None
        touched = [keys for number, keys in self._entries if number > revision]
        return frozenset().union(*touched) if len(touched) <= MANY_CHANGES else None


_ANYTHING = frozenset({Key.EVERYTHING})


class CatchUp:
    """What leads the pages of one audience, in the active language, from wherever they stand to the history's end.

    However many pages ask, and whatever they say, each fragment is rendered once, and the whole board once.
    """

    def __init__(self, history: History, audience: str) -> None:
        self._history, self._audience = history, audience
        self._board = Board(history.forum, audience)
        self._whole: Delta | None = None

    def since(self, revision: int, epoch: str | None) -> Delta:
        forum, keys = self._history.forum, self._history.since(revision, epoch)
        if self._audience == "page":
            since, moved = (-1, _ANYTHING) if keys is None else (revision, keys)
            return Delta(since, forum.revision, "", moved=moved, epoch=forum.epoch)
        if keys is None or Key.EVERYTHING in keys:
            self._whole = self._whole or Delta(-1, forum.revision, self._board.html(), True, epoch=forum.epoch)
            return self._whole
        html = "".join(fragment.html for fragment in self._board.fragments(keys))
        return Delta(revision, forum.revision, html, moved=keys, epoch=forum.epoch)


def delta(forum: Forum, audience: str, since: int, epoch: str | None = None) -> Delta:
    """What to send to a page that shows revision `since`, so that it shows what is kept now.

    For the audience `page`, only the names of what moved.
    """
    return CatchUp(History(Forum.objects.get(pk=forum.pk), since), audience).since(since, epoch)
