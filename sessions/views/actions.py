"""The actions of a report: add, write, remove."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm
from forum.models import Topic
from sessions.forms.report import ActionForm
from sessions.models import Action
from sessions.views.parts.report_form import (
    action_row,
    get_report_or_404,
    report_url,
    respond_to_save,
    save_report_first,
    save_shared_form,
)


@require_POST
@forum_view
def add_action(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Add an empty action."""
    report = get_report_or_404(topic)
    if response := save_report_first(request, report):
        return response
    row = report.add_action(request.actor)
    if request.htmx:
        context = {"forum": request.forum, "topic": topic, "row": action_row(ActionForm(row=row))}
        return render(request, "sessions/report.html#action", context)
    return confirm(request, f"{report_url(topic)}#action-{row.pk}")


@require_POST
@forum_view
def action(request: ForumRequest, topic: Topic, action_pk: int) -> HttpResponse:
    """Save the fields of an action that nobody else has changed."""
    action = _get_action(topic, action_pk)
    return respond_to_save(request, action, *save_shared_form(request, action, ActionForm))


@require_POST
@forum_view
def drop_action(request: ForumRequest, topic: Topic, action_pk: int) -> HttpResponse:
    _get_action(topic, action_pk).drop(request.actor)
    return HttpResponse("") if request.htmx else confirm(request, report_url(topic), _("The action is removed."))


def _get_action(topic: Topic, pk: int) -> Action:
    actions = Action.objects.select_related("report__group__topic__forum")
    action = actions.filter(pk=pk, report__group__topic=topic).first()
    if action is None:
        raise Http404(_("This action was removed."))
    return action
