"""Sign in by OpenID Connect: ask the identity provider who somebody is, and believe its signed answers alone.

Imported only where a provider is configured: Authlib, joserfc and Requests belong to the hosted size. The provider is
asked by the library; which answers are believed is decided here.
"""

import logging
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.urls import add_params_to_uri
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from django.conf import settings
from django.urls import reverse
from joserfc import jwt
from joserfc.errors import ClaimError, ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from forum.auth.sign_in import Problem, SignIn, SignInFailed
from forum.models import Identity
from forum.server.openid_settings import OpenIdSettings
from forum.server.public_urls import public_url
from forum.text.names import MAX_NAME_LENGTH
from forum.text.one_line import one_line

log = logging.getLogger(__name__)

ALGORITHMS = ("RS256", "ES256")
"""Of signatures. Never `none`, nor one whose key is the client's secret."""
TIMEOUT_SECONDS = (3.05, 5)
"""To connect, and between two parts of an answer."""
LEEWAY_SECONDS = 60
"""By which the clocks may differ."""
METADATA_SECONDS = 3600
"""After which addresses and keys are read again."""
KEYS_SECONDS = 10
"""Within which the keys are not read a second time, whatever key a token names."""
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
OPTIONAL_ENDPOINTS = ("userinfo_endpoint", "end_session_endpoint")
MAX_SUBJECT_LENGTH = 255
PROBLEMS = {
    "access_denied": Problem.DECLINED,
    "consent_required": Problem.DECLINED,
    "interaction_required": Problem.DECLINED,
    "login_required": Problem.DECLINED,
    "server_error": Problem.AWAY,
    "temporarily_unavailable": Problem.AWAY,
}
"""What the errors mean that a provider sends back with the browser. Any other is a fault of the settings."""
ERROR_CODE = re.compile(r"[a-z_]{1,40}", re.ASCII)
"""An error of the protocol, which may be logged."""


class Untrusted(Exception):
    """An answer of the provider is not what it must be. The message says what is wrong, without any value."""


@dataclass(frozen=True)
class SignedIn:
    """Who came back from the provider."""

    identity: Identity
    is_admitted: bool
    """Whether the settings admit them as a facilitator without an invitation."""
    id_token: str


