"""The operator's page: one person types topics as speakers announce them, and never waits for the network."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, render_page
from forum.forms.topics import AnnouncedTopicForm
from forum.fragment_keys import Key
from forum.models import Topic
from forum.models.verbs import Verb
from forum.text.names import name_key
from forum.views.parts.form_refusal import deny_forms
from forum.views.parts.live_board import live_page_context

MAX_LINES = 40
"""Lines that the page begins with: the last ones of this facilitator."""


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def operator(request: ForumRequest) -> HttpResponse:
    """Show the page, and propose the topic of a line: sent by the page's script, or by its form without scripts."""
    form = AnnouncedTopicForm(request.POST or None, forum=request.forum)
    if request.method == "GET":
        return _render_operator(request, form)
    if not form.is_valid():
        return deny_forms(request, form) if request.htmx else _render_operator(request, form, 422)
    convener = form.save_convener(request.actor)
    topic = Topic.propose(request.forum, form.cleaned_data["title"], "", convener, request.actor)
    if request.htmx:
        return _saved_line(request, topic, status=201)
    message = _("Topic number {number} is on the board.").format(number=topic.number)
    return confirm(request, reverse("operator", args=[request.forum.code]), message)


def _render_operator(request: ForumRequest, form: AnnouncedTopicForm, status: int = 200) -> HttpResponse:
    context = {**live_page_context(request, Key.STATUS, Key.EXPECTED), "form": form, "lines": _last_lines(request)}
    return render_page(request, "forum/operator.html", context, status)


def _last_lines(request: ForumRequest) -> list[Topic]:
    """Return the last topics that this facilitator proposed, in the order of their numbers."""
    entries = request.forum.journal.filter(verb=Verb.PROPOSED_TOPIC, facilitator=request.actor.facilitator)
    changes = entries.order_by("-revision").values_list("rows", flat=True)[:MAX_LINES]
    topics = request.forum.topics.filter(pk__in=[row["pk"] for rows in changes for row in rows])
    return list(topics.select_related("convener"))


@require_GET
@never_cache
@forum_view
def people(request: ForumRequest) -> HttpResponse:
    """List, as JSON, who can be chosen as a convener: who is here, and who is expected."""
    columns = ("pk", "name", "organisation", "territory", "is_expected")
    rows = request.forum.participants.filter(removed_at=None).values_list(*columns)
    choices = [
        {
            "id": pk,
            "name": name,
            "from": ", ".join(filter(None, (organisation, territory))),
            "key": name_key(name),
            "expected": is_expected,
        }
        for pk, name, organisation, territory, is_expected in rows
    ]
    return JsonResponse({"people": choices})


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def line(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Show a line as it is saved, or save what its operator corrects in it."""
    if request.method == "GET":
        return _saved_line(request, topic)
    form = AnnouncedTopicForm(request.POST, forum=request.forum, topic=topic)
    if not form.is_valid():
        return deny_forms(request, form)
    topic.title, topic.convener = form.cleaned_data["title"], form.save_convener(request.actor)
    topic.edit(request.actor)
    if request.htmx:
        return _saved_line(request, topic)
    return confirm(request, reverse("operator", args=[request.forum.code]), _("The topic is changed."))


def _saved_line(request: ForumRequest, topic: Topic, status: int = 200) -> HttpResponse:
    """Return, as JSON, what the page shows of a saved topic, and which others look like it.

    The location is the line's own address: a line sent again is redirected there (see idempotency.py).
    """
    url = reverse("operator_line", args=[request.forum.code, topic.number])
    alike = request.forum.topics.all().similar(topic.title, topic.pk)
    fields: dict[str, Any] = {
        "number": topic.number,
        "title": topic.title,
        "name": topic.convener.name if topic.convener else "",
        "convener": topic.convener_id,
        "colour": topic.colour,
        "url": topic.get_absolute_url(),
        "alike": [{"number": other.number, "title": other.title, "url": other.get_absolute_url()} for other in alike],
    }
    return JsonResponse(fields, status=status, headers={"Location": url})
