"""The board: a pure function of (forum, audience, since).

A page load, a reconnection and a push are three occasions to call it. The board is a layout that holds lists,
and lists hold fragments; each fragment is one element with an id, `data-in` (its list) and `data-order` (its
place there). A fragment that is no longer shown is an empty element with `data-gone`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from forum import addresses, qr
from forum.models import Forum, JournalEntry, Participant, Topic
from forum.models.journal import EVERYTHING
from forum.models.people import Roaming, folded
from forum.phases import Phase
from forum.rules import ALWAYS, END, FROM_GROUPS, MARKET, PLENARY

AUDIENCES = ("phone", "wall", "desk")
MANY_CHANGES = 200
"""Past so many changes, the whole board is smaller than what is sent to catch up."""


@dataclass(frozen=True)
class Fragment:
    id: str
    html: SafeString
    list: str = ""
    """The list that shows it; empty for a fragment at a fixed place of the layout."""
    order: str = ""
    is_gone: bool = False


@dataclass(frozen=True)
class Part:
    """A kind of fragment: where its rows come from, who sees it and when."""

    name: str
    rows: Callable[[Forum, list[int] | None], Iterable[Any]]
    shown: dict[str, Set[Phase]]
    where: Callable[[Any, str, Forum], tuple[str, str]]


def _topics(forum: Forum, ids: list[int] | None) -> QuerySet[Topic]:
    topics = Topic.cards_of(forum).standing()
    return topics if ids is None else topics.filter(pk__in=ids)


def _news(forum: Forum, ids: list[int] | None) -> Iterable[Topic]:
    """Topics whose group has finished its report."""
    return _topics(forum, ids).filter(group__report__status="finished")


def _news_place(topic: Topic, audience: str, forum: Forum) -> tuple[str, str]:
    """The newest first."""
    report = topic.placed_group.report
    at = int(report.finished_at.timestamp() * 1000) if report.finished_at else 0
    return "news", f"{9_999_999_999_999 - at:013}-{topic.number:05}"


def _topic_place(topic: Topic, audience: str, forum: Forum) -> tuple[str, str]:
    """The list that shows a topic's card, and its order there."""
    group = topic.placed_group
    slot = group.slot_id if group else None
    if audience == "desk":
        return f"cell-{slot}-{group.place_id or 'elsewhere'}" if slot else "unplaced", f"{topic.number:05}"
    if forum.stage == Phase.GROUPS or (audience == "phone" and forum.stage == Phase.MARKETPLACE):
        position = group.place.position if slot and group.place else 99999
        return f"slot-{slot}" if slot else "unplaced", f"{position:05}-{topic.number:05}"
    if forum.stage == Phase.CLOSING and audience == "phone" and topic.report_is_finished:
        return "news", _news_place(topic, audience, forum)[1]
    if forum.stage in END:
        return "reports", f"{topic.number:05}"
    return "topics", f"{99999 - topic.number if audience == 'wall' else topic.number:05}"


def _people(forum: Forum, ids: list[int] | None) -> Iterable[Participant]:
    people = forum.participants.present()
    return people if ids is None else people.filter(pk__in=ids)


def _words(forum: Forum, ids: list[int] | None) -> Iterable[Any]:
    words = forum.feedback.select_related("participant")
    return words if ids is None else words.filter(pk__in=ids)


def _messages(forum: Forum, ids: list[int] | None) -> Iterable[Any]:
    messages = forum.messages.standing().for_board()
    return messages if ids is None else messages.filter(pk__in=ids)


def _messages_to_everyone(forum: Forum, ids: list[int] | None) -> Iterable[Any]:
    messages = forum.messages.standing().for_everyone()
    return messages if ids is None else messages.filter(pk__in=ids)


def _latest_first(message: Any, audience: str, forum: Forum) -> tuple[str, str]:
    return "messages", f"{99999999 - message.pk:08}"


