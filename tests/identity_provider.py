"""A real identity provider on loopback: the npm package `oidc-provider`, which is certified for OpenID Connect."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from lxml import html

from forum.server.openid_settings import OpenIdSettings
from tests.services import ROOT

CLIENT_ID, CLIENT_SECRET = "forum-ouvert", "a secret that is long enough for the provider"
SCRIPT = ROOT / "tests" / "js" / "identity_provider.js"
PROFILES: dict[str, dict[str, Any]] = {
    "proconnect": {
        "name": "ProConnect",
        "scopes": "openid given_name usual_name email siret uid",
        "acr_values": ("eidas1",),
        "expects_signed_userinfo": True,
        "sirets": frozenset({"13002526500013"}),
    },
    "plain": {
        "name": "Arras",
        "scopes": "openid profile email",
        "email_domains": frozenset({"arras.example"}),
    },
}


class IdentityProvider:
    """A provider that runs, and what a person does on its pages."""

    def __init__(self, issuer: str, profile: str) -> None:
        self.issuer, self.profile = issuer, profile

    def settings(self, **changes: Any) -> OpenIdSettings:
        """Return the app's settings for this provider."""
        usual = {"issuer": self.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        return OpenIdSettings(**usual | PROFILES[self.profile] | changes)

    def sign_in(self, url: str, login: str, session: requests.Session | None = None) -> str:
        """Sign somebody in at an authorization URL; empty: they give up. Return where the browser is sent then."""
        browser = session or requests.Session()
        page = browser.get(url, timeout=30, allow_redirects=False)
        while page.is_redirect and page.headers["Location"].startswith(("/", self.issuer)):
            page = browser.get(urljoin(page.url, page.headers["Location"]), timeout=30, allow_redirects=False)
        if page.is_redirect:  # still signed in there
            return page.headers["Location"]
        assert page.status_code == 200, page.text
        form = {"login": login} if login else {"abort": "yes"}
        page = browser.post(page.url, data=form, timeout=30, allow_redirects=False)
        page = browser.get(page.headers["Location"], timeout=30, allow_redirects=False)
        return page.headers["Location"]

    def sign_out(self, url: str, session: requests.Session) -> str:
        """Confirm a sign-out at an end-session URL, and return where the browser is sent then."""
        page: Any = html.document_fromstring(session.get(url, timeout=30).text)
        form = page.forms[0]
        data = dict(form.form_values()) | {"logout": "yes"}
        return session.post(form.action, data=data, timeout=30, allow_redirects=False).headers["Location"]

    def rotate_keys(self) -> None:
        requests.post(f"{self.issuer}/test/rotate", timeout=30).raise_for_status()

    def requests(self) -> list[str]:
        """Return the method, the path and the names of the parameters of each request so far."""
        answer: list[str] = requests.get(f"{self.issuer}/test/log", timeout=30).json()
        return answer


@contextmanager
def identity_provider(profile: str, app: str, **options: Any) -> Iterator[IdentityProvider]:
    """Start a provider that sends people back to the app with this root URL."""
    if not (ROOT / "node_modules" / "oidc-provider").exists():
        reason = "Node.js or its packages are missing: apt-get install nodejs npm, then bin/setup tests"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    client = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uris": [f"{app}/facilitator/openid/back/"],
        "post_logout_redirect_uris": [f"{app}/facilitator/openid/signed-out/"],
    }
    command = ["node", str(SCRIPT), json.dumps({"profile": profile, "clients": [client], **options})]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT)
    assert process.stdout is not None
    try:
        issuer = next((line.strip() for line in process.stdout if line.startswith("http")), "")
        assert issuer, "the provider did not start"
        yield IdentityProvider(issuer, profile)
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


def parameters_of(url: str) -> dict[str, str]:
    """Return the parameters of an address, each of which comes once."""
    return {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
