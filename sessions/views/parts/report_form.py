"""The form of a report, of its actions and of its photos: render it, save what several people write in it."""

from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, render_page, wants_json
from forum.fragment_keys import RowKey
from forum.models import Topic
from forum.views.parts.live_board import live_page_context
from sessions.coediting.protocol import to_base64
from sessions.forms.photo import PhotoForm
from sessions.forms.report import ActionForm, ReportForm, SharedTextForm
from sessions.models import Action, Photo, Report
from sessions.models.crdt import EMPTY_STATE
from sessions.models.field_conflicts import WriteResult
from sessions.models.manuscript import SECTIONS


def find_report(topic: Topic) -> Report | None:
    """Return the report of a topic's group; None: the topic has no group yet."""
    group = topic.group_or_none
    if group is None:
        return None
    report = Report.for_group(group)
    report.group = group  # with its slot and place
    return report


def get_report_or_404(topic: Topic) -> Report:
    report = find_report(topic)
    if report is None:
        raise Http404(_("This topic has no group yet: place it on the agenda first."))
    return report


def report_url(topic: Topic) -> str:
    return reverse("report", args=[topic.forum.code, topic.number])


def save_shared_form(
    request: ForumRequest, row: Report | Action | Photo, form_class: type[SharedTextForm]
) -> tuple[SharedTextForm, WriteResult]:
    """Save the fields of a row that the request carries, unless somebody else has changed them."""
    form = form_class(request.POST, row=row)
    form.is_valid()
    return form, row.write(form.cleaned_data, form.bases, request.actor)


def respond_to_save(
    request: ForumRequest, row: Report | Action | Photo, form: SharedTextForm, result: WriteResult
) -> HttpResponse:
    """Say what became of a form that was saved: as JSON to the page's script, else as a page.

    On a conflict both texts are shown, and the next submission decides which one stays.
    """
    status = 422 if form.errors else 409 if result.conflicts else 200
    report = row if isinstance(row, Report) else row.report
    if wants_json(request):
        outcome = {
            "fields": shared_values(row),
            "conflicts": sorted(result.conflicts),
            "errors": {name: [str(error) for error in errors] for name, errors in form.errors.items()},
            "version": report.version,
        }
        return JsonResponse(outcome)
    if status == 200:
        return confirm(request, report_url(report.group.topic), _("Saved."))
    form.show_conflicts(result.conflicts)
    return render_report_form(request, report, form, status=status)


def save_report_first(request: ForumRequest, report: Report) -> HttpResponse | None:
    """Save what is typed in the report's form before another of its buttons acts, as all carry it without JavaScript.

    Returns the page with the problem if it could not be saved as it was.
    """
    if not any(name in request.POST for name in report.SHARED_FIELDS):
        return None
    form, result = save_shared_form(request, report, ReportForm)
    return respond_to_save(request, report, form, result) if form.errors or result.conflicts else None


def shared_values(row: Report | Action | Photo) -> dict[str, dict[str, str]]:
    """Return, by field, the text that an input shows and its base."""
    bases = row.bases()
    return {name: {"value": _as_text(getattr(row, name)), "base": bases[name]} for name in row.SHARED_FIELDS}


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


def render_report_form(
    request: ForumRequest, report: Report, refused: SharedTextForm | None = None, status: int = 200
) -> HttpResponse:
    """Render the page. `refused`: a form that was sent and not saved as it was, of the report or of one of its rows."""
    topic = report.group.topic
    people = list(report.people())
    photos = photos_of(report)
    manuscript = report.manuscript()  # first: it makes the fields say the same as the shared texts
    form = refused if refused and refused.row == report else ReportForm(row=report)
    context = {
        **live_page_context(request, RowKey.REPORT.of(topic.pk)),
        "topic": topic,
        "report": report,
        "form": form,
        "bases": form.next_bases,
        "manuscript": to_base64(manuscript.updates_since(EMPTY_STATE)),
        "action_rows": _action_rows(report, refused),
        "photo_rows": photo_rows(photos, refused),
        "album_version": album_version(photos),
        "people": people,
        "head_count": len(people),
        "door_count": report.group.door_count,
        "sections": " ".join(SECTIONS),
    }
    return render_page(request, "sessions/report.html", context, status)


def action_row(form: SharedTextForm) -> dict[str, Any]:
    """Return the context of one action: its form, its row, and the bases of its fields."""
    return {"form": form, "action": form.row, "bases": form.next_bases}


def _action_rows(report: Report, refused: SharedTextForm | None) -> list[dict[str, Any]]:
    actions = report.actions.select_related("report__group__topic__forum")
    return [action_row(refused if refused and refused.row == action else ActionForm(row=action)) for action in actions]


def photos_of(report: Report) -> list[Photo]:
    return list(report.photos.without_sheets().select_related("report__group__topic__forum"))


def photo_rows(photos: list[Photo], refused: SharedTextForm | None = None) -> list[dict[str, Any]]:
    """Return the context of each photo: its form, its row, and the bases of its fields."""
    forms = (refused if refused and refused.row == photo else PhotoForm(row=photo) for photo in photos)
    return [{"form": form, "photo": form.row, "bases": form.next_bases} for form in forms]


def album_version(photos: list[Photo]) -> str:
    """Return a text that changes with the photos, their order, and whether everyone may see them."""
    return " ".join(
        f"{photo.pk}{'-' if not photo.people_agreed else '?' if photo.waits_since else '+'}" for photo in photos
    )
