"""The board as phones and the wall see it, and its catch-up over HTTP."""

import json
from copy import copy
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.messages import get_messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from forum.auth.decorators import forum_view
from forum.auth.identity import COOKIE_SECONDS
from forum.auth.request import ForumRequest
from forum.auth.responses import next_page
from forum.forms.people import JoinForm
from forum.live import board as boards
from forum.live import board_cache, catch_up
from forum.live.board_query import BoardQuery
from forum.live.marks import marks_of
from forum.live.messages import DeltaMessage
from forum.live.websocket import may_follow_board
from forum.models import Actor, Participant
from forum.phases import DURING_DAY, WallStep
from forum.views.parts.live_board import live_board
from forum.views.parts.wall_look import LOOK_COOKIE, look_of
from forum.web.page_cache import Segment, cached_page, placeholder


@require_GET
@never_cache
@forum_view
def board(request: ForumRequest) -> HttpResponse:
    """The entrance for those who are not known yet; the board for the others."""
    return _phone(request, request.actor.participant) if request.actor.participant else _entrance(request)


def _phone(request: ForumRequest, person: Participant) -> HttpResponse:
    marks = json.dumps(marks_of([person.pk])[person.pk])
    if get_messages(request):
        return render(request, "forum/phone.html", {**live_board(request, "phone"), "marks": marks})
    since, piece = board_cache.board_now(request.forum, "phone")

    def context() -> dict[str, Any]:
        someone = Actor(Participant(name=placeholder("name")), request.actor.facilitator)
        own = {name: placeholder(name) for name in ("since", "board", "marks")}
        return {"forum": request.forum, "actor": someone, **own}

    own: dict[str, str | Segment] = {"name": person.name, "since": str(since), "board": piece, "marks": marks}
    return cached_page(request, "forum/phone.html", _same_for(request), context, own)


def _entrance(request: ForumRequest) -> HttpResponse:
    def context() -> dict[str, Any]:
        form = JoinForm(forum=request.forum)
        is_open = request.forum.current_phase in DURING_DAY
        return {
            "forum": request.forum,
            "actor": request.actor,
            "form": form,
            "is_open": is_open,
            "next": placeholder("next"),
        }

    own: dict[str, str | Segment] = {"next": next_page(request, "")}
    if get_messages(request):
        return render(request, "forum/join.html", {**context(), **own})
    return cached_page(request, "forum/join.html", (*_same_for(request), request.forum.anyone_may_read), context, own)


def _same_for(request: ForumRequest) -> tuple[Any, ...]:
    """All that these pages depend on, apart from what each one has of their own: the forum as it is described."""
    forum = request.forum
    described = [getattr(forum, field.attname) for field in forum._meta.concrete_fields if field.name != "revision"]
    return (*described, request.actor.facilitator is not None)


@require_GET
@never_cache
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF]})  # the conductor's page shows it small
@forum_view
def wall(request: ForumRequest) -> HttpResponse:
    """The projector's page. With `look`, this browser keeps that look; with `step`, how the wall will be, not live."""
    step = WallStep.parse(request.GET.get("step", ""))
    look = look_of(request)
    context = _as_it_will_be(request, step) if step and request.actor.facilitator else live_board(request, "wall")
    response = render(request, "forum/wall.html", {**context, "look": look})
    if "look" in request.GET:
        response.set_cookie(
            LOOK_COOKIE,
            look,
            max_age=COOKIE_SECONDS,
            samesite="Lax",
            httponly=True,
            secure=settings.BEHIND_HTTPS,
        )
    return response


def _as_it_will_be(request: ForumRequest, step: WallStep) -> dict[str, Any]:
    forum = copy(request.forum)
    forum.phase, forum.slide = step.phase, step.slide or ""
    return {"forum": forum, "actor": request.actor, "preview": boards.Board(forum, "wall").html()}


@require_GET
@never_cache
@forum_view
def live(request: ForumRequest) -> HttpResponse:
    """What a page misses since its revision, for when sockets fail. 204: nothing.

    With `me`, what is theirs comes in any case: a socket may have been lost between a card and its mark.
    """
    asked = BoardQuery.parse(request.GET)
    if not may_follow_board(request.forum, request.actor, asked.audience):
        raise Http404
    person = request.actor.participant
    if (asked.since, asked.epoch) == (request.forum.revision, request.forum.epoch):
        if not (person and "me" in request.GET):
            return HttpResponse(status=204)
        message: dict[str, Any] = {"beat": asked.since}
    else:
        change = catch_up.delta(request.forum, asked.audience, asked.since, asked.epoch)
        message = json.loads(DeltaMessage(change).event(watched=asked.watched)["text"])
    if person:
        message |= {"me": marks_of([person.pk])[person.pk], "at": message.get("to", asked.since)}
    return HttpResponse(json.dumps(message, ensure_ascii=False), content_type="application/json")
