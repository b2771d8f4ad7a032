"""The clashes of one topic, for its page."""

from typing import Any

from django import template

from forum.agenda.clashes import Clash, clashes_of_topic
from forum.models import Topic

register = template.Library()


@register.simple_tag(takes_context=True)
def clashes_of(context: dict[str, Any], topic: Topic) -> list[tuple[Clash, list[Topic]]]:
    """Return each clash of this topic with its other topics: `{% clashes_of topic as clashes %}`."""
    clashes = clashes_of_topic(topic, with_numbers=context["shows_totals"])
    return [(clash, clash.others(topic)) for clash in clashes]
