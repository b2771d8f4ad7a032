"""The report of a group: written by several hands, saved by itself."""

from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.models import Topic
from sessions.forms.report import ActionForm, ReportForm
from sessions.models import Action, Report
from sessions.proceedings.edition_requests import request_edition
from sessions.views.parts.report_form import (
    _address,
    _page,
    _row_context,
    _row_values,
    _wants_json,
    album_mark,
    answer,
    report_at,
    written,
)


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def report(request: ForumRequest, topic: Topic) -> HttpResponse:
    """The form. A GET that wants JSON gets the values alone; a POST saves what nobody else has changed."""
    shown = report_at(topic)
    if shown is None:
        return deny(request, _("This topic has no group yet: place it on the agenda first."), status=409)
    if request.method == "GET":
        return JsonResponse(_values(shown)) if _wants_json(request) else _page(request, shown)
    return answer(request, shown, *written(request, shown, ReportForm))


@require_POST
@forum_view
def action(request: ForumRequest, topic: Topic, action: int) -> HttpResponse:
    """Save one action's row."""
    row = _action(topic, action)
    return answer(request, row, *written(request, row, ActionForm))


@require_POST
@forum_view
def add_action(request: ForumRequest, topic: Topic) -> HttpResponse:
    """A new, empty row."""
    shown = report_at(topic)
    if shown is None:
        raise Http404
    if trouble := _trouble_with(request, shown):
        return trouble
    row = shown.add_action(request.actor)
    if request.htmx:
        return render(request, "sessions/report.html#action", _action_context(request, topic, row))
    return confirm(request, f"{_address(topic)}#action-{row.pk}")


@require_POST
@forum_view
def drop_action(request: ForumRequest, topic: Topic, action: int) -> HttpResponse:
    _action(topic, action).drop(request.actor)
    return HttpResponse("") if request.htmx else confirm(request, _address(topic), _("The action is removed."))


@require_POST
@forum_view
def finish(request: ForumRequest, topic: Topic) -> HttpResponse:
    """The group says that its report can be read. One line of text is enough."""
    shown = report_at(topic)
    if shown and (trouble := _trouble_with(request, shown)):
        return trouble
    if shown is None or not shown.has_text:
        return deny(request, _("Write at least one line first: everything else is optional."), status=409)
    shown.finish(request.actor)
    request_edition(request.forum, request.actor)
    return confirm(request, topic.get_absolute_url(), _("Thank you! The report is on the wall."))


@require_POST
@forum_view
def reopen(request: ForumRequest, topic: Topic) -> HttpResponse:
    shown = report_at(topic)
    if shown is None:
        raise Http404
    shown.reopen(request.actor)
    return confirm(request, _address(topic), _("The report is open again."))


@require_POST
@forum_view
def validate(request: ForumRequest, topic: Topic) -> HttpResponse:
    """A facilitator has read the report, and corrected it where need be."""
    shown = report_at(topic)
    if shown is None or not shown.has_text:
        return deny(request, _("This group has not written anything yet."), status=409)
    shown.validate(request.actor)
    request_edition(request.forum, request.actor)
    return confirm(request, _address(topic), _("The report is validated."))


def _trouble_with(request: ForumRequest, shown: Report) -> HttpResponse | None:
    """Without JavaScript, every button of the form carries what is typed in it: that is kept before anything else.

    The page again, where it could not be kept as it is.
    """
    if not any(name in request.POST for name in shown.SHARED_FIELDS):
        return None
    form, merge = written(request, shown, ReportForm)
    return answer(request, shown, form, merge) if form.errors or merge.conflicts else None


def _action(topic: Topic, pk: int) -> Action:
    rows = Action.objects.select_related("report__group__topic__forum")
    found = rows.filter(pk=pk, report__group__topic=topic).first()
    if found is None:
        raise Http404(_("This action was removed."))
    return found


def _values(shown: Report) -> dict[str, Any]:
    return {
        "fields": _row_values(shown),
        "actions": {str(row.pk): _row_values(row) for row in shown.actions.all()},
        "photos": {str(row.pk): _row_values(row) for row in shown.photos.without_sheets()},
        "album": album_mark(shown),
        "status": shown.status,
        "version": shown.version,
    }


def _action_context(request: ForumRequest, topic: Topic, row: Action) -> dict[str, Any]:
    return {"forum": request.forum, "topic": topic, "row": _row_context(ActionForm(row=row))}
