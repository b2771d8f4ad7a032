"""The form of a report, saved field by field by whichever view receives it."""

from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from forum.auth.request import ForumRequest
from forum.auth.responses import confirm
from forum.models import Topic
from forum.phases import Phase
from sessions.coediting.protocol import to_base64
from sessions.forms.photo import PhotoForm
from sessions.forms.report import ActionForm, ReportForm, SharedTextForm
from sessions.models import Action, Photo, Report
from sessions.models.crdt import EMPTY_STATE
from sessions.models.manuscript import SECTIONS
from sessions.models.shared_fields import WriteResult


def written(
    request: ForumRequest, row: Report | Action | Photo, form_class: type[SharedTextForm]
) -> tuple[SharedTextForm, WriteResult]:
    """Keep what this submission holds of a report, of one of its actions, or of a photo."""
    form = form_class(request.POST, row=row)
    form.is_valid()
    return form, row.write(form.cleaned_data, form.bases, request.actor)


def report_at(topic: Topic) -> Report | None:
    """The report of the group in which this topic meets; None: it has no group yet."""
    group = topic.group_or_none
    if group is None:
        return None
    found = Report.for_group(group)
    found.group.topic = topic
    return found


def _address(topic: Topic) -> str:
    return reverse("report", args=[topic.forum.code, topic.number])


def _wants_json(request: ForumRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _row_values(row: Report | Action | Photo) -> dict[str, dict[str, str]]:
    """Per field: the text as an input shows it, and the mark of it."""
    bases = row.bases()
    return {name: {"value": _text(getattr(row, name)), "base": bases[name]} for name in row.SHARED_FIELDS}


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def answer(
    request: ForumRequest, row: Report | Action | Photo, form: SharedTextForm, merge: WriteResult
) -> HttpResponse:
    """What became of the submission: for the page's module as JSON, for a plain form as a page.

    Nothing is overwritten: on a conflict both texts are shown, and the next submission says which one stays.
    """
    status = 422 if form.errors else 409 if merge.conflicts else 200
    shown = row if isinstance(row, Report) else row.report
    if _wants_json(request):
        answer = {
            "fields": _row_values(row),
            "conflicts": sorted(merge.conflicts),
            "errors": {name: [str(e) for e in errors] for name, errors in form.errors.items()},
            "version": shown.version,
        }
        return JsonResponse(answer)
    if status == 200:
        return confirm(request, _address(shown.group.topic), _("Saved."))
    form.show_conflicts(merge.conflicts)
    return _page(request, shown, form, status=status)


def _page(
    request: ForumRequest, shown: Report, edited: SharedTextForm | None = None, status: int = 200
) -> HttpResponse:
    """The page; `edited` is a form that was sent and could not be taken as it was: the report's, or an action's."""
    topic = shown.group.topic
    manuscript = shown.manuscript()  # first: the fields of the form then say the same as the shared texts
    rows = [
        edited if edited and edited.row == row else ActionForm(row=row)
        for row in shown.actions.select_related("report__group__topic__forum")
    ]
    form = edited if edited and edited.row == shown else ReportForm(row=shown)
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "since": request.forum.revision,
        "topic": topic,
        "report": shown,
        "form": form,
        "bases": form.next_bases,
        "manuscript": to_base64(manuscript.updates_since(EMPTY_STATE)),
        "rows": [_row_context(row) for row in rows],
        "album": album_of(shown, edited),
        "album_mark": album_mark(shown),
        "people": shown.people(),
        "head_count": shown.people().count(),
        "door_count": shown.group.door_count,
        "sections": " ".join(SECTIONS),
        "is_closing": request.forum.current_phase.is_at_least(Phase.CLOSING),
    }
    return render(request, "sessions/report.html", context, status=status)


def album_of(shown: Report, edited: SharedTextForm | None = None) -> list[dict[str, Any]]:
    """The photos of a report, as its page shows them to the group."""
    forms = (
        edited if edited and edited.row == photo else PhotoForm(row=photo)
        for photo in shown.photos.without_sheets().select_related("report__group__topic__forum")
    )
    return [{"form": form, "photo": form.row, "bases": form.next_bases} for form in forms]


def album_mark(shown: Report) -> str:
    """Which photos there are, in which order, and which of them everyone may see."""
    return " ".join(f"{photo.pk}{'+' if photo.people_agreed else '-'}" for photo in shown.photos.without_sheets())


def _row_context(form: SharedTextForm) -> dict[str, Any]:
    return {"form": form, "action": form.row, "bases": form.next_bases}


def report_with(topic: Topic) -> Report:
    found = report_at(topic)
    if found is None:
        raise Http404(_("This topic has no group yet: place it on the agenda first."))
    return found
