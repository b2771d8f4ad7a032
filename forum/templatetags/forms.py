"""The hidden fields of every form."""

import secrets
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def form_tokens(context: dict[str, Any]) -> SafeString:
    """Render the CSRF token, and the key that makes the form count once (see `auth.idempotency`)."""
    request = context["request"]
    key = request.POST.get("key") or secrets.token_urlsafe(12)
    return format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}"><input type="hidden" name="key" value="{}">',
        context["csrf_token"],
        key,
    )
