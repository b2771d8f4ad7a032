"""The log without secrets: links and keys, also in tracebacks."""

import logging

import pytest
from django.db import OperationalError
from django.test import RequestFactory

from forum.models.tokens import new_token
from forum.server.log_redaction import RedactingFormatter
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


def test_addresses_without_a_secret_are_logged_whole(caplog: pytest.LogCaptureFixture) -> None:
    paths = ["/facilitator/", "/facilitator/new/", "/facilitator/link/", "/H7KQ4MT/topics/12/"]
    for path in paths:
        logging.getLogger("forum").warning("GET %s: away", path)
    assert logged(caplog).splitlines() == [f"GET {path}: away" for path in paths]


def test_a_key_is_not_logged_in_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError(f"no device holds {SECRET}")
    except ValueError:
        logging.getLogger("forum").exception("of %s", {"forum_key_1": SECRET})
    log = logged(caplog)
    assert (SECRET in log, log.count("…"), "Traceback" in log) == (False, 2, True)
