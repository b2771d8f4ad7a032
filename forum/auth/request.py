"""The request that a forum's views receive."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_htmx.middleware import HtmxDetails

from forum.auth.rules import Rights
from forum.models import Actor, Forum

View = Callable[..., HttpResponseBase]


class ForumRequest(HttpRequest):
    """A request in one forum, by an actor whose rights are known."""

    htmx: HtmxDetails
    forum: Forum
    actor: Actor
    rights: Rights
