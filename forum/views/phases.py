"""The phases of the day: the buttons of the desk that move everyone to another one."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.phases import Phase, WallStep
from forum.views.parts.phase_change import change_phase, phase_message


@require_POST
@forum_view
def move(request: ForumRequest) -> HttpResponse:
    """Move everyone to a `phase`. `from`: the phase that the page with the button showed."""
    value = request.POST.get("phase", "")
    if value not in Phase.values:
        return deny(request, _("There is no such phase."), status=422)
    step = WallStep(Phase(value))
    desk = request.forum.get_desk_url()
    if step.phase == request.forum.current_phase:
        return confirm(request, desk, phase_message(step.phase))
    return change_phase(request, step, request.GET.get("from", request.forum.current_phase), desk)
