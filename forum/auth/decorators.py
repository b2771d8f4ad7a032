"""Access control: identify the actor, apply the rule of the URL, make POSTs idempotent."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast, overload
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from forum.auth import throttling
from forum.auth.idempotency import answer_again, idempotent
from forum.auth.identity import FACILITATOR_COOKIE, facilitator_of, find_forum, identify, renew_tokens
from forum.auth.request import ForumRequest, View
from forum.auth.responses import deny, deny_facilitator
from forum.auth.rules import RULES, Rights, Role
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
    a page that says the reason. A POST counts once per key of its form.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(http: HttpRequest, code: str, **kwargs: Any) -> HttpResponseBase:
            request = cast("ForumRequest", http)
            _identify(request, code)
            _activate_language(request)
            name = cast("str", request.resolver_match and request.resolver_match.url_name)
            is_for_facilitators = set(RULES[name].phases) == {Role.FACILITATOR}
            if request.actor.is_stranger and Role.STRANGER not in RULES[name].phases:
                if is_for_facilitators and request.method != "GET":
                    raise Http404
                return _turn_away(request, refused, kwargs)
            if "number" in kwargs:
                kwargs["topic"] = _topic(request.forum, kwargs.pop("number"))
            reason = _refusal(request, name, kwargs.get("topic"))
            if reason and is_for_facilitators and not request.actor.facilitator:
                raise Http404
            if reason:
                return _refuse(request, reason, refused, kwargs)
            if request.method != "POST":
                return view(request, **kwargs)
            try:
                response = idempotent(request, lambda: view(request, **kwargs))
            except RightsLost:
                raise Http404 from None
            renew_tokens(request, response, request.actor)
            return response

        return wrapped

    return decorate(view) if view else decorate


def _identify(request: ForumRequest, code: str) -> None:
    """Find the forum of a join code and the actor of the request. Raises Http404 for an unknown code."""
    forum = find_forum(request, code)
    if forum is None:
        raise Http404(_("No forum has this code."))
    request.forum, request.actor = forum, identify(request.COOKIES, forum)
    request.rights = Rights(request.actor, forum)
    if not request.actor.is_stranger:
        throttling.codes_in_use.note(throttling.sender_of(request), forum.code, request.actor)


def _topic(forum: Forum, number: int) -> Topic:
    topic = Topic.cards_of(forum).filter(number=number).first()
    if topic is None:
        raise Http404(_("No topic has this number."))
    topic.forum = forum
    if group := topic.group_or_none:
        group.topic = topic  # the same object, so that what a verb changes is seen by all who hold it
    return topic


def _refusal(request: ForumRequest, name: str, topic: Topic | None) -> str | None:
    if topic and topic.withdrawn_at and name not in READABLE_WHEN_WITHDRAWN:
        return _("This topic was withdrawn.")
    return request.rights.refusal(name, topic)


def _refuse(request: ForumRequest, reason: str, refused: View | None, kwargs: dict[str, Any]) -> HttpResponseBase:
    if answer := answer_again(request):
        return answer
    if refused:
        return refused(request, reason, **kwargs)
    return deny(request, reason, topic=kwargs.get("topic"))


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
