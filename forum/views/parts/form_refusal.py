"""Refuse what a form sent, on a live page, which keeps what was typed, or on a page of its own."""

from django.forms import BaseForm
from django.http import HttpResponse

from forum.auth.request import ForumRequest
from forum.auth.responses import deny


def deny_forms(request: ForumRequest, *forms: BaseForm) -> HttpResponse:
    """Refuse, with the errors of these forms as the reason."""
    errors = (str(error) for form in forms for errors in form.errors.values() for error in errors)
    return deny(request, " ".join(errors), status=422)


def form_status(request: ForumRequest, refusal: str = "") -> int:
    """Return the status of what shows a form: refused by a rule, sent with errors, or asked for.

    A form that comes back to a live page is 422 whatever the reason, see `deny`.
    """
    if refusal and not request.htmx:
        return 403
    return 422 if request.method == "POST" else 200
