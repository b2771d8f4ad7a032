"""Secrets, as they are made."""

import pytest

from forum.models.tokens import new_token


def test_a_secret_is_never_read_as_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["-a", "-b", "c-"])
    monkeypatch.setattr("secrets.token_urlsafe", lambda _length: next(drawn))
    assert new_token() == "c-"
