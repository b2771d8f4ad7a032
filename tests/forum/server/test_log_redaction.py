"""The log without secrets and without what people typed: links, keys, codes, quotes, rows; also in tracebacks."""

import logging

import pytest
from django.db import OperationalError
from django.test import RequestFactory

from forum.models.tokens import new_code, new_token
from forum.server.log_redaction import RedactingFormatter, redact
from forum.web.middleware import ServiceUnavailableMiddleware

SECRET = new_token()


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """Return the records as the console shows them."""
    return "\n".join(map(RedactingFormatter().format, caplog.records))


@pytest.mark.parametrize("path", ["/facilitator/{}/", "/facilitator/begin/{}/", "/facilitator/{:.41}"])
def test_while_the_database_is_away_no_link_is_logged(caplog: pytest.LogCaptureFixture, path: str) -> None:
    response = ServiceUnavailableMiddleware(lambda request: None).process_exception(  # type: ignore[arg-type, return-value]
        RequestFactory().get(path.format(SECRET)), OperationalError("connection refused")
    )
    log = logged(caplog)
    assert response is not None
    assert (SECRET[:-2] in log, "/facilitator/" in log) == (False, True)


@pytest.mark.parametrize(
    "line",
    [
        "GET /facilitator/openid/back/?iss=https://id.example&code={}&state=s",
        "GET https://id.example/session/end?id_token_hint={}&state=s",
        "no claims in eyJhbGciOiJSUzI1NiJ9.{}.c2lnbmF0dXJl",
    ],
)
def test_no_code_and_no_token_of_an_identity_provider_is_logged(caplog: pytest.LogCaptureFixture, line: str) -> None:
    logging.getLogger("forum").warning(line.format("short-secret"))
    log = logged(caplog)
    assert ("short-secret" in log, "state=s" in log, log.count("…") >= 1) == (False, False, True)


def test_addresses_lose_their_join_code_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    paths = ["/facilitator/", "/facilitator/new/", "/facilitator/link/", "/H7KQ4MT/topics/12/"]
    for path in paths:
        logging.getLogger("forum").warning("GET %s: away", path)
    assert logged(caplog).splitlines() == [f"GET {path.replace('H7KQ4MT', '…')}: away" for path in paths]


@pytest.mark.parametrize("path", ["/{}/", "/{}", "/{}/?next=/{}/topics/1/", "/f/{}/desk/"])
def test_no_join_code_is_logged(path: str) -> None:
    codes = [new_code() for _time in range(200)]
    logged = redact("\n".join(path.format(code, code) for code in codes))
    assert [code for code in codes if f"/{code}" in logged] == []


def test_a_key_is_not_logged_in_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError(f"no device holds {SECRET}")
    except ValueError:
        logging.getLogger("forum").exception("of %s", {"forum_key_1": SECRET})
    log = logged(caplog)
    assert (SECRET in log, log.count("…"), "Traceback" in log) == (False, 3, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("invalid literal for int(): 'Amina Diallo'", "invalid literal for int(): …"),
        ("relation \"Amina\" is wrong, isn't it, and it's late", "relation … is wrong, isn't it, and it's late"),
        ("write to amina.diallo@example.org now", "write to … now"),
        ("unique\nDETAIL:  Key (name)=(Amina) already exists.\nHINT: none", "unique\nHINT: none"),
        ('  File "/opt/forum/manage.py", line 3, in x', '  File "/opt/forum/manage.py", line 3, in x'),
        ("    row['name'] = 1", "    row['name'] = 1"),
    ],
)
def test_what_an_error_quotes_of_people_is_hidden(text: str, expected: str) -> None:
    assert redact(text) == expected
