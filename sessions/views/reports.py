"""The report of a group: write it, finish it, reopen it, validate it."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny, wants_json
from forum.models import Topic
from sessions.forms.report import ReportForm
from sessions.models import Report
from sessions.proceedings.edition_requests import request_edition
from sessions.views.parts.report_form import (
    album_version,
    find_report,
    get_report_or_404,
    photos_of,
    render_report_form,
    report_url,
    respond_to_save,
    save_report_first,
    save_shared_form,
    shared_values,
)


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def report(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Show the form, or its values alone as JSON. A POST saves the fields that nobody else has changed."""
    row = find_report(topic)
    if row is None:
        return deny(request, _("This topic has no group yet: place it on the agenda first."), status=409)
    if request.method == "GET":
        return JsonResponse(_form_values(row)) if wants_json(request) else render_report_form(request, row)
    return respond_to_save(request, row, *save_shared_form(request, row, ReportForm))


def _form_values(row: Report) -> dict[str, Any]:
    photos = photos_of(row)
    return {
        "fields": shared_values(row),
        "actions": {str(action.pk): shared_values(action) for action in row.actions.all()},
        "photos": {str(photo.pk): shared_values(photo) for photo in photos},
        "album": album_version(photos),
        "status": row.status,
        "version": row.version,
    }


@require_POST
@forum_view
def finish(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Finish the report. One line of text is enough."""
    row = find_report(topic)
    if row and (response := save_report_first(request, row)):
        return response
    if row is None or not row.has_text:
        return deny(request, _("Write at least one line first: everything else is optional."), status=409)
    row.finish(request.actor)
    request_edition(request.forum, request.actor)
    return confirm(request, topic.get_absolute_url(), _("Thank you! The report is on the wall."))


@require_POST
@forum_view
def reopen(request: ForumRequest, topic: Topic) -> HttpResponse:
    get_report_or_404(topic).reopen(request.actor)
    return confirm(request, report_url(topic), _("The report is open again."))


@require_POST
@forum_view
def validate(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Mark the report as read by a facilitator, as it stands."""
    row = find_report(topic)
    if row is None or not row.has_text:
        return deny(request, _("This group has not written anything yet."), status=409)
    row.validate(request.actor)
    request_edition(request.forum, request.actor)
    return confirm(request, report_url(topic), _("The report is validated."))
