"""The operator's page: one person types topics as speakers announce them, and never waits for the network."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.forms.topics import AnnouncedTopicForm, error_text
from forum.models import Topic
from forum.models.verbs import Verb
from forum.text.names import name_key

CONFLICT = 409
CREATED = 201
LINES = 40
"""Lines that the page begins with: the last that this facilitator typed."""


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def operator(request: ForumRequest) -> HttpResponse:
    """The page, and the lines it sends one by one. Without scripts, its form is a form like any other."""
    form = AnnouncedTopicForm(request.POST or None, forum=request.forum)
    if request.method == "GET":
        return _page(request, form)
    if not form.is_valid():
        return deny(request, error_text(form), status=CONFLICT) if request.htmx else _page(request, form, 422)
    said = form.cleaned_data
    topic = Topic.propose(request.forum, said["title"], "", form.save_convener(request.actor), request.actor)
    if request.htmx:
        return _kept(request, topic, CREATED)
    message = _("Topic number {number} is on the board.").format(number=topic.number)
    return confirm(request, reverse("operator", args=[request.forum.code]), message)


def _page(request: ForumRequest, form: AnnouncedTopicForm, status: int = 200) -> HttpResponse:
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "form": form,
        "since": request.forum.revision,
        "lines": _typed(request),
    }
    return render(request, "forum/operator.html", context, status=status)


def _typed(request: ForumRequest) -> list[Topic]:
    """The last topics that this facilitator put on the board, in the order of their numbers."""
    entries = request.forum.journal.filter(verb=Verb.PROPOSED_TOPIC, facilitator=request.actor.facilitator)
    rows = entries.order_by("-revision").values_list("rows", flat=True)[:LINES]
    topics = request.forum.topics.filter(pk__in=[row["pk"] for told in rows for row in told])
    return list(topics.select_related("convener"))


@require_GET
@never_cache
@forum_view
def people(request: ForumRequest) -> HttpResponse:
    """Who can be chosen as a convener: who is here, and who is expected."""
    found = request.forum.participants.filter(removed_at=None)
    told = found.values_list("pk", "name", "organisation", "territory", "is_expected")
    rows = [
        {
            "id": pk,
            "name": name,
            "from": ", ".join(filter(None, (organisation, territory))),
            "key": name_key(name),
            "expected": is_expected,
        }
        for pk, name, organisation, territory, is_expected in told
    ]
    return JsonResponse({"people": rows})


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def line(request: ForumRequest, topic: Topic) -> HttpResponse:
    """A line as it is kept; what its operator corrects in it."""
    if request.method == "GET":
        return _kept(request, topic)
    form = AnnouncedTopicForm(request.POST, forum=request.forum, topic=topic)
    if not form.is_valid():
        return deny(request, error_text(form), status=CONFLICT)
    topic.title, topic.convener = form.cleaned_data["title"], form.save_convener(request.actor)
    topic.edit(request.actor)
    if request.htmx:
        return _kept(request, topic)
    return confirm(request, reverse("operator", args=[request.forum.code]), _("The topic is changed."))


def _kept(request: ForumRequest, topic: Topic, status: int = 200) -> HttpResponse:
    """What the page shows of a topic that is kept, and which others look like it. Sent again, a line is answered
    by the address where it is found, see access.once."""
    alike = request.forum.topics.all().similar(topic.title, topic.pk)
    where = reverse("operator_line", args=[request.forum.code, topic.number])
    told: dict[str, Any] = {
        "number": topic.number,
        "title": topic.title,
        "name": topic.convener.name if topic.convener else "",
        "convener": topic.convener_id,
        "colour": topic.colour,
        "url": topic.get_absolute_url(),
        "alike": [{"number": other.number, "title": other.title, "url": other.get_absolute_url()} for other in alike],
    }
    return JsonResponse(told, status=status, headers={"Location": where})
