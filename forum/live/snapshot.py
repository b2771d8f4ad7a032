"""What a hub reads in one go: whether its forum moved, who must leave, and what each kind of page misses."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.translation import override

from forum.auth.identity import identify_all
from forum.fragment_keys import WATCHABLE, Key, RowKey, touch_rights
from forum.live.catch_up import CatchUp, Delta, History
from forum.live.holder import Holder
from forum.live.marks import marks_of
from forum.models import Forum, JournalEntry
from forum.text.parsing import whole_number

Need = tuple[str, str, str, int]
"""What pages of one kind lack: their audience, their language, and the epoch and revision they stand at."""

MOST_WATCHED = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page says when it asks for what it misses."""

    audience: str
    since: int
    epoch: str
    watch: frozenset[str]
    """Keys of which it wants to know whether they moved."""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Asked":
        since = whole_number(query.get("since", ""))
        keys = query.get("watch", "").split(",", MOST_WATCHED)[:MOST_WATCHED]
        return cls(
            audience=query.get("as", "phone"),
            since=-1 if since is None else since,
            epoch=query.get("epoch", "")[:8],
            watch=frozenset(key for key in keys if WATCHABLE.fullmatch(key)),
        )


@dataclass(frozen=True)
class Question:
    """What a hub wants to know."""

    forum: int
    revision: int
    """Up to which it has seen to everyone's rights."""
    epoch: str
    needs: Iterable[Need]
    marked: frozenset[int]
    """Participants whose marks must be sent in any case."""
    holders: list[Holder]
    """All who listen."""
    unsure: list[Holder]
    """Those of them whose rights were read before `revision`."""


@dataclass
class News:
    revision: int
    epoch: str
    answers: "dict[Need, Answer]" = field(default_factory=dict)
    marks: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What participants' phones mark as theirs: those who asked, and those for whom it moved."""
    shut_out: set[Holder] = field(default_factory=set)
    """Those who may no longer listen."""


class Answer:
    """What leads a page from where it stands to the newest revision, encoded once for all who show the same."""

    def __init__(self, change: Delta) -> None:
        self.to, self.epoch = change.to, change.epoch
        self._change = change
        self._events: dict[tuple[int, frozenset[str] | None], dict[str, Any]] = {}

    def concerns(self, watch: frozenset[str]) -> bool:
        """Whether anything has moved that a page with this watch shows."""
        return bool(self._change.whole or self._change.html or self._moved(watch))

    def event(self, shown: int | None = None, watch: frozenset[str] = frozenset()) -> dict[str, Any]:
        """The message for a page that shows `shown`, from which nothing moved that it would show until `since`."""
        since = self._change.since if shown is None or self._change.since < 0 else shown
        moved = self._moved(watch) if watch else None
        if (since, moved) not in self._events:
            self._events[since, moved] = {"type": "websocket.send", "text": self._text(since, moved)}
        return self._events[since, moved]

    def _moved(self, watch: frozenset[str]) -> frozenset[str]:
        return self._change.moved & (watch | {Key.EVERYTHING})

    def _text(self, since: int, moved: frozenset[str] | None) -> str:
        """As phones read it: apply `html` when `from` is at most what the page shows, and `to` is newer."""
        head = compact({"from": since, "to": self.to, "epoch": self.epoch})
        more: dict[str, Any] = {"whole": True} if self._change.whole else {}
        if moved is not None:
            more["moved"] = sorted(moved)
        tail = f",{compact(more)[1:]}" if more else "}"
        return f'{head[:-1]},"html":{self._html}{tail}'

    @cached_property
    def _html(self) -> str:
        return compact(self._change.html)


def read(question: Question) -> News | None:
    """None: there is no such forum any more."""
    forum = Forum.objects.filter(pk=question.forum).first()
    if forum is None:
        return None
    news = News(forum.revision, forum.epoch)
    is_newer = (forum.revision, forum.epoch) != (question.revision, question.epoch)
    keys = moved(forum, question.revision) if is_newer else frozenset()
    restored = forum.epoch != question.epoch
    news.answers = _answers(forum, [need for need in question.needs if need[-2:] != (forum.epoch, forum.revision)])
    present = {holder.participant for holder in question.holders if holder.participant}
    if people := question.marked | (present if restored else present & RowKey.MARKS.pks(keys)):
        news.marks = marks_of(people)
    # Rights last: what is in the answers was kept before this is read, so nobody is sent what came after they left.
    late = moved(forum, forum.revision) if news.answers else frozenset()
    everyone = restored or touch_rights(keys | late)
    news.shut_out = _without_rights(forum, question.holders if everyone else question.unsure)
    return news


def moved(forum: Forum, since: int) -> frozenset[str]:
    """The keys of all that moved in this forum since a revision."""
    rows = JournalEntry.objects.filter(forum=forum, revision__gt=since).values_list("invalidated", flat=True)
    return frozenset().union(*rows)


def _without_rights(forum: Forum, holders: list[Holder]) -> "set[Holder]":
    """Those whose browser no longer holds all that it held when it came."""
    now = identify_all([holder.cookies for holder in holders], forum)
    return {
        holder
        for holder, actor in zip(holders, now, strict=True)
        if (holder.participant and actor.participant is None) or (holder.facilitator and actor.facilitator is None)
    }


def _answers(forum: Forum, needs: Sequence[Need]) -> dict[Need, Answer]:
    """The answers to all that is asked, which share what is rendered, and encoded if they come to the same."""
    history = History(forum, oldest=min((since for *_kind, since in needs), default=forum.revision))
    by_audience: dict[tuple[str, str], CatchUp] = {}
    answers: dict[tuple[str, str, int], Answer] = {}
    found = {}
    for need in needs:
        audience, language, epoch, since = need
        with override(language):
            catch_up = by_audience.setdefault((audience, language), CatchUp(history, audience))
            change = catch_up.since(since, epoch)
        found[need] = answers.setdefault((audience, language, change.since), Answer(change))
    return found


def nothing(shown: int, to: int, epoch: str) -> str:
    """Word for a page that nothing of what it shows moved between these two revisions."""
    return compact({"beat": to, "from": shown, "to": to, "epoch": epoch, "html": ""})


def compact(message: Any) -> str:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False)
