"""Messages that say where and when groups meet."""

from django.utils.translation import gettext as _

from forum.models import Group, Topic
from forum.text.typography import spaced


def meeting_message(group: Group) -> str:
    return _("Topic number {number} meets at {hour}: {place}.").format(
        number=group.topic.number,
        hour=group.slot.start_label if group.slot else "",
        place=group.place_label,
    )


def waiting_message(topic: Topic) -> str:
    return _("Topic number {number} waits for a slot.").format(number=topic.number)


def cell_taken_message(group: Group) -> str:
    """Name the group that is in the cell, its topic and its conveners."""
    topic = group.topic
    facts = {
        "place": group.place,
        "hour": group.slot.start_label if group.slot else "",
        "number": topic.number,
        "title": topic.title,
        "name": ", ".join(person.name for person in topic.conveners),
    }
    if topic.conveners:
        message = _("{place} at {hour} is taken by topic number {number}, “{title}” ({name}).")
    else:
        message = _("{place} at {hour} is taken by topic number {number}, “{title}”.")
    return spaced(message.format(**facts))