PARTS = (
    Part(
        "topic",
        _topics,
        {"phone": MARKET | FROM_GROUPS, "wall": MARKET | FROM_GROUPS, "desk": ALWAYS},
        _topic_place,
    ),
    # Once the groups are over, the cards of the topics tell it themselves.
    Part("news", _news, {"phone": frozenset({Phase.GROUPS}), "wall": frozenset({Phase.GROUPS})}, _news_place),
    Part(
        "person",
        _people,
        {"desk": ALWAYS},
        # Élodie between Denis and Fatima, whatever compares the letters.
        lambda person, audience, forum: ("people", f"{folded(person.name)}-{person.pk:07}"),
    ),
    Part(
        "word",
        _words,
        {"wall": frozenset({Phase.CLOSING}), "desk": END},
        lambda word, audience, forum: ("words", f"{99999999 - word.pk:08}"),
    ),
    Part("message", _messages, {"phone": ALWAYS, "desk": ALWAYS}, _latest_first),
    Part("message", _messages_to_everyone, {"wall": ALWAYS}, _latest_first),
)
FIXED = ("status", "stage", "edition", "clashes", "now", "invitation")
"""Fragments of which there is one, at a fixed place of each layout."""
ONLY_FOR: dict[str, Set[str]] = {"clashes": frozenset({"desk"}), "invitation": frozenset({"wall"})}
"""Those of them that not every audience sees."""
WITH_TOPICS = frozenset({"clashes", "stage"})
"""Those that move whenever a topic does, so that no verb needs to say it…"""
WITHOUT_INTERESTS = frozenset({"stage"})
"""…but for who wants to go there, which a thousand phones say at once: that touches no status."""
MORE_FACTS: "dict[str, Callable[[Forum], dict[str, Any]]]" = {}
"""What such a fragment shows of another app, by its name; that app adds it, so that this one need not know it."""


@dataclass(frozen=True)
class Delta:
    """What turns the board at revision `since` into the board at revision `to`."""

    since: int
    to: int
    html: str
    whole: bool = False
    moved: frozenset[str] = frozenset()
    """All keys touched, for pages that only want to know when something of theirs moved."""
    epoch: str = ""


@dataclass
class Board:
    """One audience's view of one forum, in the active language. Each fragment is read and rendered at most once."""

    forum: Forum
    audience: str
    context: dict[str, Any] = field(default_factory=dict)
    _rendered: dict[str, Fragment] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.context = {
            "forum": self.forum,
            "phase": self.forum.stage,
            "audience": self.audience,
            "hides_totals": self.forum.hides_totals_now and self.audience != "desk",
            "address": addresses.join_address,
        }

    @property
    def fixed(self) -> list[str]:
        """The fragments at fixed places that this audience sees."""
        return [name for name in FIXED if self.audience in ONLY_FOR.get(name, AUDIENCES)]

    def html(self) -> SafeString:
        """The whole board: the layout with every list filled."""
        lists: defaultdict[str, list[Fragment]] = defaultdict(list)
        for fragment in self.all_fragments():
            lists[fragment.list or fragment.id].append(fragment)
        filled = {
            name: mark_safe("".join(f.html for f in sorted(fragments, key=lambda f: f.order)))  # noqa: S308 our own templates
            for name, fragments in lists.items()
        }
        return self.layout(filled, filled)

    def layout(self, lists: Mapping[str, Any], fixed: Mapping[str, Any]) -> SafeString:
        """What holds the lists and the fragments at fixed places. It only changes when everything does."""
        context = {
            **self.context,
            **{name: fixed[name] for name in self.fixed},
            "lists": lists,
            "slots": list(self.forum.slots.all()),
            "places": list(self.forum.places.all()),
        }
        return _render("layout", self.audience, context)

    def all_fragments(self) -> list[Fragment]:
        return [self._fixed(name) for name in self.fixed] + [row for part in PARTS for row in self._rows(part, None)]

    def fragments(self, keys: Set[str]) -> list[Fragment]:
        """The fragments named by these keys, gone ones included, in a stable order."""
        follow = WITH_TOPICS if any(key.startswith("topic-") for key in keys) else frozenset()
        if "status" not in keys or (self.audience != "desk" and not self.forum.pitches.exists()):
            follow = follow - WITHOUT_INTERESTS  # nobody ever queued to present a topic: only the desk shows the others
        found = [self._fixed(name) for name in self.fixed if name in keys or name in follow]
        for part in PARTS:
            ids = sorted(int(key.partition("-")[2]) for key in keys if key.startswith(f"{part.name}-"))
            if not ids or self.forum.stage not in part.shown.get(self.audience, frozenset()):
                continue
            found += self._named(part, ids)
        return found

    def _named(self, part: Part, ids: list[int]) -> list[Fragment]:
        """The fragments of these rows, gone ones included."""
        names = [f"{part.name}-{i}" for i in ids]
        if missing := [i for i, name in zip(ids, names, strict=True) if name not in self._rendered]:
            self._rows(part, missing)
        return [self._rendered.setdefault(name, _gone(name)) for name in names]

    def fragment(self, name: str) -> SafeString:
        """One of the fragments at fixed places, for a page that shows nothing else of the board."""
        return self._fixed(name).html

    def _rows(self, part: Part, ids: list[int] | None) -> list[Fragment]:
        if self.forum.stage not in part.shown.get(self.audience, frozenset()):
            return []
        fragments = []
        for row in part.rows(self.forum, ids):
            row.forum = self.forum
            where, order = part.where(row, self.audience, self.forum)
            name = f"{part.name}-{row.pk}"
            if name not in self._rendered or self._rendered[name].is_gone:
                context = {**self.context, part.name: row, "id": name, "list": where, "order": order}
                html = _render(part.name, self.audience, context)
                self._rendered[name] = Fragment(name, html, where, order)
            fragments.append(self._rendered[name])
        return fragments

    def _fixed(self, name: str) -> Fragment:
        if name not in self._rendered:
            html = _render(name, self.audience, {**self.context, **_facts(self.forum, name)})
            self._rendered[name] = Fragment(name, html)
        return self._rendered[name]


