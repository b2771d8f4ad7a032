"""The phones that opened the test page of a forum, kept in the cache for two hours and nowhere else."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from django.core.cache import BaseCache, caches

log = logging.getLogger(__name__)
T = TypeVar("T")

EXPIRY_SECONDS = 2 * 3600
MAX_PHONES = 60
"""Phones kept for one forum, the latest ones."""
BEAT_SECONDS = 5
"""Interval at which an open test page reports."""
MAX_DRIFT = 10 * 366 * 24 * 3600 * 1000
"""Milliseconds: a larger difference is not taken for that of a clock."""


@dataclass(frozen=True)
class PhoneTest:
    """One phone on the test page, and the results that it reported."""

    key: str
    """Random text from a cookie of the browser: a page that is opened again is the same phone."""
    kind: str
    """iPhone, Android… from the User-Agent header; empty if it does not say."""
    is_this_computer: bool
    """Whether the browser runs on the server itself, which proves nothing about the network."""
    seen_at: float
    """Seconds since 1970, by the clock of the server."""
    sockets: bool | None = None
    """Whether live updates arrive; None if it has not reported."""
    drift: int | None = None
    """Milliseconds by which the phone's clock is ahead of the server's; None if it has not reported."""

    @property
    def is_open(self) -> bool:
        """Whether the test page is open now."""
        return time.time() - self.seen_at < 3 * BEAT_SECONDS

    @property
    def minutes(self) -> int:
        """Minutes since the last report."""
        return int((time.time() - self.seen_at) // 60)


def recent(forum_id: int) -> list[PhoneTest]:
    """List the phones that opened the test page of this forum, the latest first."""
    phones = _with_cache(lambda cache: cache.get(_cache_key(forum_id))) or {}
    return sorted(phones.values(), key=lambda phone: -phone.seen_at)


def record(forum_id: int, phone: PhoneTest) -> None:
    """Store the report of a phone; keep its earlier results where this report has none.

    Of two reports in the same instant one may be lost; it comes again BEAT_SECONDS later.
    """
    phones = {other.key: other for other in recent(forum_id)}
    if before := phones.get(phone.key):
        phone = replace(
            phone,
            sockets=before.sockets if phone.sockets is None else phone.sockets,
            drift=before.drift if phone.drift is None else phone.drift,
        )
    latest = sorted((phones | {phone.key: phone}).values(), key=lambda other: -other.seen_at)[:MAX_PHONES]
    by_key = {other.key: other for other in latest}
    _with_cache(lambda cache: cache.set(_cache_key(forum_id), by_key, EXPIRY_SECONDS))


def _cache_key(forum_id: int) -> str:
    return f"phones-{forum_id}"


def _with_cache(work: Callable[[BaseCache], T]) -> T:
    """Use the cache that all processes share or, while Redis is away, that of this process."""
    try:
        return work(caches["default"])
    except Exception as error:
        log.warning("Redis is away, the test page is remembered in each process alone: %s", error)
        return work(caches["alone"])
