"""The settings of the sign-in by OpenID Connect, which is off without an issuer."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from environs import Env

LOOPBACK = ("localhost", "127.0.0.1", "::1")
SIRET_DIGITS = 14


@dataclass(frozen=True)
class OpenIdSettings:
    """The identity provider, and who may come from it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    """The provider's name on the pages, such as ProConnect."""
    scopes: str
    acr_values: tuple[str, ...] = ()
    """Levels of authentication, of which one is required; without any, the provider chooses."""
    expects_signed_userinfo: bool = False
    email_domains: frozenset[str] = frozenset()
    vouches_for_emails: bool = False
    """Whether the provider's e-mail addresses are verified, although it does not say so of each."""
    sirets: frozenset[str] = frozenset()

    def admits(self, claims: dict[str, object]) -> bool:
        """Say whether somebody with these claims may become a facilitator without an invitation."""
        email, siret = claims.get("email"), claims.get("siret")
        if isinstance(siret, str) and siret in self.sirets:
            return True
        is_verified = claims.get("email_verified", self.vouches_for_emails) is True
        name, _at, domain = email.rpartition("@") if isinstance(email, str) else ("", "", "")
        return is_verified and bool(name) and domain.lower() in self.email_domains


def read_openid_settings(env: Env, public_url: str) -> OpenIdSettings | None:
    """Return the settings of the environment; None without an issuer. Ends the process where they cannot work."""
    issuer = env.str("OPENID_ISSUER", "")
    if not issuer:
        return None
    address = urlsplit(issuer)
    if address.scheme != "https" and not (address.scheme == "http" and address.hostname in LOOPBACK):
        raise SystemExit("OPENID_ISSUER is not an address that begins with https://")
    if not public_url:
        raise SystemExit("OPENID_ISSUER needs PUBLIC_URL, to which the identity provider sends people back")
    missing = [name for name in ("OPENID_CLIENT_ID", "OPENID_CLIENT_SECRET") if not env.str(name, "")]
    if missing:
        raise SystemExit(f"OPENID_ISSUER needs {' and '.join(missing)}, as the identity provider gave them")
    sirets = frozenset("".join(siret.split()) for siret in _names(env, "OPENID_SIRETS"))
    if wrong := [siret for siret in sirets if not (siret.isdecimal() and len(siret) == SIRET_DIGITS)]:
        raise SystemExit(f"OPENID_SIRETS: {wrong[0]} is not a number of {SIRET_DIGITS} digits")
    return OpenIdSettings(
        issuer=issuer,
        client_id=env.str("OPENID_CLIENT_ID"),
        client_secret=env.str("OPENID_CLIENT_SECRET"),
        name=env.str("OPENID_NAME", "") or str(address.hostname),
        scopes=env.str("OPENID_SCOPES", "openid profile email"),
        acr_values=tuple(env.str("OPENID_ACR_VALUES", "").split()),
        expects_signed_userinfo=env.bool("OPENID_SIGNED_USERINFO", False),
        email_domains=frozenset(name.lower().lstrip("@") for name in _names(env, "OPENID_EMAIL_DOMAINS")),
        vouches_for_emails=env.bool("OPENID_VERIFIED_EMAILS", False),
        sirets=sirets,
    )


def _names(env: Env, variable: str) -> list[str]:
    """Return the parts of a variable, which are separated by commas."""
    return [part.strip() for part in env.str(variable, "").split(",") if part.strip()]
