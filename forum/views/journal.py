"""The journal of the day: read it, and undo its entries."""

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny, render_page
from forum.models import CannotUndo
from forum.models.verbs import RIGHTS_VERBS, Verb
from forum.text.parsing import parse_whole_number
from forum.views.parts.journal_lines import journal_lines
from forum.views.parts.phase_change import redirect_to_publishing

PAGE_SIZE = 50
"""Entries."""
HIDDEN = (Verb.BEGAN_EDITION, Verb.BEGAN_EDITION_ANEW, Verb.MADE_PROGRESS_ON_EDITION)
"""Of no actor, and too many."""


@require_GET
@never_cache
@forum_view
def journal(request: ForumRequest) -> HttpResponse:
    """List what facilitators did, the newest first. `all`: also what others did; `before`: a revision to page from."""
    forum, before = request.forum, parse_whole_number(request.GET.get("before", ""))
    entries = forum.journal.select_related("participant", "facilitator").exclude(verb__in=HIDDEN).order_by("-revision")
    if "all" not in request.GET:
        entries = entries.exclude(facilitator=None).filter(~Q(rows=[]) | Q(verb__in=RIGHTS_VERBS))
    if before is not None:
        entries = entries.filter(revision__lt=before)
    rows = list(entries[: PAGE_SIZE + 1])
    context = {
        "lines": journal_lines(forum, rows[:PAGE_SIZE]),
        "before": rows[PAGE_SIZE - 1].revision if len(rows) > PAGE_SIZE else None,
        "shows_all": "all" in request.GET,
    }
    return render_page(request, "forum/journal.html", context)


@require_POST
@forum_view
def undo(request: ForumRequest, revision: int) -> HttpResponse:
    """Undo an entry. If that would publish the report, redirect to the page that does."""
    entry = get_object_or_404(request.forum.journal, revision=revision)
    entry.forum = request.forum
    if entry.can_be_undone and (response := redirect_to_publishing(request, entry.phase_before)):
        return response
    try:
        entry.undo(request.actor)
    except CannotUndo:
        reason = _("Something moved since, or the place is taken by now: nothing was undone. See what came after.")
        return deny(request, reason, status=409)
    return confirm(request, reverse("journal", args=[request.forum.code]), _("It is undone."))
