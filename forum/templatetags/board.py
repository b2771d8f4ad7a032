"""The lists of a board's layout, named by what they hold: `topics`, `cell-3-elsewhere`…"""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from forum.fragment_keys import RowKey
from forum.models import Topic
from forum.phases import Phase

register = template.Library()


@register.simple_tag(takes_context=True)
def cards(context: dict[str, Any], *parts: object, css: str = "") -> SafeString:
    """Render a list of the live board with its fragments: `{% cards "cell" slot.pk place.pk %}`.

    The parts make its name. The element holds nothing else, not even a space: an empty list must match `:empty`.
    """
    name = "-".join(str(part) for part in parts)
    return format_html(
        '<div id="list-{}" class="{}" data-list>{}</div>', name, css, context.get("lists", {}).get(name, "")
    )


@register.filter
def card_id(topic: Topic) -> str:
    """Return the id of the topic's card on the board."""
    return RowKey.TOPIC.of(topic.pk)


@register.simple_tag
def phases() -> list[Phase]:
    """Return the six phases, in order: `{% phases as all %}`."""
    return list(Phase)
