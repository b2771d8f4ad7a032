"""The responses that views share: denied, confirmed, go on to another page."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from forum.auth.request import ForumRequest
from forum.models import Topic

MAX_PATH_LENGTH = 200
"""Characters. No page has a longer path."""
TOKENS = ("csrfmiddlewaretoken", "key", "draft")
"""Fields of every form, which differ when the same is sent again."""
HIDDEN = ("b_", "initial-", "next")
"""Beginnings of the names of fields that nobody types: the text before it was edited, the next page."""
CHOICE = re.compile(r"[a-z0-9_/-]*\Z")
"""What buttons and menus send."""


def render_page(request: ForumRequest, template: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """Render a template with the forum, the actor of the request, and what they may do, as `may.NAME`."""
    own = {"forum": request.forum, "actor": request.actor, "may": request.rights}
    return render(request, template, {**own, **context}, status=status)


def deny(request: ForumRequest, reason: str, status: int = 403, topic: Topic | None = None) -> HttpResponse:
    """Refuse, with the reason: a message on a live page, JSON for a script, else a page with links to go on.

    The page holds the form that was sent, without its files, so that what was typed can be sent again.
    What is not valid is 422, also on a live page when its form comes back: htmx swaps that status in, as a success (see
    base.html). A form that stays would count as saved, and be emptied: it gets 409.
    """
    if request.htmx:
        response = HttpResponse(status=409 if status == 422 else status)
        return trigger_client_event(response, "say", {"text": reason})
    if wants_json(request) or (request.method == "POST" and not is_form(request)):
        return JsonResponse({"problem": reason}, status=status)
    return render_page(request, "forum/refused.html", {"reason": reason, "topic": topic, **_typed(request)}, status)


def _typed(request: HttpRequest) -> dict[str, Any]:
    """Return the fields of the form that was sent, and those of its texts that a person typed."""
    sent = [(name, value) for name, values in request.POST.lists() if name not in TOKENS for value in values]
    words = [value for name, value in sent if not name.startswith(HIDDEN) and not CHOICE.match(value.strip())]
    return {"sent": sent, "words": words, "draft": request.POST.get("draft") or request.POST.get("key", "")}


def give_new_key(request: ForumRequest, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Return an answer whose form has another key than the one that was sent."""
    form = request.POST.copy()  # a form that is shown again keeps the key that was sent
    form["draft"] = form.get("draft") or form.get("key", "")
    del form["key"]
    request.POST = form  # type: ignore[assignment]  # a copy is mutable
    response = answer()
    return trigger_client_event(response, "newKey") if request.htmx and isinstance(response, HttpResponse) else response


def wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def is_form(request: HttpRequest) -> bool:
    """Say whether a POST is what browsers send of a form, and not what a script sends raw."""
    return request.content_type in ("multipart/form-data", "application/x-www-form-urlencoded")


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
