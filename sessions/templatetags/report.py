"""One field of a report, with the mark of what its writer sees."""

from django import template
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def shared(field: BoundField, base: str, prefix: object = "") -> SafeString:
    """The field and its base (hidden `b_…`); `prefix` keeps the ids of several rows apart."""
    if prefix:
        field.form.auto_id = f"id_{prefix}_%s"
        field = field.form[field.name]
        field.__dict__.pop("auto_id", None)
    return format_html('{}<input type="hidden" name="b_{}" value="{}">', field.as_field_group(), field.name, base)
