"""A report as everyone reads it, with its comments."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny, render_page
from forum.extension import extension
from forum.fragment_keys import RowKey
from forum.models import Forum, Topic
from forum.views.parts.live_board import live_page_context
from sessions.forms.comment import CommentForm
from sessions.models import Comment, Report
from sessions.models.manuscript import SECTIONS
from sessions.views.parts.report_form import find_report


@require_GET
@never_cache
@forum_view
def read_report(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Show the report, its comments, and links to the reports before and after it."""
    report = _find_written_report(topic)
    if report is None:
        return deny(request, _("This group has not written anything yet."), status=404)
    if not report.is_finished and not request.rights.may("drafts"):
        return deny(request, _("This group has not finished its report yet."), status=409)
    return _render_report(request, report, CommentForm())


@require_POST
@forum_view
def comment(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Comment on a report, join its follow-up (`concerns_us`), or both."""
    report, person = _find_written_report(topic), request.actor.participant
    if report is None or person is None:
        return deny(request, _("This group has not written anything yet."), status=409)
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _render_report(request, report, form, status=422)
    row = Comment.post(report, person, request.actor, **form.cleaned_data)
    if row.waits_since:
        message = _("Thank you! Your comment waits for the facilitators to read it.")
    elif row.concerns_us:
        message = _("You join the follow-up of this report.")
    else:
        message = _("Thank you! Your comment is there.")
    return confirm(request, _comments_url(topic), message)


@require_POST
@forum_view
def withdraw_comment(request: ForumRequest, topic: Topic, comment_pk: int) -> HttpResponse:
    """Withdraw one's own comment; a facilitator withdraws any."""
    report = _find_written_report(topic)
    if report is None:
        raise Http404
    comment = get_object_or_404(report.comments.shown_to(request.actor.participant), pk=comment_pk)
    comment.report = report
    if not _may_withdraw(request, comment):
        return deny(request, _("Only the person who wrote it, or a facilitator, can take it back."), status=409)
    comment.withdraw(request.actor)
    return confirm(request, _comments_url(topic), _("The comment is no longer shown."))


def _find_written_report(topic: Topic) -> Report | None:
    report = find_report(topic)
    return report if report and report.has_text else None


def _may_withdraw(request: ForumRequest, comment: Comment) -> bool:
    person = request.actor.participant
    return request.rights.may("withdraw_any_comment") or bool(person and comment.participant_id == person.pk)


def _comments_url(topic: Topic) -> str:
    return reverse("read_report", args=[topic.forum.code, topic.number]) + "#comments"


def _render_report(request: ForumRequest, report: Report, form: CommentForm, status: int = 200) -> HttpResponse:
    topic = report.group.topic
    edition = request.forum.editions.ready().first()
    context = {
        **live_page_context(request, RowKey.NEWS.of(topic.pk), RowKey.COMMENTS.of(topic.pk)),
        "topic": topic,
        "report": report,
        "sections": _sections(report),
        "actions": report.actions.written(),
        "photos": report.photos.public(),
        "is_in_book": edition is not None and edition.contains_report(topic.number),
        "form": form,
        "may": request.rights.about(topic),
        **_comments_context(request, report),
        **_neighbours_context(request.forum, topic),
    }
    return render_page(request, "sessions/read_report.html", context, status)


def _sections(report: Report) -> list[tuple[str, Any, str]]:
    """Return the name, the label and the text of each section that is not empty."""
    return [
        (name, Report._meta.get_field(name).verbose_name, text)  # type: ignore[union-attr]  # a column, never a relation back
        for name in SECTIONS
        if (text := getattr(report, name))
    ]


def _comments_context(request: ForumRequest, report: Report) -> dict[str, Any]:
    """Return each comment with whether the actor may withdraw it now, and the people who joined the follow-up."""
    comments = list(report.comments.shown_to(request.actor.participant).select_related("participant"))
    for comment in comments:
        comment.report = report
    is_time = request.rights.may("withdraw_comment")
    joined = list(dict.fromkeys(comment.participant for comment in comments if comment.concerns_us))
    return {
        "comments": [(comment, is_time and _may_withdraw(request, comment)) for comment in comments],
        "joined": joined,
        "has_joined": request.actor.participant in joined,
    }


def _neighbours_context(forum: Forum, topic: Topic) -> dict[str, Any]:
    """Return the topics of the finished reports before and after this one."""
    finished = extension().filter_by_report(forum.topics.active(), is_finished=True)
    return {
        "previous": finished.filter(number__lt=topic.number).last(),
        "next": finished.filter(number__gt=topic.number).first(),
    }
