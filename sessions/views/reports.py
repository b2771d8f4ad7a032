"""The report of a group: written by several hands, saved by itself, read by everyone."""

from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forum import access
from forum.access import ForumRequest
from forum.models import Topic
from forum.phases import Phase
from sessions.forms.report import ActionForm, ReportForm, SharedForm
from sessions.jobs import ask_edition
from sessions.models import Action, Report
from sessions.models.report import Merge, report_of


@require_http_methods(["GET", "POST"])
@never_cache
@access.door
def report(request: ForumRequest, topic: Topic) -> HttpResponse:
    """The form. A GET that wants JSON gets the values alone; a POST saves what nobody else has changed."""
    shown = _report(topic)
    if shown is None:
        return access.refuse(request, _("This topic has no group yet: place it on the agenda first."), status=409)
    if request.method == "GET":
        return JsonResponse(_values(shown)) if _wants_json(request) else _page(request, shown, ReportForm(shown=shown))
    form = ReportForm(request.POST, shown=shown)
    form.is_valid()
    merge = shown.write(form.cleaned_data, form.bases, request.actor)
    return _answer(request, shown, form, merge)


@require_POST
@access.door
def action(request: ForumRequest, topic: Topic, action: int) -> HttpResponse:
    """Save one action's row."""
    row = _action(topic, action)
    form = ActionForm(request.POST, shown=row)
    form.is_valid()
    merge = row.write(form.cleaned_data, form.bases, request.actor)
    return _answer(request, row, form, merge)


@require_POST
@access.door
def add_action(request: ForumRequest, topic: Topic) -> HttpResponse:
    """A new, empty row."""
    shown = _report(topic)
    if shown is None:
        raise Http404
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
    shown = _report(topic)
    if shown is None or not shown.has_text:
        return access.refuse(request, _("Write at least one line first: everything else is optional."), status=409)
    shown.finish(request.actor)
    ask_edition(request.forum, request.actor)
    return access.done(request, topic.get_absolute_url(), _("Thank you! The report is on the wall."))


@require_POST
@access.door
def reopen(request: ForumRequest, topic: Topic) -> HttpResponse:
    shown = _report(topic)
    if shown is None:
        raise Http404
    shown.reopen(request.actor)
    return access.done(request, _address(topic), _("The report is open again."))


@require_GET
@never_cache
@access.door
def read(request: ForumRequest, topic: Topic) -> HttpResponse:
    """The report as everyone reads it on a screen."""
    shown = _report(topic)
    if shown is None or not shown.has_text:
        return access.refuse(request, _("This group has not written anything yet."), status=404)
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "topic": topic,
        "report": shown,
        "sections": [
            (capfirst(str(getattr(Report._meta.get_field(name), "verbose_name", name))), getattr(shown, name))
            for name in Report.TEXTS
            if name not in ("quote", "quote_author", "contact") and getattr(shown, name)
        ],
        "actions": shown.actions.exclude(what=""),
    }
    return render(request, "sessions/read_report.html", context)


def _report(topic: Topic) -> Report | None:
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


def _row_values(row: Report | Action) -> dict[str, dict[str, str]]:
    """Per field: the text as an input shows it, and the mark of it."""
    bases = row.bases()
    return {name: {"value": _text(getattr(row, name)), "base": bases[name]} for name in row.SHARED}


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _values(shown: Report) -> dict[str, Any]:
    return {
        "fields": _row_values(shown),
        "actions": {str(row.pk): _row_values(row) for row in shown.actions.all()},
        "status": shown.status,
        "version": shown.version,
    }


def _answer(request: ForumRequest, row: Report | Action, form: SharedForm, merge: Merge) -> HttpResponse:
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
    sentence = _("Somebody wrote here in the meantime: “{text}”. Yours is in the field; send again to keep it.")
    for name, theirs in merge.conflicts.items():
        form.add_error(name, sentence.format(text=_text(theirs)))
    if isinstance(row, Report):
        return _page(request, row, form, status=status)
    return _page(request, shown, ReportForm(shown=shown), status=status, edited=form)


def _page(
    request: ForumRequest, shown: Report, form: SharedForm, status: int = 200, edited: SharedForm | None = None
) -> HttpResponse:
    topic = shown.group.topic
    rows = [
        edited if edited and edited.shown.pk == row.pk else ActionForm(shown=row)
        for row in shown.actions.select_related("report__group__topic__forum")
    ]
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "since": request.forum.revision,
        "topic": topic,
        "report": shown,
        "form": form,
        "bases": shown.bases(),
        "rows": [_row_context(row) for row in rows],
        "people": shown.people(),
        "head_count": shown.people().count(),
        "is_closing": request.forum.stage.is_at_least(Phase.CLOSING),
    }
    return render(request, "sessions/report.html", context, status=status)


def _row_context(form: SharedForm) -> dict[str, Any]:
    return {"form": form, "action": form.shown, "bases": form.shown.bases()}


def _action_context(request: ForumRequest, topic: Topic, row: Action) -> dict[str, Any]:
    return {"forum": request.forum, "topic": topic, "row": _row_context(ActionForm(shown=row))}
