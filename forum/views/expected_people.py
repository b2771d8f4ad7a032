"""The people whom the organisers expect: import their list, and mark them as arrived."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny, render_page
from forum.forms.expected_people import ExpectedListForm, search_people
from forum.fragment_keys import Key
from forum.models import Participant
from forum.views.parts.live_board import live_page_context

MAX_LISTED = 60
"""People on one page; the others are found by the beginning of their name."""


@require_GET
@never_cache
@forum_view
def expected(request: ForumRequest) -> HttpResponse:
    """List who is expected. `q`: the beginning of a name or of an organisation."""
    people = list(request.forum.participants.expected())
    query = request.GET.get("q", "")[:80]
    matches = search_people(people, query)
    context = {
        **live_page_context(request, Key.EXPECTED),
        "query": query,
        "count": len(people),
        "match_count": len(matches),
        "people": matches[:MAX_LISTED],
        "more": max(0, len(matches) - MAX_LISTED),
    }
    return render_page(request, "forum/expected.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def import_people(request: ForumRequest) -> HttpResponse:
    """Preview a list of people, and save it once that is confirmed (`sure`)."""
    is_post = request.method == "POST"
    form = ExpectedListForm(request.POST if is_post else None, request.FILES if is_post else None, forum=request.forum)
    if not form.is_valid():
        return render_page(request, "forum/import_people.html", {"form": form}, 422 if is_post else 200)
    expected = form.cleaned_data["expected"]
    if "sure" in request.POST and expected.new:
        Participant.announce(request.forum, expected.people, request.actor)
        n = len(expected.new)
        message = ngettext("{n} person is expected now.", "{n} people are expected now.", n).format(n=n)
        return confirm(request, _expected_url(request), message)
    return render_page(request, "forum/import_preview.html", {"form": form, "expected": expected})


@require_POST
@forum_view
def arrive(request: ForumRequest, person_pk: int) -> HttpResponse:
    """Mark an expected participant, who has no phone, as arrived."""
    person = get_object_or_404(request.forum.participants.filter(removed_at=None), pk=person_pk)
    person.forum = request.forum
    person.arrive(request.actor)
    return confirm(request, _expected_url(request), _("{name} is here.").format(name=person.name))


@require_POST
@forum_view
def forget_expected(request: ForumRequest) -> HttpResponse:
    """Erase those who did not come. The box `sure` must be ticked."""
    if request.POST.get("sure") != "yes":
        return deny(request, _("Tick the box first: what is erased does not come back."), status=409)
    n = Participant.forget_expected(request.forum, request.actor)
    message = ngettext("{n} person is erased.", "{n} people are erased.", n).format(n=n)
    return confirm(request, _expected_url(request), message)


def _expected_url(request: ForumRequest) -> str:
    return reverse("expected", args=[request.forum.code])
