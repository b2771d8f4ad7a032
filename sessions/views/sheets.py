"""Sheets written by hand: photograph them, send many to their groups, transcribe them beside their picture."""

import json
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from forum import qr
from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny, render_page
from forum.models import Topic
from forum.server import public_urls
from forum.text.one_line import one_line
from forum.text.parsing import parse_pk
from sessions.forms.photo import TranscriptionForm
from sessions.media.two_phase import with_images
from sessions.models import Photo, Report
from sessions.views.parts.report_form import get_report_or_404
from sessions.views.parts.uploaded_images import add_photos, save_uploads

FORM_LINES = 6
"""Sheets that the facilitators' form takes at once."""


@require_http_methods(["GET", "POST"])
@never_cache
@with_images
@forum_view
def sheet(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Show the group's sheets; a POST adds their pictures."""
    report = get_report_or_404(topic)
    if request.method == "POST":
        to = reverse("sheet", args=[request.forum.code, topic.number])
        return save_uploads(request, report, Photo.Kind.SHEET, to)
    return render_page(request, "sessions/sheet.html", _sheets_context(request, topic, report))


@require_http_methods(["GET", "POST"])
@never_cache
@with_images
@forum_view
def sheets(request: ForumRequest) -> HttpResponse:
    """Send many sheets at once from the facilitator's computer: on each line pictures and their group."""
    forum = request.forum
    topics = list(forum.topics.active().filter(group__isnull=False).select_related("group"))
    lines = [{"number": n, "chosen": request.POST.get(f"group-{n}", "")} for n in range(1, FORM_LINES + 1)]
    problem, status = "", 200
    if request.method == "POST":
        problem, status = _add_sheets(request, lines, {str(topic.number): topic for topic in topics})
        if not problem:
            to = reverse("sheets", args=[forum.code])
            return confirm(request, to, _("The sheets are in their groups."))
    context = {
        "topics": topics,
        "lines": lines,
        "problem": problem,
        "waiting": Photo.objects.awaiting_transcription().filter(forum=forum).select_related("report__group__topic"),
        "codes": json.dumps(
            {topic.number: qr.hex_modules(public_urls.door_url(forum.code, topic.number)) for topic in topics}
        ),
    }
    return render_page(request, "sessions/sheets.html", context, status)


def _add_sheets(request: ForumRequest, lines: list[dict[str, Any]], topics: dict[str, Topic]) -> tuple[str, int]:
    """Return the problem, empty if there is none, and the status of the response."""
    uploads = []
    for line in lines:
        for file in request.FILES.getlist(f"files-{line['number']}"):
            topic = topics.get(line["chosen"])
            if topic is None:
                return _("Choose the group of each sheet."), 422
            topic.forum = request.forum
            uploads.append((get_report_or_404(topic), file))
    if not uploads:
        return _("No picture came with it: choose one first."), 422
    return add_photos(uploads, Photo.Kind.SHEET, request)


def _transcription_form(request: ForumRequest, report: Report) -> TranscriptionForm:
    report.manuscript()  # first: it makes the fields say the same as the shared texts
    return TranscriptionForm(request.POST if request.method == "POST" else None, row=report)


def _render_transcription(
    request: ForumRequest, report: Report, form: TranscriptionForm, status: int = 200, *, refusal: str = ""
) -> HttpResponse:
    """Show the sheets and the form, with what was typed and why it was refused."""
    context = _sheets_context(request, report.group.topic, report)
    context |= {"form": form, "bases": form.next_bases, "refusal": refusal}
    return render_page(request, "sessions/transcribe.html", context, status)


def _refuse_transcription(request: ForumRequest, reason: str, topic: Topic) -> HttpResponse:
    if request.method == "GET":
        return deny(request, reason, topic=topic)
    report = get_report_or_404(topic)
    return _render_transcription(request, report, _transcription_form(request, report), 403, refusal=reason)


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view(refused=_refuse_transcription)
def transcribe(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Show the sheets beside the report's form; a POST saves what nobody else has changed.

    An actor who may not write the report only adds to it.
    """
    report = get_report_or_404(topic)
    form = _transcription_form(request, report)
    if request.method == "GET":
        return _render_transcription(request, report, form)
    form.is_valid()
    only_adds = not request.rights.may("report", topic)
    result = report.write(form.cleaned_data, form.bases, request.actor, only_adds=only_adds)
    if not form.errors and not result.conflicts:
        return _confirm_transcription(request, topic, report)
    (form.keep_existing if only_adds else form.show_conflicts)(result.conflicts)
    return _render_transcription(request, report, form, 409 if result.conflicts else 422)


def _confirm_transcription(request: ForumRequest, topic: Topic, report: Report) -> HttpResponse:
    """Add the action that was typed, if any, and mark the sheet as transcribed if its button was pressed (`done`)."""
    what, person, due = (one_line(request.POST.get(name, "")) for name in ("what", "point_person", "due_words"))
    if what:
        report.add_action(request.actor, what=what[:300], point_person=person[:120], due_words=due[:80])
    transcribe_url = reverse("transcribe", args=[request.forum.code, topic.number])
    photo = report.photos.awaiting_transcription().filter(pk=parse_pk(request.POST.get("done", ""))).first()
    if photo is None:
        return confirm(request, transcribe_url, _("Saved."))
    photo.report = report
    photo.mark_transcribed(request.actor)
    to = transcribe_url if report.photos.awaiting_transcription().exists() else topic.get_absolute_url()
    return confirm(request, to, _("Thank you! This sheet is transcribed."))


def _sheets_context(request: ForumRequest, topic: Topic, report: Report) -> dict[str, Any]:
    return {
        "topic": topic,
        "report": report,
        "sheets": report.photos.sheets_shown_to(request.actor.participant, approves=request.actor.approves),
        "may": request.rights.about(topic),
    }
