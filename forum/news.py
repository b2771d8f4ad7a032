"""What a hub reads in one go: whether its forum moved, who must leave, and what each kind of page misses."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import override

from forum import access, board
from forum.models import Forum, JournalEntry
from forum.models.journal import EVERYTHING

ME, RIGHTS = "me-", "rights-"
"""How the keys begin that say whose marks, and whose rights, have moved."""

Need = tuple[str, str, frozenset[str], str, int]
"""What a page asks: its audience, its language, the keys that it watches, and the epoch and revision it stands at."""


@dataclass(eq=False, slots=True)
class Holder:
    """Whom a browser is held by, and the cookies that prove it. One for each open page."""

    cookies: dict[str, str]
    participant: int | None
    facilitator: int | None

    @classmethod
    def of(cls, cookies: dict[str, str], actor: Any, forum: Forum) -> "Holder":
        """Only the two cookies that matter: a thousand phones are held in memory."""
        names = (access.participant_cookie(forum), access.FACILITATOR_COOKIE)
        return cls(
            {name: cookies[name] for name in names if name in cookies},
            actor.participant.pk if actor.participant else None,
            actor.facilitator.pk if actor.facilitator else None,
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

    def __init__(self, change: board.Delta, watch: frozenset[str], concerns: bool) -> None:
        self.to, self.epoch, self.concerns = change.to, change.epoch, concerns
        self._change, self._watch = change, watch
        self._events: dict[int, dict[str, Any]] = {}

    def event(self, shown: int) -> dict[str, Any]:
        """The message for a page that shows `shown`, from which nothing moved that it would show until `since`."""
        if shown not in self._events:
            text = encode(self._change, self._watch, shown)
            self._events[shown] = {"type": "websocket.send", "text": text}
        return self._events[shown]


def encode(change: board.Delta, watch: frozenset[str] = frozenset(), shown: int | None = None) -> str:
    """The message as phones read it: apply `html` when `from` is at most what the page shows, and `to` is newer."""
    since = change.since if shown is None or change.since < 0 else shown
    message: dict[str, Any] = {"from": since, "to": change.to, "epoch": change.epoch, "html": change.html}
    if change.whole:
        message["whole"] = True
    if watch:
        message["moved"] = sorted(change.moved & (watch | {EVERYTHING}))
    return compact(message)


def read(question: Question) -> News | None:
    """None: there is no such forum any more."""
    forum = Forum.objects.filter(pk=question.forum).first()
    if forum is None:
        return None
    news = News(forum.revision, forum.epoch)
    is_newer = (forum.revision, forum.epoch) != (question.revision, question.epoch)
    keys = moved(forum, question.revision) if is_newer else frozenset()
    restored = forum.epoch != question.epoch
    for need in question.needs:
        if need[-2:] != (forum.epoch, forum.revision):
            news.answers[need] = _answer(forum, need)
    present = {holder.participant for holder in question.holders if holder.participant}
    touched = {int(key.removeprefix(ME)) for key in keys if key.startswith(ME)}
    if people := question.marked | (present if restored else present & touched):
        news.marks = board.mine(people)
    # Rights last: what is in the answers was kept before this is read, so nobody is sent what came after they left.
    late = moved(forum, forum.revision) if news.answers else frozenset()
    everyone = restored or any(key.startswith(RIGHTS) for key in keys | late)
    news.shut_out = _without_rights(forum, question.holders if everyone else question.unsure)
    return news


def moved(forum: Forum, since: int) -> frozenset[str]:
    """The keys of all that moved in this forum since a revision."""
    rows = JournalEntry.objects.filter(forum=forum, revision__gt=since).values_list("touched", flat=True)
    return frozenset().union(*rows)


def _without_rights(forum: Forum, holders: list[Holder]) -> "set[Holder]":
    """Those whose browser no longer holds all that it held when it came."""
    now = access.identify_all([holder.cookies for holder in holders], forum)
    return {
        holder
        for holder, actor in zip(holders, now, strict=True)
        if (holder.participant and actor.participant is None) or (holder.facilitator and actor.facilitator is None)
    }


def _answer(forum: Forum, need: Need) -> Answer:
    audience, language, watch, epoch, since = need
    with override(language):
        change = board.change(forum, audience, since, epoch)
    concerns = bool(change.whole or change.html or (audience == "page" and change.moved & (watch | {EVERYTHING})))
    return Answer(change, watch, concerns)


def nothing(shown: int, to: int, epoch: str) -> str:
    """Word for a page that nothing of what it shows moved between these two revisions."""
    return compact({"beat": to, "from": shown, "to": to, "epoch": epoch, "html": ""})


def compact(message: Any) -> str:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False)
