"""Undocumented behaviour of pycrdt, and state vectors."""

import pytest
from pycrdt import Doc, Text

from sessions.models.crdt import PANIC, UpdateRefused, read_state_vector, refusing_malformed_data

CONTRADICTORY_UPDATES = tuple(
    map(
        bytes.fromhex,
        (
            "0103070004010866696e64696e6773026865810701038407041120776f726c64c3a9f09f9880206d6f72650107010203",
            "0100070002010866696e64696e677302c975a6ae3e6865810701038407041120776f726c64c3a9f09f9880206d6f72650107010203",
        ),
    )
)
"""Two updates of one client that exclude each other: pycrdt panics at the second one."""


def apply_contradictory_updates() -> None:
    doc: Doc[Text] = Doc()
    doc.get("findings", type=Text)
    for update in CONTRADICTORY_UPDATES:
        doc.apply_update(update)


def test_pycrdt_raises_a_rust_panic_as_a_base_exception_of_this_name() -> None:
    with pytest.raises(BaseException) as raised:  # noqa: PT011 the class cannot be imported
        apply_contradictory_updates()
    assert (type(raised.value).__name__, isinstance(raised.value, Exception)) == (PANIC, False), (
        "pycrdt no longer panics as sessions/models/crdt.py expects. If it raises an Exception now, catch that class "
        "in refusing_malformed_data instead of comparing names; if the panic has another name, change PANIC. Then "
        "raise the upper bound of pycrdt in pyproject.toml."
    )


def test_a_panic_is_a_refusal() -> None:
    with pytest.raises(UpdateRefused), refusing_malformed_data():
        apply_contradictory_updates()


def test_an_interruption_is_not_a_refusal() -> None:
    with pytest.raises(KeyboardInterrupt), refusing_malformed_data():
        raise KeyboardInterrupt


def test_a_state_vector_names_each_client_with_its_clock() -> None:
    doc: Doc[Text] = Doc(client_id=300)
    doc.get("findings", type=Text).insert(0, "abc")
    assert read_state_vector(doc.get_state()) == {300: 3}
    assert read_state_vector(b"\0") == {}
