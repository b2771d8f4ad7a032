"""Move everyone to another phase, whichever page asks for it."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny, next_page, redirect_page
from forum.phases import Phase, WallStep

CONFLICT = 409


def move_everyone(request: ForumRequest, step: WallStep, since: str | None, here: str) -> HttpResponse:
    """Move everyone to another phase than the present one.

    `since` is the phase in which the pressed button was shown: one of a page that has not followed yet moves nobody.
    """
    forum = request.forum
    if since != forum.current_phase:
        reason = _("Meanwhile everyone is at “{phase}”: look again.").format(phase=forum.current_phase.label)
        return deny(request, reason, status=CONFLICT)
    if answer := publishing(request, step.phase):
        return answer
    forum.move_to(step.phase, request.actor, step.slide)
    return confirm(request, here, arrived(step.phase))


def arrived(phase: Phase) -> str:
    return _("Everyone is now at “{phase}”.").format(phase=phase.label)


def publishing(request: ForumRequest, phase: Phase | None) -> HttpResponse | None:
    """The page that tells which reports are missing, if moving everyone to `phase` would publish the report.

    No other page publishes it.
    """
    if phase != Phase.PUBLISHED or request.forum.current_phase == Phase.PUBLISHED:
        return None
    page = reverse("publish", args=[request.forum.code])
    here = next_page(request, "")
    return redirect_page(request, f"{page}?{urlencode({'next': here})}" if here else page)
