"""A report on a screen: one field with the mark of what its writer sees, and the gist of it for a card."""

from django import template
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forum.templatetags.words import spaced
from forum.text import markup
from sessions.models import Report
from sessions.models.manuscript import SECTIONS
from sessions.templatetags.markup import in_quotes

register = template.Library()

_GIST = ("proposals", "findings", "debate", "needs", "open_questions", "resources")


@register.filter
def gist(report: Report, length: int) -> str:
    """What a card shows of a report: its quote, or else its first proposal, or whatever it says first."""
    if report.quote:
        return spaced(in_quotes(markup.shorten(report.quote, length)))
    lines = (line for name in _GIST for line in markup.list_items(getattr(report, name)))
    return spaced(markup.shorten(markup.without_markup(next(lines, "")), length).replace(markup.WORD_BREAK, ""))


@register.simple_tag
def meter(report: Report) -> list[tuple[str, bool]]:
    """What encourages those who write, for each number of sections that say something; and which of it holds now."""
    return [(_encouragement(filled), filled == report.filled) for filled in range(len(SECTIONS) + 1)]


def _encouragement(filled: int) -> str:
    most = len(SECTIONS)
    if not filled:
        return spaced(_("One line is enough to begin."))
    counted = ngettext("{n} section of {most}", "{n} sections of {most}", filled).format(n=filled, most=most)
    if filled < most / 2:
        said = _("well begun")
    elif filled < most:
        said = _("it can be read already")
    else:
        said = _("nothing is missing, thank you!")
    return spaced(_("{counted}: {said}").format(counted=counted, said=said))


@register.simple_tag
def shared(field: BoundField, base: str, prefix: object = "", form: str = "") -> SafeString:
    """The field and its base (hidden `b_…`); `prefix` keeps the ids of several rows apart.

    `form` is the id of the form to which they belong, where they stand outside of it.
    """
    if prefix:
        field.form.auto_id = f"id_{prefix}_%s"
        field = field.form[field.name]
        field.__dict__.pop("auto_id", None)
    owner = format_html(' form="{}"', form) if form else ""
    if form:
        field.field.widget.attrs["form"] = form
    shown = field.as_field_group()
    return format_html('{}<input type="hidden" name="b_{}" value="{}"{}>', shown, field.name, base, owner)
