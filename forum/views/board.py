"""The board on phones and on the wall, and its catch-up over HTTP."""

import json
from copy import copy
from dataclasses import replace
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib.messages import get_messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import next_page, render_page
from forum.auth.rules import Rights
from forum.forms.people import ParticipantForm
from forum.live import board_cache, catch_up
from forum.live.audience import BOARDS, Audience
from forum.live.board import Board
from forum.live.board_query import BoardQuery
from forum.live.marks import marks_of
from forum.live.messages import DeltaMessage
from forum.live.websocket import may_follow_board
from forum.models import Participant
from forum.phases import DURING_DAY, WallStep
from forum.views.parts.live_board import live_board_context
from forum.views.parts.wall_look import LOOK_COOKIE, LOOK_SECONDS, wall_look
from forum.web.cookies import set_cookie
from forum.web.page_cache import Segment, cached_page, placeholder


@require_GET
@never_cache
@forum_view
def board(request: ForumRequest) -> HttpResponse:
    """Show the board to participants, the entrance to others."""
    person = request.actor.participant
    return _render_phone_board(request, person) if person else _render_entrance(request)


def _render_phone_board(request: ForumRequest, person: Participant) -> HttpResponse:
    marks = json.dumps(marks_of([person.pk])[person.pk])
    if get_messages(request):
        return render_page(request, "forum/phone.html", {**live_board_context(request, Audience.PHONE), "marks": marks})
    since, piece = board_cache.board_now(request.forum, Audience.PHONE)

    def shared_context() -> dict[str, Any]:
        anyone = replace(request.actor, participant=Participant(name=placeholder("name")))
        return {
            "forum": request.forum,
            "actor": anyone,
            "may": Rights(anyone, request.forum),
            **{name: placeholder(name) for name in ("since", "board", "marks")},
        }

    own: dict[str, str | Segment] = {"name": person.name, "since": str(since), "board": piece, "marks": marks}
    return cached_page(request, "forum/phone.html", _cache_key(request), shared_context, own)


def _render_entrance(request: ForumRequest) -> HttpResponse:
    forum = request.forum

    def shared_context() -> dict[str, Any]:
        form, is_open = ParticipantForm(forum=forum), forum.current_phase in DURING_DAY
        return {
            "forum": forum,
            "actor": request.actor,
            "may": request.rights,
            "form": form,
            "is_open": is_open,
            "next": placeholder("next"),
        }

    own: dict[str, str | Segment] = {"next": next_page(request, "")}
    if get_messages(request):
        return render(request, "forum/join.html", {**shared_context(), **own})
    return cached_page(request, "forum/join.html", (*_cache_key(request), forum.anyone_may_read), shared_context, own)


def _cache_key(request: ForumRequest) -> tuple[Any, ...]:
    """Return all that these pages depend on, apart from what each reader has of their own."""
    forum = request.forum
    fields = [getattr(forum, field.attname) for field in forum._meta.concrete_fields if field.name != "revision"]
    return (*fields, request.actor.role if request.actor.facilitator else None)


@require_GET
@never_cache
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF]})  # the conductor's page shows it small
@forum_view
def wall(request: ForumRequest) -> HttpResponse:
    """Show the wall. `look`: keep that look in this browser. `step`: preview that step of the day, not live."""
    step = WallStep.parse(request.GET.get("step", ""))
    look = wall_look(request)
    if step and request.rights.may("conductor"):
        context = _preview_context(request, step)
    else:
        context = live_board_context(request, Audience.WALL)
    response = render_page(request, "forum/wall.html", {**context, "look": look})
    if "look" in request.GET:
        set_cookie(response, LOOK_COOKIE, look, LOOK_SECONDS)
    return response


def _preview_context(request: ForumRequest, step: WallStep) -> dict[str, Any]:
    forum = copy(request.forum)
    forum.phase, forum.slide = step.phase, step.slide or ""
    return {"forum": forum, "preview": Board(forum, Audience.WALL).html()}


@require_GET
@never_cache
@forum_view
def live(request: ForumRequest) -> HttpResponse:
    """Answer a poll: what the page lacks since its revision, as JSON; 204 if nothing.

    With `me`, the participant's marks are always there: a socket may be lost between a card and its mark.
    """
    query = BoardQuery.parse(request.GET)
    if not may_follow_board(request.forum, request.actor, query.audience):
        raise Http404
    person = request.actor.participant
    if (query.since, query.epoch) == (request.forum.revision, request.forum.epoch):
        if not (person and "me" in request.GET):
            return HttpResponse(status=204)
        message: dict[str, Any] = {"beat": query.since}
    else:
        has_board = query.audience in BOARDS
        delta_now = board_cache.delta_now if has_board else catch_up.delta
        delta = delta_now(request.forum, query.audience, query.since, query.epoch)
        message = json.loads(DeltaMessage(delta).event(watched=query.watched)["text"])
    if person:
        message |= {"me": marks_of([person.pk])[person.pk], "at": message.get("to", query.since)}
    return HttpResponse(json.dumps(message, ensure_ascii=False), content_type="application/json")
