"""Moving everyone to another phase, whichever page asks for it."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from forum import access
from forum.access import ForumRequest
from forum.phases import Phase, Step

CONFLICT = 409


@require_POST
@access.door
def move(request: ForumRequest) -> HttpResponse:
    """Move everyone to another phase: usually the next, or back where practice needs it. `from`: see move_everyone."""
    asked = request.POST.get("phase", "")
    if asked not in Phase.values:
        return access.refuse(request, _("There is no such phase."), status=CONFLICT if request.htmx else 422)
    step = Step(Phase(asked))
    desk = reverse("desk", args=[request.forum.code])
    if step.phase == request.forum.stage:
        return access.done(request, desk, arrived(step.phase))
    return move_everyone(request, step, request.GET.get("from", request.forum.stage), desk)


def move_everyone(request: ForumRequest, step: Step, since: str | None, here: str) -> HttpResponse:
    """Move everyone to another phase than the present one.

    `since` is the phase in which the pressed button was shown: one of a page that has not followed yet moves nobody.
    """
    forum = request.forum
    if since != forum.stage:
        reason = _("Meanwhile everyone is at “{phase}”: look again.").format(phase=forum.stage.label)
        return access.refuse(request, reason, status=CONFLICT)
    if answer := publishing(request, step.phase):
        return answer
    forum.move_to(step.phase, request.actor, step.slide)
    return access.done(request, here, arrived(step.phase))


def arrived(phase: Phase) -> str:
    return _("Everyone is now at “{phase}”.").format(phase=phase.label)


def publishing(request: ForumRequest, phase: Phase | None) -> HttpResponse | None:
    """The page that tells which reports are missing, if moving everyone to `phase` would publish the report.

    No other page publishes it.
    """
    if phase != Phase.PUBLISHED or request.forum.stage == Phase.PUBLISHED:
        return None
    page = reverse("publish", args=[request.forum.code])
    here = access.next_page(request, "")
    return access.lead(request, f"{page}?{urlencode({'next': here})}" if here else page)
