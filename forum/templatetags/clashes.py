"""What the convener of a topic may want to look at on the agenda, on the topic's own page."""

from typing import Any

from django import template

from forum.agenda.clashes import Clash, clashes, of_topic
from forum.models import Topic

register = template.Library()


@register.simple_tag(takes_context=True)
def clashes_of(context: dict[str, Any], topic: Topic) -> list[tuple[Clash, list[Topic]]]:
    """Each clash of this topic, and the other topics in it: `{% clashes_of topic as found %}`."""
    slot = topic.group_or_none.slot if topic.group_or_none else None
    found = of_topic(clashes(topic.forum, slot), topic, with_numbers=context["shows_totals"]) if slot else []
    return [(clash, clash.others(topic)) for clash in found]
