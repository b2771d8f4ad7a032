"""The hubs: one per process and forum, which turn "this forum moved" into one message for each audience.

A hub waits for the bell (and looks by itself every few seconds), reads once what changed, renders once per
audience and language, and wakes its watchers. Each watcher sends what leads from its own revision to the
newest: a slow phone skips what is old, and delays nobody.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from channels.layers import get_channel_layer
from django.db import close_old_connections
from django.utils.translation import override

from forum import access, bell, board
from forum.models import Actor, Forum, JournalEntry
from forum.models.journal import EVERYTHING

log = logging.getLogger(__name__)
T = TypeVar("T")

LOOK_SECONDS = 2.0
"""How often a hub looks by itself: what a lost stroke of the bell costs at most."""
BREATH_SECONDS = 0.2
"""At most five updates a second: the first change goes out at once, the next ones share a message."""
SEND_SECONDS = 10.0
"""A phone that takes no message for so long is let go; it comes back with its revision."""

NOT_ALLOWED, TRY_AGAIN = 4403, 1013

_reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="board")
"""Renders for all hubs, on one lasting database connection."""


async def read(work: Callable[[], T]) -> T:
    """Run database work for the sockets, off the loop."""
    return await asyncio.get_running_loop().run_in_executor(_reader, partial(_fresh, work))


def _fresh(work: Callable[[], Any]) -> Any:
    close_old_connections()
    return work()


@dataclass(eq=False)
class Watcher:
    """One open page: what it shows, up to which revision, and who holds it."""

    send: Callable[[str], Awaitable[None]]
    close: Callable[[int], Awaitable[None]]
    cookies: dict[str, str]
    audience: str
    language: str
    since: int
    epoch: str
    watch: frozenset[str]
    actor: Actor
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    mark_due: bool = True
    """Whether what this page marks as theirs must be sent again."""

    @property
    def participant_id(self) -> int | None:
        return self.actor.participant.pk if self.actor.participant else None


class Hub:
    def __init__(self, forum: Forum) -> None:
        self.forum = forum
        self.revision = forum.revision
        self.epoch = forum.epoch
        self.watchers: set[Watcher] = set()
        self.messages: dict[Need, asyncio.Future[Message]] = {}
        self.task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Listen to the bell for as long as somebody watches."""
        layer: Any = get_channel_layer()
        name = await self._subscribe(layer)
        while self.watchers:
            try:
                await self._wait_for_bell(layer, name)
                await self._look()
                await asyncio.sleep(BREATH_SECONDS)
            except Exception:
                log.exception("the hub of forum %s goes on", self.forum.pk)
                await asyncio.sleep(LOOK_SECONDS)
                name = await self._subscribe(layer)

    async def _subscribe(self, layer: Any) -> str | None:
        try:
            name: str = await layer.new_channel()
            await layer.group_add(bell.channel_group(self.forum.pk), name)
        except Exception as error:  # Redis away: looking every few seconds is enough
            log.warning("the channel layer is away: %s", error)
            return None
        return name

    async def _wait_for_bell(self, layer: Any, name: str | None) -> None:
        if name is None:
            await asyncio.sleep(LOOK_SECONDS)
            return
        try:
            await asyncio.wait_for(layer.receive(name), LOOK_SECONDS)
        except TimeoutError:
            # Channels forget a subscription after a day: renewing it is cheap.
            await layer.group_add(bell.channel_group(self.forum.pk), name)

    async def _look(self) -> None:
        """See whether the forum moved; first shut out those who lost their rights, then wake the others."""
        forum, keys = await read(partial(_moves, self.forum.pk, self.revision, self.epoch))
        if forum is None:
            await asyncio.gather(*(w.close(NOT_ALLOWED) for w in list(self.watchers)))
            return
        if (forum.revision, forum.epoch) == (self.revision, self.epoch):
            return
        if any(key.startswith("rights-") for key in keys) or forum.epoch != self.epoch:
            await self._check_rights()
        self.messages = {}
        self.revision, self.epoch, self.forum = forum.revision, forum.epoch, forum
        for watcher in self.watchers:
            watcher.mark_due = watcher.mark_due or f"me-{watcher.participant_id}" in keys
            watcher.wake.set()

    async def _check_rights(self) -> None:
        watchers = list(self.watchers)
        allowed = await read(partial(_allowed, self.forum, [w.cookies for w in watchers], [w.actor for w in watchers]))
        for watcher, stays in zip(watchers, allowed, strict=True):
            if not stays:
                self.watchers.discard(watcher)
                await watcher.close(NOT_ALLOWED)

    async def serve(self, watcher: Watcher) -> None:
        """Send one watcher all that it misses, for as long as it listens."""
        while watcher in self.watchers:
            watcher.wake.clear()
            if watcher.since < self.revision or watcher.epoch != self.epoch:
                message = await self._message(watcher)
                if message.text:
                    await self._send(watcher, message.text)
                watcher.since, watcher.epoch = message.to, message.epoch
            if watcher.mark_due and watcher.participant_id:
                watcher.mark_due = False
                await self._send_mark(watcher, watcher.participant_id)
            await watcher.wake.wait()

    async def _send(self, watcher: Watcher, text: str) -> None:
        try:
            await asyncio.wait_for(watcher.send(text), SEND_SECONDS)
        except TimeoutError:
            await watcher.close(TRY_AGAIN)
            raise

    async def _message(self, watcher: Watcher) -> "Message":
        """The message from the watcher's revision to the newest, made once for all who need the same."""
        need = (watcher.audience, watcher.language, watcher.since, watcher.epoch, watcher.watch)
        if need not in self.messages:
            self.messages[need] = asyncio.ensure_future(read(partial(_compose, self.forum, need)))
        return await asyncio.shield(self.messages[need])

    async def _send_mark(self, watcher: Watcher, person: int) -> None:
        at = self.revision
        marks = await read(partial(board.mine, [person]))
        await self._send(watcher, json.dumps({"me": marks[person], "at": at}, separators=(",", ":")))


