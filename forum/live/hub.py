"""The hub: one per process and forum, which turns "this forum changed" into one message for each kind of page.

A hub waits to be notified (and polls every few seconds), reads one snapshot, renders once per audience and language,
and hands the same event to every page that takes it at once. A slow page is left to a task of its own: it skips old
revisions and delays nobody.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Coroutine, Iterable
from contextlib import suppress
from functools import partial
from typing import Any

from django.db import DatabaseError
from django.utils import timezone

from forum import metrics, notify
from forum.live.audience import Audience
from forum.live.database_thread import run_in_database_thread
from forum.live.messages import beat_message, clock_message, empty_delta, marks_message
from forum.live.sending import NOT_ALLOWED, TRY_AGAIN, Event, run_until_first_wait, send_all
from forum.live.snapshot import Snapshot, SnapshotRequest, read_snapshot
from forum.live.subscriber import Subscriber
from forum.models import Forum

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0
"""How often a hub reads by itself: what a lost notification costs at most."""
MIN_INTERVAL_SECONDS = 0.2
"""Between two updates for all pages. The first change goes out at once, the next ones share a message."""
STALE_SECONDS = 3 * POLL_SECONDS
"""Without a successful read for so long, a hub no longer answers that nothing is newer."""
MAX_CLOCK_STEP_SECONDS = 1.0
"""Pages count on from the time that they were told. When the clock was set by more, they are told again."""
SEND_TIMEOUT_SECONDS = 10.0
"""A page that takes no message for so long is closed; it comes back with its revision."""


def clock_offset() -> float:
    """Return the difference between the time of day and the clock that nobody sets, in seconds."""
    return time.time() - time.monotonic()


class Hub:
    def __init__(self, forum: Forum) -> None:
        self.pk = forum.pk
        self.revision = forum.revision
        self.epoch = forum.epoch
        self.subscribers: set[Subscriber] = set()
        self.due: set[Subscriber] = set()
        """New pages, and slow ones that took their message: they need not wait for the next change."""
        self.woken = asyncio.Event()
        self.may_have_moved = False
        self.quiet_until = 0.0
        self._loop = asyncio.get_running_loop()
        self.read_at = self._loop.time()
        self.clock_offset = clock_offset()
        self.is_over = False
        self.tasks: set[asyncio.Task[None]] = set()
        self.task = asyncio.ensure_future(self.run())

    # subscribers

    def subscribe(self, subscriber: Subscriber) -> None:
        subscriber.shown = subscriber.since
        self.subscribers.add(subscriber)
        self._mark_due(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        self.subscribers.discard(subscriber)
        self.due.discard(subscriber)
        if not self.subscribers:
            self.woken.set()

    def _mark_due(self, subscriber: Subscriber) -> None:
        self.due.add(subscriber)
        self.woken.set()

    # when to read

    async def run(self) -> None:
        """Serve until the last subscriber has left."""
        group = notify.channel_of_forum(self.pk)
        listening = self._spawn(notify.listen(group, lambda _message: self.wake(), POLL_SECONDS))
        await asyncio.sleep(0)  # the caller of get_hub subscribes first
        try:
            while self.subscribers:
                await self._wait()
                self._notice_clock_step()
                try:
                    await self._update()
                except Exception as error:
                    metrics.HUB_READS.labels("failed").inc()
                    if isinstance(error, DatabaseError):
                        metrics.SERVICE_ERRORS.labels("database").inc()
                        log.warning("the hub of forum %s waits for the database: %s", self.pk, str(error).strip())
                    else:
                        log.exception("the hub of forum %s goes on", self.pk)
                    self.may_have_moved = True
                    await asyncio.sleep(POLL_SECONDS)
        finally:
            self.is_over = True
            listening.cancel()

    async def _wait(self) -> None:
        """Wait until a subscriber is due, or until the forum may have moved and the interval has passed."""
        now = asyncio.get_running_loop().time
        poll_at = now() + POLL_SECONDS
        while self.subscribers and not self.due:
            left = (self.quiet_until if self.may_have_moved else poll_at) - now()
            if left <= 0:
                return
            self.woken.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.woken.wait(), left)

    def wake(self) -> None:
        self.may_have_moved = True
        self.woken.set()

    def _notice_clock_step(self) -> None:
        """Tell every page the time if this computer's clock was set, by hand or after a sleep."""
        offset = clock_offset()
        if abs(offset - self.clock_offset) > MAX_CLOCK_STEP_SECONDS:
            self.clock_offset = offset
            for subscriber in self.subscribers:
                subscriber.needs_time = True
                self.due.add(subscriber)

    # what to send

    async def _update(self) -> None:
        """Read a snapshot, expel pages that lost their rights, then send the others what is new.

        Within the minimal interval, only subscribers that are due are served.
        """
        now = asyncio.get_running_loop().time
        serves_all = now() >= self.quiet_until
        if serves_all:
            self.may_have_moved = False
        served = [subscriber for subscriber in (self.subscribers if serves_all else self.due) if not subscriber.is_busy]
        self.due.clear()
        everyone = list(self.subscribers)
        snapshot = await run_in_database_thread(partial(read_snapshot, self._request(served, everyone)))
        if snapshot is None:
            for subscriber in everyone:
                self._expel(subscriber)
            return
        self._apply(snapshot, everyone)
        has_moved = (self.revision, self.epoch) != (snapshot.revision, snapshot.epoch)
        metrics.HUB_READS.labels("moved" if has_moved else "same").inc()
        if serves_all and has_moved:
            self.quiet_until = now() + MIN_INTERVAL_SECONDS
        self.may_have_moved = self.may_have_moved or (not serves_all and snapshot.revision != self.revision)
        self.revision, self.epoch, self.read_at = snapshot.revision, snapshot.epoch, now()
        deliveries = sum(self._serve(subscriber, snapshot) for subscriber in served if subscriber in self.subscribers)
        metrics.DELIVERIES.inc(deliveries)

    def _request(self, served: Iterable[Subscriber], everyone: Iterable[Subscriber]) -> SnapshotRequest:
        needing_marks = (subscriber.credentials.participant for subscriber in served if subscriber.needs_marks)
        return SnapshotRequest(
            forum=self.pk,
            revision=self.revision,
            epoch=self.epoch,
            positions={subscriber.position for subscriber in served},
            marked=frozenset(filter(None, needing_marks)),
            everyone=[subscriber.credentials for subscriber in everyone],
            recheck=[one.credentials for one in everyone if one.rights_read_at < self.revision],
        )

    def _apply(self, snapshot: Snapshot, everyone: Iterable[Subscriber]) -> None:
        """Note whose marks moved, and expel those without rights."""
        for subscriber in everyone:
            has_new_marks = subscriber.credentials.participant in snapshot.marks
            subscriber.needs_marks = subscriber.needs_marks or has_new_marks
            subscriber.rights_read_at = snapshot.revision
            if subscriber.credentials in snapshot.without_rights:
                self._expel(subscriber)

    def _serve(self, subscriber: Subscriber, snapshot: Snapshot) -> int:
        """Send one page the delta and the marks that it needs. Return the number of messages."""
        events = []
        if delta := snapshot.deltas.get(subscriber.position):
            if delta.concerns(subscriber.watched):
                events.append(delta.event(subscriber.shown, subscriber.watched))
                subscriber.shown = delta.to
            subscriber.since, subscriber.epoch = delta.to, delta.epoch
        marks = snapshot.marks.get(subscriber.credentials.participant or 0)
        if subscriber.needs_marks and marks is not None:
            events.append({"type": "websocket.send", "text": marks_message(marks, snapshot.revision)})
            subscriber.needs_marks = False
        if subscriber.needs_time:
            events.append({"type": "websocket.send", "text": clock_message(timezone.now())})
            subscriber.needs_time = False
        if events:
            self._send(subscriber, events)
        return len(events)

    def _send(self, subscriber: Subscriber, events: list[Event]) -> None:
        """Send at once if the page takes it at once, as nearly all do: a task for each page would double the time."""
        work = subscriber.send(events[0]) if len(events) == 1 else send_all(subscriber.send, events)
        try:
            rest = run_until_first_wait(work)
        except Exception:  # the page has just left; its socket will end by itself
            self.unsubscribe(subscriber)
            return
        if rest:
            subscriber.is_busy = True
            self._spawn(self._finish_sending(subscriber, rest))

    async def _finish_sending(self, subscriber: Subscriber, rest: Awaitable[None]) -> None:
        """Wait for a slow page, which is then due for all that it missed meanwhile."""
        try:
            await asyncio.wait_for(rest, SEND_TIMEOUT_SECONDS)
        except TimeoutError:
            self.unsubscribe(subscriber)
            await self._close(subscriber, TRY_AGAIN)
        except Exception:
            self.unsubscribe(subscriber)
        else:
            subscriber.is_busy = False
            if subscriber in self.subscribers:
                self._mark_due(subscriber)

    def _expel(self, subscriber: Subscriber) -> None:
        self.unsubscribe(subscriber)
        self._spawn(self._close(subscriber, NOT_ALLOWED))

    async def _close(self, subscriber: Subscriber, code: int) -> None:
        with suppress(Exception):
            await asyncio.wait_for(subscriber.send({"type": "websocket.close", "code": code}), SEND_TIMEOUT_SECONDS)
            return
        subscriber.abort()

    @property
    def read_age(self) -> float:
        """Seconds since the last successful read. Callable from any thread."""
        return self._loop.time() - self.read_at

    def heartbeat(self, subscriber: Subscriber) -> str:
        """Return the answer to "is anything newer than what I show?"; empty while the database is away."""
        if self.read_age > STALE_SECONDS:
            return ""
        if (subscriber.since, subscriber.epoch) != (self.revision, self.epoch):
            return beat_message(self.revision, self.epoch)
        if subscriber.shown == subscriber.since or subscriber.audience == Audience.PAGE:
            return beat_message(subscriber.shown)
        shown, subscriber.shown = subscriber.shown, subscriber.since
        return empty_delta(shown, subscriber.since, subscriber.epoch)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def stop(self) -> None:
        for task in (self.task, *self.tasks):
            task.cancel()


_hubs: dict[int, Hub] = {}


def get_hub(forum: Forum) -> Hub:
    """Return the forum's hub, started if need be. Call it on the loop, and subscribe before the next await."""
    hub = _hubs.get(forum.pk)
    if hub is None or hub.is_over or hub.task.done():
        hub = _hubs[forum.pk] = Hub(forum)
    return hub


def open_hubs() -> list[Hub]:
    """Return the hubs of this process. Callable from any thread."""
    return [hub for hub in list(_hubs.values()) if not hub.is_over]


def stop_hubs() -> None:
    """Cancel every hub when the process stops."""
    for hub in _hubs.values():
        hub.stop()
    _hubs.clear()
