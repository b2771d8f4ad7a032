"""Two topics become one, or one becomes two."""

from typing import TYPE_CHECKING

from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from forum.fragment_keys import RowKey
from forum.models.interest import Interest
from forum.models.verbs import Verb

if TYPE_CHECKING:
    from forum.models.actor import Actor
    from forum.models.change import Change
    from forum.models.participant import Participant
    from forum.models.topic import Topic

MAX_TITLE_IN_MESSAGE = 90
"""Characters of a title in a message of the app to the people of a topic."""


class CannotMerge(Exception):
    """The two topics cannot become one. The message is the reason in the reader's language."""


def merge_obstacle(topic: "Topic", into: "Topic") -> str:
    """Return why a topic cannot be merged into another, in the reader's language; empty when it can."""
    if topic.pk == into.pk:
        return gettext("Choose another topic: this is the same one.")
    for one in (topic, into):
        if one.withdrawn_at or one.waits_since:
            return gettext("Number {number} is no longer on the board.").format(number=one.number)
    if topic.has_begun_report and into.has_begun_report:
        text = gettext("Both groups have begun their reports: finish them apart, so that no word is lost.")
    elif topic.has_begun_report:
        text = gettext("The group of number {number} has begun its report: number {number} must be the one that stays.")
    else:
        return ""
    return text.format(number=topic.number)


def merge(topic: "Topic", into: "Topic", by: "Actor") -> None:
    """Withdraw a topic and move its people to another, which keeps both conveners. Raises CannotMerge."""
    with topic.forum.change(by, Verb.MERGED_TWO_TOPICS) as change:
        stored = type(topic).objects.in_bulk((topic.pk, into.pk))
        for one in (topic, into):
            one.withdrawn_at = stored[one.pk].withdrawn_at
        # As stored: a group may have begun its report since the page of the merge was shown.
        if obstacle := merge_obstacle(stored[topic.pk], stored[into.pk]):
            raise CannotMerge(obstacle)
        moved = _copy_interests_and_move_presences(topic, into, change)
        change.details = {"merged": topic.number, "into": into.number, "followed": moved}
        text = _("Number {number}, “{title}”, has joined number {into}, “{other}”: you are one group.")
        _notify_people(topic, into, text, change)
        topic.leave_board(change)
        topic.withdrawn_at, topic.merged_into = timezone.now(), into
        change.save(topic, "withdrawn_at", "merged_into")
        for merged in topic.merged.order_by("number"):
            merged.merged_into = into
            change.save(merged, "merged_into")
        into.invalidate_with_conveners(change)


def delete_copied_interests(change: "Change", topic: "Topic") -> None:
    """Delete the interests that `merge` moved, when an undo brings the topic back to the board."""
    followed = change.details.get("followed", ())
    interests = Interest.objects.filter(topic__forum=topic.forum, topic__number=change.details.get("into", 0))
    for interest in interests.filter(participant__in=followed):
        change.delete(interest)


def split(topic: "Topic", title: str, second_title: str, convener: "Participant | None", by: "Actor") -> "Topic":
    """Rename a topic and return a new one beside it. Nobody's interest or presence is moved."""
    with topic.forum.change(by, Verb.SPLIT_TOPIC) as change:
        second = type(topic)(forum=topic.forum, title=second_title, convener=convener, split_from=topic)
        second.enter_board(change)
        topic.title = title
        change.save(topic, "title")
        text = _("Number {into} became two: “{other}”, and number {number}, “{title}”. Choose.")
        _notify_people(second, topic, text, change)
        topic.invalidate_with_conveners(change)
    return second


def _copy_interests_and_move_presences(topic: "Topic", into: "Topic", change: "Change") -> list[int]:
    """Copy interests and move presences; return the pks of the participants who were not interested in `into` before.

    The interests in `topic` stay stored for the day when it comes back.
    """
    interested = set(into.interests.values_list("participant", flat=True))
    followed = [pk for pk in topic.interests.values_list("participant", flat=True) if pk not in interested]
    Interest.objects.bulk_create(Interest(topic=into, participant_id=pk) for pk in followed)
    change.invalidate(*(RowKey.MARKS.of(pk) for pk in followed))
    if group := topic.group_or_none:
        group.move_people(into.group_or_none, change)
    return followed


def _notify_people(topic: "Topic", recipients: "Topic", text: "str | Promise", change: "Change") -> None:
    """Send a message of the app about both topics to the people of `recipients`, in the forum's language."""
    title, other = (Truncator(one.title).chars(MAX_TITLE_IN_MESSAGE) for one in (topic, recipients))
    with translation.override(topic.forum.language):
        words = str(text).format(number=topic.number, title=title, into=recipients.number, other=other)
    recipients.messages.model(forum=topic.forum, topic=recipients, text=words).post(change)
