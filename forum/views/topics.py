"""Topics: propose, edit, withdraw, bring back, and "I am going"."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny, render_page
from forum.forms.topics import TopicForm
from forum.models import Topic
from forum.text.parsing import parse_whole_number
from forum.views.parts.form_refusal import deny_forms, form_status
from forum.views.parts.participants import chosen_participant

MIN_COMPARED_LENGTH = 6
"""Characters of a title from which topics that look alike are searched for."""


def _topic_form(request: ForumRequest, topic: Topic | None = None) -> TopicForm:
    return TopicForm(
        request.POST or None,
        forum=request.forum,
        actor=request.actor,
        chooses_convener=request.rights.may("act_for_others"),
        instance=topic,
    )


def _render_form(
    request: ForumRequest, form: TopicForm, topic: Topic | None = None, *, refusal: str = ""
) -> HttpResponse:
    """Show the form, with what was typed and why it was refused; on a live page, only why."""
    if request.htmx and request.method == "POST":
        return deny(request, refusal) if refusal else deny_forms(request, form)
    context = {"form": form, "topic": Topic.objects.get(pk=topic.pk) if topic else None, "refusal": refusal}
    return render_page(request, "forum/topic_form.html", context, form_status(request, refusal))


def _refuse_topic(request: ForumRequest, reason: str, topic: Topic | None = None) -> HttpResponse:
    return _render_form(request, _topic_form(request, topic), topic, refusal=reason)


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view(refused=_refuse_topic)
def propose(request: ForumRequest) -> HttpResponse:
    form = _topic_form(request)
    if request.method == "POST" and form.is_valid():
        title, description = form.cleaned_data["title"], form.cleaned_data["description"]
        topic = Topic.propose(request.forum, title, description, form.convener, request.actor)
        if topic.waits_since:
            message = _("Topic number {number} waits: the facilitators read it first.")
        else:
            message = _("Topic number {number} is on the board.")
        return confirm(request, topic.get_absolute_url(), message.format(number=topic.number))
    return _render_form(request, form)


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view(refused=_refuse_topic)
def edit(request: ForumRequest, topic: Topic) -> HttpResponse:
    form = _topic_form(request, topic)
    if request.method == "POST" and form.is_valid():
        form.instance.edit(request.actor)
        return confirm(request, topic.get_absolute_url(), _("The topic is changed."))
    return _render_form(request, form, topic)


@require_GET
@forum_view
def alike(request: ForumRequest) -> HttpResponse:
    """Show the topics whose title looks like the one being typed. They block nothing."""
    title = request.GET.get("title", "")[: Topic.MAX_TITLE_LENGTH]
    excluded = parse_whole_number(request.GET.get("excluding", ""))
    topics = request.forum.topics.all().similar(title, excluded) if len(title) >= MIN_COMPARED_LENGTH else []
    return render(request, "forum/topic_form.html#alike", {"topics": topics, "forum": request.forum})


@require_POST
@forum_view
def withdraw(request: ForumRequest, topic: Topic) -> HttpResponse:
    topic.withdraw(request.actor)
    message = _("Topic number {number} is withdrawn.").format(number=topic.number)
    return confirm(request, topic.get_absolute_url(), message)


@require_POST
@forum_view
def bring_back(request: ForumRequest, topic: Topic) -> HttpResponse:
    topic.bring_back(request.actor)
    message = _("Topic number {number} is on the board again.").format(number=topic.number)
    return confirm(request, topic.get_absolute_url(), message)


@require_POST
@forum_view
def interest(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Say "I am going", or with `going=no` no longer. The team may do it for a `participant`."""
    person = chosen_participant(request)
    if person is None:
        return deny(request, _("Choose a participant first."), status=409)
    topic.set_interest(person, request.POST.get("going") != "no", request.actor)
    return confirm(request, reverse("board", args=[request.forum.code]))
