"""Answers that views share: refused, done, go on to another page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from forum.auth.request import ForumRequest
from forum.models import Topic

LONGEST_ADDRESS = 200
"""Characters; no page of ours has an address as long as this."""


def deny_facilitator(request: HttpRequest) -> HttpResponse:
    """This browser holds no facilitator's key, or no longer."""
    return render(request, "forum/facilitators/stranger.html", status=403)


def deny(request: ForumRequest, reason: str, status: int = 403, topic: Topic | None = None) -> HttpResponse:
    """Say no, in words. `topic`: where one may join, or see what is possible."""
    if request.htmx:
        return trigger_client_event(HttpResponse(status=status), "say", {"text": reason})
    context = {"reason": reason, "forum": request.forum, "actor": request.actor, "topic": topic}
    return render(request, "forum/refused.html", context, status=status)


def confirm(request: ForumRequest, to: str, message: str = "") -> HttpResponse:
    """The answer to a POST that worked: go on there, or, for a button on a live page, just say so."""
    if request.htmx:
        response = HttpResponse(status=204)
        return trigger_client_event(response, "say", {"text": message}) if message else response
    if message:
        messages.success(request, message)
    return HttpResponseRedirect(next_page(request, to))


def redirect_page(request: ForumRequest, to: str) -> HttpResponse:
    """Answer a POST, of a live page too, by another page, where it is decided."""
    return HttpResponseClientRedirect(to) if request.htmx else HttpResponseRedirect(to)


def next_page(request: ForumRequest, otherwise: str) -> str:
    """Where the form, or the address, asked to go next, if that is on this site."""
    asked = request.POST.get("next", "") or request.GET.get("next", "")
    is_ours = (
        asked.startswith("/")
        and len(asked) <= LONGEST_ADDRESS
        and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    )
    return asked if is_ours else otherwise
