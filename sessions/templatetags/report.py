"""A report on screens: its gist for a card, its meter, and the fields that several people write."""

from django import template
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forum.text import markup
from forum.text.typography import spaced
from sessions.models import Report
from sessions.models.manuscript import SECTIONS
from sessions.templatetags.markup import in_quotes

register = template.Library()

_GIST_FIELDS = ("proposals", "findings", "debate", "needs", "open_questions", "resources")


@register.filter
def gist(report: Report, length: int) -> str:
    """Return the quote of a report, or else its first proposal, or the first line of another field."""
    if report.quote:
        return spaced(in_quotes(markup.shorten(report.quote, length)))
    lines = (line for name in _GIST_FIELDS for line in markup.list_items(getattr(report, name)))
    return spaced(markup.shorten(markup.without_markup(next(lines, "")), length).replace(markup.WORD_BREAK, ""))


@register.simple_tag
def meter(report: Report) -> list[tuple[str, bool]]:
    """Return the encouragement for each number of filled sections, and whether it is the current one."""
    return [(_encouragement(filled), filled == report.filled_sections) for filled in range(len(SECTIONS) + 1)]


def _encouragement(filled: int) -> str:
    total = len(SECTIONS)
    if not filled:
        return spaced(_("One line is enough to begin."))
    counted = ngettext("{n} section of {most}", "{n} sections of {most}", filled).format(n=filled, most=total)
    if filled < total / 2:
        comment = _("well begun")
    elif filled < total:
        comment = _("it can be read already")
    else:
        comment = _("nothing is missing, thank you!")
    return spaced(_("{counted}: {said}").format(counted=counted, said=comment))


@register.simple_tag
def shared_field(field: BoundField, base: str, prefix: object = "", form: str = "") -> SafeString:
    """Render a field and its base, the text it was edited from, as the hidden field `b_…`.

    `prefix` keeps the ids of several rows apart; `form` is the id of their form when they are outside of it.
    """
    if prefix:
        field.form.auto_id = f"id_{prefix}_%s"
        field = field.form[field.name]
        field.__dict__.pop("auto_id", None)
    form_attribute = format_html(' form="{}"', form) if form else ""
    if form:
        field.field.widget.attrs["form"] = form
    group = field.as_field_group()
    return format_html('{}<input type="hidden" name="b_{}" value="{}"{}>', group, field.name, base, form_attribute)
