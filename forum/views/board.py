"""The board as phones and the wall see it, and its catch-up over HTTP."""

import json
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from forum import access
from forum import board as boards
from forum.access import ForumRequest
from forum.consumers import may_follow
from forum.forms.people import JoinForm
from forum.live import encode
from forum.rules import OPEN


def live_board(request: ForumRequest, audience: str) -> dict[str, Any]:
    """What a page with a live board shows first: the revision it stands at, and the board."""
    forum = request.forum
    return {
        "forum": forum,
        "actor": request.actor,
        "since": forum.revision,
        "board": boards.cached_html(forum, audience),
    }


@require_GET
@never_cache
@access.door
def board(request: ForumRequest) -> HttpResponse:
    """The entrance for those who are not known yet; the board for the others."""
    if request.actor.participant:
        marks = boards.mine([request.actor.participant.pk])[request.actor.participant.pk]
        return render(request, "forum/phone.html", {**live_board(request, "phone"), "marks": json.dumps(marks)})
    form = JoinForm(forum=request.forum)
    context = {"forum": request.forum, "actor": request.actor, "form": form, "is_open": request.forum.stage in OPEN}
    return render(request, "forum/join.html", context)


@require_GET
@never_cache
@access.door
def wall(request: ForumRequest) -> HttpResponse:
    """The projector's page."""
    return render(request, "forum/wall.html", live_board(request, "wall"))


@require_GET
@never_cache
@access.door
def live(request: ForumRequest) -> HttpResponse:
    """What a page misses since its revision, for when sockets fail. 204: nothing."""
    asked = request.GET
    audience = asked.get("as", "phone")
    if not may_follow(request.forum, request.actor, audience):
        raise Http404
    since = int(asked["since"]) if asked.get("since", "").isdecimal() else -1
    if (since, asked.get("epoch")) == (request.forum.revision, request.forum.epoch):
        return HttpResponse(status=204)
    watch = frozenset(asked.get("watch", "").split(",")[:8]) - {""}
    message = json.loads(encode(boards.delta(request.forum, audience, since, asked.get("epoch")), watch))
    if person := request.actor.participant:
        message |= {"me": boards.mine([person.pk])[person.pk], "at": message["to"]}
    return HttpResponse(json.dumps(message, ensure_ascii=False), content_type="application/json")
