"""The generation of tokens."""

import pytest

from forum.models.tokens import new_token


def test_a_token_never_begins_with_a_dash_that_a_command_line_would_read_as_an_option(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = iter(["-a", "-b", "c-"])
    monkeypatch.setattr("secrets.token_urlsafe", lambda _length: next(drawn))
    assert new_token() == "c-"
