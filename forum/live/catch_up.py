"""Catch-up: what turns the board at one revision into the board at a later one.

A page load (board_cache), a push (snapshot) and a poll (views/board) all call CatchUp.
"""

from dataclasses import dataclass
from functools import cached_property

from forum.fragment_keys import Key
from forum.live.audience import Audience
from forum.live.board import Board, Fragment
from forum.models import Forum, JournalEntry

MANY_CHANGES = 200
"""Changes beyond which the whole board is smaller than the fragments that moved."""


@dataclass(frozen=True)
class Delta:
    """What turns the board at revision `since` into the board at revision `to`."""

    since: int
    to: int
    html: str
    whole: bool = False
    """Whether `html` is the whole board, whatever the page shows."""
    moved: frozenset[str] = frozenset()
    """All keys invalidated in between."""
    epoch: str = ""


class History:
    """The keys that moved in a forum, up to the revision of the given object; read once.

    Rows are read later than it: a change that lands in between is shown early and again by the next delta, but never
    missed.
    """

    def __init__(self, forum: Forum, oldest: int) -> None:
        """`oldest`: the lowest revision that `keys_since` will be asked for."""
        self.forum, self._oldest = forum, oldest

    @cached_property
    def _entries(self) -> list[tuple[int, list[str]]]:
        """Revision and keys, the newest first; at most one more than MANY_CHANGES."""
        now = self.forum.revision
        entries = JournalEntry.objects.filter(forum=self.forum, revision__gt=self._oldest, revision__lte=now)
        return list(entries.order_by("-revision").values_list("revision", "invalidated")[: MANY_CHANGES + 1])

    def keys_since(self, revision: int, epoch: str | None) -> frozenset[str] | None:
        """Return the keys that moved since a revision; None: unknown, or too many."""
        if (epoch and epoch != self.forum.epoch) or not 0 <= revision <= self.forum.revision:
            return None
        moved = [keys for number, keys in self._entries if number > revision]
        return frozenset().union(*moved) if len(moved) <= MANY_CHANGES else None


class CatchUp:
    """Deltas for one audience, in the active language, from any revision to the history's end.

    Each fragment is rendered once, and the whole board once, however often it is asked.
    """

    def __init__(self, history: History, audience: Audience, board: Board | None = None, whole: str = "") -> None:
        """`board` and `whole`: what is rendered already, its fragments and all of it."""
        self._history, self._audience = history, audience
        self._board = board or Board(history.forum, audience)
        self._whole = self._whole_board(whole) if whole else None

    def fragments(self, revision: int, epoch: str | None) -> list[Fragment] | None:
        """Return the fragments that moved since a revision, gone ones included; None: the whole board is needed."""
        return self._fragments_of(self._history.keys_since(revision, epoch))

    def delta_since(self, revision: int, epoch: str | None) -> Delta:
        """Return the delta for a page that shows a revision. For the audience `page`: keys, and no HTML."""
        forum, keys = self._history.forum, self._history.keys_since(revision, epoch)
        if self._audience == Audience.PAGE:
            since, moved = (-1, frozenset({str(Key.EVERYTHING)})) if keys is None else (revision, keys)
            return Delta(since, forum.revision, "", moved=moved, epoch=forum.epoch)
        changed = self._fragments_of(keys)
        if keys is None or changed is None:
            self._whole = self._whole or self._whole_board(self._board.html())
            return self._whole
        html = "".join(fragment.html for fragment in changed)
        return Delta(revision, forum.revision, html, moved=keys, epoch=forum.epoch)

    def _whole_board(self, html: str) -> Delta:
        return Delta(-1, self._history.forum.revision, html, True, epoch=self._history.forum.epoch)

    def _fragments_of(self, keys: frozenset[str] | None) -> list[Fragment] | None:
        return None if keys is None or Key.EVERYTHING in keys else self._board.fragments(keys)


def delta(forum: Forum, audience: Audience, since: int, epoch: str | None = None) -> Delta:
    """Return what a page that shows revision `since` needs, so that it shows what is committed now."""
    return CatchUp(History(Forum.objects.get(pk=forum.pk), since), audience).delta_since(since, epoch)


def keys_since(forum: Forum, since: int) -> frozenset[str]:
    """Return the keys of all that moved in a forum since a revision, however many."""
    return JournalEntry.objects.filter(forum=forum, revision__gt=since).keys()
