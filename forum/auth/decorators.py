"""Access control: identify the actor, apply the rule of the URL and its limits, make POSTs idempotent."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial, wraps
from typing import Any, cast, overload
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from forum import metrics
from forum.auth.guard import RightsGuard
from forum.auth.idempotency import KeyUsed, answer_again, idempotent
from forum.auth.identity import FACILITATOR_COOKIE, facilitator_of, find_forum, identify, renew_tokens
from forum.auth.request import ForumRequest, View
from forum.auth.responses import deny, deny_facilitator, give_new_key
from forum.auth.rules import RULES, TEAM, Rights, Role
from forum.auth.throttling import floods, sender_of, wrong_codes
from forum.models import Forum, Topic
from forum.models.facilitator import RightsLost

READABLE_WHEN_WITHDRAWN = ("topic", "bring_back")
"""URL names that still answer for a topic that was withdrawn."""


@overload
def forum_view(view: View) -> View: ...
@overload
def forum_view(*, refused: View) -> Callable[[View], View]: ...
def forum_view(view: View | None = None, *, refused: View | None = None) -> View | Callable[[View], View]:
    """Run a view in its forum, if the rule of its URL name allows it to the actor.

    The view receives a ForumRequest and, for the URL parameter `number`, the `topic`. A refused request never reaches
    the view: it reaches `refused(request, reason, **kwargs)`, which shows the form again with what was typed, or else
    a page that says the reason, and what was typed. A POST counts once per key of its form, and is refused when the
    actor sends too many.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(http: HttpRequest, code: str, **kwargs: Any) -> HttpResponseBase:
            request = cast("ForumRequest", http)
            answer = partial(_answer, request, code, view, refused)
            try:
                return answer(dict(kwargs))
            except RightsLost:  # after they were read: answer as if the request came only now
                try:
                    return answer(dict(kwargs))
                except RightsLost:
                    raise Http404 from None

        return wrapped

    return decorate(view) if view else decorate


def _answer(
    request: ForumRequest, code: str, view: View, refused: View | None, kwargs: dict[str, Any]
) -> HttpResponseBase:
    """Run the view in the forum's language and time zone, or refuse the request.

    Raises RightsLost when the rights are lost while the view runs.
    """
    _identify(request, code)
    _activate_language(request)
    with timezone.override(request.forum.zone):
        return _answer_in_forum(request, view, refused, kwargs)


def _answer_in_forum(
    request: ForumRequest, view: View, refused: View | None, kwargs: dict[str, Any]
) -> HttpResponseBase:
    name = cast("str", request.resolver_match and request.resolver_match.url_name)
    is_for_team = TEAM.issuperset(RULES[name].phases)
    if request.actor.is_stranger and Role.STRANGER not in RULES[name].phases:
        if is_for_team and request.method != "GET":
            raise Http404
        return _turn_away(request, refused, kwargs)
    if "number" in kwargs:
        kwargs["topic"] = _topic(request.forum, kwargs.pop("number"))
    topic: Topic | None = kwargs.get("topic")
    if topic and topic.waits_since and not _may_see_waiting(request, topic):
        raise Http404(_("No topic has this number."))
    reason = _refusal(request.rights, name, topic)
    if reason and is_for_team and not request.actor.facilitator:
        raise Http404
    if reason:
        return _refuse(request, reason, refused, kwargs)
    if request.method != "POST":
        return view(request, **kwargs)
    if wait := floods.wait_of(request.forum, request.actor, sender_of(request), name):
        response = _refuse(request, floods.refusal(wait), refused, kwargs, status=429)
        response.headers["Retry-After"] = str(wait)
        metrics.REFUSED.labels("floods").inc()
        return response
    request.actor = replace(request.actor, guard=_guard(request, name, topic))
    try:
        response = idempotent(request, lambda: view(request, **kwargs))
    except KeyUsed:
        reason = _("This page had sent something else before: what you typed now is not sent yet. Send it again.")
        return give_new_key(request, partial(_refuse, request, reason, refused, kwargs, status=409))
    renew_tokens(request, response, request.actor)
    return response


def _identify(request: ForumRequest, code: str) -> None:
    """Find the forum of a join code and the actor of the request. Raises Http404 for an unknown code."""
    forum = find_forum(request, code)
    if forum is None:
        raise Http404(_("No forum has this code."))
    request.forum, request.actor = forum, identify(request.COOKIES, forum)
    request.rights = Rights(request.actor, forum)
    if not request.actor.is_stranger:
        wrong_codes.codes_in_use.note(sender_of(request), forum.code, request.actor)


def _topic(forum: Forum, number: int) -> Topic:
    topic = Topic.cards_of(forum).filter(number=number).first()
    if topic is None:
        raise Http404(_("No topic has this number."))
    topic.forum = forum
    if group := topic.group_or_none:
        group.topic = topic  # the same object, so that what a verb changes is seen by all who hold it
    return topic


def _may_see_waiting(request: ForumRequest, topic: Topic) -> bool:
    return request.actor.approves or request.actor.participant in topic.conveners


def _refusal(rights: Rights, name: str, topic: Topic | None) -> str | None:
    if topic and topic.withdrawn_at and name not in READABLE_WHEN_WITHDRAWN:
        return _("This topic was withdrawn.")
    return rights.refusal(name, topic)


def _guard(request: ForumRequest, name: str, topic: Topic | None) -> RightsGuard:
    """Return the guard of a request that its rule allows."""
    actor = request.actor

    def recheck() -> None:
        forum = Forum.objects.get(pk=request.forum.pk)
        actor_now = identify(request.COOKIES, forum)
        topic_now = _topic(forum, topic.number) if topic else None
        if actor_now != actor or _refusal(Rights(actor_now, forum), name, topic_now):
            raise RightsLost

    return RightsGuard(request.forum, topic.pk if topic else None, recheck)


def _refuse(
    request: ForumRequest, reason: str, refused: View | None, kwargs: dict[str, Any], status: int = 403
) -> HttpResponseBase:
    if answer := answer_again(request):
        return answer
    if refused is None:
        return deny(request, reason, status, topic=kwargs.get("topic"))
    response = refused(request, reason, **kwargs)
    if response.status_code == 403:  # 422: a form that comes back to a live page, see `deny`
        response.status_code = status
    return response


def _activate_language(request: ForumRequest) -> None:
    """Speak the forum's language, unless this browser chose another."""
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(request.forum.language)
        request.LANGUAGE_CODE = translation.get_language()


def _turn_away(request: ForumRequest, refused: View | None, kwargs: dict[str, Any]) -> HttpResponseBase:
    """Send a stranger to the entrance; show a form that they sent again, with what they typed.

    The QR code of a topic or of a place brings them back to it once they have joined.
    """
    if request.method == "GET":
        if FACILITATOR_COOKIE in request.COOKIES and facilitator_of(request.COOKIES) is None:
            return deny_facilitator(request)
        entrance = reverse("board", args=[request.forum.code])
        has_qr_code = request.resolver_match and request.resolver_match.url_name in ("topic", "place_page")
        return redirect(f"{entrance}?{urlencode({'next': request.get_full_path()})}" if has_qr_code else entrance)
    reason = _("This browser has not joined the forum, or has left it. Join it, then send again: nothing is lost.")
    return refused(request, reason, **kwargs) if refused and "number" not in kwargs else deny(request, reason)
