"""The journal of the day: who did what, and the button that takes it back."""

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.models import CannotUndo
from forum.models.verbs import RIGHTS_VERBS, Verb
from forum.text.parsing import parse_whole_number
from forum.views.parts.journal_lines import journal_lines
from forum.views.parts.phase_move import publishing

AT_ONCE = 50
"""Entries on one page."""

HIDDEN = (Verb.BEGAN_EDITION, Verb.BEGAN_EDITION_ANEW, Verb.MADE_PROGRESS_ON_EDITION)
"""Nobody's deeds, which come by the dozen."""


@require_GET
@never_cache
@forum_view
def journal(request: ForumRequest) -> HttpResponse:
    """What the facilitators did, the newest first; with `all`, what everybody did. `before` pages back."""
    forum, before = request.forum, parse_whole_number(request.GET.get("before", ""))
    entries = forum.journal.select_related("participant", "facilitator").exclude(verb__in=HIDDEN).order_by("-revision")
    if "all" not in request.GET:
        entries = entries.exclude(facilitator=None).filter(~Q(rows=[]) | Q(verb__in=RIGHTS_VERBS))
    if before is not None:
        entries = entries.filter(revision__lt=before)
    found = list(entries[: AT_ONCE + 1])
    context = {
        "forum": forum,
        "actor": request.actor,
        "told": journal_lines(forum, found[:AT_ONCE]),
        "older": found[AT_ONCE - 1].revision if len(found) > AT_ONCE else None,
        "everything": "all" in request.GET,
    }
    return render(request, "forum/journal.html", context)


@require_POST
@forum_view
def undo(request: ForumRequest, revision: int) -> HttpResponse:
    entry = get_object_or_404(request.forum.journal, revision=revision)
    entry.forum = request.forum
    if entry.can_be_undone and (answer := publishing(request, entry.phase_before)):
        return answer
    try:
        entry.undo(request.actor)
    except CannotUndo:
        reason = _("Something moved since, or the place is taken by now: nothing was undone. See what came after.")
        return deny(request, reason, status=409)
    return confirm(request, reverse("journal", args=[request.forum.code]), _("It is undone."))
