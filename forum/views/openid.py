"""Sign in by OpenID Connect: a facilitator's account at the identity provider of the settings."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forum.auth.identity import FACILITATOR_COOKIE, facilitator_of, give_token
from forum.auth.request import ForumRequest
from forum.auth.responses import deny_facilitator, next_page
from forum.auth.sign_in import SIGN_IN_COOKIE, Problem, SignIn, SignInFailed, keep_id_token
from forum.auth.throttling import sender_of, wrong_codes
from forum.models import Account, AccountTaken, Facilitator, Identity
from forum.models.tokens import fingerprint
from forum.views.parts.facilitator_arrival import first_page, leave_for
from forum.web.cookies import delete_cookie

if TYPE_CHECKING:
    from forum.auth.openid import SignedIn

View = Callable[[HttpRequest], HttpResponse]
STATUSES = {
    Problem.STALE: 400, Problem.DECLINED: 403, Problem.AWAY: 503, Problem.CLOCK: 502, Problem.UNTRUSTED: 502,
    Problem.NOT_ADMITTED: 403, Problem.TAKEN: 409,
}  # fmt: skip


def openid_view(view: View) -> View:
    """Run a view if a provider is configured, and say why when nobody is let in."""

    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        if settings.OPENID is None:
            raise Http404
        try:
            return view(request)
        except SignInFailed as error:
            context = {"problem": error.problem.value, "openid": settings.OPENID}
            template = "forum/facilitators/sign_in_failed.html"
            return render(request, template, context, status=STATUSES[error.problem])

    return wrapped


@require_GET
@openid_view
def sign_in(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider."""
    from forum.auth.openid import provider

    begun = SignIn(next_path=next_page(cast("ForumRequest", request), ""))
    response = redirect(provider().authorization_url(begun))
    begun.keep(response)
    return response


@require_POST
@openid_view
def attach_account(request: HttpRequest) -> HttpResponse:
    """Send a facilitator to the provider, to let them in by their account there too."""
    from forum.auth.openid import provider

    facilitator = facilitator_of(request.COOKIES)
    if facilitator is None:
        return deny_facilitator(request)
    begun = SignIn(attaches_to=facilitator.pk)
    response = leave_for(request, provider().authorization_url(begun))
    begun.keep(response)
    return response


@require_POST
@openid_view
def detach_account(request: HttpRequest) -> HttpResponse:
    """Let nobody in by this facilitator's account any more. Who has no link would be shut out."""
    facilitator = facilitator_of(request.COOKIES)
    if facilitator is None:
        return deny_facilitator(request)
    if facilitator.link_fingerprint:
        facilitator.detach_account(kept_device=fingerprint(request.COOKIES[FACILITATOR_COOKIE]))
        messages.success(request, _("Your account is detached: it lets nobody in here any more."))
    else:
        messages.error(request, _("Get a personal link first: without it, nothing would let you in any more."))
    return redirect("forums")


@require_GET
@openid_view
def come_back(request: HttpRequest) -> HttpResponse:
    """Let in whom the provider sends back, or attach their account, or say why not."""
    from forum.auth.openid import provider

    sender = sender_of(request)
    wrong_codes.sign_ins.check(sender)
    try:
        begun = SignIn.take(request)
        signed_in = provider().identify(request.GET.dict(), begun)
    except SignInFailed as error:
        if error.problem in (Problem.STALE, Problem.UNTRUSTED):
            wrong_codes.sign_ins.note(sender)
        raise
    if begun.attaches_to is not None:
        response = _attach(request, begun.attaches_to, signed_in.identity)
    else:
        response = _let_in(request, begun.next_path, signed_in)
        keep_id_token(response, signed_in.id_token)
    delete_cookie(response, SIGN_IN_COOKIE)
    return response


def _attach(request: HttpRequest, facilitator_pk: int, identity: Identity) -> HttpResponse:
    """Attach an account to the facilitator who asked for it, if this browser is still theirs."""
    facilitator = facilitator_of(request.COOKIES)
    if facilitator is None or facilitator.pk != facilitator_pk:
        raise SignInFailed(Problem.STALE)
    try:
        Account.attach(identity, facilitator)
    except AccountTaken:
        raise SignInFailed(Problem.TAKEN) from None
    # Names it: somebody else may have signed in at the provider in this browser before.
    message = _("The account of {name} is attached: it lets you in from any browser.")
    messages.success(request, message.format(name=identity.name))
    return redirect("forums")


@transaction.atomic
def _let_in(request: HttpRequest, next_path: str, signed_in: "SignedIn") -> HttpResponse:
    """Give this browser a token of the facilitator whose account it is, or of a new one whom the settings admit."""
    facilitator = Account.lock_facilitator(signed_in.identity)
    if facilitator is None and not signed_in.is_admitted:
        raise SignInFailed(Problem.NOT_ADMITTED)
    facilitator = facilitator or _admit(signed_in.identity)
    # The device that the same account let in before ends, so that nothing stays behind of a browser that has gone on.
    facilitator.devices.filter(
        token_fingerprint=fingerprint(request.COOKIES.get(FACILITATOR_COOKIE, "")), came_by_account=True
    ).delete()
    response = redirect(next_path or first_page(facilitator))
    return give_token(request, response, facilitator, by_account=True)


def _admit(identity: Identity) -> Facilitator:
    """Make a new facilitator, or return the one whom another tab has made at this moment."""
    try:
        with transaction.atomic():
            return Account.admit(identity)
    except AccountTaken:
        facilitator = Account.lock_facilitator(identity)
        if facilitator is None:
            raise SignInFailed(Problem.STALE) from None
        return facilitator


@require_GET
@openid_view
def signed_out(request: HttpRequest) -> HttpResponse:
    """Say that a facilitator is signed out, once the provider has sent them back."""
    response = redirect("home")
    try:
        SignIn.take(request)
    except SignInFailed:
        return response
    provider = settings.OPENID.name if settings.OPENID else ""
    messages.success(request, _("You are signed out, here and at {provider}.").format(provider=provider))
    delete_cookie(response, SIGN_IN_COOKIE)
    return response
