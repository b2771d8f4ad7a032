"""The report of a group: written by several hands, saved by itself."""

from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from forum import access
from forum.access import ForumRequest
from forum.models import Topic
from forum.phases import Phase
from sessions.forms.photo import PhotoForm
from sessions.forms.report import ActionForm, ReportForm, SharedForm
from sessions.jobs import ask_edition
from sessions.models import Action, Photo, Report
from sessions.models.report import Merge, report_of
from sessions.models.writing import NOTHING, SECTIONS
from sessions.writing import pack


@require_http_methods(["GET", "POST"])
@never_cache
@access.door
def report(request: ForumRequest, topic: Topic) -> HttpResponse:
    """The form. A GET that wants JSON gets the values alone; a POST saves what nobody else has changed."""
    shown = report_at(topic)
    if shown is None:
        return access.refuse(request, _("This topic has no group yet: place it on the agenda first."), status=409)
    if request.method == "GET":
        return JsonResponse(_values(shown)) if _wants_json(request) else _page(request, shown)
    return answer(request, shown, *written(request, shown, ReportForm))


@require_POST
@access.door
def action(request: ForumRequest, topic: Topic, action: int) -> HttpResponse:
    """Save one action's row."""
    row = _action(topic, action)
    return answer(request, row, *written(request, row, ActionForm))


@require_POST
@access.door
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
    return access.done(request, f"{_address(topic)}#action-{row.pk}")


@require_POST
@access.door
def drop_action(request: ForumRequest, topic: Topic, action: int) -> HttpResponse:
    _action(topic, action).drop(request.actor)
    return HttpResponse("") if request.htmx else access.done(request, _address(topic), _("The action is removed."))


@require_POST
@access.door
def finish(request: ForumRequest, topic: Topic) -> HttpResponse:
    """The group says that its report can be read. One line of text is enough."""
    shown = report_at(topic)
    if shown and (trouble := _trouble_with(request, shown)):
        return trouble
    if shown is None or not shown.has_text:
        return access.refuse(request, _("Write at least one line first: everything else is optional."), status=409)
    shown.finish(request.actor)
    ask_edition(request.forum, request.actor)
    return access.done(request, topic.get_absolute_url(), _("Thank you! The report is on the wall."))


@require_POST
@access.door
def reopen(request: ForumRequest, topic: Topic) -> HttpResponse:
    shown = report_at(topic)
    if shown is None:
        raise Http404
    shown.reopen(request.actor)
    return access.done(request, _address(topic), _("The report is open again."))


@require_POST
@access.door
def validate(request: ForumRequest, topic: Topic) -> HttpResponse:
    """A facilitator has read the report, and corrected it where need be."""
    shown = report_at(topic)
    if shown is None or not shown.has_text:
        return access.refuse(request, _("This group has not written anything yet."), status=409)
    shown.validate(request.actor)
    ask_edition(request.forum, request.actor)
    return access.done(request, _address(topic), _("The report is validated."))


def written(
    request: ForumRequest, row: Report | Action | Photo, form_class: type[SharedForm]
) -> tuple[SharedForm, Merge]:
    """Keep what this submission holds of a report, of one of its actions, or of a photo."""
    form = form_class(request.POST, shown=row)
    form.is_valid()
    return form, row.write(form.cleaned_data, form.bases, request.actor)


def _trouble_with(request: ForumRequest, shown: Report) -> HttpResponse | None:
    """Without JavaScript, every button of the form carries what is typed in it: that is kept before anything else.

    The page again, where it could not be kept as it is.
    """
    if not any(name in request.POST for name in shown.SHARED):
        return None
    form, merge = written(request, shown, ReportForm)
    return answer(request, shown, form, merge) if form.errors or merge.conflicts else None


def report_at(topic: Topic) -> Report | None:
    """The report of the group in which this topic meets; None: it has no group yet."""
    group = topic.placed_group
    if group is None:
        return None
    found = report_of(group)
    found.group.topic = topic
    return found


def _action(topic: Topic, pk: int) -> Action:
    rows = Action.objects.select_related("report__group__topic__forum")
    found = rows.filter(pk=pk, report__group__topic=topic).first()
    if found is None:
        raise Http404(_("This action was removed."))
    return found


def _address(topic: Topic) -> str:
    return reverse("report", args=[topic.forum.code, topic.number])


def _wants_json(request: ForumRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _row_values(row: Report | Action | Photo) -> dict[str, dict[str, str]]:
    """Per field: the text as an input shows it, and the mark of it."""
    bases = row.bases()
    return {name: {"value": _text(getattr(row, name)), "base": bases[name]} for name in row.SHARED}


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _values(shown: Report) -> dict[str, Any]:
    return {
        "fields": _row_values(shown),
        "actions": {str(row.pk): _row_values(row) for row in shown.actions.all()},
        "photos": {str(row.pk): _row_values(row) for row in shown.photos.photos()},
        "album": album_mark(shown),
        "status": shown.status,
        "version": shown.version,
    }


def answer(request: ForumRequest, row: Report | Action | Photo, form: SharedForm, merge: Merge) -> HttpResponse:
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
        return access.done(request, _address(shown.group.topic), _("Saved."))
    form.clash(merge.conflicts)
    return _page(request, shown, form, status=status)


def _page(request: ForumRequest, shown: Report, edited: SharedForm | None = None, status: int = 200) -> HttpResponse:
    """The page; `edited` is a form that was sent and could not be taken as it was: the report's, or an action's."""
    topic = shown.group.topic
    manuscript = shown.manuscript()  # first: the fields of the form then say the same as the shared texts
    rows = [
        edited if edited and edited.shown == row else ActionForm(shown=row)
        for row in shown.actions.select_related("report__group__topic__forum")
    ]
    form = edited if edited and edited.shown == shown else ReportForm(shown=shown)
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "since": request.forum.revision,
        "topic": topic,
        "report": shown,
        "form": form,
        "bases": form.bases_to_show,
        "manuscript": pack(manuscript.since(NOTHING)),
        "rows": [_row_context(row) for row in rows],
        "album": album_of(shown, edited),
        "album_mark": album_mark(shown),
        "people": shown.people(),
        "head_count": shown.people().count(),
        "door_count": shown.group.door_count,
        "sections": " ".join(SECTIONS),
        "is_closing": request.forum.stage.is_at_least(Phase.CLOSING),
    }
    return render(request, "sessions/report.html", context, status=status)


def album_of(shown: Report, edited: SharedForm | None = None) -> list[dict[str, Any]]:
    """The photos of a report, as its page shows them to the group."""
    forms = (
        edited if edited and edited.shown == photo else PhotoForm(shown=photo)
        for photo in shown.photos.photos().select_related("report__group__topic__forum")
    )
    return [{"form": form, "photo": form.shown, "bases": form.bases_to_show} for form in forms]


def album_mark(shown: Report) -> str:
    """Which photos there are, in which order, and which of them everyone may see."""
    return " ".join(f"{photo.pk}{'+' if photo.people_agreed else '-'}" for photo in shown.photos.photos())


def _row_context(form: SharedForm) -> dict[str, Any]:
    return {"form": form, "action": form.shown, "bases": form.bases_to_show}


def _action_context(request: ForumRequest, topic: Topic, row: Action) -> dict[str, Any]:
    return {"forum": request.forum, "topic": topic, "row": _row_context(ActionForm(shown=row))}
