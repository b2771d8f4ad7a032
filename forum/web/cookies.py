"""Set the app's own cookies, all with the same protection."""

from django.conf import settings
from django.http.response import HttpResponseBase

DAY = 24 * 3600
"""Seconds."""
HOST_PREFIX = "__Host-" if settings.BEHIND_HTTPS else ""
"""Begins the name of a cookie that no other site of the same domain may set. Browsers take it over https alone."""


def set_cookie(
    response: HttpResponseBase, name: str, value: str, seconds: int, *, path: str = "/", is_for_scripts: bool = False
) -> None:
    """Set a cookie for this time: over https alone where the app is behind https, and never for other sites."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=path,
        httponly=not is_for_scripts,
        samesite="Lax",
        secure=settings.BEHIND_HTTPS,
    )


def delete_cookie(response: HttpResponseBase, name: str, path: str = "/") -> None:
    response.delete_cookie(name, path=path, samesite="Lax")
