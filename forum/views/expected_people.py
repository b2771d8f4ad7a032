"""People whom the organisers expect: importing their list, and seeing them arrive."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.forms.expected_people import ExpectedListForm, search_people
from forum.models import Participant

AT_ONCE = 60
"""People on one page: who looks for someone types the beginning of their name."""


@require_GET
@never_cache
@forum_view
def expected(request: ForumRequest) -> HttpResponse:
    """Who was announced and has not come yet; `q` is the beginning of a name or an organisation."""
    people = list(request.forum.participants.expected())
    asked = request.GET.get("q", "")[:80]
    found = search_people(people, asked)
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "since": request.forum.revision,
        "asked": asked,
        "count": len(people),
        "found": len(found),
        "people": found[:AT_ONCE],
        "more": max(0, len(found) - AT_ONCE),
    }
    return render(request, "forum/expected.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def import_people(request: ForumRequest) -> HttpResponse:
    """A list of people: first shown as it is understood, and only kept once that is confirmed."""
    sent = request.method == "POST"
    form = ExpectedListForm(request.POST if sent else None, request.FILES if sent else None, forum=request.forum)
    context = {"forum": request.forum, "actor": request.actor, "form": form}
    if not form.is_valid():
        return render(request, "forum/import_people.html", context, status=422 if sent else 200)
    expected = form.cleaned_data["expected"]
    if "sure" in request.POST and expected.new:
        Participant.announce(request.forum, expected.people, request.actor)
        n = len(expected.new)
        said = ngettext("{n} person is expected now.", "{n} people are expected now.", n).format(n=n)
        return confirm(request, reverse("expected", args=[request.forum.code]), said)
    return render(request, "forum/import_preview.html", {**context, "expected": expected})


@require_POST
@forum_view
def arrive(request: ForumRequest, person: int) -> HttpResponse:
    """Someone who was announced is here, without a phone."""
    found = get_object_or_404(request.forum.participants.filter(removed_at=None), pk=person)
    found.forum = request.forum
    found.arrive(request.actor)
    return confirm(request, _here(request), _("{name} is here.").format(name=found.name))


@require_POST
@forum_view
def forget_expected(request: ForumRequest) -> HttpResponse:
    """Erase those who did not come; `sure` says that the facilitator knows what goes."""
    if request.POST.get("sure") != "yes":
        return deny(request, _("Tick the box first: what is erased does not come back."), status=409)
    n = Participant.forget_expected(request.forum, request.actor)
    said = ngettext("{n} person is erased.", "{n} people are erased.", n).format(n=n)
    return confirm(request, _here(request), said)


def _here(request: ForumRequest) -> str:
    return reverse("expected", args=[request.forum.code])
