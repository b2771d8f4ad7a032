"""Facilitators sign in by OpenID Connect, at a real provider: as ProConnect does, and as a usual one."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from lxml import html
from pytest_django import Settings

from forum.auth import openid
from forum.auth.identity import FACILITATOR_COOKIE
from forum.auth.sign_in import ID_TOKEN_COOKIE, SIGN_IN_COOKIE
from forum.models import Account, Actor, Device, Facilitator, Forum, OneTimeCode
from forum.models.device import ACCOUNT_LIFETIME
from forum.models.verbs import Verb
from tests.conftest import ClientFor
from tests.identity_provider import IdentityProvider, identity_provider, parameters_of
from tests.page_texts import text_of

APP = "https://forum.example.org"
BOTH = pytest.mark.parametrize("idp", ["proconnect", "plain"], indirect=True)
SIGN_IN, BACK = "/facilitator/openid/", "/facilitator/openid/back/"


@pytest.fixture(scope="module")
def proconnect() -> Iterator[IdentityProvider]:
    with identity_provider("proconnect", APP) as provider:
        yield provider


@pytest.fixture(scope="module")
def plain() -> Iterator[IdentityProvider]:
    with identity_provider("plain", APP, algorithm="ES256") as provider:  # signed on an elliptic curve
        yield provider


@pytest.fixture
def idp(request: pytest.FixtureRequest, settings: Settings, db: None) -> IdentityProvider:
    """The provider that the app is configured for: ProConnect, if the test does not say."""
    provider: IdentityProvider = request.getfixturevalue(getattr(request, "param", "proconnect"))
    openid._provider_of.cache_clear()
    settings.OPENID, settings.PUBLIC_URL = provider.settings(), APP
    return provider


class Browser:
    """A browser of one person, at the app and at the provider."""

    def __init__(self, app: Client, idp: IdentityProvider) -> None:
        self.app, self.idp, self.there = app, idp, requests.Session()
        self.app.cookies["django_language"] = "en"

    def sign_in(self, login: str, path: str = SIGN_IN, **query: str) -> str:
        """Sign in, and return the path that the app then redirects to; else the heading of its page."""
        return self.outcome(self.idp.sign_in(self.app.get(path, query).headers["Location"], login, self.there))

    def attach(self, login: str) -> str:
        """Attach an account, and return the outcome."""
        return self.outcome(self.idp.sign_in(link_of(self.app.post(f"{SIGN_IN}attach/")), login, self.there))

    def outcome(self, location: str) -> str:
        assert location.startswith(APP), location
        answer = self.app.get(location.removeprefix(APP))
        return answer.headers.get("Location") or heading_of(answer)


def link_of(answer: object) -> str:
    """Return the address to which a page leads that is on its way to the provider."""
    tree: Any = html.document_fromstring(text_of(answer))
    (button,), (refresh,) = tree.xpath("//main//a/@href"), tree.xpath("//meta[@http-equiv='refresh']/@content")
    assert refresh == f"0; url={button}"
    return str(button)


def heading_of(answer: object) -> str:
    tree: Any = html.document_fromstring(text_of(answer))
    return str(tree.xpath("//h1")[0].text_content())


@pytest.fixture
def browser(idp: IdentityProvider, client_for: ClientFor) -> Browser:
    """The browser of somebody who is not known yet."""
    return Browser(client_for(None), idp)


@BOTH
def test_somebody_whom_the_settings_admit_becomes_a_facilitator(browser: Browser, idp: IdentityProvider) -> None:
    assert browser.sign_in("camille") == "/facilitator/"
    assert browser.app.get("/facilitator/").status_code == 200
    # ProConnect's usual name goes before the family name.
    name = {"proconnect": "Camille Anne Dufour", "plain": "Camille Anne Martin"}[idp.profile]
    assert [(f.name, f.link_fingerprint) for f in Facilitator.objects.all()] == [(name, None)]
    # Whoever is known is the same facilitator again, in another browser too.
    assert Browser(Client(), idp).sign_in("camille") == "/facilitator/"
    assert (Facilitator.objects.count(), Device.objects.count()) == (1, 2)


@BOTH
def test_somebody_whom_the_settings_do_not_admit_is_told_to_ask_for_an_invitation(browser: Browser) -> None:
    login = "salma"
    assert browser.sign_in(login) == "You need an invitation"
    assert (Facilitator.objects.count(), FACILITATOR_COOKIE in browser.app.cookies) == (0, False)


def test_proconnect_gets_the_parameters_that_it_knows_and_no_other(browser: Browser) -> None:
    url = browser.app.get(SIGN_IN).headers["Location"]
    sent = parameters_of(url)
    assert sorted(sent) == ["acr_values", "client_id", "nonce", "redirect_uri", "response_type", "scope", "state"]
    assert (len(sent["state"]), len(sent["nonce"]), sent["state"] != sent["nonce"]) == (43, 43, True)
    assert sent["redirect_uri"] == f"{APP}{BACK}"
    # This very provider refuses one more, as ProConnect does.
    assert requests.get(f"{url}&code_challenge_method=S256", timeout=30).status_code == 400


@pytest.mark.parametrize("idp", ["plain"], indirect=True)
def test_a_provider_that_announces_pkce_gets_it(browser: Browser) -> None:
    sent = parameters_of(browser.app.get(SIGN_IN).headers["Location"])
    assert (sent["code_challenge_method"], len(sent["code_challenge"])) == ("S256", 43)
    assert browser.sign_in("camille") == "/facilitator/"


def test_a_facilitator_attaches_their_account_and_detaches_it(
    browser: Browser, idp: IdentityProvider, camille: Facilitator, forum: Forum, client_for: ClientFor
) -> None:
    by_link = Browser(client_for(camille), idp)
    assert by_link.attach("theo") == "/facilitator/"
    assert "The account of Théo Masson is attached" in text_of(by_link.app.get("/facilitator/"))
    assert browser.sign_in("theo") == f"/{forum.code}/desk/"  # whom the settings would not admit
    page = text_of(by_link.app.get(f"/{forum.code}/desk/facilitators/"))
    assert page.count("by account") == 1

    by_link.app.post(f"{SIGN_IN}detach/")
    assert (browser.app.get("/facilitator/").status_code, by_link.app.get("/facilitator/").status_code) == (403, 200)
    assert browser.sign_in("theo") == "You need an invitation"
    assert [entry.verb for entry in forum.journal.order_by("revision")] == [
        Verb.ATTACHED_ACCOUNT,
        Verb.DETACHED_ACCOUNT,
    ]
    assert forum.journal.latest("revision").invalidated == [f"rights-facilitator-{camille.pk}"]


def test_an_account_is_attached_to_one_facilitator_only(
    browser: Browser, idp: IdentityProvider, camille: Facilitator, forum: Forum, client_for: ClientFor
) -> None:
    by_link = Browser(client_for(camille), idp)
    rival = Facilitator.create("Rivale")[0]
    forum.facilitators.add(rival)
    assert by_link.attach("theo") == "/facilitator/"
    assert Browser(client_for(rival), idp).attach("theo") == "This account is already in use"
    assert by_link.attach("salma") == "This account is already in use"
    assert [account.facilitator for account in Account.objects.all()] == [camille]


def test_who_signed_in_before_they_opened_their_link_is_one_facilitator_in_the_end(
    browser: Browser, idp: IdentityProvider, camille: Facilitator, forum: Forum, client_for: ClientFor
) -> None:
    browser.sign_in("camille")
    assert Facilitator.objects.count() == 2
    assert Browser(client_for(camille), idp).attach("camille") == "/facilitator/"
    assert list(Facilitator.objects.all()) == [camille]
    assert Browser(client_for(None), idp).sign_in("camille") == f"/{forum.code}/desk/"


def test_only_the_browser_that_asked_for_it_attaches_an_account(
    idp: IdentityProvider, camille: Facilitator, client_for: ClientFor
) -> None:
    browser = Browser(client_for(camille), idp)
    location = idp.sign_in(link_of(browser.app.post(f"{SIGN_IN}attach/")), "theo")
    browser.app.cookies[FACILITATOR_COOKIE] = Device.issue(Facilitator.create("Rivale")[0])
    assert browser.outcome(location) == "Begin again"
    assert Account.objects.count() == 0
    assert client_for(None).post(f"{SIGN_IN}attach/").status_code == 403
    assert client_for(None).post(f"{SIGN_IN}detach/").status_code == 403


def test_an_invitation_opened_by_somebody_signed_in_adds_its_forum_to_theirs(
    browser: Browser, forum: Forum, as_camille: Actor
) -> None:
    path = f"/facilitator/begin/{OneTimeCode.invite(forum, as_camille)}/"
    page: Any = html.document_fromstring(text_of(browser.app.get(path)))
    (link,) = page.xpath("//section//a/@href")
    assert browser.sign_in("camille", link) == path
    assert browser.app.post(path).headers["Location"] == f"/{forum.code}/desk/"
    assert [f.name for f in forum.facilitators.all()] == ["Camille Dufour", "Camille Anne Dufour"]


@pytest.mark.parametrize(
    "path",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "evil", "/" + "a" * 300],
)
def test_signing_in_leads_to_no_other_site(browser: Browser, path: str) -> None:
    assert browser.sign_in("camille", next=path) == "/facilitator/"


def test_without_a_link_an_account_is_not_detached_and_a_first_link_ends_nothing(
    browser: Browser, idp: IdentityProvider
) -> None:
    browser.sign_in("camille")
    other = Browser(Client(), idp)
    other.sign_in("camille")
    browser.app.post(f"{SIGN_IN}detach/")
    assert "Get a personal link first" in text_of(browser.app.get("/facilitator/"))
    page = text_of(browser.app.post("/facilitator/link/"))
    assert ("opens nothing any more" in page, "personal-link" in page) == (False, True)
    assert [b.app.get("/facilitator/").status_code for b in (browser, other)] == [200, 200]

    browser.app.post(f"{SIGN_IN}detach/")  # now there is a link
    assert [b.app.get("/facilitator/").status_code for b in (browser, other)] == [200, 403]
    assert Account.objects.count() == 0


def test_changing_a_link_detaches_the_account_that_a_thief_of_it_attached(
    idp: IdentityProvider, camille: Facilitator, forum: Forum, client_for: ClientFor
) -> None:
    owner, thief = Browser(client_for(camille), idp), Browser(client_for(camille), idp)
    thief.attach("theo")
    again = Browser(client_for(None), idp)
    again.sign_in("theo")
    assert "Your account was detached too" in text_of(owner.app.post("/facilitator/link/"))
    assert [b.app.get(f"/{forum.code}/desk/").status_code for b in (owner, thief, again)] == [200, 403, 403]
    assert again.sign_in("theo") == "You need an invitation"
    # Whoever came by their account keeps it.
    owner.attach("camille")
    by_account = Browser(client_for(None), idp)
    by_account.sign_in("camille")
    assert "detached" not in text_of(by_account.app.post("/facilitator/link/"))
    assert Account.objects.count() == 1
    # On the server, where nobody is signed in, nothing stays.
    call_command("facilitator", name="Camille Dufour")
    assert (Account.objects.count(), Device.objects.count()) == (0, 0)


def test_who_is_removed_from_their_only_forum_comes_back_as_somebody_new(
    browser: Browser, forum: Forum, as_camille: Actor
) -> None:
    browser.sign_in("camille")
    person = Facilitator.objects.get(name="Camille Anne Dufour")
    forum.facilitators.add(person)
    assert browser.app.get(f"/{forum.code}/desk/").status_code == 200
    person.remove_from(forum, as_camille)
    assert browser.app.get(f"/{forum.code}/desk/").status_code == 403
    assert browser.sign_in("camille") == "/facilitator/"
    assert (browser.app.get(f"/{forum.code}/desk/").status_code, Facilitator.objects.count()) == (302, 3)


def test_a_device_that_came_by_an_account_is_ended_as_any_other_and_ends_by_itself(
    browser: Browser, idp: IdentityProvider, camille: Facilitator, forum: Forum, client_for: ClientFor
) -> None:
    by_link = Browser(client_for(camille), idp)
    by_link.attach("theo")
    browser.sign_in("theo")
    device = camille.devices.get(came_by_account=True)
    by_link.app.post(f"/{forum.code}/desk/facilitators/devices/{device.pk}/end/")
    assert browser.app.get(f"/{forum.code}/desk/").status_code == 403
    browser.sign_in("theo")
    assert browser.app.get(f"/{forum.code}/desk/").status_code == 200
    with time_machine.travel(timezone.now() + ACCOUNT_LIFETIME + timedelta(seconds=1)):
        page = text_of(browser.app.get(f"/{forum.code}/desk/"))
        assert f"{SIGN_IN}?next=%2F{forum.code}%2Fdesk%2F" in page  # asked to sign in, not to join
        assert "by account" not in text_of(by_link.app.get(f"/{forum.code}/desk/facilitators/"))
        assert by_link.app.get(f"/{forum.code}/desk/").status_code == 200
        Device.delete_unused()
        assert [device.came_by_account for device in camille.devices.all()] == [False]


@BOTH
def test_signing_out_of_the_app_signs_out_at_the_provider_too(browser: Browser, idp: IdentityProvider) -> None:
    browser.sign_in("camille")
    answer = browser.app.post("/facilitator/sign-out/")
    url = link_of(answer)
    assert sorted(parameters_of(url)) == ["id_token_hint", "post_logout_redirect_uri", "state"]
    assert (len(parameters_of(url)["state"]), browser.app.get("/facilitator/").status_code) == (43, 403)
    assert [answer.cookies[name]["max-age"] for name in (FACILITATOR_COOKIE, ID_TOKEN_COOKIE)] == [0, 0]
    back = idp.sign_out(url, browser.there)
    assert browser.outcome(back) == "/"
    assert f"signed out, here and at {idp.settings().name}" in text_of(browser.app.get("/"))
    assert browser.outcome(back) == "/"
    assert "signed out" not in text_of(browser.app.get("/"))  # once
    # The provider asks again who they are.
    assert "/interaction/" in requests.get(browser.app.get(SIGN_IN).headers["Location"], timeout=30).url


def test_the_token_of_the_provider_is_sent_nowhere_but_to_the_sign_out(browser: Browser) -> None:
    url = browser.app.get(SIGN_IN).headers["Location"]
    kept = browser.app.cookies[SIGN_IN_COOKIE]
    assert (kept["httponly"], kept["samesite"], kept["max-age"]) == (True, "Lax", 600)
    browser.outcome(browser.idp.sign_in(url, "camille", browser.there))
    token, device = browser.app.cookies[ID_TOKEN_COOKIE], browser.app.cookies[FACILITATOR_COOKIE]
    assert (token["path"], token["httponly"], token["samesite"]) == ("/facilitator/sign-out/", True, "Lax")
    assert (device["path"], device["httponly"], browser.app.cookies[SIGN_IN_COOKIE].value) == ("/", True, "")


def test_who_gives_up_at_the_provider_reads_so(browser: Browser) -> None:
    assert browser.sign_in("") == "You are not signed in"
    location = browser.idp.sign_in(browser.app.get(SIGN_IN).headers["Location"], "")
    answer = browser.app.get(location.removeprefix(APP))
    assert (answer.status_code, "ProConnect did not let you in" in text_of(answer)) == (403, True)


@BOTH
def test_a_code_is_taken_once_and_in_the_browser_that_asked_for_it(browser: Browser, idp: IdentityProvider) -> None:
    url = browser.app.get(SIGN_IN).headers["Location"]
    location = idp.sign_in(url, "camille")
    assert Browser(Client(), idp).outcome(location) == "Begin again"
    cookie = browser.app.cookies[SIGN_IN_COOKIE].value
    assert browser.outcome(location) == "/facilitator/"
    assert browser.outcome(location) == "Begin again"
    browser.app.cookies[SIGN_IN_COOKIE] = cookie  # also for who has kept the cookie
    assert browser.outcome(location) == "Begin again"
    assert (Facilitator.objects.count(), Device.objects.count()) == (1, 1)


def test_new_keys_of_the_provider_are_read_once_they_sign(
    browser: Browser, idp: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert browser.sign_in("camille") == "/facilitator/"
    before = idp.requests().count("GET /jwks")
    monkeypatch.setattr(openid, "KEYS_SECONDS", 0)
    idp.rotate_keys()
    other = Browser(Client(), idp)
    assert other.sign_in("camille") == "/facilitator/"
    assert Browser(Client(), idp).sign_in("camille") == "/facilitator/"
    assert idp.requests().count("GET /jwks") == before + 1


def test_the_way_of_proconnect_takes_four_requests_and_later_two(browser: Browser, idp: IdentityProvider) -> None:
    count = len(idp.requests())
    for login in ("camille", "camille"):
        assert Browser(Client(), idp).sign_in(login) == "/facilitator/"
    ours = [line for line in idp.requests()[count:] if not line.startswith("GET /authorize")]
    assert ours == [
        "GET /.well-known/openid-configuration", "POST /token", "GET /jwks", "GET /userinfo",
        "POST /token", "GET /userinfo",
    ]  # fmt: skip


def test_a_level_of_authentication_that_is_required_is_that_of_the_token(
    browser: Browser, idp: IdentityProvider, settings: Settings
) -> None:
    settings.OPENID = idp.settings(acr_values=("eidas2",))
    assert browser.sign_in("camille") == "/facilitator/"
    url = Browser(Client(), idp).app.get(SIGN_IN).headers["Location"]
    assert parameters_of(url)["acr_values"] == "eidas2"


def test_nothing_of_it_is_in_the_log(browser: Browser, idp: IdentityProvider, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        url = browser.app.get(SIGN_IN).headers["Location"]
        location = idp.sign_in(url, "camille", browser.there)
        browser.outcome(location)
        browser.outcome(location)
        browser.sign_in("salma")
        browser.app.post("/facilitator/sign-out/")
    ours = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("urllib3"))
    sent = parameters_of(location)
    secrets = [sent["code"], sent["state"], parameters_of(url)["nonce"], "subject-of", "@", "eyJ", "Camille"]
    assert [secret for secret in secrets if secret in ours] == []


def test_without_a_provider_there_is_nothing_of_it(db: None, camille: Facilitator, client_for: ClientFor) -> None:
    known, stranger = client_for(camille), client_for(None)
    paths = (SIGN_IN, BACK, f"{SIGN_IN}signed-out/")
    assert [stranger.get(path).status_code for path in paths] == [404, 404, 404]
    assert [known.post(f"{SIGN_IN}{path}/").status_code for path in ("attach", "detach")] == [404, 404]
    pages = [text_of(known.get("/facilitator/")), text_of(stranger.get("/")), text_of(stranger.get("/facilitator/"))]
    assert [page for page in pages if "openid" in page] == []


def test_pages_offer_the_sign_in_by_the_name_of_the_provider(idp: IdentityProvider, client_for: ClientFor) -> None:
    stranger = client_for(None)
    stranger.cookies["django_language"] = "en"
    pages = [text_of(stranger.get(path)) for path in ("/", "/facilitator/")]
    assert [page.count("Sign in with ProConnect") for page in pages] == [1, 1]
    assert urlsplit(stranger.get(SIGN_IN).headers["Location"]).path == "/api/v2/authorize"
