"""Requests that are refused before they reach the view, for every view, role and method."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory
from django.urls import resolve, reverse
from django_htmx.middleware import HtmxDetails

from forum.auth.decorators import forum_view
from forum.auth.identity import FACILITATOR_COOKIE, participant_cookie
from forum.auth.request import ForumRequest
from forum.auth.rules import RULES, Role
from forum.models import Device, Facilitator, Forum, Participant, Topic
from forum.phases import Phase
from tests.conftest import move

pytestmark = pytest.mark.django_db

TOPIC_ROLES = {Role.CONVENER, Role.MEMBER, Role.TRANSCRIBER}
Send = Callable[..., HttpResponseBase]


class View:
    """A view that counts its runs, decorated like any other; refused requests are answered by 418."""

    def __init__(self) -> None:
        self.runs = 0
        self.decorated = forum_view(refused=self._refuse)(self._run)

    def _run(self, request: ForumRequest, **kwargs: Any) -> HttpResponse:
        self.runs += 1
        return HttpResponse()

    def _refuse(self, request: ForumRequest, reason: str, **kwargs: Any) -> HttpResponse:
        return HttpResponse(reason, status=418)


@pytest.fixture
def send(forum: Forum, topic: Topic, rf: RequestFactory) -> Send:
    """Send a request to a decorated view as if it had the URL of this name."""

    def _send(view: View, name: str, method: str, cookies: dict[str, str]) -> HttpResponseBase:
        kwargs = {"number": topic.number} if TOPIC_ROLES & RULES[name].phases.keys() else {}
        request: Any = rf.generic(method, "/")
        request.resolver_match = resolve(reverse("board", args=[forum.code]))
        request.resolver_match.url_name = name
        request.COOKIES.update(cookies)
        request.htmx = HtmxDetails(request)
        try:
            return view.decorated(request, code=forum.code, **kwargs)
        except Http404:
            return HttpResponse(status=404)

    return _send


@pytest.mark.laptop
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("phase", list(Phase))
def test_a_refused_request_never_reaches_the_view(
    forum: Forum, theo: Participant, camille: Facilitator, send: Send, method: str, phase: Phase
) -> None:
    move(forum, phase)
    holders: dict[Role, dict[str, str]] = {
        Role.STRANGER: {},
        Role.PARTICIPANT: {participant_cookie(forum): Device.issue(theo)},
        Role.FACILITATOR: {FACILITATOR_COOKIE: Device.issue(camille)},
    }
    for name, rule in RULES.items():
        for role, cookies in holders.items():
            view = View()
            response = send(view, name, method, cookies)
            is_allowed = phase in rule.phases.get(role, ())
            assert (view.runs, response.status_code == 200) == ((1, True) if is_allowed else (0, False)), (name, role)
