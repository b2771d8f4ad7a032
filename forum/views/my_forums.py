"""The forums of someone of a team: their list, and a new one."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forum.auth.idempotency import acknowledge
from forum.auth.identity import FACILITATOR_COOKIE, facilitator_of
from forum.auth.responses import deny_facilitator
from forum.forms.agenda_text import preview
from forum.forms.default_days import TEMPLATES
from forum.forms.forum import AgendaForm, NewForumForm
from forum.models import Facilitator, Forum, TeamRole
from forum.models.tokens import fingerprint


@require_GET
@never_cache
def forums(request: HttpRequest) -> HttpResponse:
    """List the forums that this facilitator runs, in whatever role."""
    facilitator = facilitator_of(request.COOKIES)
    if facilitator is None:
        return deny_facilitator(request)
    people = Count("participants", filter=Q(participants__removed_at=None, participants__is_expected=False))
    roles = {row.forum_id: TeamRole(row.role) for row in facilitator.facilitations.all()}
    forums = [(forum, roles[forum.pk]) for forum in Forum.objects.run_by(facilitator).annotate(people=people)]
    context = {"facilitator": facilitator, "forums": forums, **_account_context(request, facilitator)}
    return render(request, "forum/facilitators/forums.html", context)


def _account_context(request: HttpRequest, facilitator: Facilitator) -> dict[str, Any]:
    """Return whether they have an account, and whether it would be detached by changing the link in this browser."""
    has_account = settings.OPENID is not None and facilitator.accounts.exists()
    token = fingerprint(request.COOKIES[FACILITATOR_COOKIE])
    came_by_account = facilitator.devices.filter(token_fingerprint=token, came_by_account=True)
    loses_account = has_account and not came_by_account.exists()
    return {"openid": settings.OPENID, "has_account": has_account, "loses_account": loses_account}


@require_http_methods(["GET", "POST"])
@never_cache
def new_forum(request: HttpRequest) -> HttpResponse:
    """Choose a template or an earlier forum (`from`), then describe the whole day in one form."""
    facilitator = facilitator_of(request.COOKIES)
    if facilitator is None:
        return deny_facilitator(request)
    if not facilitator.may_create_forums:
        messages.warning(request, _("Only a facilitator creates forums."))
        return redirect("forums")
    own_forums = Forum.objects.run_by(facilitator)
    origin = request.GET.get("from", "")
    like = origin if origin in TEMPLATES else own_forums.filter(code=origin).first()
    if request.method == "GET" and not like:
        context = {"facilitator": facilitator, "templates": TEMPLATES, "forums": own_forums}
        return render(request, "forum/facilitators/choose_template.html", context)
    form = NewForumForm(request.POST if request.method == "POST" else None, like=like or "own")
    if form.is_valid():
        forum = form.save(commit=False)
        forum.save_new(facilitator, form.cleaned_data["slots"], form.cleaned_data["places"])
        return acknowledge(request, redirect("desk", forum.code))
    agenda = AgendaForm(form.data if form.is_bound else form.initial)
    context = {"facilitator": facilitator, "form": form, "like": like, **_preview_context(agenda)}
    return render(request, "forum/facilitators/new_forum.html", context, status=422 if form.errors else 200)


@require_POST
@never_cache
def preview_agenda(request: HttpRequest) -> HttpResponse:
    """Show how an agenda that is being typed is understood, and which of its lines cannot be read."""
    if facilitator_of(request.COOKIES) is None:
        return deny_facilitator(request)
    context = {**_preview_context(AgendaForm(request.POST)), "is_typed": True}
    return render(request, "forum/facilitators/new_forum.html#preview", context)


def _preview_context(agenda: AgendaForm) -> dict[str, Any]:
    agenda.is_valid()
    slots = preview(agenda.cleaned_data.get("slots", []))
    return {
        "agenda": agenda,
        "slots": slots,
        "several_days": any(slot["day"] > 1 for slot in slots),
        "rounds": sum(not slot["title"] for slot in slots),
        "places": agenda.cleaned_data.get("places", []),
    }
