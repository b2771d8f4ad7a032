"""Arrive in a forum: join, come with another phone, and correct one's own entry."""

from copy import copy

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from forum.auth.decorators import forum_view
from forum.auth.identity import forget_token, give_token, participant_cookie
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny, next_page, render_page
from forum.auth.throttling import sender_of, wrong_codes
from forum.forms.people import ParticipantForm
from forum.models import OneTimeCode, Participant
from forum.models.approval import waiting_rows
from forum.models.participant import ForumFull
from forum.models.tokens import normalise_code
from forum.phases import DURING_DAY
from forum.server import public_urls
from forum.views.parts.form_refusal import form_status
from forum.views.parts.participants import own_participant


def _render_join_form(request: ForumRequest, form: ParticipantForm, refusal: str = "") -> HttpResponse:
    context = {"form": form, "is_open": request.forum.current_phase in DURING_DAY, "next": next_page(request, "")}
    return render_page(request, "forum/join.html", context, form_status(request, refusal))


def _refuse_join(request: ForumRequest, reason: str) -> HttpResponse:
    form = ParticipantForm(request.POST, forum=request.forum)
    form.add_error(None, reason)
    return _render_join_form(request, form, reason)


@require_POST
@forum_view(refused=_refuse_join)
def join(request: ForumRequest) -> HttpResponse:
    """Join the forum under a name, and give this browser a token."""
    to = next_page(request, reverse("board", args=[request.forum.code]))
    if request.actor.participant:
        return redirect(to)
    form = ParticipantForm(request.POST, forum=request.forum)
    if not form.is_valid():
        return _render_join_form(request, form)
    try:
        person = Participant.join(request.forum, **form.person_fields)
    except ForumFull:
        form.add_error(None, _("More people have come than this forum takes: tell a facilitator, who can enter you."))
        return _render_join_form(request, form)
    if person.announced_as and person.affiliation:
        message = _("You were expected: {affiliation}. If that is wrong, touch your name to correct it.")
        messages.success(request, message.format(affiliation=person.affiliation))
    response = give_token(request, redirect(to), person)
    response.newcomer = person  # type: ignore[attr-defined]  # for idempotent(): the form sent again gets a token too
    return response


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def other_phone(request: ForumRequest) -> HttpResponse:
    """Give this browser a token of a participant, against the one-time code that their first phone shows."""
    error = ""
    if request.method == "POST":
        wrong_codes.device_codes.check(sender := sender_of(request))
        if person := _use_code(request):
            return give_token(request, redirect("board", request.forum.code), person)
        wrong_codes.device_codes.note(sender)
        error = _("This code opens nothing: it works once, for ten minutes. Ask for a new one on your first phone.")
    context = {"error": error, "typed": request.POST.get("code", "")[:20]}
    return render_page(request, "forum/other_phone.html", context, 422 if error else 200)


def _use_code(request: ForumRequest) -> Participant | None:
    """Use up the code that was typed, and return its participant; None if it opens nothing in this forum."""
    one_time_code = OneTimeCode.find(normalise_code(request.POST.get("code", "")))
    person = one_time_code.participant if one_time_code else None
    if one_time_code is None or person is None or person.forum_id != request.forum.pk or person.removed_at:
        return None
    person.forum = request.forum
    return person if one_time_code.use() else None


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def me(request: ForumRequest) -> HttpResponse:
    """Show and save one's own entry: name, affiliation, and how to appear in the report."""
    # The form writes into a copy; the page's header shows what is saved.
    form = ParticipantForm(request.POST or None, forum=request.forum, instance=copy(own_participant(request)))
    if request.method == "POST" and form.is_valid():
        form.instance.save_identity(request.actor)
        return confirm(request, reverse("me", args=[request.forum.code]), _("Noted."))
    return _render_own_entry(request, form, status=422 if form.errors else 200)


@require_POST
@never_cache
@forum_view
def second_device(request: ForumRequest) -> HttpResponse:
    """Show a code that lets another phone in. It is shown once and sent nowhere."""
    person = own_participant(request)
    form = ParticipantForm(forum=request.forum, instance=person)
    return _render_own_entry(request, form, code=OneTimeCode.for_second_device(person))


def _render_own_entry(
    request: ForumRequest, form: ParticipantForm, *, code: str = "", status: int = 200
) -> HttpResponse:
    person = own_participant(request)
    context = {
        "person": person,
        "waiting": [row for row in waiting_rows(request.forum) if row.sender == person],
        "devices": person.devices.count(),
        "address": public_urls.join_address(),
        "form": form,
        "code": code,
    }
    return render_page(request, "forum/me.html", context, status)


@require_POST
@forum_view
def agree_to_access(request: ForumRequest) -> HttpResponse:
    """Note that one knows of the code that a facilitator gave for a device of one's own."""
    person = own_participant(request)
    person.forum = request.forum
    if not person.may_agree_to_access(request.actor.device):
        return deny(request, _("Answer on a device that you had before: this one came with the code."), status=409)
    person.agree_to_access(request.actor)
    return confirm(request, reverse("me", args=[request.forum.code]), _("Noted."))


@require_POST
@forum_view
def disconnect_others(request: ForumRequest) -> HttpResponse:
    """End one's other devices."""
    if request.actor.device:
        own_participant(request).disconnect_other_devices(request.actor.device, request.actor)
    return confirm(request, reverse("me", args=[request.forum.code]), _("Only this device is connected now."))


@require_POST
@forum_view
def sign_me_out(request: ForumRequest) -> HttpResponse:
    """End this browser's token. It keeps the name, the topics and the reports: only the browser forgets them."""
    if request.actor.device:
        own_participant(request).sign_out(request.actor.device, request.actor)
    messages.success(request, _("You are signed out on this browser."))
    return forget_token(redirect("board", request.forum.code), participant_cookie(request.forum))