class Provider:
    """The identity provider, with its addresses and keys as last read."""

    def __init__(self, openid: OpenIdSettings) -> None:
        self._openid = openid
        self._lock = threading.Lock()
        self._last_metadata: dict[str, Any] = {}
        self._metadata_read_at = self._keys_read_at = float("-inf")
        self._keys: KeySet | None = None

    def authorization_url(self, sign_in: SignIn) -> str:
        """Return the address at which the provider asks the person who they are. Raises SignInFailed."""
        with _explained():
            metadata = self.metadata()
            parameters = {"acr_values": " ".join(self._openid.acr_values)} if self._openid.acr_values else {}
            with self._session(metadata) as session:
                url, _state = session.create_authorization_url(
                    metadata["authorization_endpoint"],
                    state=sign_in.state,
                    nonce=sign_in.nonce,
                    code_verifier=sign_in.code_verifier,
                    **parameters,
                )
        return str(url)

    def identify(self, answer: Mapping[str, str], sign_in: SignIn) -> SignedIn:
        """Exchange the code that came back with the browser for the claims of the person. Raises SignInFailed."""
        with _explained():
            metadata = self.metadata()
            self._check_issuer(answer, metadata)
            if "error" in answer:
                log.warning("the identity provider let nobody in: %s", _error_code(answer["error"]))
                raise SignInFailed(PROBLEMS.get(answer["error"], Problem.UNTRUSTED))
            with self._session(metadata) as session:
                token = session.fetch_token(
                    metadata["token_endpoint"],
                    grant_type="authorization_code",
                    code=answer["code"],
                    code_verifier=sign_in.code_verifier if _takes_pkce(metadata) else None,
                )
                claims = self._id_token_claims(token, sign_in.nonce)
                userinfo = self._userinfo(session, metadata, claims["sub"])
            identity = Identity(self._openid.issuer, claims["sub"], _name(claims | userinfo))
            is_admitted = any(map(self._openid.admits, (claims, userinfo)))
            return SignedIn(identity, is_admitted, token["id_token"])

    def end_session_url(self, id_token: str, state: str) -> str:
        """Return the address that signs the browser out at the provider; empty if it has none. Raises SignInFailed."""
        with _explained():
            metadata = self.metadata()
            if "end_session_endpoint" not in metadata:
                return ""
            parameters = [("id_token_hint", id_token), ("state", state)]
            back = [("post_logout_redirect_uri", public_url() + reverse("signed_out"))]
            return str(add_params_to_uri(metadata["end_session_endpoint"], parameters + back))

    def check(self) -> None:
        """Read addresses and keys anew. Raises SignInFailed if a sign-in could not work."""
        self._metadata_read_at = float("-inf")
        with _explained():
            self._current_keys()

    def metadata(self) -> dict[str, Any]:
        """Return what the provider says of itself, read again once an hour."""
        with self._lock:
            if time.monotonic() - self._metadata_read_at > METADATA_SECONDS:
                address = f"{self._openid.issuer.rstrip('/')}/.well-known/openid-configuration"
                self._last_metadata = self._checked(_read(address))
                self._keys = None
                self._metadata_read_at = time.monotonic()
            return self._last_metadata

    def _checked(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """Return the metadata. Raises Untrusted if they are another issuer's, or name an address in the clear."""
        if metadata.get("issuer") != self._openid.issuer:
            raise Untrusted("its metadata name another issuer than OPENID_ISSUER")
        scheme = urlsplit(self._openid.issuer).scheme
        for name in (*ENDPOINTS, *(name for name in OPTIONAL_ENDPOINTS if name in metadata)):
            if urlsplit(metadata[name]).scheme not in ("https", scheme):
                raise Untrusted(f"its {name} is not https")
        return metadata

    def _session(self, metadata: dict[str, Any]) -> OAuth2Session:
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return OAuth2Session(
            self._openid.client_id,
            self._openid.client_secret,
            token_endpoint_auth_method=next(
                (name for name in ("client_secret_basic", "client_secret_post") if name in methods), None
            ),
            scope=self._openid.scopes,
            redirect_uri=public_url() + reverse("come_back"),
            code_challenge_method="S256" if _takes_pkce(metadata) else None,
            default_timeout=TIMEOUT_SECONDS,
            leeway=0,  # a token of ProConnect lives for the minute that Authlib would take off
            max_redirects=0,
        )

    def _check_issuer(self, answer: Mapping[str, str], metadata: dict[str, Any]) -> None:
        """Refuse an answer of another provider (RFC 9207)."""
        is_announced = metadata.get("authorization_response_iss_parameter_supported") is True
        if (is_announced or "iss" in answer) and answer.get("iss") != self._openid.issuer:
            raise Untrusted("another provider sent the browser back")

    def _id_token_claims(self, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        verified = self._verified(str(token["id_token"]))
        options = {name: dict(option, essential=True) for name, option in self._expected().items()}
        if self._openid.acr_values:
            options["acr"] = {"essential": True, "values": list(self._openid.acr_values)}
        parameters = {"nonce": nonce, "client_id": self._openid.client_id, "access_token": token["access_token"]}
        claims = CodeIDToken(verified.claims, verified.header, options, parameters)
        claims.validate(leeway=LEEWAY_SECONDS)
        if not 0 < len(claims["sub"]) <= MAX_SUBJECT_LENGTH:
            raise Untrusted("its subject has no usual length")
        return dict(claims)

    def _userinfo(self, session: OAuth2Session, metadata: dict[str, Any], subject: str) -> dict[str, Any]:
        """Return what else the provider says of this subject; nothing if it has no address for that."""
        if "userinfo_endpoint" not in metadata:
            return {}
        response = session.get(metadata["userinfo_endpoint"])
        response.raise_for_status()
        userinfo = self._userinfo_claims(response)
        if userinfo.get("sub") != subject:
            raise Untrusted("the user info is about somebody else")
        return userinfo

    def _userinfo_claims(self, response: requests.Response) -> dict[str, Any]:
        if response.headers.get("Content-Type", "").partition(";")[0].strip().lower() == "application/jwt":
            claims = self._verified(response.text.strip()).claims
            options = {name: dict(option, essential=True) for name, option in self._expected().items()}
            JWTClaimsRegistry(leeway=LEEWAY_SECONDS, **options).validate(claims)  # type: ignore[arg-type]  # literals
            return claims
        if self._openid.expects_signed_userinfo:
            raise Untrusted("the user info is not signed")
        return dict(response.json())

    def _expected(self) -> dict[str, dict[str, str]]:
        return {"iss": {"value": self._openid.issuer}, "aud": {"value": self._openid.client_id}}

    def _verified(self, token: str) -> jwt.Token:
        """Return a token whose signature is the provider's. The keys are read again when it names an unknown one."""
        registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
        try:
            return jwt.decode(token, self._current_keys(), registry=registry)
        except InvalidKeyIdError:
            return jwt.decode(token, self._current_keys(are_outdated=True), registry=registry)

    def _current_keys(self, *, are_outdated: bool = False) -> KeySet:
        metadata = self.metadata()
        with self._lock:
            is_due = are_outdated and time.monotonic() - self._keys_read_at > KEYS_SECONDS
            if self._keys is None or is_due:
                self._keys_read_at = time.monotonic()
                usable = [key for key in _read(metadata["jwks_uri"])["keys"] if key.get("kty") in ("RSA", "EC")]
                self._keys = KeySet.import_key_set({"keys": usable})
            return self._keys


@lru_cache(maxsize=1)
def _provider_of(openid: OpenIdSettings) -> Provider:
    return Provider(openid)


def provider() -> Provider:
    """Return the provider of the settings, which must have one."""
    return _provider_of(settings.OPENID)


def _read(url: str) -> dict[str, Any]:
    """Return a JSON object of the provider."""
    with requests.Session() as session:
        session.max_redirects = 0
        response = session.get(url, timeout=TIMEOUT_SECONDS)
        response.raise_for_status()
        return dict(response.json())


def _takes_pkce(metadata: dict[str, Any]) -> bool:
    """Say whether the provider announces PKCE. One that does not may refuse the parameter, as ProConnect did."""
    return "S256" in metadata.get("code_challenge_methods_supported", [])


def _name(claims: dict[str, Any]) -> str:
    """Return the name of a person: first and usual name, else the whole name, else what stands for it."""
    texts = {key: one_line(value) for key, value in claims.items() if isinstance(value, str)}
    first, last = texts.get("given_name"), texts.get("usual_name") or texts.get("family_name")
    names = (
        f"{first} {last}" if first and last else "",
        texts.get("name"),
        first or last,
        texts.get("preferred_username"),
        texts.get("email", "").partition("@")[0],
    )
    return next(filter(None, names), "?")[:MAX_NAME_LENGTH].strip()


def _error_code(error: str) -> str:
    return error if ERROR_CODE.fullmatch(error) else "an error without a usual code"


@contextmanager
def _explained() -> Iterator[None]:
    """Turn each failure of the provider into a SignInFailed, and log what an administrator needs, without any value."""
    try:
        yield
    except ClaimError as error:
        is_clock = isinstance(error, ExpiredTokenError) or error.claim in ("iat", "nbf")
        log.warning("an answer of the identity provider was refused: %s (%s)", error.error, error.claim)
        raise SignInFailed(Problem.CLOCK if is_clock else Problem.UNTRUSTED) from None
    except AuthlibBaseError as error:
        log.warning("the identity provider refused: %s", _error_code(str(error.error)))
        raise SignInFailed(Problem.STALE if error.error == "invalid_grant" else Problem.UNTRUSTED) from None
    except (requests.ConnectionError, requests.Timeout, requests.HTTPError) as error:
        log.warning("the identity provider does not answer: %s", type(error).__name__)
        raise SignInFailed(Problem.AWAY) from None
    except Untrusted as error:
        log.warning("an answer of the identity provider was refused: %s", error)
        raise SignInFailed(Problem.UNTRUSTED) from None
    except (JoseError, requests.RequestException, KeyError, TypeError, ValueError, AttributeError) as error:
        log.warning("an answer of the identity provider was refused: %s", type(error).__name__)
        raise SignInFailed(Problem.UNTRUSTED) from None
