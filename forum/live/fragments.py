"""The board: a pure function of (forum, audience, since).

A page load, a reconnection and a push are three occasions to call it. The board is a layout that holds lists,
and lists hold fragments; each fragment is one element with an id, `data-in` (its list) and `data-order` (its
place there). A fragment that is no longer shown is an empty element with `data-gone`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from functools import cache
from typing import Any

from forum import qr
from forum.agenda import clashes
from forum.extension import extension
from forum.fragment_keys import Key, RowKey
from forum.models import Forum, Participant, Topic
from forum.models.topic import TopicQuerySet
from forum.phases import ALWAYS, END, FROM_GROUPS, MARKET, PLENARY, Phase
from forum.server import addresses
from forum.text.names import folded


@dataclass(frozen=True)
class Part:
    """A kind of fragment: where its rows come from, who sees it and when."""

    key: RowKey
    rows: Callable[[Forum, list[int] | None], Iterable[Any]]
    shown: dict[str, Set[Phase]]
    where: Callable[[Any, str, Forum], tuple[str, str]]


def _topics(forum: Forum, ids: list[int] | None) -> TopicQuerySet:
    topics = Topic.cards_of(forum).standing()
    return topics if ids is None else topics.filter(pk__in=ids)


def _news(forum: Forum, ids: list[int] | None) -> Iterable[Topic]:
    """Topics whose group has finished its report."""
    return extension().filter_by_report(_topics(forum, ids), is_finished=True)


def _news_place(topic: Topic, audience: str, forum: Forum) -> tuple[str, str]:
    """The newest first."""
    report = topic.report
    at = int(report.finished_at.timestamp() * 1000) if report and report.finished_at else 0
    return "news", f"{9_999_999_999_999 - at:013}-{topic.number:05}"


def _topic_place(topic: Topic, audience: str, forum: Forum) -> tuple[str, str]:
    """The list that shows a topic's card, and its order there."""
    group = topic.placed_group
    slot = group.slot_id if group else None
    if audience == "desk":
        cell = f"cell-{slot}-{group.place_id or 'elsewhere'}" if group and slot else "unplaced"
        return cell, f"{topic.number:05}"
    if forum.stage == Phase.GROUPS or (audience == "phone" and forum.stage == Phase.MARKETPLACE):
        position = group.place.position if group and slot and group.place else 99999
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
        RowKey.TOPIC,
        _topics,
        {"phone": MARKET | FROM_GROUPS, "wall": MARKET | FROM_GROUPS, "desk": ALWAYS},
        _topic_place,
    ),
    # Once the groups are over, the cards of the topics tell it themselves.
    Part(RowKey.NEWS, _news, {"phone": frozenset({Phase.GROUPS}), "wall": frozenset({Phase.GROUPS})}, _news_place),
    Part(
        RowKey.PERSON,
        _people,
        {"desk": ALWAYS},
        # Élodie between Denis and Fatima, whatever compares the letters.
        lambda person, audience, forum: ("people", f"{folded(person.name)}-{person.pk:07}"),
    ),
    Part(
        RowKey.WORD,
        _words,
        {"wall": frozenset({Phase.CLOSING}), "desk": END},
        lambda word, audience, forum: ("words", f"{99999999 - word.pk:08}"),
    ),
    Part(RowKey.MESSAGE, _messages, {"phone": ALWAYS, "desk": ALWAYS}, _latest_first),
    Part(RowKey.MESSAGE, _messages_to_everyone, {"wall": ALWAYS}, _latest_first),
)
FIXED = (Key.STATUS, Key.STAGE, Key.EDITION, Key.CLASHES, Key.NOW, Key.INVITATION)
"""Fragments of which there is one, at a fixed place of each layout."""
ONLY_FOR: dict[str, Set[str]] = {Key.CLASHES: frozenset({"desk"}), Key.INVITATION: frozenset({"wall"})}
"""Those of them that not every audience sees."""
WITH_TOPICS = frozenset({Key.CLASHES, Key.STAGE})
"""Those that move whenever a topic does, so that no verb needs to say it…"""
WITHOUT_INTERESTS = frozenset({Key.STAGE})
"""…but for who wants to go there, which a thousand phones say at once: that touches no status."""


def _facts(forum: Forum, name: str) -> dict[str, Any]:
    """What the fragments at fixed places show. Each is read once, and only where a template names it."""
    facts: dict[str, Callable[[], Any]]
    if name == Key.CLASHES:
        return clashes.for_desk(forum)
    if name == Key.EDITION:
        return dict(extension().book_facts(forum))
    if name == Key.STAGE:
        pitches = cache(lambda: list(forum.pitches.to_show()) if forum.stage in PLENARY else [])
        facts = {
            "spotlight": lambda: next((pitch for pitch in pitches() if pitch.is_on_the_wall), None),
            "waiting": lambda: [pitch for pitch in pitches() if pitch.is_waiting],
        }
    elif name == Key.INVITATION:
        facts = {"qr": lambda: qr.svg(_invites_to(forum))}
    elif name == Key.NOW:
        facts = {"moments": forum.slots.moments}
    else:
        placed = forum.topics.standing().filter(group__slot__isnull=False)
        facts = {
            "topic_count": lambda: forum.topics.standing().count(),
            "people_count": lambda: forum.participants.present().count(),
            "group_count": placed.count,
            "finished_count": extension().filter_by_report(forum.topics.standing(), is_finished=True).count,
            "missing_count": extension().filter_by_report(placed, is_finished=False).count,
            "word_count": forum.feedback.count,
            "roaming": lambda: Counter(forum.participants.roaming().values_list("roams_as", flat=True)),
        }
    return {fact: cache(count) for fact, count in facts.items()}


def _invites_to(forum: Forum) -> str:
    """What the code on the wall opens: once the day is over what anyone may read, if there is any."""
    is_over = forum.stage == Phase.PUBLISHED and forum.anyone_may_read
    return addresses.reading_url(forum.code) if is_over else addresses.join_url(forum.code)
