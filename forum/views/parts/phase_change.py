"""Move everyone to another phase, from any page that has a button for it."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny, next_page, redirect_page
from forum.phases import Phase, WallStep


def change_phase(request: ForumRequest, step: WallStep, shown_phase: str | None, to: str) -> HttpResponse:
    """Move everyone to the phase of a step, which is not the present one, then go on to the URL `to`.

    `shown_phase`: the phase that the page with the pressed button showed. A page that is late moves nobody.
    """
    forum = request.forum
    if reason := request.rights.refusal("move"):
        return deny(request, reason)
    if shown_phase != forum.current_phase:
        reason = _("Meanwhile everyone is at “{phase}”: look again.").format(phase=forum.current_phase.label)
        return deny(request, reason, status=409)
    if response := redirect_to_publishing(request, step.phase):
        return response
    forum.move_to(step.phase, request.actor, step.slide)
    return confirm(request, to, phase_message(step.phase))


def phase_message(phase: Phase) -> str:
    return _("Everyone is now at “{phase}”.").format(phase=phase.label)


def redirect_to_publishing(request: ForumRequest, phase: Phase | None) -> HttpResponse | None:
    """Redirect to the page of missing reports if a move to `phase` would publish the forum: only that page does."""
    if phase != Phase.PUBLISHED or request.forum.current_phase == Phase.PUBLISHED:
        return None
    url = reverse("publish", args=[request.forum.code])
    back = next_page(request, "")
    return redirect_page(request, f"{url}?{urlencode({'next': back})}" if back else url)
