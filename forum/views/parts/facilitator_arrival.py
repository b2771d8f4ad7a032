"""Where a facilitator goes who has just come in, and how their browser leaves for the identity provider."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from forum.models import Facilitator, Forum


def first_page(facilitator: Facilitator) -> str:
    """Return the path of the desk of their only forum, else of the list of their forums."""
    own_forums = list(Forum.objects.run_by(facilitator)[:2])
    return own_forums[0].get_desk_url() if len(own_forums) == 1 else reverse("forums")


def leave_for(request: HttpRequest, url: str) -> HttpResponse:
    """Answer a form by a page that goes on to the identity provider by itself.

    A redirect would be refused by the policy for forms (`form-action`), which browsers apply to every address that the
    provider redirects to in its turn: those of its own providers, which nobody can list.
    """
    return render(request, "forum/facilitators/leaving.html", {"url": url, "openid": settings.OPENID})
