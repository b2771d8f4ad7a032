"""The missing reports, and the word that asks a group for its own."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.models import Forum, Message, RecentlyAsked
from forum.text.one_line import one_line
from forum.text.parsing import parse_pk
from sessions.missing_reports import rounds

ALL = "all"
LONGEST = 280


@require_GET
@never_cache
@forum_view
def radar(request: ForumRequest) -> HttpResponse:
    """Which groups have nothing, a draft, a sheet to transcribe, or a finished report."""
    return _page(request, _usual_words(request.forum))


@require_POST
@forum_view
def nudge(request: ForumRequest) -> HttpResponse:
    """Ask the people of one group for their report (`topic`), again within five minutes (`again`), or all (`all`)."""
    text = one_line(request.POST.get("text", ""))
    if not 0 < len(text) <= LONGEST:
        return _refuse(request, text, _("Write the message first: at most 280 characters."), 422)
    begun = [row for one in rounds(request.forum) if one.has_begun for row in one.silent if not row.was_just_asked]
    asked = request.POST.get("again") or request.POST.get("topic", "")
    placed = request.forum.topics.active().filter(group__slot__isnull=False)
    found = [row.topic for row in begun] if asked == ALL else placed.filter(pk=parse_pk(asked))
    if not found:
        return _refuse(request, text, _("There is no group to ask: all have been asked, or have written."), 409)
    try:
        sent = Message.ask_for_reports(request.forum, text, request.actor, found, again="again" in request.POST)
    except RecentlyAsked:
        reason = _("This group was written to less than five minutes ago. Press “Ask again” if you mean it.")
        return _refuse(request, text, reason, 409)
    said = ngettext("The group is asked.", "{n} groups are asked.", len(sent)).format(n=len(sent))
    return confirm(request, reverse("radar", args=[request.forum.code]), said)


def _refuse(request: ForumRequest, text: str, reason: str, status: int) -> HttpResponse:
    """On the page itself, so that the words stay."""
    return deny(request, reason, status) if request.htmx else _page(request, text, reason, status)


def _usual_words(forum: Forum) -> str:
    """In the language of those who will read them."""
    with translation.override(forum.language):
        return _("Your report is awaited: one line for each section is enough. Thank you!")


def _page(request: ForumRequest, text: str, problem: str = "", status: int = 200) -> HttpResponse:
    found = rounds(request.forum)
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "since": request.forum.revision,
        "rounds": found,
        "groups": sum(len(one.rows) for one in found),
        "finished": sum(one.finished for one in found),
        "silent": sum(len(one.silent) for one in found if one.has_begun),
        "may_ask": request.rights.may("nudge"),
        "text": text,
        "problem": problem,
    }
    return render(request, "sessions/missing_reports.html", context, status=status)
