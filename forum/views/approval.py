"""Approve first: what waits, and whether phones must wait at all."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny, render_page
from forum.fragment_keys import Key
from forum.models.approval import decide, waiting_rows
from forum.views.parts.live_board import live_page_context


@require_GET
@never_cache
@forum_view
def waiting(request: ForumRequest) -> HttpResponse:
    """List what waits, with what each person sent together."""
    rows = waiting_rows(request.forum)
    people = list(dict.fromkeys(row.sender for row in rows))
    context = {
        **live_page_context(request, Key.WAITING),
        "people": [(person, [row for row in rows if row.sender == person]) for person in people],
        "rows": rows,
        "may": request.rights,
    }
    return render_page(request, "forum/waiting.html", context)


@require_POST
@forum_view
def approve(request: ForumRequest) -> HttpResponse:
    """Show what waits: `rows` names what the page showed, one of it, all of one person, or all."""
    count = _decide(request, is_approved=True)
    message = ngettext("Everybody sees it now.", "Everybody sees {n} of them now.", count)
    return _answer(request, count, message)


@require_POST
@forum_view
def refuse(request: ForumRequest) -> HttpResponse:
    """Remove what waits, in the same way."""
    count = _decide(request, is_approved=False)
    message = ngettext(
        "It is removed: the journal brings it back.", "{n} are removed: the journal brings them back.", count
    )
    return _answer(request, count, message)


def _decide(request: ForumRequest, *, is_approved: bool) -> int:
    return decide(request.forum, request.POST.get("rows", "").split(), is_approved, request.actor)


def _answer(request: ForumRequest, count: int, message: str) -> HttpResponse:
    if not count:
        reason = _("None of that waits any more as you read it: it was decided, or changed, in the meantime.")
        return deny(request, reason, status=409)
    return confirm(request, reverse("waiting", args=[request.forum.code]), message.format(n=count))


@require_POST
@forum_view
def approve_first(request: ForumRequest) -> HttpResponse:
    """Let what phones send wait from now on (`first=yes`), or show it at once."""
    is_on = request.POST.get("first") == "yes"
    request.forum.set_approves_first(is_on, request.actor)
    if is_on:
        message = _("From now on, what phones send for everybody waits until you agree.")
    else:
        message = _("What phones send is shown at once again. What waits goes on waiting until you agree.")
    return confirm(request, request.forum.get_desk_url(), message)
