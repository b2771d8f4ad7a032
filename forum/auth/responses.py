"""The responses that views share: denied, confirmed, go on to another page."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from forum.auth.request import ForumRequest
from forum.models import Topic

MAX_PATH_LENGTH = 200
"""Characters. No page has a longer path."""


def render_page(request: ForumRequest, template: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """Render a template with the forum and the actor of the request."""
    return render(request, template, {"forum": request.forum, "actor": request.actor, **context}, status=status)


def deny(request: ForumRequest, reason: str, status: int = 403, topic: Topic | None = None) -> HttpResponse:
    """Refuse, with the reason: as a message on a live page, else as a page with links to the forum or the topic.

    What is not valid is 422, also on a live page when its form comes back: htmx swaps that status in, as a success (see
    base.html). A form that stays would count as saved, and be emptied: it gets 409.
    """
    if request.htmx:
        response = HttpResponse(status=409 if status == 422 else status)
        return trigger_client_event(response, "say", {"text": reason})
    return render_page(request, "forum/refused.html", {"reason": reason, "topic": topic}, status)


def deny_facilitator(request: HttpRequest) -> HttpResponse:
    """Say that this browser holds no facilitator's key, or no longer."""
    return render(request, "forum/facilitators/stranger.html", {"openid": settings.OPENID}, status=403)


def confirm(request: ForumRequest, to: str, message: str = "") -> HttpResponse:
    """Answer a POST that succeeded: a message on a live page, else a redirect to the next page or to `to`."""
    if request.htmx:
        response = HttpResponse(status=204)
        return trigger_client_event(response, "say", {"text": message}) if message else response
    if message:
        messages.success(request, message)
    return HttpResponseRedirect(next_page(request, to))


def redirect_page(request: ForumRequest, to: str) -> HttpResponse:
    """Answer a POST by another page, also on a live page."""
    return HttpResponseClientRedirect(to) if request.htmx else HttpResponseRedirect(to)


def next_page(request: ForumRequest, default: str) -> str:
    """Return the path that the form or the URL gives as `next`, if it is one of this site."""
    path = request.POST.get("next", "") or request.GET.get("next", "")
    is_ours = (
        path.startswith("/")
        and len(path) <= MAX_PATH_LENGTH
        and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    )
    return path if is_ours else default
