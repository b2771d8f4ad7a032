"""Who runs this forum, with which devices, and who is invited to: seen and ended here."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.models import Facilitator, OneTimeCode
from forum.server import public_urls

CONFLICT = 409


@require_GET
@never_cache
@forum_view
def facilitators(request: ForumRequest) -> HttpResponse:
    """Everybody who runs this forum in the order in which they came, and the open invitations."""
    forum, me = request.forum, _myself(request)
    order = forum.facilitators_in_order()
    invitations = OneTimeCode.objects.unexpired().filter(forum=forum)
    later = order[order.index(me) + 1 :] if me in order else []
    context = {
        "forum": forum,
        "actor": request.actor,
        "people": [
            {
                "facilitator": person,
                "devices": person.devices.order_by("-created_at"),
                "is_me": person == me,
                "may_remove": person in later,
                "may_disconnect": me.may_disconnect(person),
            }
            for person in order
        ],
        "invitations": invitations.select_related("invited_by").order_by("-expires_at"),
    }
    return render(request, "forum/facilitators/keys.html", context)


def _myself(request: ForumRequest) -> Facilitator:
    """The facilitator who asks; the rules let nobody else this far."""
    if request.actor.facilitator is None:
        raise Http404
    return request.actor.facilitator


def _here(request: ForumRequest) -> str:
    return reverse("facilitators", args=[request.forum.code])


@require_POST
@never_cache
@forum_view
def invite(request: ForumRequest) -> HttpResponse:
    """A link for a colleague: it works once, within a week."""
    link = public_urls.public_url() + reverse("begin", args=[OneTimeCode.invite(request.forum, request.actor)])
    context = {"forum": request.forum, "actor": request.actor, "link": link}
    return render(request, "forum/facilitators/invite.html", context)


@require_POST
@forum_view
def end_invitation(request: ForumRequest, invitation: int) -> HttpResponse:
    found = get_object_or_404(OneTimeCode.objects.filter(forum=request.forum), pk=invitation)
    found.revoke(request.forum, request.actor)
    return confirm(request, _here(request), _("This invitation opens nothing any more."))


@require_POST
@forum_view
def end_device(request: ForumRequest, device: int) -> HttpResponse:
    """One of one's own devices, or of somebody who came later in all the forums that they run."""
    holder, me = get_object_or_404(request.forum.facilitators, devices=device), _myself(request)
    if holder != me and not me.may_remove(holder, request.forum):
        return _came_before(request, holder)
    if not me.may_disconnect(holder):
        reason = _(
            "{name} runs another forum too, where you cannot disconnect them: remove them from this one instead."
        )
        return deny(request, reason.format(name=holder.name), status=CONFLICT)
    holder.disconnect(device, request.actor)
    return confirm(request, _here(request), _("This device opens nothing any more."))


@require_POST
@forum_view
def remove(request: ForumRequest, facilitator: int) -> HttpResponse:
    found = get_object_or_404(request.forum.facilitators, pk=facilitator)
    if found == request.actor.facilitator:
        return deny(request, _("Nobody removes themselves: sign out instead."), status=CONFLICT)
    if not _myself(request).may_remove(found, request.forum):
        return _came_before(request, found)
    found.remove_from(request.forum, request.actor)
    return confirm(request, _here(request), _("{name} no longer runs this forum.").format(name=found.name))


def _came_before(request: ForumRequest, holder: Facilitator) -> HttpResponse:
    reason = _("{name} ran this forum before you did: you can neither remove them nor disconnect their devices.")
    return deny(request, reason.format(name=holder.name), status=CONFLICT)
