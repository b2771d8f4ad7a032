"""The whole board as it stands, kept ready for all who load it: what moved is rendered anew, the rest stays.

It follows the journal just as an open page does, so that a thousand people who arrive one after another cost one
fragment each, and not a board each. Pages are handed out compressed, and each piece is compressed once.
"""

import threading
import time
from collections import defaultdict
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language, override

from forum.fragment_keys import Key
from forum.live import catch_up
from forum.live.board import Board, Fragment
from forum.live.fragments import FIXED
from forum.models import Forum
from forum.server import addresses
from forum.web.page_cache import Piece, cut, mark

ADDRESS_SECONDS = 5.0


class Standing:
    """One audience's whole board in one language, at the newest revision that anybody asked for."""

    def __init__(self, pk: int, audience: str, language: str) -> None:
        self.audience, self.language = audience, language
        self._lock = threading.Lock()
        self._address = self._epoch = ""
        self._look_at = 0.0
        self._revision = -1
        self._layout: list[str] = []
        """Text and names of lists, in turn."""
        self._fragments: dict[str, Fragment] = {}
        self._piece = Piece("")

    def at(self, forum: Forum) -> tuple[int, Piece]:
        """The board, and its revision: that of `forum`, or a newer one that another request has just brought."""
        with self._lock, override(self.language):
            if forum.epoch == self._epoch and forum.revision < self._revision:
                pass  # a slow request: it gets what a faster one has just brought
            elif forum.epoch != self._epoch or self._moved_house():
                self._build(forum)
            elif forum.revision > self._revision:
                self._follow(forum)
            return self._revision, self._piece

    def _moved_house(self) -> bool:
        """Whether phones find the app at another address than that on the board; looked up now and then."""
        now = time.monotonic()
        if now < self._look_at:
            return False
        self._look_at = now + ADDRESS_SECONDS
        return self._address != addresses.join_address()

    def _build(self, forum: Forum) -> None:
        self._address = addresses.join_address()
        now = Board(forum, self.audience)
        fragments = {fragment.id: fragment for fragment in now.all_fragments()}
        self._layout = cut(now.layout(_Marks(), {name: mark(name) for name in FIXED}))
        self._fragments = fragments
        self._finish(forum)

    def _follow(self, forum: Forum) -> None:
        keys = catch_up.History(forum, self._revision).since(self._revision, self._epoch)
        if keys is None or Key.EVERYTHING in keys:
            return self._build(forum)
        fragments = dict(self._fragments)
        for fragment in Board(forum, self.audience).fragments(keys):
            if fragment.is_gone:
                fragments.pop(fragment.id, None)
            else:
                fragments[fragment.id] = fragment
        self._fragments = fragments
        return self._finish(forum)

    def _finish(self, forum: Forum) -> None:
        lists: defaultdict[str, list[Fragment]] = defaultdict(list)
        for fragment in self._fragments.values():
            lists[fragment.list or fragment.id].append(fragment)
        shown = {name: "".join(f.html for f in sorted(found, key=lambda f: f.order)) for name, found in lists.items()}
        html = "".join(shown.get(part, "") if n % 2 else part for n, part in enumerate(self._layout))
        if html != self._piece.text:
            self._piece = Piece(html)
        self._revision, self._epoch = forum.revision, forum.epoch


class _Marks(dict[str, Any]):
    """Lists of a layout, each of which only says where it goes."""

    def get(self, name: str, default: Any = None) -> Any:
        return mark(name)


@lru_cache(maxsize=64)
def _standing(pk: int, audience: str, language: str) -> Standing:
    return Standing(pk, audience, language)


def board_at(forum: Forum, audience: str) -> tuple[int, Piece]:
    """The whole board in the active language, and the revision at which it stands."""
    return _standing(forum.pk, audience, get_language() or "fr").at(forum)
