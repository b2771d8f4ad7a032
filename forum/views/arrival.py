"""Arriving, coming with another phone, saying who one is, and a word before leaving."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from forum.auth import throttling
from forum.auth.decorators import forum_view
from forum.auth.identity import give_key
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, next_page
from forum.forms.people import FeedbackForm, JoinForm
from forum.models import Feedback, OneTimeCode, Participant
from forum.models.tokens import normalise_code
from forum.phases import DURING_DAY
from forum.server import public_urls
from forum.views.parts.person_meant import myself


def _show_join_form(request: ForumRequest, form: JoinForm, status: int) -> HttpResponse:
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "form": form,
        "is_open": request.forum.current_phase in DURING_DAY,
        "next": next_page(request, ""),
    }
    return render(request, "forum/join.html", context, status=status)


def _refuse_join(request: ForumRequest, reason: str) -> HttpResponse:
    form = JoinForm(request.POST, forum=request.forum)
    form.add_error(None, reason)
    return _show_join_form(request, form, 403)


@require_POST
@forum_view(refused=_refuse_join)
def join(request: ForumRequest) -> HttpResponse:
    """Someone gives their name and gets a key for this browser; no account."""
    go_on = next_page(request, reverse("board", args=[request.forum.code]))
    if request.actor.participant:
        return redirect(go_on)
    form = JoinForm(request.POST, forum=request.forum)
    if not form.is_valid():
        return _show_join_form(request, form, 422)
    person = Participant.join(request.forum, **form.person_fields)
    if person.announced_as and person.affiliation:
        said = _("You were expected: {affiliation}. If that is wrong, touch your name to correct it.")
        messages.success(request, said.format(affiliation=person.affiliation))
    response = give_key(request, redirect(go_on), person)
    response.newcomer = person  # type: ignore[attr-defined]  # access.once gives a key again if the form comes twice
    return response


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def other_phone(request: ForumRequest) -> HttpResponse:
    """Someone who is already here comes with another phone and the code that the first one showed."""
    error = ""
    if request.method == "POST":
        throttling.device_codes.check(sender := throttling.sender_of(request))
        found = OneTimeCode.find(normalise_code(request.POST.get("code", "")))
        person = found.participant if found else None
        if found and person and person.forum_id == request.forum.pk and not person.removed_at and found.consume():
            return give_key(request, redirect("board", request.forum.code), person)
        throttling.device_codes.note(sender)
        error = _("This code opens nothing: it works once, for ten minutes. Ask for a new one on your first phone.")
    typed = request.POST.get("code", "")[:20]
    context = {"forum": request.forum, "actor": request.actor, "error": error, "typed": typed}
    return render(request, "forum/other_phone.html", context, status=422 if error else 200)


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def me(request: ForumRequest) -> HttpResponse:
    """How someone is called here, and how they appear in the report."""
    form = JoinForm(request.POST or None, forum=request.forum, instance=myself(request))
    if request.method == "POST" and form.is_valid():
        form.instance.save_identity(request.actor)
        return confirm(request, reverse("me", args=[request.forum.code]), _("Noted."))
    return _me(request, {"form": form}, 422 if form.errors else 200)


@require_POST
@never_cache
@forum_view
def second_device(request: ForumRequest) -> HttpResponse:
    """Show the code that lets another phone in; it is not sent anywhere, and not shown again."""
    return _me(request, {"code": OneTimeCode.for_second_device(myself(request))})


@require_POST
@forum_view
def disconnect_others(request: ForumRequest) -> HttpResponse:
    if request.actor.device:
        myself(request).disconnect_other_devices(request.actor.device, request.actor)
    here = reverse("me", args=[request.forum.code])
    return confirm(request, here, _("Only this device is connected now."))


def _me(request: ForumRequest, extra: dict[str, object], status: int = 200) -> HttpResponse:
    person = myself(request)
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "person": Participant.objects.get(pk=person.pk),
        "devices": person.devices.count(),
        "address": public_urls.join_address(),
        "form": JoinForm(forum=request.forum, instance=person),
        **extra,
    }
    return render(request, "forum/me.html", context, status=status)


def _feedback_form(request: ForumRequest) -> FeedbackForm:
    person = request.actor.participant
    spoken = Feedback.objects.filter(participant=person).first() if person else None
    return FeedbackForm(request.POST or None, instance=spoken)


def _show_feedback_form(request: ForumRequest, form: FeedbackForm, *, refusal: str = "") -> HttpResponse:
    context = {"forum": request.forum, "actor": request.actor, "form": form, "refusal": refusal}
    status = 403 if refusal else 422 if request.method == "POST" else 200
    return render(request, "forum/feedback.html", context, status=status)


def _refuse_feedback(request: ForumRequest, reason: str) -> HttpResponse:
    return _show_feedback_form(request, _feedback_form(request), refusal=reason)


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view(refused=_refuse_feedback)
def feedback(request: ForumRequest) -> HttpResponse:
    """Keep a closing word. A facilitator may note one for someone, or without a name."""
    form = _feedback_form(request)
    if request.method == "POST" and form.is_valid():
        person = request.actor.participant
        words = {name: form.cleaned_data[name] for name in ("words", "keep", "change")}
        Feedback.give(request.forum, person, request.actor, **words)
        page = reverse("board" if person else "desk", args=[request.forum.code])
        return confirm(request, page, _("Thank you: your words are kept."))
    return _show_feedback_form(request, form)
