"""The whole board, kept rendered and compressed for page loads: only the fragments that moved are rendered again.

A thousand people who load the board one after another cost one fragment each, not a board each.
"""

import threading
import time
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language, override

from forum.live.audience import Audience
from forum.live.board import Board, Fragment, filled_lists
from forum.live.board_contents import FIXED_FRAGMENTS
from forum.live.catch_up import CatchUp, Delta, History
from forum.models import Forum
from forum.server import public_urls
from forum.web.page_cache import Segment, placeholder, split_placeholders

ADDRESS_SECONDS = 5.0
"""How often the address that phones are told is read again."""


class CachedBoard:
    """One audience's board in one language, at the newest revision that a request asked for."""

    def __init__(self, pk: int, audience: Audience, language: str) -> None:
        self.audience, self.language = audience, language
        self._lock = threading.Lock()
        self._address = self._epoch = ""
        self._read_address_at = 0.0
        self._revision = -1
        self._forum: Forum
        """As it was at that revision."""
        self._layout: list[str] = []
        """Text and names of lists, in turn."""
        self._fragments: dict[str, Fragment] = {}
        self._segment = Segment("")

    def at(self, forum: Forum) -> tuple[int, Segment]:
        """Return the revision and the board: at the revision of `forum`, or at a newer one that is already cached."""
        with self._lock, override(self.language):
            self._bring_to(forum)
            return self._revision, self._segment

    def delta_since(self, forum: Forum, since: int, epoch: str) -> Delta:
        """Return what a page lacks since a revision. Renders nothing that is kept, whatever is asked, and how often."""
        with self._lock, override(self.language):
            self._bring_to(forum)
            board = Board(self._forum, self.audience, rendered=dict(self._fragments))
            history = History(self._forum, oldest=since)
            return CatchUp(history, self.audience, board, self._segment.text).delta_since(since, epoch)

    def _bring_to(self, forum: Forum) -> None:
        if forum.epoch == self._epoch and forum.revision < self._revision:
            pass  # a faster request brought a newer board
        elif forum.epoch != self._epoch or self._address_changed():
            self._build(forum)
        elif forum.revision > self._revision:
            self._catch_up(forum)

    def _address_changed(self) -> bool:
        """Say whether phones are told another address than the board shows."""
        now = time.monotonic()
        if now < self._read_address_at:
            return False
        self._read_address_at = now + ADDRESS_SECONDS
        return self._address != public_urls.join_address()

    def _build(self, forum: Forum) -> None:
        self._address = public_urls.join_address()
        board = Board(forum, self.audience)
        fragments = {fragment.id: fragment for fragment in board.all_fragments()}
        self._layout = split_placeholders(
            board.layout(_ListMarks(), {key: placeholder(key) for key in FIXED_FRAGMENTS})
        )
        self._fragments = fragments
        self._assemble(forum)

    def _catch_up(self, forum: Forum) -> None:
        catch_up = CatchUp(History(forum, self._revision), self.audience)
        changed = catch_up.fragments(self._revision, self._epoch)
        if changed is None:
            self._build(forum)
            return
        fragments = dict(self._fragments)
        for fragment in changed:
            if fragment.is_gone:
                fragments.pop(fragment.id, None)
            else:
                fragments[fragment.id] = fragment
        self._fragments = fragments
        self._assemble(forum)

    def _assemble(self, forum: Forum) -> None:
        lists = filled_lists(self._fragments.values())
        html = "".join(lists.get(part, "") if n % 2 else part for n, part in enumerate(self._layout))
        if html != self._segment.text:
            self._segment = Segment(html)
        self._forum, self._revision, self._epoch = forum, forum.revision, forum.epoch


class _ListMarks(dict[str, Any]):
    """Lists of a layout, each a placeholder."""

    def get(self, name: str, default: Any = None) -> Any:
        return placeholder(name)


@lru_cache(maxsize=64)
def _cached_board(pk: int, audience: Audience, language: str) -> CachedBoard:
    return CachedBoard(pk, audience, language)


def board_now(forum: Forum, audience: Audience) -> tuple[int, Segment]:
    """Return the whole board in the active language, after its revision."""
    return _cached_board(forum.pk, audience, get_language() or "fr").at(forum)


def delta_now(forum: Forum, audience: Audience, since: int, epoch: str) -> Delta:
    """Return what a page in the active language needs, so that it shows what is committed now."""
    return _cached_board(forum.pk, audience, get_language() or "fr").delta_since(forum, since, epoch)
