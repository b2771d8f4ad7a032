"""Refuse what a live page sent, which keeps what was typed."""

from django.forms import BaseForm
from django.http import HttpResponse

from forum.auth.request import ForumRequest
from forum.auth.responses import deny
from forum.forms.topics import error_text


def deny_forms(request: ForumRequest, *forms: BaseForm) -> HttpResponse:
    """Refuse, with the errors of these forms as the reason."""
    return deny(request, " ".join(filter(None, map(error_text, forms))), status=409)
