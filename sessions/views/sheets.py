"""Sheets written by hand: photographed by anyone, sent to their groups, transcribed beside their picture."""

import json
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from forum import qr
from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.models import Topic
from forum.server import public_urls
from forum.text.one_line import one_line
from forum.text.parsing import parse_pk
from sessions.forms.photo import TranscriptionForm
from sessions.media.two_phase import processes_images
from sessions.models import Photo, Report
from sessions.views.parts.report_form import report_with
from sessions.views.parts.sent_images import keep_all, send

LINES = 6
"""Sheets that one form of the facilitator's page takes."""
OFFERED = ("drop_photo", "report", "transcribe", "sheet")
"""What the pages of a sheet offer to those who may do it."""


@require_http_methods(["GET", "POST"])
@never_cache
@processes_images
@forum_view
def sheet(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Photograph the sheet on which the group wrote by hand: somebody will transcribe it."""
    report = report_with(topic)
    if request.method == "POST":
        return send(request, report, Photo.Kind.SHEET, reverse("sheet", args=[request.forum.code, topic.number]))
    return render(request, "sessions/sheet.html", _paper(request, topic, report))


@require_http_methods(["GET", "POST"])
@never_cache
@processes_images
@forum_view
def sheets(request: ForumRequest) -> HttpResponse:
    """Many sheets at once, on the facilitator's computer: a picture and its group on each line."""
    forum = request.forum
    groups = list(forum.topics.active().filter(group__isnull=False).select_related("group"))
    rows = [{"number": number, "chosen": request.POST.get(f"group-{number}", "")} for number in range(1, LINES + 1)]
    problem, status = "", 200
    if request.method == "POST":
        problem, status = _take_lines(request, rows, {str(topic.number): topic for topic in groups})
        if not problem:
            here = reverse("sheets", args=[forum.code])
            return confirm(request, here, _("The sheets are in their groups."))
    waiting = Photo.objects.awaiting_transcription().filter(forum=forum).select_related("report__group__topic")
    context = {
        "forum": forum, "actor": request.actor, "groups": groups, "rows": rows, "problem": problem,
        "waiting": waiting,
        "codes": json.dumps(
            {topic.number: qr.hex_modules(public_urls.door_url(forum.code, topic.number)) for topic in groups}
        ),
    }  # fmt: skip
    return render(request, "sessions/sheets.html", context, status=status)


def _take_lines(request: ForumRequest, rows: list[dict[str, Any]], groups: dict[str, Topic]) -> tuple[str, int]:
    sent = []
    for row in rows:
        for file in request.FILES.getlist(f"files-{row['number']}"):
            topic = groups.get(row["chosen"])
            if topic is None:
                return _("Choose the group of each sheet."), 422
            topic.forum = request.forum
            sent.append((report_with(topic), file))
    if not sent:
        return _("No picture came with it: choose one first."), 422
    return keep_all(sent, Photo.Kind.SHEET, request)


def _show_form(
    request: ForumRequest, report: Report, form: TranscriptionForm, status: int = 200, *, refusal: str = ""
) -> HttpResponse:
    """Show the sheets and the form, with what was typed and why it was not taken."""
    context = _paper(request, report.group.topic, report)
    context |= {"form": form, "bases": form.next_bases, "refusal": refusal}
    return render(request, "sessions/transcribe.html", context, status=status)


def _form(request: ForumRequest, report: Report) -> TranscriptionForm:
    report.manuscript()  # first: the fields then say the same as the shared texts
    return TranscriptionForm(request.POST if request.method == "POST" else None, row=report)


def _refuse_transcription(request: ForumRequest, reason: str, topic: Topic) -> HttpResponse:
    if request.method == "GET":
        return deny(request, reason, topic=topic)
    report = report_with(topic)
    return _show_form(request, report, _form(request, report), 403, refusal=reason)


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view(refused=_refuse_transcription)
def transcribe(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Show the sheets beside the report's form, to anyone who has a moment while one waits.

    What somebody else wrote meanwhile stays; an actor who may not write the report only adds to it.
    """
    report = report_with(topic)
    form = _form(request, report)
    if request.method == "GET":
        return _show_form(request, report, form)
    form.is_valid()
    only_adds = not request.rights.may("report", topic)
    merge = report.write(form.cleaned_data, form.bases, request.actor, only_adds=only_adds)
    if not form.errors and not merge.conflicts:
        return _transcribed(request, topic, report)
    (form.keep_existing if only_adds else form.show_conflicts)(merge.conflicts)
    return _show_form(request, report, form, 409 if merge.conflicts else 422)


def _transcribed(request: ForumRequest, topic: Topic, report: Report) -> HttpResponse:
    """The words are kept; perhaps an action too, and one sheet is done."""
    what, person, due = (one_line(request.POST.get(name, "")) for name in ("what", "point_person", "due_words"))
    if what:
        report.add_action(request.actor, what=what[:300], point_person=person[:120], due_words=due[:80])
    here = reverse("transcribe", args=[request.forum.code, topic.number])
    found = report.photos.awaiting_transcription().filter(pk=parse_pk(request.POST.get("done", ""))).first()
    if found is None:
        return confirm(request, here, _("Saved."))
    found.report = report
    found.mark_transcribed(request.actor)
    to = here if report.photos.awaiting_transcription().exists() else topic.get_absolute_url()
    return confirm(request, to, _("Thank you! This sheet is transcribed."))


def _paper(request: ForumRequest, topic: Topic, report: Report) -> dict[str, Any]:
    return {
        "forum": request.forum,
        "actor": request.actor,
        "topic": topic,
        "report": report,
        "sheets": report.photos.sheets(),
        "may": {name: request.rights.may(name, topic) for name in OFFERED},
    }
