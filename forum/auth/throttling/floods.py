"""Limit how much one person sends, far above what a phone does, or a laptop that a whole table shares.

Each limit is an allowance: so many at once, which comes back evenly over its period. Who types for everyone has none,
nor have the invented people of a rehearsal. Written texts of a report have limits of their own
(sessions/models/manuscript.py).
"""

import math
import threading
import time
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forum.auth.rules import Rights
from forum.models import Actor, Forum

MINUTE = 60


@dataclass(frozen=True)
class Limit:
    most: int
    """What may be sent at once."""
    period: int
    """Seconds in which the allowance comes back whole."""


USUAL = Limit(120, 5 * MINUTE)
"""Of every POST that has no row below."""
LIMITS = {
    # A whole hall may have one address: 2,000 people arrive within minutes, and some come twice.
    "join": Limit(2_500, 10 * MINUTE),
    "second_device": Limit(10, 10 * MINUTE),
    "me": Limit(30, 10 * MINUTE),
    # What everybody sees: a table of ten people types ten topics, one after the other.
    "propose": Limit(30, 10 * MINUTE),
    "split": Limit(20, 10 * MINUTE),
    "comment": Limit(30, 10 * MINUTE),
    "feedback": Limit(20, 10 * MINUTE),
    "finish_report": Limit(30, 10 * MINUTE),
    "restore_version": Limit(30, 10 * MINUTE),
    # Taps: somebody who plays goes three times through an agenda of sixty topics.
    "interest": Limit(200, 5 * MINUTE),
    "presence": Limit(100, 5 * MINUTE),
    "roam": Limit(100, 5 * MINUTE),
    # Forms that a page saves by itself, once a second at most while somebody types.
    "report": Limit(600, 5 * MINUTE),
    "action": Limit(600, 5 * MINUTE),
    "photo": Limit(600, 5 * MINUTE),
    # Shared texts without a socket: twice a second, in several reports.
    "writing": Limit(3_000, 5 * MINUTE),
    # Parts of 128 kB: twelve photos and twelve sheets of the largest size.
    "upload_photo": Limit(3_000, 10 * MINUTE),
    "upload_sheet": Limit(3_000, 10 * MINUTE),
    # Several photos in one form.
    "photos": Limit(20, 10 * MINUTE),
    "sheet": Limit(20, 10 * MINUTE),
}
"""By URL name."""


class Allowances:
    """What each sender has left of each limit, as the moment at which the allowance will be whole again."""

    MOST = 50_000
    """Allowances that are remembered; beyond it those that are whole are forgotten, then all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._whole_at: dict[tuple[str, str], float] = {}

    def forget(self) -> None:
        self._whole_at.clear()

    def take(self, sender: str, name: str) -> int:
        """Take one from an allowance and return 0; when it is empty, return the seconds until there is one again."""
        limit = LIMITS.get(name, USUAL)
        key, now = (sender, name if name in LIMITS else ""), time.monotonic()
        with self._lock:
            if len(self._whole_at) >= self.MOST:
                self._forget_whole(now)
            whole_at = max(now, self._whole_at.get(key, now)) + limit.period / limit.most
            wait = whole_at - now - limit.period
            if wait > 0.001:
                return math.ceil(wait)
            self._whole_at[key] = whole_at
        return 0

    def _forget_whole(self, now: float) -> None:
        self._whole_at = {key: whole_at for key, whole_at in self._whole_at.items() if whole_at > now}
        if len(self._whole_at) >= self.MOST:
            self.forget()


allowances = Allowances()


def wait_of(forum: Forum, actor: Actor, address: str, name: str) -> int:
    """Count a POST to this URL name. Return 0 if it may go on, else the seconds until it may.

    All devices of a participant count together; who has not joined counts with their network address.
    """
    if forum.is_rehearsal or Rights(actor, forum).may("act_for_others"):
        return 0
    sender = str(actor.participant.pk) if actor.participant else f"{forum.pk} {address}"
    return allowances.take(sender, name)


def refusal(wait: int) -> str:
    """Return the sentence for somebody who must wait for so many seconds."""
    text = _("That is a lot in a short time. Send it again in {time}: what you typed is still there.")
    return text.format(time=duration(wait))


def duration(seconds: int) -> str:
    """Return a duration in words, rounded up."""
    if seconds > MINUTE:
        minutes = math.ceil(seconds / MINUTE)
        return ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes)
    return ngettext("{n} second", "{n} seconds", seconds).format(n=seconds)
