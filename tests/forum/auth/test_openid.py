"""Forged answers of an identity provider let nobody in: a hostile provider tells each lie once."""

import base64
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
import time_machine
from django.test import Client
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from pytest_django import Settings

from forum import asgi
from forum.auth import openid
from forum.auth.identity import FACILITATOR_COOKIE
from forum.auth.openid import Provider, Untrusted
from forum.auth.sign_in import SIGN_IN_COOKIE, Problem
from forum.checks import State, network
from forum.models import Account, Facilitator
from forum.server.openid_settings import OpenIdSettings
from tests.conftest import ClientFor
from tests.identity_provider import CLIENT_ID, CLIENT_SECRET, parameters_of
from tests.live_server import running_server
from tests.page_texts import text_of

OUR_KEY = RSAKey.generate_key(2048, {"kid": "ours", "use": "sig"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "ours", "use": "sig"})
CURVE_KEY = ECKey.generate_key("P-256", {"kid": "curve", "use": "sig"})
CODE, ACCESS_TOKEN, SUBJECT, EMAIL = "the-code", "the-access-token", "the-subject", "camille@arras.example"
Claims = dict[str, Any]


@dataclass
class Answers:
    """What the provider answers; a test changes one thing."""

    id_token: Claims = field(default_factory=dict)
    """Claims that differ; None: absent."""
    header: Claims = field(default_factory=dict)
    sign: Callable[[Claims, Claims], str] = lambda header, claims: signed(header, claims)  # noqa: PLW0108 defined below
    userinfo: Claims = field(default_factory=dict)
    sign_userinfo: Callable[[Claims], str | Claims] = dict
    userinfo_type: str = "application/json"
    token: Claims = field(default_factory=dict)
    """Parts of the token response that differ; None: absent."""
    token_status: int = 200
    metadata: Claims = field(default_factory=dict)
    back: Claims = field(default_factory=dict)
    """Parameters that come back with the browser that differ; None: absent."""
    location: str = ""
    """Where the token endpoint redirects to."""


def signed(header: Claims, claims: Claims, key: Any = OUR_KEY) -> str:
    return jwt.encode(header, claims, key, algorithms=["RS256", "ES256", "HS256"])


