"""The team of a forum: roles, devices and invitations, and how rights change and end."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny, render_page
from forum.models import Facilitator, OneTimeCode, TeamRole
from forum.server import public_urls


@require_GET
@never_cache
@forum_view
def facilitators(request: ForumRequest) -> HttpResponse:
    """List the team in the order in which they came, and the open invitations."""
    own = _own_facilitator(request)
    invitations = OneTimeCode.objects.unexpired().filter(forum=request.forum).select_related("invited_by")
    context = {
        "rows": [
            {
                "facilitator": row.facilitator,
                "role": TeamRole(row.role),
                "devices": row.facilitator.devices.unexpired().order_by("-created_at"),
                "is_me": row.facilitator == own,
                "may_remove": own.may_remove(row.facilitator, request.forum),
                "may_disconnect": own.may_disconnect(row.facilitator),
            }
            for row in request.forum.facilitations.select_related("facilitator")
        ],
        "roles": list(TeamRole),
        "invitations": invitations.order_by("-expires_at"),
    }
    return render_page(request, "forum/facilitators/list.html", context)


@require_POST
@never_cache
@forum_view
def invite(request: ForumRequest) -> HttpResponse:
    """Show a link that lets someone into the team in a `role`: once, within a week."""
    role = _chosen_role(request)
    if role is None:
        return deny(request, _("Choose a role first."), status=409)
    secret = OneTimeCode.invite(request.forum, request.actor, role)
    link = public_urls.public_url() + reverse("accept_invitation", args=[secret])
    return render_page(request, "forum/facilitators/invite.html", {"link": link, "role": role})


@require_POST
@forum_view
def change_role(request: ForumRequest, facilitator_pk: int) -> HttpResponse:
    """Give someone who came later another `role`. Their open pages show it at once."""
    facilitator, role = get_object_or_404(request.forum.facilitators, pk=facilitator_pk), _chosen_role(request)
    if role is None:
        return deny(request, _("Choose a role first."), status=409)
    if facilitator == request.actor.facilitator:
        return deny(request, _("Nobody changes their own role."), status=409)
    if not _own_facilitator(request).may_remove(facilitator, request.forum):
        return _deny_came_before(request, facilitator)
    facilitator.change_role(request.forum, role, request.actor)
    message = _("{name} is now in the role “{role}”.").format(name=facilitator.name, role=role.label)
    return confirm(request, _facilitators_url(request), message)


@require_POST
@forum_view
def end_invitation(request: ForumRequest, invitation_pk: int) -> HttpResponse:
    invitation = get_object_or_404(OneTimeCode.objects.filter(forum=request.forum), pk=invitation_pk)
    invitation.revoke(request.forum, request.actor)
    return confirm(request, _facilitators_url(request), _("This invitation opens nothing any more."))


@require_POST
@forum_view
def end_device(request: ForumRequest, device_pk: int) -> HttpResponse:
    """End one's own device, or that of a facilitator who came later in each of the forums that they run."""
    holder, own = get_object_or_404(request.forum.facilitators, devices=device_pk), _own_facilitator(request)
    if holder != own and not own.may_remove(holder, request.forum):
        return _deny_came_before(request, holder)
    if not own.may_disconnect(holder):
        reason = _(
            "{name} runs another forum too, where you cannot disconnect them: remove them from this one instead."
        )
        return deny(request, reason.format(name=holder.name), status=409)
    holder.disconnect(device_pk, request.actor)
    return confirm(request, _facilitators_url(request), _("This device opens nothing any more."))


@require_POST
@forum_view
def remove_facilitator(request: ForumRequest, facilitator_pk: int) -> HttpResponse:
    facilitator = get_object_or_404(request.forum.facilitators, pk=facilitator_pk)
    if facilitator == request.actor.facilitator:
        return deny(request, _("Nobody removes themselves: sign out instead."), status=409)
    if not _own_facilitator(request).may_remove(facilitator, request.forum):
        return _deny_came_before(request, facilitator)
    facilitator.remove_from(request.forum, request.actor)
    return confirm(
        request, _facilitators_url(request), _("{name} is no longer in the team.").format(name=facilitator.name)
    )


def _deny_came_before(request: ForumRequest, facilitator: Facilitator) -> HttpResponse:
    reason = _("{name} ran this forum before you did: you can neither remove them, nor change their role or devices.")
    return deny(request, reason.format(name=facilitator.name), status=409)


def _chosen_role(request: ForumRequest) -> TeamRole | None:
    role = request.POST.get("role", "")
    return TeamRole(role) if role in TeamRole.values else None


def _own_facilitator(request: ForumRequest) -> Facilitator:
    """Return the actor's facilitator. Raises Http404 without one, which the rules of these views exclude."""
    if request.actor.facilitator is None:
        raise Http404
    return request.actor.facilitator


def _facilitators_url(request: ForumRequest) -> str:
    return reverse("facilitators", args=[request.forum.code])