def _facts(forum: Forum, name: str) -> dict[str, Any]:
    """What the fragments at fixed places show. Each is read once, and only where a template names it."""
    facts: dict[str, Callable[[], Any]]
    if name in MORE_FACTS:
        return MORE_FACTS[name](forum)
    if name == "stage":
        pitches = cache(lambda: list(forum.pitches.to_show()) if forum.stage in PLENARY else [])
        facts = {
            "spotlight": lambda: next((pitch for pitch in pitches() if pitch.is_on_the_wall), None),
            "waiting": lambda: [pitch for pitch in pitches() if pitch.is_waiting],
        }
    elif name == "invitation":
        facts = {"qr": lambda: qr.svg(_invites_to(forum))}
    elif name == "now":
        facts = {"moments": forum.slots.moments}
    elif name == "edition":
        facts = {
            "latest": forum.editions.first,
            "good": lambda: forum.editions.filter(state="ready").first(),
            "making": lambda: forum.editions.filter(state__in=("queued", "rendering")).first(),
        }
    else:
        placed = forum.topics.standing().filter(group__slot__isnull=False)
        facts = {
            "topic_count": lambda: forum.topics.standing().count(),
            "people_count": lambda: forum.participants.present().count(),
            "group_count": placed.count,
            "finished_count": lambda: forum.topics.standing().filter(group__report__status="finished").count(),
            "missing_count": lambda: placed.exclude(group__report__status="finished").count(),
            "word_count": forum.feedback.count,
            "roaming": lambda: Counter(forum.participants.roaming().values_list("roams_as", flat=True)),
        }
    return {fact: cache(count) for fact, count in facts.items()}


def _invites_to(forum: Forum) -> str:
    """What the code on the wall opens: once the day is over what anyone may read, if there is any."""
    is_over = forum.stage == Phase.PUBLISHED and forum.anyone_may_read
    return addresses.reading_url(forum.code) if is_over else addresses.join_url(forum.code)


def _gone(name: str) -> Fragment:
    return Fragment(name, format_html('<i id="{}" data-gone></i>', name), is_gone=True)


def _render(name: str, audience: str, context: dict[str, Any]) -> SafeString:
    html: SafeString = _template(f"forum/board/{audience}.html#{name}").render(context)
    return html


@lru_cache
def _template(name: str) -> Any:
    return get_template(name)


class History:
    """What has moved in a forum up to the revision of this very object, read once.

    It was read before the rows: a change that lands in between is shown early, and again by the next delta, but
    never missed.
    """

    def __init__(self, forum: Forum, oldest: int) -> None:
        """`oldest`: the lowest revision from which anybody asks."""
        self.forum, self._oldest = forum, oldest

    @cached_property
    def _entries(self) -> list[tuple[int, list[str]]]:
        """The newest first. Read when somebody stands at a revision that is known: others get the whole board."""
        now = self.forum.revision
        entries = JournalEntry.objects.filter(forum=self.forum, revision__gt=self._oldest, revision__lte=now)
        return list(entries.order_by("-revision").values_list("revision", "touched")[: MANY_CHANGES + 1])

    def since(self, revision: int, epoch: str | None) -> frozenset[str] | None:
        """The keys of all that moved since; None: it is not known."""
        if (epoch and epoch != self.forum.epoch) or not 0 <= revision <= self.forum.revision:
            return None
        touched = [keys for number, keys in self._entries if number > revision]
        return frozenset().union(*touched) if len(touched) <= MANY_CHANGES else None


