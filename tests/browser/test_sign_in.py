"""A facilitator signs in by OpenID Connect, in a real browser, at a real provider on another port."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from pytest_django import Settings

from forum.auth import openid
from forum.models import Account, Actor, Facilitator, Forum, Identity, OneTimeCode
from forum.server.openid_settings import OpenIdSettings
from tests.browser.conftest import LAPTOP, PHONE, Open, fr, sign_in
from tests.browser.test_accessible import RULES
from tests.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider, identity_provider


@pytest.fixture
def idp(server: str, settings: Settings) -> Iterator[IdentityProvider]:
    """ProConnect, as the app is configured for it."""
    openid._provider_of.cache_clear()
    with identity_provider("proconnect", server) as provider:
        settings.OPENID, settings.PUBLIC_URL = provider.settings(), server
        yield provider


@pytest.mark.parametrize(("size", "language"), [(PHONE, "fr-FR"), (LAPTOP, "en-GB")], ids=["phone", "laptop"])
def test_axe_finds_nothing_on_the_pages_of_the_sign_in(
    server: str, open_page: Open, camille: Facilitator, forum: Forum, settings: Settings, size: dict[str, int],
    language: str, as_camille: Actor,
) -> None:  # fmt: skip
    settings.OPENID = OpenIdSettings("https://id.example", CLIENT_ID, CLIENT_SECRET, "ProConnect", "openid")
    stranger, known = open_page(size, language), open_page(size, language)
    sign_in(known, server, Account.admit(Identity("https://id.example", "subject", "Théo Masson")))
    invitation = f"/facilitator/begin/{OneTimeCode.invite(forum, as_camille)}/"
    wrong = []
    for page, path in ((stranger, "/"), (stranger, invitation), (known, "/facilitator/")):
        page.goto(f"{server}{path}")
        wrong += [(path, found["id"]) for found in Axe().run(page, options=RULES).response["violations"]]
    assert wrong == []


def answer_as(page: Page, login: str) -> None:
    """Say who one is, on the provider's page."""
    page.get_by_label("Identifiant").fill(login)
    page.get_by_role("button", name="Continuer").click()


def test_a_facilitator_attaches_their_account_signs_in_by_it_and_signs_out_everywhere(
    idp: IdentityProvider, server: str, open_page: Open, camille: Facilitator, forum: Forum
) -> None:
    page = open_page(LAPTOP)
    sign_in(page, server, camille)
    page.goto(f"{server}/facilitator/")
    page.get_by_role("button", name=fr("Attach my account")).click()
    # The policy for forms would have stopped a redirect to the provider.
    answer_as(page, "theo")
    message = fr("The account of {name} is attached: it lets you in from any browser.", name="Théo Masson")
    expect(page.get_by_role("status").first).to_have_text(message)
    assert [account.facilitator for account in Account.objects.all()] == [camille]

    other = open_page(LAPTOP)
    other.goto(f"{server}/")
    other.get_by_role("link", name="ProConnect").click()
    answer_as(other, "theo")
    expect(other).to_have_url(f"{server}/{forum.code}/desk/")
    other.goto(f"{server}/facilitator/")
    other.get_by_role("button", name=fr("Sign out on this browser")).click()
    other.get_by_role("button", name="Yes").click()
    expect(other).to_have_url(f"{server}/")
    expect(other.get_by_role("status").first).to_contain_text("ProConnect")
    # The provider asks again who they are.
    other.get_by_role("link", name="ProConnect").click()
    expect(other.get_by_label("Identifiant")).to_be_visible()