Need = tuple[str, str, int, str, frozenset[str]]
"""Audience, language, revision and epoch that a page shows, and the keys that it watches."""


@dataclass(frozen=True)
class Message:
    text: str
    """Empty when nothing of what the page watches moved."""
    to: int
    epoch: str


def _compose(forum: Forum, need: Need) -> Message:
    audience, language, since, epoch, watch = need
    with override(language):
        change = board.delta(forum, audience, since, epoch)
    of_interest = audience != "page" or change.moved & (watch | {EVERYTHING})
    return Message(encode(change, watch) if of_interest else "", change.to, change.epoch)


def encode(change: board.Delta, watch: frozenset[str] = frozenset()) -> str:
    """The message as phones read it: apply `html` when `from` is at most what the page shows, and `to` is newer."""
    message: dict[str, Any] = {"from": change.since, "to": change.to, "epoch": change.epoch, "html": change.html}
    if change.whole:
        message["whole"] = True
    if watch:
        message["moved"] = sorted(change.moved & (watch | {EVERYTHING}))
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False)


def _moves(pk: int, since: int, epoch: str) -> tuple[Forum | None, frozenset[str]]:
    forum = Forum.objects.filter(pk=pk).first()
    if forum is None or (forum.revision, forum.epoch) == (since, epoch):
        return forum, frozenset()
    rows = JournalEntry.objects.filter(forum=forum, revision__gt=since).values_list("touched", flat=True)
    return forum, frozenset().union(*rows)


def _allowed(forum: Forum, cookies: list[dict[str, str]], before: list[Actor]) -> list[bool]:
    """Whether each browser still holds at least what it held when it connected."""
    now = [access.identify(c, forum) for c in cookies]
    return [
        (was.participant is None or is_.participant is not None)
        and (was.facilitator is None or is_.facilitator is not None)
        for was, is_ in zip(before, now, strict=True)
    ]


_hubs: dict[int, Hub] = {}


def hub_of(forum: Forum, watcher: Watcher) -> Hub:
    """Seat a watcher in its forum's hub, which is started if it sleeps. Call it from the loop."""
    hub = _hubs.get(forum.pk)
    if hub is None or hub.task is None or hub.task.done():
        hub = _hubs[forum.pk] = Hub(forum)
    hub.watchers.add(watcher)
    if hub.task is None:
        hub.task = asyncio.ensure_future(hub.run())
    return hub


def leave(hub: Hub, watcher: Watcher) -> None:
    hub.watchers.discard(watcher)


def stop() -> None:
    """End every hub; the process stops."""
    for hub in _hubs.values():
        if hub.task:
            hub.task.cancel()
    _hubs.clear()
