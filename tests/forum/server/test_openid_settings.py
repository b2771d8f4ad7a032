"""The settings of the sign-in by OpenID Connect, as environment variables."""

import pytest
from environs import Env

from forum.server.openid_settings import OpenIdSettings, read_openid_settings

APP = "https://forum.example.org"
USUAL = {"OPENID_ISSUER": "https://id.example/", "OPENID_CLIENT_ID": "forum", "OPENID_CLIENT_SECRET": "a secret"}


def read(monkeypatch: pytest.MonkeyPatch, public_url: str = APP, **variables: str) -> OpenIdSettings | None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return read_openid_settings(Env(), public_url)


def test_without_an_issuer_it_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, OPENID_CLIENT_ID="forum") is None


def test_what_is_not_said_is_the_usual_and_admits_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, **USUAL) == OpenIdSettings(
        "https://id.example/", "forum", "a secret", "id.example", "openid profile email"
    )


def test_all_of_it_can_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(
        monkeypatch, **USUAL, OPENID_NAME="ProConnect", OPENID_SCOPES="openid siret", OPENID_ACR_VALUES="eidas1 eidas2",
        OPENID_SIGNED_USERINFO="true", OPENID_EMAIL_DOMAINS="Arras.example, @pas-de-calais.example,",
        OPENID_VERIFIED_EMAILS="true", OPENID_SIRETS="130 025 265 00013",
    )  # fmt: skip
    assert settings == OpenIdSettings(
        "https://id.example/", "forum", "a secret", "ProConnect", "openid siret", ("eidas1", "eidas2"), True,
        frozenset({"arras.example", "pas-de-calais.example"}), True, frozenset({"13002526500013"}),
    )  # fmt: skip
    assert "a secret" not in repr(settings)


@pytest.mark.parametrize(
    ("variables", "public_url", "reason"),
    [
        ({"OPENID_ISSUER": "http://id.example"}, APP, "OPENID_ISSUER is not an address that begins with https://"),
        ({"OPENID_ISSUER": "id.example"}, APP, "OPENID_ISSUER is not an address that begins with https://"),
        ({}, "", "OPENID_ISSUER needs PUBLIC_URL, to which the identity provider sends people back"),
        (
            {"OPENID_CLIENT_SECRET": ""},
            APP,
            "OPENID_ISSUER needs OPENID_CLIENT_SECRET, as the identity provider gave them",
        ),
        ({"OPENID_SIRETS": "1"}, APP, "OPENID_SIRETS: 1 is not a number of 14 digits"),
    ],
)
def test_settings_that_cannot_work_end_the_start(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], public_url: str, reason: str
) -> None:
    with pytest.raises(SystemExit) as refusal:
        read(monkeypatch, public_url, **USUAL | variables)
    assert str(refusal.value) == reason
