"""The suggested agenda: shown as a difference with the present one, and accepted in part or whole."""

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
from forum.auth.responses import confirm
from forum.models import CellTaken, Group

CONFLICT = 409


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def suggestion(request: ForumRequest) -> HttpResponse:
    """What would let more people go where they want. By POST, the moves whose boxes are ticked are made."""
    agenda = CurrentAgenda(request.forum)
    if request.method == "POST":
        return _accept(request, agenda)
    if request.htmx and "agenda" in request.GET:
        return _weigh(request, agenda)
    try:
        suggested = agenda.suggest()
    except SuggestionFailed:
        context = {"forum": request.forum, "actor": request.actor, "failed": True}
        return render(request, "forum/suggestion.html", context, status=503)
    return _show(request, agenda, suggested, {} if "none" in request.GET else suggested)


def _accept(request: ForumRequest, agenda: CurrentAgenda) -> HttpResponse:
    try:
        offered, chosen = (agenda.parse_moves(request.POST.getlist(name)) for name in ("offered", "move"))
    except ValueError:
        return _begin_again(request)
    if request.POST.get("agenda") != agenda.fingerprint:
        return _begin_again(request)
    problems = (
        list(double_bookings(agenda, chosen)) if chosen else [_("Nothing is ticked: tick the moves that you want.")]
    )
    if problems:
        return _show(request, agenda, {**agenda.problem.present_cells, **offered}, chosen, problems)
    try:
        Group.rearrange(request.forum, agenda.rows(chosen), request.actor)
    except CellTaken:  # since a moment ago
        return _begin_again(request)
    met = agenda.problem.wishes_met({**agenda.problem.present_cells, **chosen})
    said = ngettext("{n} topic has moved: {met} wishes of {all} are met.",
                    "{n} topics have moved: {met} wishes of {all} are met.", len(chosen))  # fmt: skip
    said = said.format(n=len(chosen), met=met, all=agenda.problem.wishes)
    return confirm(request, reverse("desk", args=[request.forum.code]), said)


def _begin_again(request: ForumRequest) -> HttpResponse:
    """To the page itself, so that nothing is searched for while this form holds what others want to write."""
    said = _("The agenda has moved in the meantime, and nothing was done: here is a new suggestion.")
    return confirm(request, reverse("suggestion", args=[request.forum.code]), said)


def _weigh(request: ForumRequest, agenda: CurrentAgenda) -> HttpResponse:
    """What the boxes that are ticked at this moment would make of the agenda."""
    try:
        chosen = agenda.parse_moves(request.GET.getlist("move"))
    except ValueError:
        return render(request, "forum/suggestion.html#figures", {"has_moved": True})
    context = {**_weighed(agenda, chosen), "has_moved": request.GET["agenda"] != agenda.fingerprint}
    return render(request, "forum/suggestion.html#figures", context)


def _show(
    request: ForumRequest, agenda: CurrentAgenda, after: Cells, chosen: Cells, problems: list[str] | None = None
) -> HttpResponse:
    """The whole suggestion, with the boxes of the chosen topics ticked."""
    found = list_moves(agenda, after)
    offered = {move.topic.pk: after[move.topic.pk] for chain in found for move in chain}
    ticked = {topic: cell for topic, cell in chosen.items() if topic in offered}
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "problems": problems,
        "is_offered": bool(found),
        "together": [chain for chain in found if len(chain) > 1],
        "alone": [chain[0] for chain in found if len(chain) == 1],
        "ticked": ticked,
        "mark": agenda.fingerprint,
        "before": agenda.problem.wishes_met(agenda.problem.present_cells),
        "after": agenda.problem.wishes_met(after),
        "reachable": agenda.problem.reachable_wishes,
        **_weighed(agenda, ticked),
    }
    return render(request, "forum/suggestion.html", context, status=CONFLICT if problems else 200)


def _weighed(agenda: CurrentAgenda, chosen: Cells) -> dict[str, Any]:
    """How many wishes these moves would meet, and where they would not fit."""
    return {
        "met_now": agenda.problem.wishes_met({**agenda.problem.present_cells, **chosen}),
        "wishes": agenda.problem.wishes,
        "clashes": list(double_bookings(agenda, chosen)),
    }
