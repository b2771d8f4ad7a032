"""A report as everyone reads it, and what they say of it."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.models import Topic
from sessions.forms.comment import CommentForm
from sessions.models import Comment, Report
from sessions.models.manuscript import SECTIONS
from sessions.views.parts.report_form import report_at


@require_GET
@never_cache
@forum_view
def read(request: ForumRequest, topic: Topic) -> HttpResponse:
    """The report, what others say of it, and the way to the next one."""
    shown = _written(topic)
    if shown is None:
        return deny(request, _("This group has not written anything yet."), status=404)
    return _page(request, shown, CommentForm())


@require_POST
@forum_view
def comment(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Say a word, join the follow-up, or both."""
    shown, person = _written(topic), request.actor.participant
    if shown is None or person is None:
        return deny(request, _("This group has not written anything yet."), status=409)
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _page(request, shown, form, status=422)
    said = Comment.post(shown, person, request.actor, **form.cleaned_data)
    thanks = _("You join the follow-up of this report.") if said.concerns_us else _("Thank you! Your comment is there.")
    return confirm(request, f"{_address(topic)}#comments", thanks)


@require_POST
@forum_view
def withdraw_comment(request: ForumRequest, topic: Topic, comment: int) -> HttpResponse:
    """Its writer takes it back; a facilitator hides it."""
    shown = _written(topic)
    if shown is None:
        raise Http404
    found = get_object_or_404(shown.comments.visible(), pk=comment)
    found.report = shown
    if not _may_withdraw(request, found):
        return deny(request, _("Only the person who wrote it, or a facilitator, can take it back."), status=409)
    found.withdraw(request.actor)
    return confirm(request, f"{_address(topic)}#comments", _("The comment is no longer shown."))


def _written(topic: Topic) -> Report | None:
    shown = report_at(topic)
    return shown if shown and shown.has_text else None


def _may_withdraw(request: ForumRequest, comment: Comment) -> bool:
    person = request.actor.participant
    return bool(request.actor.facilitator or (person and comment.participant_id == person.pk))


def _address(topic: Topic) -> str:
    return reverse("read_report", args=[topic.forum.code, topic.number])


def _page(request: ForumRequest, shown: Report, form: CommentForm, status: int = 200) -> HttpResponse:
    forum, actor, topic = request.forum, request.actor, shown.group.topic
    comments = list(shown.comments.visible().select_related("participant"))
    for said in comments:
        said.report = shown
    joined = list(dict.fromkeys(said.participant for said in comments if said.concerns_us))
    edition = forum.editions.ready().first()
    finished = forum.topics.active().filter(group__report__status="finished")
    context: dict[str, Any] = {
        "forum": forum,
        "actor": actor,
        "since": forum.revision,
        "topic": topic,
        "report": shown,
        "sections": [
            (name, Report._meta.get_field(name).verbose_name, getattr(shown, name))  # type: ignore[union-attr]  # a column, never a relation back
            for name in SECTIONS
            if getattr(shown, name)
        ],
        "actions": shown.actions.exclude(what=""),
        "photos": shown.photos.public(),
        "is_in_book": edition is not None and edition.contains_report(topic.number),
        "comments": [(said, _may_withdraw(request, said)) for said in comments],
        "joined": joined,
        "has_joined": actor.participant in joined,
        "form": form,
        "may_comment": request.rights.may("comment", topic),
        "may_write": request.rights.may("report", topic),
        "previous": finished.filter(number__lt=topic.number).last(),
        "next": finished.filter(number__gt=topic.number).first(),
    }
    return render(request, "sessions/read_report.html", context, status=status)
