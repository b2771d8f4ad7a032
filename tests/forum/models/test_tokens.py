"""The generation of codes and tokens."""

import pytest

from forum.models.tokens import ALPHABET, fingerprint, new_code, new_token, normalise_code


def test_a_code_for_the_wall_has_seven_of_29_signs_that_nobody_mixes_up() -> None:
    assert len(new_code()) == 7
    assert len(set(ALPHABET)) == 29
    assert not set(ALPHABET) & set("ILO01BS")
    assert set(new_code(200)) <= set(ALPHABET)
    assert new_code(200) != new_code(200)


@pytest.mark.parametrize("typed", ["h7kq4mt", "H7K-Q4MT", " H7K Q4MT\n"])
def test_a_code_may_be_typed_with_spaces_and_dashes_in_small_letters(typed: str) -> None:
    assert normalise_code(typed) == "H7KQ4MT"


def test_a_token_holds_256_random_bits() -> None:
    assert len(new_token()) == 43
    assert new_token() != new_token()


def test_a_token_never_begins_with_a_dash_that_a_command_line_would_read_as_an_option(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = iter(["-a", "-b", "c-"])
    monkeypatch.setattr("secrets.token_urlsafe", lambda _length: next(drawn))
    assert new_token() == "c-"


def test_what_is_stored_of_a_secret_is_its_sha_256() -> None:
    assert fingerprint("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
