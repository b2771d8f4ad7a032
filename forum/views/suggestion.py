"""The suggested agenda: show it as moves from the present one, weigh some of them, accept those that are ticked."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from forum.agenda.suggestion import Cells
from forum.agenda.suggestion.current_agenda import CurrentAgenda, SuggestionFailed
from forum.agenda.suggestion.moves import double_bookings, list_moves
from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, render_page
from forum.models import CellTaken, Group


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def suggestion(request: ForumRequest) -> HttpResponse:
    """Show the suggestion, with all moves ticked, or with `none` of them. A POST makes the moves that are ticked."""
    agenda = CurrentAgenda(request.forum)
    if request.method == "POST":
        return _accept_moves(request, agenda)
    if request.htmx and "agenda" in request.GET:
        return _weigh_moves(request, agenda)
    try:
        suggested = agenda.suggest()
    except SuggestionFailed:
        return render_page(request, "forum/suggestion.html", {"has_failed": True}, 503)
    return _render_suggestion(request, agenda, suggested, {} if "none" in request.GET else suggested)


def _accept_moves(request: ForumRequest, agenda: CurrentAgenda) -> HttpResponse:
    try:
        offered, chosen = (agenda.parse_moves(request.POST.getlist(name)) for name in ("offered", "move"))
    except ValueError:
        return _suggest_again(request)
    if request.POST.get("agenda") != agenda.fingerprint:
        return _suggest_again(request)
    problems = (
        list(double_bookings(agenda, chosen)) if chosen else [_("Nothing is ticked: tick the moves that you want.")]
    )
    if problems:
        return _render_suggestion(request, agenda, {**agenda.problem.present_cells, **offered}, chosen, problems)
    try:
        Group.rearrange(request.forum, agenda.rows(chosen), request.actor)
    except CellTaken:  # since a moment ago
        return _suggest_again(request)
    met = agenda.problem.wishes_met({**agenda.problem.present_cells, **chosen})
    message = ngettext("{n} topic has moved: {met} wishes of {all} are met.",
                       "{n} topics have moved: {met} wishes of {all} are met.", len(chosen))  # fmt: skip
    message = message.format(n=len(chosen), met=met, all=agenda.problem.wishes)
    return confirm(request, request.forum.get_desk_url(), message)


def _suggest_again(request: ForumRequest) -> HttpResponse:
    """Redirect to the page, where the search holds no transaction open, as it would in this POST."""
    message = _("The agenda has moved in the meantime, and nothing was done: here is a new suggestion.")
    return confirm(request, reverse("suggestion", args=[request.forum.code]), message)


def _weigh_moves(request: ForumRequest, agenda: CurrentAgenda) -> HttpResponse:
    """Show, to the page's script, the figures of the moves that are ticked."""
    try:
        chosen = agenda.parse_moves(request.GET.getlist("move"))
    except ValueError:
        return render(request, "forum/suggestion.html#figures", {"has_moved": True})
    context = {**_figures(agenda, chosen), "has_moved": request.GET["agenda"] != agenda.fingerprint}
    return render(request, "forum/suggestion.html#figures", context)


def _render_suggestion(
    request: ForumRequest, agenda: CurrentAgenda, after: Cells, chosen: Cells, problems: list[str] | None = None
) -> HttpResponse:
    """Show all moves that lead to the cells `after`, with those of the `chosen` topics ticked."""
    chains = list_moves(agenda, after)
    offered = {move.topic.pk for chain in chains for move in chain}
    ticked = {topic: cell for topic, cell in chosen.items() if topic in offered}
    context = {
        "problems": problems,
        "is_offered": bool(chains),
        "chains": [chain for chain in chains if len(chain) > 1],
        "single_moves": [chain[0] for chain in chains if len(chain) == 1],
        "ticked": ticked,
        "fingerprint": agenda.fingerprint,
        "met_before": agenda.problem.wishes_met(agenda.problem.present_cells),
        "met_after": agenda.problem.wishes_met(after),
        "reachable": agenda.problem.reachable_wishes,
        **_figures(agenda, ticked),
    }
    return render_page(request, "forum/suggestion.html", context, 409 if problems else 200)


def _figures(agenda: CurrentAgenda, chosen: Cells) -> dict[str, Any]:
    """Return how many wishes the chosen moves meet, of how many, and where they collide."""
    return {
        "met_by_ticked": agenda.problem.wishes_met({**agenda.problem.present_cells, **chosen}),
        "wishes": agenda.problem.wishes,
        "double_bookings": list(double_bookings(agenda, chosen)),
    }