_ANYTHING = frozenset({EVERYTHING})


class CatchUp:
    """What leads the pages of one audience, in the active language, from wherever they stand to the history's end.

    However many pages ask, and whatever they say, each fragment is rendered once, and the whole board once.
    """

    def __init__(self, history: History, audience: str) -> None:
        self._history, self._audience = history, audience
        self._board = Board(history.forum, audience)
        self._whole: Delta | None = None

    def since(self, revision: int, epoch: str | None) -> Delta:
        forum, keys = self._history.forum, self._history.since(revision, epoch)
        if self._audience == "page":
            since, moved = (-1, _ANYTHING) if keys is None else (revision, keys)
            return Delta(since, forum.revision, "", moved=moved, epoch=forum.epoch)
        if keys is None or EVERYTHING in keys:
            self._whole = self._whole or Delta(-1, forum.revision, self._board.html(), True, epoch=forum.epoch)
            return self._whole
        html = "".join(fragment.html for fragment in self._board.fragments(keys))
        return Delta(revision, forum.revision, html, moved=keys, epoch=forum.epoch)


def delta(forum: Forum, audience: str, since: int, epoch: str | None = None) -> Delta:
    """What to send to a page that shows revision `since`, so that it shows what is kept now.

    For the audience `page`, only the names of what moved.
    """
    return CatchUp(History(Forum.objects.get(pk=forum.pk), since), audience).since(since, epoch)


def mine(participants: Iterable[int]) -> dict[int, dict[str, Any]]:
    """What each of these participants' phones mark as theirs: ids of topics; and what they are when they roam."""
    marks: dict[int, dict[str, Any]] = {pk: {"going": [], "here": [], "mine": []} for pk in participants}
    everyone = list(marks)
    for begin in range(0, len(everyone), AT_ONCE):
        for name, person, topic in _rows_of(everyone[begin : begin + AT_ONCE]):
            marks[person].setdefault(name, []).append(topic)
    for mark in marks.values():
        for topics in mark.values():
            topics[:] = sorted(set(topics))
    return marks


AT_ONCE = 200
"""Participants in one query: databases take only so many values."""


def _rows_of(people: list[int]) -> list[tuple[str, int, int]]:
    """What is marked, whose, and the topic's id: one query, written once for each number of people."""
    sql, values = _marks_query(len(people))
    with connection.cursor() as cursor:
        # A number below zero is a place in the list of the people.
        cursor.execute(sql, [people[value] if isinstance(value, int) else value for value in values])
        return list(cursor.fetchall())


@lru_cache
def _marks_query(size: int) -> tuple[str, list[Any]]:
    """The query for so many people, and its values, where −1 is the last of them. Every page load asks it."""
    unknown = list(range(-size, 0))
    people = Participant.objects.filter(pk__in=unknown).order_by()
    topics = Topic.objects.standing().order_by()
    queries = (
        ("going", people.filter(interests__isnull=False).values_list("pk", "interests__topic")),
        (
            "here",
            people.filter(presences__isnull=False, presences__left_at=None).values_list(
                "pk", "presences__group__topic"
            ),
        ),
        ("mine", topics.filter(convener__in=unknown).values_list("convener", "pk")),
        ("mine", topics.filter(merged__convener__in=unknown).values_list("merged__convener", "pk")),
        *((kind.value, people.filter(roams_as=kind).values_list("pk", "pk")) for kind in Roaming),
    )
    parts: list[str] = []
    values: list[Any] = []
    for name, query in queries:
        sql, own = query.query.sql_with_params()
        parts.append(f"SELECT '{name}', found.* FROM ({sql}) AS found")  # noqa: S608 names of ours
        values += own
    if set(unknown) != {value for value in values if isinstance(value, int)}:
        raise ValueError("the people must be the only numbers of these queries")
    return " UNION ALL ".join(parts), values
