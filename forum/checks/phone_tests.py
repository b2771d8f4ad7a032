"""The phones that opened the test page of a forum: remembered for two hours, in the cache and nowhere else."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from django.core.cache import BaseCache, caches

log = logging.getLogger(__name__)
T = TypeVar("T")

REMEMBERED_SECONDS = 2 * 3600
MOST = 60
"""Phones remembered for one forum; past that the one unheard of for longest is forgotten."""
BEAT_SECONDS = 5
"""How often an open test page says that it is still there."""
LONGEST_DRIFT = 10 * 366 * 24 * 3600 * 1000
"""Milliseconds: further off is no clock."""


@dataclass(frozen=True)
class Phone:
    key: str
    """Random, in a cookie of this browser: a page that is opened again is the same phone."""
    kind: str
    """iPhone, Android… as its browser says; empty: it does not."""
    is_here: bool
    """Whether it is this computer itself, which proves nothing about the network."""
    seen_at: float
    """Seconds since 1970, by this computer's clock."""
    sockets: bool | None = None
    """Whether live updates come through; None: it has not said."""
    drift: int | None = None
    """Milliseconds by which its clock is ahead of this computer's; None: it has not said."""

    @property
    def is_open(self) -> bool:
        """Whether its page is open now."""
        return time.time() - self.seen_at < 3 * BEAT_SECONDS

    @property
    def minutes(self) -> int:
        """Since it was last heard of."""
        return int((time.time() - self.seen_at) // 60)


def seen(forum_id: int) -> list[Phone]:
    """Who opened the test page of this forum, the last one first."""
    found = _shared(lambda cache: cache.get(_name(forum_id))) or {}
    return sorted(found.values(), key=lambda phone: -phone.seen_at)


def hear(forum_id: int, phone: Phone) -> None:
    """Remember what this phone says; of what it does not say now, what it said before holds.

    Two that speak in the same instant may lose a word of one, which says it again a few seconds later.
    """
    known = {other.key: other for other in seen(forum_id)}
    if before := known.get(phone.key):
        phone = replace(
            phone,
            sockets=before.sockets if phone.sockets is None else phone.sockets,
            drift=before.drift if phone.drift is None else phone.drift,
        )
    latest = sorted((known | {phone.key: phone}).values(), key=lambda other: -other.seen_at)[:MOST]
    kept = {other.key: other for other in latest}
    _shared(lambda cache: cache.set(_name(forum_id), kept, REMEMBERED_SECONDS))


def _name(forum_id: int) -> str:
    return f"phones-{forum_id}"


def _shared(work: Callable[[BaseCache], T]) -> T:
    """With the memory that all processes share or, while Redis is away, with that of this one."""
    try:
        return work(caches["default"])
    except Exception as error:
        log.warning("Redis is away, the test page is remembered in each process alone: %s", error)
        return work(caches["alone"])
