"""What is logged holds no secret, whoever writes it."""

import logging

import pytest
from django.db import OperationalError
from django.test import RequestFactory

from forum.models.tokens import new_token
from forum.server.log_redaction import WithoutSecrets
from forum.web.middleware import DatabaseAway

SECRET = new_token()


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """The records as the console shows them."""
    return "\n".join(map(WithoutSecrets().format, caplog.records))


@pytest.mark.parametrize("path", ["/facilitator/{}/", "/facilitator/begin/{}/", "/facilitator/{:.41}"])
def test_while_the_database_is_away_no_link_is_logged(caplog: pytest.LogCaptureFixture, path: str) -> None:
    answer = DatabaseAway(lambda request: None).process_exception(  # type: ignore[arg-type, return-value]
        RequestFactory().get(path.format(SECRET)), OperationalError("connection refused")
    )
    told = logged(caplog)
    assert answer is not None
    assert (SECRET[:-2] in told, "/facilitator/" in told) == (False, True)


def test_the_addresses_that_hold_no_secret_are_logged_whole(caplog: pytest.LogCaptureFixture) -> None:
    paths = ["/facilitator/", "/facilitator/new/", "/facilitator/link/", "/H7KQ4MT/topics/12/"]
    for path in paths:
        logging.getLogger("forum").warning("GET %s: away", path)
    assert logged(caplog).splitlines() == [f"GET {path}: away" for path in paths]


def test_a_key_is_logged_nowhere_in_a_traceback_either(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError(f"no device holds {SECRET}")
    except ValueError:
        logging.getLogger("forum").exception("of %s", {"forum_key_1": SECRET})
    told = logged(caplog)
    assert (SECRET in told, told.count("…"), "Traceback" in told) == (False, 2, True)
