"""The hubs: one per process and forum, which turn "this forum moved" into one message for each kind of page.

A hub waits for the bell (and looks by itself every few seconds), reads once what changed, renders once per
audience and language, and hands the same event to every page that takes it at once. A page that does not is left to
a task of its own: it skips what is old, and delays nobody.
"""

import asyncio
import logging
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from django.db import DatabaseError, close_old_connections

from forum import notify
from forum.live import snapshot
from forum.live.holder import Holder
from forum.live.snapshot import Need, News, Question
from forum.models import Forum

log = logging.getLogger(__name__)
T = TypeVar("T")
Event = dict[str, Any]
"""As the web server takes it."""

LOOK_SECONDS = 2.0
"""How often a hub looks by itself: what a lost stroke of the bell costs at most."""
BREATH_SECONDS = 0.2
"""At most five updates a second: the first change goes out at once, the next ones share a message."""
BLIND_SECONDS = 3 * LOOK_SECONDS
"""After so long without a look that succeeded, a hub no longer says that there is nothing newer."""
SEND_SECONDS = 10.0
"""A phone that takes no message for so long is let go; it comes back with its revision."""

NOT_ALLOWED, TRY_AGAIN = 4403, 1013

_reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="board")
"""Renders for all hubs, on one lasting database connection."""


async def read(work: Callable[[], T], thread: ThreadPoolExecutor = _reader) -> T:
    """Run database work for the sockets, off the loop."""
    return await asyncio.get_running_loop().run_in_executor(thread, partial(_fresh, work))


def _fresh(work: Callable[[], Any]) -> Any:
    close_old_connections()
    return work()


@dataclass(eq=False, slots=True)
class Watcher:
    """One open page: what it shows, up to which revision, and who holds it."""

    send: Callable[[Event], Coroutine[Any, Any, None]]
    hang_up: Callable[[], object]
    """Ends the page's socket without a word, for when it takes none."""
    holder: Holder
    audience: str
    language: str
    watch: frozenset[str]
    epoch: str
    since: int
    """The revision to which it was served."""
    seated_at: int
    """The revision at which its rights were read."""
    shown: int = -1
    """The revision that it was told. Below `since` when nothing moved in between that it would show."""
    mark_due: bool = True
    """Whether what this page marks as theirs must be sent again."""
    is_busy: bool = False
    """Whether it still has to take what was handed to it."""

    @property
    def need(self) -> Need:
        return self.audience, self.language, self.epoch, self.since


