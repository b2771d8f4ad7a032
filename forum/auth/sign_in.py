"""One sign-in at the identity provider: what its browser keeps meanwhile, and why it may fail.

What must come back with the browser is in a signed cookie, which lives for ten minutes and counts once.
"""

import secrets
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from django.core import signing
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from forum.models import Submission
from forum.models.device import ACCOUNT_LIFETIME
from forum.models.tokens import fingerprint, new_token
from forum.web.cookies import HOST_PREFIX, set_cookie

SIGN_IN_COOKIE = f"{HOST_PREFIX}forum_sign_in"
ID_TOKEN_COOKIE = "forum_id_token"  # noqa: S105 the name of a cookie
ID_TOKEN_PATH = "/facilitator/sign-out/"  # noqa: S105 the one address that needs it
MAX_ID_TOKEN_LENGTH = 3500
"""Browsers keep no longer cookie. Without it, the provider asks people whether they really sign out."""
SIGN_IN_SECONDS = 600


class Problem(StrEnum):
    """Why nobody was let in, as the page says it."""

    STALE = "stale"
    """Begun too long ago, in another tab or another browser, or used already."""
    DECLINED = "declined"
    """The provider, or the person there, said no."""
    AWAY = "away"
    """The provider does not answer."""
    CLOCK = "clock"
    """The provider's answer is from another time than ours."""
    UNTRUSTED = "untrusted"
    """The provider's answer is not what it must be."""
    NOT_ADMITTED = "not_admitted"
    """An unknown person, whom the settings do not admit."""
    TAKEN = "taken"
    """The account lets another facilitator in, or this facilitator has another account."""


class SignInFailed(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True)
class SignIn:
    """A sign-in, or a sign-out, that waits for the provider to send the browser back."""

    state: str = field(default_factory=new_token)
    nonce: str = field(default_factory=new_token)
    code_verifier: str = field(default_factory=new_token)
    next_path: str = ""
    """Where to go on to; empty: to the facilitator's forums."""
    attaches_to: int | None = None
    """The facilitator who attaches an account; None: somebody signs in."""

    def keep(self, response: HttpResponseBase) -> None:
        """Let this browser keep it until it comes back."""
        set_cookie(response, SIGN_IN_COOKIE, signing.dumps(asdict(self), salt=SIGN_IN_COOKIE), SIGN_IN_SECONDS)

    @classmethod
    def take(cls, request: HttpRequest) -> "SignIn":
        """Return the sign-in of this browser whose state has come back, once. Raises SignInFailed."""
        try:
            kept = signing.loads(request.COOKIES.get(SIGN_IN_COOKIE, ""), salt=SIGN_IN_COOKIE, max_age=SIGN_IN_SECONDS)
        except signing.BadSignature:
            raise SignInFailed(Problem.STALE) from None
        sign_in = cls(**kept)
        state = request.GET.get("state", "")
        if not secrets.compare_digest(state.encode(), sign_in.state.encode()) or not sign_in._is_first():
            raise SignInFailed(Problem.STALE)
        return sign_in

    def _is_first(self) -> bool:
        """Note that it was used; False if it was already."""
        try:
            with transaction.atomic():
                Submission.objects.create(key=fingerprint(self.state), path="sign-in")
        except IntegrityError:
            return False
        return True


def keep_id_token(response: HttpResponseBase, id_token: str) -> None:
    """Let this browser keep the provider's token, which signs it out there too. It opens nothing here."""
    if len(id_token) <= MAX_ID_TOKEN_LENGTH:
        set_cookie(response, ID_TOKEN_COOKIE, id_token, int(ACCOUNT_LIFETIME.total_seconds()), path=ID_TOKEN_PATH)
