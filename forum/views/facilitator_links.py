"""The links that let facilitators in: invitations, and the personal link; and how a facilitator signs out."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forum.auth.idempotency import idempotent
from forum.auth.identity import FACILITATOR_COOKIE, facilitator_of, forget_token, give_token
from forum.auth.request import ForumRequest
from forum.auth.responses import deny_facilitator
from forum.auth.sign_in import ID_TOKEN_COOKIE, ID_TOKEN_PATH, SignIn, SignInFailed
from forum.auth.throttling import sender_of, wrong_codes
from forum.models import Actor, Facilitator, Forum, OneTimeCode, TeamRole
from forum.models.tokens import fingerprint
from forum.server import public_urls
from forum.text.names import MAX_NAME_LENGTH
from forum.text.one_line import one_line
from forum.views.parts.facilitator_arrival import first_page, leave_for
from forum.web.cookies import delete_cookie


@require_http_methods(["GET", "POST"])
@never_cache
def accept_invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Accept an invitation: ask a newcomer's name, and let a known facilitator into the forum that it opens."""
    invitation = OneTimeCode.find(secret)
    if invitation is None or invitation.participant_id:
        return _refuse_link(request)
    known = facilitator_of(request.COOKIES) if invitation.forum else None
    name = one_line(request.POST.get("name", ""))
    if request.method == "POST" and (known or 0 < len(name) <= MAX_NAME_LENGTH):
        return _use_invitation(request, invitation, known, name)
    is_refused = request.method == "POST"
    context = {
        "invitation": invitation,
        "role": TeamRole(invitation.role),
        "known": known,
        "typed": name,
        "is_refused": is_refused,
        "openid": settings.OPENID if invitation.forum and not known else None,
    }
    return render(request, "forum/facilitators/accept_invitation.html", context, status=422 if is_refused else 200)


def _use_invitation(
    request: HttpRequest, invitation: OneTimeCode, known: Facilitator | None, name: str
) -> HttpResponse:
    """Use up the invitation. A newcomer gets a token for this browser, and a personal link."""
    forum = invitation.forum
    with transaction.atomic():
        if not invitation.consume():
            return _refuse_link(request)
        facilitator, secret = (known, "") if known else Facilitator.create(name)
        if forum:
            invitation.accept(forum, facilitator)
    to = forum.get_desk_url() if forum else reverse("forums")
    if not secret:
        return redirect(to)
    return give_token(request, _render_personal_link(request, facilitator, secret, to), facilitator)


@require_GET
@never_cache
def enter_by_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Exchange a personal link for a token of this browser, and redirect to a URL without the secret."""
    facilitator = Facilitator.find_by_link(secret)
    if facilitator is None:
        return _refuse_link(request)
    response = redirect(first_page(facilitator))
    if facilitator_of(request.COOKIES) == facilitator:
        return response
    with transaction.atomic():  # the link may be changing at this moment, which ends the devices that it let in
        facilitator = Facilitator.find_by_link(secret, lock=True)
        return give_token(request, response, facilitator) if facilitator else _refuse_link(request)


@require_POST
@never_cache
def change_link(request: HttpRequest) -> HttpResponseBase:
    """Replace the personal link. Only this browser stays in, and the facilitator's invitations end.

    Whoever had no link, and came by their account, gets a first one.
    """
    facilitator = facilitator_of(request.COOKIES)
    if facilitator is None:
        return deny_facilitator(request)

    def change() -> HttpResponse:
        is_first, had_account = not facilitator.link_fingerprint, facilitator.accounts.exists()
        if is_first:
            secret = facilitator.make_first_link()
        else:
            secret = facilitator.change_link(kept_device=fingerprint(request.COOKIES[FACILITATOR_COOKIE]))
        is_detached = had_account and not facilitator.accounts.exists()
        context = {"is_changed": not is_first, "is_detached": is_detached}
        return _render_personal_link(request, facilitator, secret, reverse("forums"), **context)

    forum_request = cast("ForumRequest", request)
    forum_request.actor = Actor(facilitator=facilitator)
    return idempotent(forum_request, change)  # a reload must not change the link that was just copied


def _render_personal_link(
    request: HttpRequest, facilitator: Facilitator, secret: str, to: str, **changes: bool
) -> HttpResponse:
    """Show the personal link, the only time that it can be shown, what changed with it, and the URL `to` go on to."""
    link = public_urls.public_url() + reverse("enter_by_link", args=[secret])
    context = {
        "facilitator": facilitator,
        "link": link,
        "to": to,
        "forums": Forum.objects.facilitated_by(facilitator),
        **changes,
    }
    return render(request, "forum/facilitators/personal_link.html", context)


def _refuse_link(request: HttpRequest) -> HttpResponse:
    """Answer a link that opens nothing: mistyped, used, changed or too old. Raises TooManyWrongCodes.

    Counted after the look-up, so that nobody's wrong links keep facilitators out; 256 bits cannot be guessed.
    """
    sender = sender_of(request)
    wrong_codes.links.check(sender)
    wrong_codes.links.note(sender)
    return render(request, "forum/facilitators/closed_link.html", status=404)


@require_POST
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this browser's token: its open pages close too. Who came by an account is signed out at the provider too."""
    facilitator = facilitator_of(request.COOKIES)
    if facilitator:
        facilitator.sign_out(fingerprint(request.COOKIES[FACILITATOR_COOKIE]))
    response = _leave_provider(request)
    if response is None:
        if facilitator and facilitator.link_fingerprint:
            messages.success(request, _("You are signed out on this browser. Your personal link lets you in again."))
        elif facilitator:
            messages.success(request, _("You are signed out on this browser. Your account lets you in again."))
        response = redirect("home")
    delete_cookie(response, ID_TOKEN_COOKIE, ID_TOKEN_PATH)
    return forget_token(response, FACILITATOR_COOKIE)


def _leave_provider(request: HttpRequest) -> HttpResponse | None:
    """Answer with the way to the provider's sign-out; None if this browser did not sign in there, or it is away."""
    id_token = request.COOKIES.get(ID_TOKEN_COOKIE, "")
    if settings.OPENID is None or not id_token:
        return None
    from forum.auth.openid import provider

    begun = SignIn()
    try:
        url = provider().end_session_url(id_token, begun.state)
    except SignInFailed:
        messages.warning(
            request, _("{provider} does not answer: sign out there too.").format(provider=settings.OPENID.name)
        )
        return None
    if not url:
        return None
    response = leave_for(request, url)
    begun.keep(response)
    return response