class Hub:
    def __init__(self, forum: Forum) -> None:
        self.pk = forum.pk
        self.revision = forum.revision
        self.epoch = forum.epoch
        self.watchers: set[Watcher] = set()
        self.due: set[Watcher] = set()
        """Pages that came, or that took what they had: they need not wait for the next change."""
        self.called = asyncio.Event()
        self.has_rung = False
        self.breath_until = 0.0
        self.looked_at = asyncio.get_running_loop().time()
        self.is_over = False
        self.tasks: set[asyncio.Task[None]] = set()
        self.task = asyncio.ensure_future(self.run())

    # ---- who watches ----------------------------------------------------------------------------------------

    def seat(self, watcher: Watcher) -> None:
        watcher.shown = watcher.since
        self.watchers.add(watcher)
        self._serve_soon(watcher)

    def leave(self, watcher: Watcher) -> None:
        self.watchers.discard(watcher)
        self.due.discard(watcher)
        if not self.watchers:
            self.called.set()

    def _serve_soon(self, watcher: Watcher) -> None:
        self.due.add(watcher)
        self.called.set()

    # ---- when to look ---------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve for as long as somebody watches."""
        listening = self._spawn(notify.listen(notify.channel_group(self.pk), lambda _stroke: self.ring(), LOOK_SECONDS))
        await asyncio.sleep(0)  # who starts a hub takes a seat in it
        try:
            while self.watchers:
                await self._until_called()
                try:
                    await self._look()
                except Exception as error:
                    if isinstance(error, DatabaseError):
                        log.warning("the hub of forum %s waits for the database: %s", self.pk, str(error).strip())
                    else:
                        log.exception("the hub of forum %s goes on", self.pk)
                    self.has_rung = True
                    await asyncio.sleep(LOOK_SECONDS)
        finally:
            self.is_over = True
            listening.cancel()

    async def _until_called(self) -> None:
        """Until somebody is due, or until the forum may have moved and everyone has drawn breath."""
        now = asyncio.get_running_loop().time
        look_at = now() + LOOK_SECONDS
        while self.watchers and not self.due:
            left = (self.breath_until if self.has_rung else look_at) - now()
            if left <= 0:
                return
            self.called.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.called.wait(), left)

    def ring(self) -> None:
        self.has_rung = True
        self.called.set()

    # ---- what to send ---------------------------------------------------------------------------------------

    async def _look(self) -> None:
        """See whether the forum moved; first shut out those who lost their rights, then hand out what is new.

        In the middle of a breath, only to those who are due.
        """
        now = asyncio.get_running_loop().time
        to_all = now() >= self.breath_until
        if to_all:
            self.has_rung = False
        whom = [watcher for watcher in (self.watchers if to_all else self.due) if not watcher.is_busy]
        self.due.clear()
        all_of_them = list(self.watchers)
        found = await read(partial(snapshot.read, self._question(whom, all_of_them)))
        if found is None:
            for watcher in list(self.watchers):
                self._shut_out(watcher)
            return
        for watcher in all_of_them:
            watcher.mark_due = watcher.mark_due or watcher.holder.participant in found.marks
            watcher.seated_at = found.revision
            if watcher.holder in found.shut_out:
                self._shut_out(watcher)
        if to_all and (self.revision, self.epoch) != (found.revision, found.epoch):
            self.breath_until = now() + BREATH_SECONDS
        self.has_rung = self.has_rung or (not to_all and found.revision != self.revision)
        self.revision, self.epoch, self.looked_at = found.revision, found.epoch, now()
        for watcher in whom:
            if watcher in self.watchers:
                self._hand(watcher, found)

    def _question(self, whom: list[Watcher], all_of_them: list[Watcher]) -> Question:
        return Question(
            forum=self.pk,
            revision=self.revision,
            epoch=self.epoch,
            needs={watcher.need for watcher in whom},
            marked=frozenset(w.holder.participant for w in whom if w.mark_due and w.holder.participant),
            holders=[watcher.holder for watcher in all_of_them],
            unsure=[watcher.holder for watcher in all_of_them if watcher.seated_at < self.revision],
        )

    def _hand(self, watcher: Watcher, found: News) -> None:
        """Give one page what it misses, and its marks."""
        events = []
        if answer := found.answers.get(watcher.need):
            if answer.concerns(watcher.watch):
                events.append(answer.event(watcher.shown, watcher.watch))
                watcher.shown = answer.to
            watcher.since, watcher.epoch = answer.to, answer.epoch
        if watcher.mark_due and (mark := found.marks.get(watcher.holder.participant or 0)) is not None:
            events.append(_text(f'{{"me":{snapshot.compact(mark)},"at":{found.revision}}}'))
            watcher.mark_due = False
        if events:
            self._send(watcher, events)

    def _send(self, watcher: Watcher, events: list[Event]) -> None:
        """At once if the page takes it at once, as nearly all do: a task for each page would double the time."""
        try:
            rest = begin(_each(watcher.send, events)) if len(events) > 1 else begin(watcher.send(events[0]))
        except Exception:  # it has just left; its socket says so to itself
            self.leave(watcher)
            return
        if rest:
            watcher.is_busy = True
            self._spawn(self._finish(watcher, rest))

    async def _finish(self, watcher: Watcher, rest: Awaitable[None]) -> None:
        """Wait for a page that is slow; then it is due for all that it missed meanwhile, at once."""
        try:
            await asyncio.wait_for(rest, SEND_SECONDS)
        except TimeoutError:
            self.leave(watcher)
            await self._close(watcher, TRY_AGAIN)
        except Exception:
            self.leave(watcher)
        else:
            watcher.is_busy = False
            if watcher in self.watchers:
                self._serve_soon(watcher)

    def _shut_out(self, watcher: Watcher) -> None:
        self.leave(watcher)
        self._spawn(self._close(watcher, NOT_ALLOWED))

    async def _close(self, watcher: Watcher, code: int) -> None:
        with suppress(Exception):
            await asyncio.wait_for(watcher.send({"type": "websocket.close", "code": code}), SEND_SECONDS)
            return
        watcher.hang_up()

    def beat(self, watcher: Watcher) -> str:
        """The answer to "anything newer than what I show?"; empty when the hub cannot know: the database is away."""
        if asyncio.get_running_loop().time() - self.looked_at > BLIND_SECONDS:
            return ""
        if (watcher.since, watcher.epoch) != (self.revision, self.epoch):
            return f'{{"beat":{self.revision},"epoch":"{self.epoch}"}}'
        if watcher.shown == watcher.since or watcher.audience == "page":
            return f'{{"beat":{watcher.shown}}}'
        shown, watcher.shown = watcher.shown, watcher.since
        return snapshot.nothing(shown, watcher.since, watcher.epoch)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def stop(self) -> None:
        for task in (self.task, *self.tasks):
            task.cancel()


def _text(text: str) -> Event:
    return {"type": "websocket.send", "text": text}


async def _each(send: Callable[[Event], Awaitable[None]], events: list[Event]) -> None:
    for event in events:
        await send(event)


def begin(work: Coroutine[Any, Any, None]) -> Awaitable[None] | None:
    """Do at once what can be done without waiting; the rest of it is returned, if it has to wait."""
    try:
        waits_for = work.send(None)
    except StopIteration:
        return None
    return _go_on(work, waits_for)


@types.coroutine
def _go_on(work: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """The rest of a coroutine that has begun to wait, for a task to finish."""
    while True:
        error: BaseException | None = None
        try:
            yield waits_for
        except BaseException as raised:
            error = raised
        try:
            waits_for = work.throw(error) if error else work.send(None)
        except StopIteration:
            return


_hubs: dict[int, Hub] = {}


def hub_of(forum: Forum) -> Hub:
    """The forum's hub, which is started if it sleeps; take a seat in it at once. Call it from the loop."""
    hub = _hubs.get(forum.pk)
    if hub is None or hub.is_over or hub.task.done():
        hub = _hubs[forum.pk] = Hub(forum)
    return hub


def stop() -> None:
    """End every hub; the process stops."""
    for hub in _hubs.values():
        hub.stop()
    _hubs.clear()