def without_signature(header: Claims, claims: Claims) -> str:
    parts = [json.dumps(part).encode() for part in (header | {"alg": "none"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


def signed_as_a_secret(header: Claims, claims: Claims) -> str:
    """Sign with the public key as if it were a shared secret, which joserfc refuses to do."""
    body = without_signature({}, claims).split(".")[1]
    text = f"{base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b'=').decode()}.{body}"
    signature = hmac.digest(OUR_KEY.as_pem(False), text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def signed_userinfo(claims: Claims) -> str:
    return signed({"alg": "RS256", "kid": "ours"}, claims)


def changed(whole: Claims, changes: Claims) -> Claims:
    return {name: value for name, value in (whole | changes).items() if value is not None}


class HostileProvider:
    """A provider on loopback that answers as a test says."""

    def __init__(self) -> None:
        self.answers, self.nonce, self.paths = Answers(), "", list[str]()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                assert parse_qs(body)["code"] == [CODE]
                self._answer()

            def _answer(self) -> None:
                provider.paths.append(self.path)
                status, kind, body = provider.answer(self.path)
                content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                if provider.answers.location and self.path == "/token":
                    self.send_header("Location", provider.answers.location)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def answer(self, path: str) -> tuple[int, str, str | Claims]:
        match path:
            case "/.well-known/openid-configuration":
                return 200, "application/json", changed(self._metadata(), self.answers.metadata)
            case "/jwks":
                keys = [key.as_dict(private=False) for key in (OUR_KEY, CURVE_KEY)]
                # Keys that nobody can use here must do no harm, and the shared secret must be no key.
                return (
                    200,
                    "application/json",
                    {"keys": [{"kty": "AKP", "kid": "new"}, *keys, shared_secret().as_dict()]},
                )
            case "/token":
                return self.answers.token_status, "application/json", changed(self._token(), self.answers.token)
            case "/elsewhere":
                return 200, "application/json", self._token()
        claims = changed({**self._claims(), "email": EMAIL, "email_verified": True}, self.answers.userinfo)
        return 200, self.answers.userinfo_type, self.answers.sign_userinfo(claims)

    def _metadata(self) -> Claims:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "userinfo_endpoint": "userinfo"}
        urls = {name: f"{self.issuer}/{path}" for name, path in {**names, "jwks_uri": "jwks"}.items()}
        # It would accept anything.
        algorithms = {"id_token_signing_alg_values_supported": ["none", "HS256", "RS256", "ES256"]}
        return {"issuer": self.issuer, **urls, **algorithms, "authorization_response_iss_parameter_supported": True}

    def _claims(self) -> Claims:
        return {"iss": self.issuer, "aud": CLIENT_ID, "sub": SUBJECT}

    def _token(self) -> Claims:
        now = int(time.time())
        claims = {**self._claims(), "exp": now + 60, "iat": now, "nonce": self.nonce, "acr": "eidas1"}
        id_token = self.answers.sign(
            changed({"alg": "RS256", "kid": "ours"}, self.answers.header), changed(claims, self.answers.id_token)
        )
        return {"access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 60, "id_token": id_token}


def shared_secret() -> OctKey:
    return OctKey.import_key(CLIENT_SECRET, {"kid": "shared"})


@pytest.fixture(scope="module")
def hostile() -> Iterator[HostileProvider]:
    provider = HostileProvider()
    yield provider
    provider.server.shutdown()
    provider.server.server_close()


@pytest.fixture
def configured(hostile: HostileProvider, settings: Settings, db: None) -> OpenIdSettings:
    """The app's settings for the hostile provider."""
    hostile.answers = Answers()
    openid._provider_of.cache_clear()
    settings.PUBLIC_URL = "https://forum.example.org"
    settings.OPENID = configured = OpenIdSettings(
        hostile.issuer, CLIENT_ID, CLIENT_SECRET, "Arras", "openid email", email_domains=frozenset({"arras.example"})
    )
    return configured


def come_back(client: Client, hostile: HostileProvider, **changes: Any) -> Any:
    """Begin a sign-in, and come back from the provider."""
    sent = parameters_of(client.get("/facilitator/openid/").headers["Location"])
    hostile.nonce = sent["nonce"]
    query = changed({"code": CODE, "state": sent["state"], "iss": hostile.issuer}, {**hostile.answers.back, **changes})
    return client.get("/facilitator/openid/back/", query, headers={"accept-language": "en"})


def problem_of(answer: Any) -> Problem | None:
    """Return why nobody was let in; None if somebody was."""
    return None if answer.status_code == 302 else Problem(answer.context["problem"])


def far(seconds: int) -> int:
    return int(time.time()) + seconds


UNTRUSTED, CLOCK, STALE, AWAY, DECLINED = (
    Problem.UNTRUSTED, Problem.CLOCK, Problem.STALE, Problem.AWAY, Problem.DECLINED,
)  # fmt: skip
FORGERIES: dict[str, tuple[Answers, Problem]] = {
    # the token of the person
    "no token": (Answers(token={"id_token": None}), UNTRUSTED),
    "a token that is none": (Answers(token={"id_token": "a.b.c"}), UNTRUSTED),
    "another nonce": (Answers(id_token={"nonce": "n" * 43}), UNTRUSTED),
    "no nonce": (Answers(id_token={"nonce": None}), UNTRUSTED),
    "another issuer": (Answers(id_token={"iss": "https://id.evil.example"}), UNTRUSTED),
    "no issuer": (Answers(id_token={"iss": None}), UNTRUSTED),
    "another client": (Answers(id_token={"aud": "another"}), UNTRUSTED),
    "another client, said to be for us": (Answers(id_token={"aud": "another", "azp": CLIENT_ID}), UNTRUSTED),
    "ours among other clients, for another": (Answers(id_token={"aud": [CLIENT_ID, "b"], "azp": "b"}), UNTRUSTED),
    "ours among other clients, for nobody": (Answers(id_token={"aud": [CLIENT_ID, "b"]}), UNTRUSTED),
    "no client": (Answers(id_token={"aud": None}), UNTRUSTED),
    "no subject": (Answers(id_token={"sub": None}), UNTRUSTED),
    "an empty subject": (Answers(id_token={"sub": ""}), UNTRUSTED),
    "a subject that is a number": (Answers(id_token={"sub": 12}), UNTRUSTED),
    "a long subject": (Answers(id_token={"sub": "s" * 256}), UNTRUSTED),
    "the token of another access": (Answers(id_token={"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}), UNTRUSTED),
    "expired": (Answers(id_token={"exp": far(-61)}), CLOCK),
    "from the future": (Answers(id_token={"iat": far(600)}), CLOCK),
    "not valid yet": (Answers(id_token={"nbf": far(600)}), CLOCK),
    "no end": (Answers(id_token={"exp": None}), UNTRUSTED),
    # its signature
    "no signature": (Answers(sign=without_signature), UNTRUSTED),
    "signed by another key of the same name": (Answers(sign=lambda h, c: signed(h, c, OTHER_KEY)), UNTRUSTED),
    "signed by an unknown key": (Answers(header={"kid": "theirs"}), UNTRUSTED),
    "signed by no key in particular": (Answers(header={"kid": None}), UNTRUSTED),
    "signed with the client’s secret": (
        Answers(header={"alg": "HS256", "kid": "shared"}, sign=lambda h, c: signed(h, c, shared_secret())),
        UNTRUSTED,
    ),
    "signed with the public key as a secret": (
        Answers(header={"alg": "HS256"}, sign=signed_as_a_secret),
        UNTRUSTED,
    ),
    "signed by the key that it brings": (
        Answers(header={"jwk": OTHER_KEY.as_dict(private=False)}, sign=lambda h, c: signed(h, c, OTHER_KEY)),
        UNTRUSTED,
    ),
    "signed by a key of another kind than it says": (
        Answers(header={"kid": "curve"}),
        UNTRUSTED,
    ),
    # what else the provider says
    "user info about somebody else": (Answers(userinfo={"sub": "another"}), UNTRUSTED),
    "user info about nobody": (Answers(userinfo={"sub": None}), UNTRUSTED),
    "user info that is no JSON": (Answers(sign_userinfo=lambda claims: "<html>"), UNTRUSTED),
    # what comes back with the browser
    "sent back by another provider": (Answers(back={"iss": "https://id.evil.example"}), UNTRUSTED),
    "sent back by nobody, though the provider names itself": (Answers(back={"iss": None}), UNTRUSTED),
    "no code": (Answers(back={"code": None}), UNTRUSTED),
    "another state": (Answers(back={"state": "s" * 43}), STALE),
    "no state": (Answers(back={"state": None}), STALE),
    "a state that is no text": (Answers(back={"state": "é\x00"}), STALE),
    "refused there": (Answers(back={"code": None, "error": "access_denied"}), DECLINED),
    "broken there": (Answers(back={"code": None, "error": "server_error"}), AWAY),
    "a fault of the settings": (Answers(back={"code": None, "error": "invalid_scope"}), UNTRUSTED),
    "a fault with a line break": (Answers(back={"code": None, "error": "x\nERROR root"}), UNTRUSTED),
    # the exchange of the code
    "a code that was used": (Answers(token={"error": "invalid_grant"}, token_status=400), STALE),
    "a wrong secret": (Answers(token={"error": "invalid_client"}, token_status=401), UNTRUSTED),
    "a broken provider": (Answers(token_status=500), AWAY),
    "a provider elsewhere": (Answers(token_status=307, location="/elsewhere"), UNTRUSTED),
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_answer_lets_nobody_in_and_leaves_no_secret_in_the_log(
    configured: OpenIdSettings, hostile: HostileProvider, client_for: ClientFor, forgery: str,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    hostile.answers, problem = FORGERIES[forgery]
    client = client_for(None)
    answer = come_back(client, hostile)
    assert (problem_of(answer), FACILITATOR_COOKIE in client.cookies) == (problem, False)
    assert (Facilitator.objects.count(), Account.objects.count()) == (0, 0)
    lines = "\n".join(record.getMessage() for record in caplog.records)
    assert [secret for secret in (CODE, ACCESS_TOKEN, SUBJECT, EMAIL, hostile.nonce, "eyJ") if secret in lines] == []
    assert len(lines.splitlines()) == len(caplog.records)


def test_an_honest_answer_lets_somebody_in(
    configured: OpenIdSettings, hostile: HostileProvider, client_for: ClientFor
) -> None:
    hostile.answers = Answers(id_token={"aud": [CLIENT_ID], "exp": far(-30)}, header={"x5u": "https://id.example/"})
    assert problem_of(come_back(client_for(None), hostile)) is None
    hostile.answers = Answers(header={"alg": "ES256", "kid": "curve"}, sign=lambda h, c: signed(h, c, CURVE_KEY))
    assert problem_of(come_back(client_for(None), hostile)) is None
    assert [facilitator.name for facilitator in Facilitator.objects.all()] == ["camille"]


SIGNED: Claims = {"userinfo_type": "application/jwt"}
FORGED_USERINFO: dict[str, tuple[Answers, Problem | None]] = {
    "as it must be": (Answers(**SIGNED, sign_userinfo=signed_userinfo), None),
    "not signed": (Answers(), UNTRUSTED),
    "said to be signed": (Answers(**SIGNED), UNTRUSTED),
    "no signature": (Answers(**SIGNED, sign_userinfo=lambda c: without_signature({}, c)), UNTRUSTED),
    "signed by another": (
        Answers(**SIGNED, sign_userinfo=lambda c: signed({"alg": "RS256", "kid": "ours"}, c, OTHER_KEY)),
        UNTRUSTED,
    ),
    **{
        f"another {name}": (
            Answers(**SIGNED, userinfo={name: value}, sign_userinfo=signed_userinfo),
            problem,
        )
        for name, value, problem in (
            ("iss", "https://id.evil.example", UNTRUSTED), ("aud", "another", UNTRUSTED), ("sub", "another", UNTRUSTED),
            ("exp", far(-61), CLOCK),
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGED_USERINFO)
def test_user_info_that_must_be_signed_is_believed_when_it_is(
    configured: OpenIdSettings, hostile: HostileProvider, client_for: ClientFor, settings: Settings, forgery: str
) -> None:
    settings.OPENID = replace(configured, expects_signed_userinfo=True)
    hostile.answers, problem = FORGED_USERINFO[forgery]
    assert problem_of(come_back(client_for(None), hostile)) == problem
    assert Facilitator.objects.count() == (problem is None)


@pytest.mark.parametrize(
    ("claims", "is_admitted"),
    [
        ({}, True),
        ({"email_verified": None}, False),
        ({"email_verified": False}, False),
        ({"email_verified": "true"}, False),
        ({"email": "camille@arras.example.evil.example"}, False),
        ({"email": "camille@evil.example, x@arras.example.fr"}, False),
        ({"email": "camille@sub.arras.example"}, False),
        ({"email": "Camille@ARRAS.example"}, True),
        ({"email": "arras.example"}, False),
        ({"email": None, "siret": "13002526500013"}, True),
        ({"email": None, "siret": 13002526500013}, False),
        ({"email": None, "siret": "1300252650001"}, False),
    ],
)
def test_the_settings_admit_by_a_verified_address_or_by_an_organisation(
    configured: OpenIdSettings, hostile: HostileProvider, client_for: ClientFor, settings: Settings, claims: Claims,
    is_admitted: bool,
) -> None:  # fmt: skip
    settings.OPENID = replace(configured, sirets=frozenset({"13002526500013"}))
    hostile.answers = Answers(userinfo=claims)
    assert problem_of(come_back(client_for(None), hostile)) == (None if is_admitted else Problem.NOT_ADMITTED)


def test_a_provider_that_vouches_for_all_addresses_need_not_say_it_of_each(configured: OpenIdSettings) -> None:
    vouching = replace(configured, vouches_for_emails=True)
    claims: list[dict[str, object]] = [{"email": EMAIL}, {"email": EMAIL, "email_verified": False}]
    assert [vouching.admits(each) for each in claims] == [True, False]


def test_a_lower_level_of_authentication_than_required_lets_nobody_in(
    configured: OpenIdSettings, hostile: HostileProvider, client_for: ClientFor, settings: Settings
) -> None:
    settings.OPENID = replace(configured, acr_values=("eidas2", "eidas3"))
    problems = []
    for acr in ("eidas1", None, "eidas3"):
        hostile.answers = Answers(id_token={"acr": acr})
        problems.append(problem_of(come_back(client_for(None), hostile)))
    assert problems == [UNTRUSTED, UNTRUSTED, None]


@pytest.mark.parametrize("cookie", ["", "tampered", "old", "another's"])
def test_a_sign_in_counts_in_its_own_browser_for_ten_minutes(
    configured: OpenIdSettings, hostile: HostileProvider, client_for: ClientFor, cookie: str
) -> None:
    client, other = client_for(None), client_for(None)
    sent = parameters_of(client.get("/facilitator/openid/").headers["Location"])
    other.get("/facilitator/openid/")
    value = client.cookies[SIGN_IN_COOKIE].value
    later = timezone.now().timestamp() + (601 if cookie == "old" else 0)
    if cookie != "old":
        tampered = {"": "", "tampered": f"{'a' if value[0] != 'a' else 'b'}{value[1:]}"}
        client.cookies[SIGN_IN_COOKIE] = tampered.get(cookie, other.cookies[SIGN_IN_COOKIE].value)
    count = len(hostile.paths)
    with time_machine.travel(later):
        query = {"code": CODE, "state": sent["state"], "iss": hostile.issuer}
        assert problem_of(client.get("/facilitator/openid/back/", query)) == STALE
    assert hostile.paths[count:] == []  # the provider is not even asked


def test_a_sign_in_counts_once_even_where_the_provider_takes_its_code_again(
    configured: OpenIdSettings, hostile: HostileProvider, client_for: ClientFor
) -> None:
    client = client_for(None)
    sent = parameters_of(client.get("/facilitator/openid/").headers["Location"])
    cookie, hostile.nonce = client.cookies[SIGN_IN_COOKIE].value, sent["nonce"]
    problems = []
    for _time in range(2):
        client.cookies[SIGN_IN_COOKIE] = cookie
        query = {"code": CODE, "state": sent["state"], "iss": hostile.issuer}
        problems.append(problem_of(client.get("/facilitator/openid/back/", query)))
    assert problems == [None, STALE]


def test_unknown_keys_do_not_make_the_app_ask_for_keys_again_and_again(
    configured: OpenIdSettings, hostile: HostileProvider, client_for: ClientFor
) -> None:
    hostile.answers = Answers(header={"kid": "theirs"})
    count = hostile.paths.count("/jwks")
    for _time in range(3):
        assert problem_of(come_back(client_for(None), hostile)) == UNTRUSTED
    assert hostile.paths.count("/jwks") - count == 1


def test_addresses_and_keys_are_read_again_after_an_hour(
    configured: OpenIdSettings, hostile: HostileProvider, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    come_back(client_for(None), hostile)
    count = len(hostile.paths)
    monkeypatch.setattr(openid, "METADATA_SECONDS", 0)
    come_back(client_for(None), hostile)
    assert {"/.well-known/openid-configuration", "/jwks"} <= set(hostile.paths[count:])


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"issuer": "https://id.evil.example"}, "its metadata name another issuer than OPENID_ISSUER"),
        ({"token_endpoint": "http://id.example/token"}, "its token_endpoint is not https"),
        ({"end_session_endpoint": "javascript:alert(1)"}, "its end_session_endpoint is not https"),
        ({}, ""),
    ],
)
def test_a_provider_names_itself_and_addresses_over_https(metadata: Claims, reason: str) -> None:
    issuer = "https://id.example"
    provider = Provider(OpenIdSettings(issuer, CLIENT_ID, CLIENT_SECRET, "Arras", "openid"))
    usual = {name: f"{issuer}/{name}" for name in openid.ENDPOINTS}
    reasons = ""
    try:
        provider._checked({"issuer": issuer, **usual, **metadata})
    except Untrusted as error:
        reasons = str(error)
    assert reasons == reason


def test_while_the_provider_is_away_the_page_says_so(
    configured: OpenIdSettings, settings: Settings, client_for: ClientFor, camille: Facilitator
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.OPENID = replace(configured, issuer=f"http://127.0.0.1:{closed.getsockname()[1]}")
        answer = client_for(None).get("/facilitator/openid/", headers={"accept-language": "en"})
        assert (answer.status_code, "Arras does not answer" in text_of(answer)) == (503, True)
        # Signing out works all the same, here.
        known = client_for(camille)
        known.cookies["forum_id_token"] = "eyJ"
        assert known.post("/facilitator/sign-out/").headers["Location"] == "/"
        assert "Arras" in text_of(known.get("/"))
        assert camille.devices.count() == 0


def test_doctor_says_whether_the_provider_answers_as_it_must(
    configured: OpenIdSettings, hostile: HostileProvider, settings: Settings
) -> None:
    states = [network.check_identity_provider(None)]
    hostile.answers = Answers(metadata={"jwks_uri": f"{hostile.issuer}/nothing"})
    states.append(network.check_identity_provider(None))
    settings.OPENID = None
    states.append(network.check_identity_provider(None))
    assert [finding and finding.state for finding in states] == [State.GOOD, State.BAD, None]


def test_who_fails_sixty_times_in_a_minute_waits(
    configured: OpenIdSettings, hostile: HostileProvider, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_for(None)
    with time_machine.travel("2026-03-14 09:00:10", tick=False):
        statuses = [client.get("/facilitator/openid/back/").status_code for _time in range(61)]
    assert statuses == [400] * 60 + [429]


@pytest.mark.django_db(transaction=True)
def test_a_slow_provider_holds_no_other_page(
    settings: Settings, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openid, "TIMEOUT_SECONDS", (3, 1))
    with socket.create_server(("127.0.0.1", 0)) as silent, running_server() as url:
        settings.PUBLIC_URL = url
        issuer = f"http://127.0.0.1:{silent.getsockname()[1]}"
        settings.OPENID = OpenIdSettings(issuer, CLIENT_ID, CLIENT_SECRET, "Arras", "openid")
        answers: list[int] = []
        ask = lambda: answers.append(requests.get(f"{url}/facilitator/openid/", timeout=30).status_code)  # noqa: E731
        waiting = [threading.Thread(target=ask) for _time in range(asgi.READERS + 1)]
        for thread in waiting:
            thread.start()
        connection, _address = silent.accept()  # it is asked, and says nothing
        # A form too, of which fewer are answered at once: here, one that is out of date.
        statuses = [requests.get(f"{url}/", timeout=30).status_code, requests.post(f"{url}/", timeout=30).status_code]
        assert (statuses, answers) == ([200, 403], [])
        connection.close()
        for thread in waiting:
            thread.join(30)
        assert answers == [503] * len(waiting)
