"""Behind https: cookies that come back over https alone, and what Django's own check of a deployment finds."""

import contextlib
import http.client
import os
import subprocess
from email.message import Message
from http.cookies import SimpleCookie

import pytest
from django.conf import settings

from tests.served_app import MANAGE, Start, data, start
from tests.services import environment_for

__all__ = ["data", "start"]

HOST = "forum.example.org"
PHONE = {"Host": HOST, "X-Forwarded-Proto": "https", "Referer": f"https://{HOST}/"}


@pytest.mark.parametrize("size", [{}, {"PUBLIC_URL": f"https://{HOST}", "TRUST_PROXY": "true"}], ids=["laptop", HOST])
def test_the_check_of_a_deployment_finds_nothing_that_is_not_explained(start: Start, size: dict[str, str]) -> None:
    app = start(**size).until_ready()
    result = subprocess.run(
        [*MANAGE, "check", "--deploy", "--fail-level", "INFO"],
        env=os.environ | environment_for(app.data) | size, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, "")
    assert list(settings.UNHEEDED_CHECKS) == settings.SILENCED_SYSTEM_CHECKS
    assert all(settings.UNHEEDED_CHECKS.values())


def test_behind_https_every_cookie_comes_back_over_https_alone(start: Start) -> None:
    app = start("--demo", PUBLIC_URL=f"https://{HOST}", TRUST_PROXY="true").until_ready()
    link = next(line for line in app.text.splitlines() if "/facilitator/" in line).rsplit("/", 2)[1]
    code = app.text.split("Code: ")[1][:7]
    cookies: SimpleCookie = SimpleCookie()

    def send(method: str, path: str, form: str = "") -> Message:
        sent = PHONE | {"Cookie": "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items())}
        if form:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            form += f"&csrfmiddlewaretoken={cookies['csrftoken'].value}"
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", app.port, timeout=20)) as connection:
            connection.request(method, path, form, sent)
            response = connection.getresponse()
            assert response.status in (200, 302), path
            for line in response.headers.get_all("Set-Cookie", []):
                cookies.load(line)
            return response.headers

    for path in (f"/facilitator/{link}/", f"/{code}/desk/", f"/{code}/wall/?look=light", f"/{code}/hello/"):
        send("GET", path)
    send("POST", "/language/", "language=en")
    send("POST", f"/{code}/join/", "name=Nadia&appearance=full&key=once")
    answer = send("POST", f"/{code}/me/", "name=Nadia&appearance=first&key=twice")  # and leaves a message
    assert answer["Strict-Transport-Security"] == "max-age=31536000"
    assert set(cookies) == {
        "__Host-forum_facilitator", "__Host-forum_key_1", "csrftoken", "django_language", "forum_hello", "kept",
        "messages", "wall_look",
    }  # fmt: skip
    assert [name for name, cookie in cookies.items() if not cookie["secure"] or cookie["samesite"] != "Lax"] == []
    assert {name for name, cookie in cookies.items() if not cookie["httponly"]} == {"kept"}  # for js/drafts
