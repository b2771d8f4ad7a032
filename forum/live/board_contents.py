"""What is on the board: which kinds of fragments there are, where their rows come from, who sees them, when and where.

To add one: a key in fragment_keys, an entry here, and a `{% partialdef %}` of its name in the templates
`forum/board/{phone,wall,desk}.html` of the audiences that see it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cache
from typing import Any

from forum import qr
from forum.agenda.clashes import desk_context
from forum.extension import extension
from forum.fragment_keys import Key, RowKey
from forum.live.audience import BOARDS, DESKS, Audience
from forum.models import Feedback, Forum, Message, Participant, Topic
from forum.models.approval import waiting_rows
from forum.models.message import MessageQuerySet
from forum.models.topic_queryset import TopicQuerySet
from forum.phases import ALWAYS, FROM_CLOSING, FROM_GROUPS, MARKET, PITCHING, Phase
from forum.server import public_urls
from forum.text.names import fold

ListPosition = tuple[str, str]
"""The list that shows a fragment, and what it is sorted by there."""


@dataclass(frozen=True)
class FragmentKind:
    """A kind of fragment of which there is one for each row."""

    key: RowKey
    rows: Callable[[Forum, list[int] | None], Iterable[Any]]
    """Takes the forum and primary keys; None: all rows."""
    phases: dict[Audience, Set[Phase]]
    """By audience, when it is shown."""
    position: Callable[[Any, Audience, Forum], ListPosition]
    """Takes the row, the audience and the forum."""


def _highest_first(number: int, digits: int) -> str:
    """Return a sort key that puts higher numbers before lower ones."""
    return f"{10**digits - 1 - number:0{digits}}"


def _topics(forum: Forum, pks: list[int] | None) -> TopicQuerySet:
    topics = Topic.cards_of(forum).active()
    return topics if pks is None else topics.filter(pk__in=pks)


def _topic_position(topic: Topic, audience: Audience, forum: Forum) -> ListPosition:
    group = topic.group_or_none
    slot = group.slot_id if group else None
    if audience.desk_role:
        cell = f"cell-{slot}-{group.place_id or 'elsewhere'}" if group and slot else "unplaced"
        return cell, f"{topic.number:05}"
    if forum.current_phase == Phase.GROUPS or (audience == Audience.PHONE and forum.current_phase == Phase.MARKETPLACE):
        place = group.place.position if group and slot and group.place else 99999
        return f"slot-{slot}" if slot else "unplaced", f"{place:05}-{topic.number:05}"
    if forum.current_phase == Phase.CLOSING and audience == Audience.PHONE and topic.has_finished_report:
        return _finished_report_position(topic, audience, forum)
    if forum.current_phase in FROM_CLOSING:
        return "reports", f"{topic.number:05}"
    return "topics", _highest_first(topic.number, digits=5) if audience == Audience.WALL else f"{topic.number:05}"


def _finished_reports(forum: Forum, pks: list[int] | None) -> TopicQuerySet:
    return extension().filter_by_report(_topics(forum, pks), is_finished=True)


def _finished_report_position(topic: Topic, audience: Audience, forum: Forum) -> ListPosition:
    report = topic.report
    finished_ms = int(report.finished_at.timestamp() * 1000) if report and report.finished_at else 0
    return "news", f"{_highest_first(finished_ms, digits=13)}-{topic.number:05}"


def _people(forum: Forum, pks: list[int] | None) -> Iterable[Participant]:
    people = forum.participants.present()
    return people if pks is None else people.filter(pk__in=pks)


def _person_position(person: Participant, audience: Audience, forum: Forum) -> ListPosition:
    return "people", f"{fold(person.name)}-{person.pk:07}"  # without accents: Élodie between Denis and Fatima


def _words(forum: Forum, pks: list[int] | None) -> Iterable[Feedback]:
    words = forum.feedback.shown().select_related("participant")
    return words if pks is None else words.filter(pk__in=pks)


def _word_position(word: Feedback, audience: Audience, forum: Forum) -> ListPosition:
    return "words", _highest_first(word.pk, digits=8)


def _messages(forum: Forum, pks: list[int] | None) -> MessageQuerySet:
    messages = forum.messages.active().for_board()
    return messages if pks is None else messages.filter(pk__in=pks)


def _messages_to_everyone(forum: Forum, pks: list[int] | None) -> MessageQuerySet:
    return _messages(forum, pks).for_everyone()


def _message_position(message: Message, audience: Audience, forum: Forum) -> ListPosition:
    return "messages", _highest_first(message.pk, digits=8)


RUNNING_DESKS = frozenset(DESKS.values()) - {Audience.SPONSORS_DESK}
"""Those from which the day is run; a sponsor sees no list of people, no message to a group and no clash."""
_ONLY_GROUPS = frozenset({Phase.GROUPS})
_ONLY_CLOSING = frozenset({Phase.CLOSING})

FRAGMENT_KINDS = (
    FragmentKind(
        RowKey.TOPIC,
        _topics,
        {
            Audience.PHONE: MARKET | FROM_GROUPS,
            Audience.WALL: MARKET | FROM_GROUPS,
            **dict.fromkeys(DESKS.values(), ALWAYS),
        },
        _topic_position,
    ),
    # In later phases the cards of the topics show it themselves.
    FragmentKind(
        RowKey.NEWS,
        _finished_reports,
        {Audience.PHONE: _ONLY_GROUPS, Audience.WALL: _ONLY_GROUPS},
        _finished_report_position,
    ),
    FragmentKind(RowKey.PERSON, _people, dict.fromkeys(RUNNING_DESKS, ALWAYS), _person_position),
    FragmentKind(
        RowKey.WORD,
        _words,
        {Audience.WALL: _ONLY_CLOSING, **dict.fromkeys(DESKS.values(), FROM_CLOSING)},
        _word_position,
    ),
    FragmentKind(RowKey.MESSAGE, _messages, dict.fromkeys((Audience.PHONE, *RUNNING_DESKS), ALWAYS), _message_position),
    FragmentKind(RowKey.MESSAGE, _messages_to_everyone, {Audience.WALL: ALWAYS}, _message_position),
)

FragmentContext = Mapping[str, Any]
"""The context of a fragment: a template calls what it names, so that nothing else is read."""


def _status(forum: Forum) -> FragmentContext:
    topics = forum.topics.active()
    placed = topics.placed()
    return {
        "topic_count": cache(topics.count),
        "people_count": cache(forum.participants.present().count),
        "group_count": cache(placed.count),
        "finished_count": cache(extension().filter_by_report(topics, is_finished=True).count),
        "missing_count": cache(extension().filter_by_report(placed, is_finished=False).count),
        "word_count": cache(forum.feedback.shown().count),
        "roaming": cache(lambda: Counter(forum.participants.roaming().values_list("roaming", flat=True))),
    }


def _stage(forum: Forum) -> FragmentContext:
    pitches = cache(lambda: list(forum.pitches.for_board()) if forum.current_phase in PITCHING else [])
    return {
        "spotlight": lambda: next((pitch for pitch in pitches() if pitch.is_on_the_wall), None),
        "waiting": lambda: [pitch for pitch in pitches() if pitch.is_waiting],
    }


def _waiting(forum: Forum) -> FragmentContext:
    return {"rows": cache(lambda: waiting_rows(forum))}


def _now(forum: Forum) -> FragmentContext:
    return {"moments": cache(forum.slots.moments)}


def _invitation(forum: Forum) -> FragmentContext:
    return {"qr": cache(lambda: qr.svg(_invitation_url(forum)))}


def _invitation_url(forum: Forum) -> str:
    """Return the address to read at once the report is published and public, else the address to join at."""
    is_over = forum.current_phase == Phase.PUBLISHED and forum.anyone_may_read
    return public_urls.public_page_url(forum.code) if is_over else public_urls.join_url(forum.code)


@dataclass(frozen=True)
class FixedFragment:
    """A fragment of which there is one, at a fixed place of each layout."""

    facts: Callable[[Forum], FragmentContext]
    audiences: Set[Audience] = frozenset(BOARDS)


FIXED_FRAGMENTS = {
    Key.STATUS: FixedFragment(_status),
    Key.STAGE: FixedFragment(_stage),
    Key.EDITION: FixedFragment(lambda forum: extension().edition_context(forum)),
    Key.WAITING: FixedFragment(_waiting, frozenset({Audience.DESK, Audience.OPERATORS_DESK})),
    Key.CLASHES: FixedFragment(desk_context, RUNNING_DESKS),
    Key.NOW: FixedFragment(_now),
    Key.INVITATION: FixedFragment(_invitation, frozenset({Audience.WALL})),
}

WITH_TOPICS = frozenset({Key.CLASHES, Key.STAGE})
"""Fixed fragments that move with any topic, so that no verb needs to invalidate them."""
WITHOUT_INTERESTS = frozenset({Key.STAGE})
"""Those of them that an interest does not move, of which a whole room sends hundreds at once."""
