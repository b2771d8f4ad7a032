"""Moving everyone to another phase, whichever page asks for it."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.phases import Phase, WallStep
from forum.views.parts.phase_move import CONFLICT, arrived, move_everyone


@require_POST
@forum_view
def move(request: ForumRequest) -> HttpResponse:
    """Move everyone to another phase: usually the next, or back where practice needs it. `from`: see move_everyone."""
    asked = request.POST.get("phase", "")
    if asked not in Phase.values:
        return deny(request, _("There is no such phase."), status=CONFLICT if request.htmx else 422)
    step = WallStep(Phase(asked))
    desk = reverse("desk", args=[request.forum.code])
    if step.phase == request.forum.current_phase:
        return confirm(request, desk, arrived(step.phase))
    return move_everyone(request, step, request.GET.get("from", request.forum.current_phase), desk)
