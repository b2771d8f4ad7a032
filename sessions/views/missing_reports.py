"""The missing reports: which there are, and ask their groups for them."""

from collections.abc import Iterable

from django.http import HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny, render_page
from forum.fragment_keys import Key
from forum.models import Forum, Message, RecentlyAsked, Topic
from forum.text.one_line import one_line
from forum.text.parsing import parse_pk
from forum.views.parts.live_board import live_page_context
from sessions.report_progress import progress_by_slot

ALL_SILENT = "all"
"""Instead of a topic's primary key."""


@require_GET
@never_cache
@forum_view
def missing_reports(request: ForumRequest) -> HttpResponse:
    """Show how far each group's report is."""
    return _render_missing_reports(request, _usual_message(request.forum))


@require_POST
@forum_view
def ask_for_reports(request: ForumRequest) -> HttpResponse:
    """Ask one group for its report (`topic`; `again`: also within five minutes), or all that are silent (`all`)."""
    text = one_line(request.POST.get("text", ""))
    if not 0 < len(text) <= Message.MAX_LENGTH:
        reason = _("Write the message first: at most {most} characters.").format(most=Message.MAX_LENGTH)
        return _refuse(request, text, reason, 422)
    topics = list(_topics_to_ask(request))
    if not topics:
        return _refuse(request, text, _("There is no group to ask: all have been asked, or have written."), 409)
    try:
        sent = Message.ask_for_reports(request.forum, text, request.actor, topics, again="again" in request.POST)
    except RecentlyAsked:
        reason = _("This group was written to less than five minutes ago. Press “Ask again” if you mean it.")
        return _refuse(request, text, reason, 409)
    message = ngettext("The group is asked.", "{n} groups are asked.", len(sent)).format(n=len(sent))
    return confirm(request, reverse("missing_reports", args=[request.forum.code]), message)


def _topics_to_ask(request: ForumRequest) -> Iterable[Topic]:
    chosen = request.POST.get("again") or request.POST.get("topic", "")
    if chosen != ALL_SILENT:
        return request.forum.topics.active().placed().filter(pk=parse_pk(chosen))
    slots = [slot for slot in progress_by_slot(request.forum) if slot.has_started]
    return [group.topic for slot in slots for group in slot.silent if not group.was_just_asked]


def _refuse(request: ForumRequest, text: str, reason: str, status: int) -> HttpResponse:
    """Show the reason; without JavaScript on the page itself, so that the message stays."""
    return deny(request, reason, status) if request.htmx else _render_missing_reports(request, text, reason, status)


def _usual_message(forum: Forum) -> str:
    """Return the message in the language of its readers."""
    with translation.override(forum.language):
        return _("Your report is awaited: one line for each section is enough. Thank you!")


def _render_missing_reports(request: ForumRequest, text: str, problem: str = "", status: int = 200) -> HttpResponse:
    slots = progress_by_slot(request.forum)
    context = {
        **live_page_context(request, Key.STATUS, Key.MESSAGES, Key.AGENDA, Key.NOW),
        "slots": slots,
        "group_count": sum(len(slot.groups) for slot in slots),
        "finished_count": sum(slot.finished_count for slot in slots),
        "silent_count": sum(len(slot.silent) for slot in slots if slot.has_started),
        "text": text,
        "problem": problem,
    }
    return render_page(request, "sessions/missing_reports.html", context, status)
