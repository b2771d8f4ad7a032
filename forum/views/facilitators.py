"""The facilitators' own pages: their forums, a new one, and the links that let them in."""

from typing import Any, cast

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forum.auth import throttling
from forum.auth.idempotency import acknowledge, idempotent
from forum.auth.identity import FACILITATOR_COOKIE, facilitator_of, give_key
from forum.auth.request import ForumRequest
from forum.auth.responses import deny_facilitator
from forum.forms.agenda_text import preview
from forum.forms.default_days import TEMPLATES
from forum.forms.forum import AgendaForm, NewForumForm
from forum.models import Actor, Facilitator, Forum, OneTimeCode
from forum.models.tokens import fingerprint
from forum.server import public_urls
from forum.text.one_line import one_line


def _closed_link(request: HttpRequest) -> HttpResponse:
    """A link that opens nothing: mistyped, used, changed or too old.

    Checked after the look-up: nobody guesses 256 bits, and whoever does must not keep facilitators out.
    """
    sender = throttling.sender_of(request)
    throttling.links.check(sender)
    throttling.links.note(sender)
    return render(request, "forum/facilitators/closed_link.html", status=404)


def _keep_link(
    request: HttpRequest, me: Facilitator, secret: str, go_on: str, *, changed: bool = False
) -> HttpResponse:
    """Show the personal link, the only time that it can be shown."""
    link = public_urls.public_url() + reverse("enter", args=[secret])
    context = {"facilitator": me, "link": link, "go_on": go_on, "changed": changed}
    return render(request, "forum/facilitators/keep_link.html", context)


@require_GET
@never_cache
def forums(request: HttpRequest) -> HttpResponse:
    """The forums that this facilitator runs, and no other."""
    me = facilitator_of(request.COOKIES)
    if me is None:
        return deny_facilitator(request)
    here = Count("participants", filter=Q(participants__removed_at=None, participants__is_expected=False))
    context = {"facilitator": me, "forums": Forum.objects.run_by(me).annotate(people=here)}
    return render(request, "forum/facilitators/forums.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
def new_forum(request: HttpRequest) -> HttpResponse:
    """First what it begins as: a template, or one of their earlier forums (`from`). Then the whole day in one form."""
    me = facilitator_of(request.COOKIES)
    if me is None:
        return deny_facilitator(request)
    mine = Forum.objects.run_by(me)
    asked = request.GET.get("from", "")
    like = asked if asked in TEMPLATES else mine.filter(code=asked).first()
    if request.method == "GET" and not like:
        context = {"facilitator": me, "templates": TEMPLATES, "forums": mine}
        return render(request, "forum/facilitators/beginnings.html", context)
    form = NewForumForm(request.POST if request.method == "POST" else None, like=like or "own")
    if form.is_valid():
        forum = form.save(commit=False)
        forum.save_new(me, form.cleaned_data["slots"], form.cleaned_data["places"])
        return acknowledge(request, redirect("desk", forum.code))
    agenda = AgendaForm(form.data if form.is_bound else form.initial)
    context = {"facilitator": me, "form": form, "like": like, **_preview(agenda)}
    return render(request, "forum/facilitators/new_forum.html", context, status=422 if form.errors else 200)


@require_POST
@never_cache
def preview_agenda(request: HttpRequest) -> HttpResponse:
    """What is understood of an agenda while it is being typed, and which lines cannot be read."""
    if facilitator_of(request.COOKIES) is None:
        return deny_facilitator(request)
    context = {**_preview(AgendaForm(request.POST)), "is_typed": True}
    return render(request, "forum/facilitators/new_forum.html#preview", context)


def _preview(agenda: AgendaForm) -> dict[str, Any]:
    agenda.is_valid()
    slots = preview(agenda.cleaned_data.get("slots", []))
    return {
        "agenda": agenda,
        "moments": slots,
        "several_days": any(slot["day"] > 1 for slot in slots),
        "rounds": sum(not slot["title"] for slot in slots),
        "places": agenda.cleaned_data.get("places", []),
    }


@require_http_methods(["GET", "POST"])
@never_cache
def begin(request: HttpRequest, secret: str) -> HttpResponse:
    """A one-time link makes a facilitator; one who is known already only gets the forum that it opens."""
    invitation = OneTimeCode.find(secret)
    if invitation is None or invitation.participant_id:
        return _closed_link(request)
    me = facilitator_of(request.COOKIES)
    known = me if invitation.forum else None
    name = one_line(request.POST.get("name", ""))
    if request.method == "POST" and (known or 0 < len(name) <= 80):
        return _let_in(request, invitation, known, name)
    refused = request.method == "POST"
    context = {"invitation": invitation, "known": known, "typed": name, "refused": refused}
    return render(request, "forum/facilitators/begin.html", context, status=422 if refused else 200)


def _let_in(request: HttpRequest, invitation: OneTimeCode, known: Facilitator | None, name: str) -> HttpResponse:
    """Use the invitation up; a newcomer gets a key for this browser, and their link to keep."""
    forum = invitation.forum
    with transaction.atomic():
        if not invitation.consume():
            return _closed_link(request)
        me, secret = (known, "") if known else Facilitator.create(name)
        if forum:
            invitation.accept(forum, me)
    go_on = reverse("desk", args=[forum.code]) if forum else reverse("forums")
    return give_key(request, _keep_link(request, me, secret, go_on), me) if secret else redirect(go_on)


@require_GET
@never_cache
def enter(request: HttpRequest, secret: str) -> HttpResponse:
    """The personal link: exchanged for a key on this browser, then a clean address."""
    me = Facilitator.find_by_link(secret)
    if me is None:
        return _closed_link(request)
    mine = list(Forum.objects.run_by(me)[:2])
    response = redirect("desk", mine[0].code) if len(mine) == 1 else redirect("forums")
    if facilitator_of(request.COOKIES) == me:
        return response
    with transaction.atomic():  # the link may be changing at this moment, which ends the devices that it let in
        me = Facilitator.find_by_link(secret, lock=True)
        return give_key(request, response, me) if me else _closed_link(request)


@require_POST
@never_cache
def change_link(request: HttpRequest) -> HttpResponseBase:
    """The link leaked, or a laptop was lost: a new link; only this browser stays in, and invitations end."""
    me = facilitator_of(request.COOKIES)
    if me is None:
        return deny_facilitator(request)

    def change() -> HttpResponse:
        secret = me.revoke_link(kept_device=fingerprint(request.COOKIES[FACILITATOR_COOKIE]))
        return _keep_link(request, me, secret, reverse("forums"), changed=True)

    asked = cast("ForumRequest", request)
    asked.actor = Actor(facilitator=me)
    return idempotent(asked, change)  # the page, loaded again, must not change the link that was just copied


@require_POST
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """Forget this facilitator on this browser: its key opens nothing any more, and its open pages shut."""
    response = redirect("home")
    if me := facilitator_of(request.COOKIES):
        me.sign_out(fingerprint(request.COOKIES[FACILITATOR_COOKIE]))
        messages.success(request, _("You are signed out on this browser. Your personal link lets you in again."))
    response.delete_cookie(FACILITATOR_COOKIE, samesite="Lax")
    return response
