"""The messages of co-writing: JSON, with what Yjs encodes in base 64. `js/coediting/` reads them."""

import binascii
from base64 import b64decode, b64encode
from typing import Any

from forum.models import Actor
from forum.text.parsing import parse_json
from sessions.models import Report
from sessions.models.crdt import UpdateRefused
from sessions.models.manuscript import MAX_UPDATE_BYTES, UpdateIncomplete, WriterUpdate

MAX_MESSAGE_BYTES = 2 * MAX_UPDATE_BYTES
"""An update in base 64, and the other keys."""
WireMessage = dict[str, Any]


def to_base64(data: bytes) -> str:
    return b64encode(data).decode()


def from_base64(message: WireMessage, name: str) -> bytes:
    """Return the bytes under a key of a message; none when it lacks the key. Raises UpdateRefused."""
    try:
        return b64decode(message.get(name, ""), validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise UpdateRefused from error


def read_message(text: str | bytes) -> WireMessage:
    """Parse a message. Raises UpdateRefused."""
    try:
        message = parse_json(text, MAX_MESSAGE_BYTES)
    except ValueError as error:
        raise UpdateRefused from error
    if not isinstance(message, dict):
        raise UpdateRefused
    return message


def read_update(message: WireMessage, by: Actor) -> WriterUpdate:
    """Return the update in a message. Raises UpdateRefused."""
    client, clock = message.get("client"), message.get("clock")
    if not (type(client) is int and type(clock) is int):  # not isinstance: a boolean is an int
        raise UpdateRefused
    return WriterUpdate(by, from_base64(message, "update"), client, clock)


def outcome_message(outcome: UpdateRefused | UpdateIncomplete | None, report: Report) -> WireMessage:
    """Return the answer to an update.

    `kept`: it is stored. `vector`: it is not, send all that is missing from this state. `refused`: it never will be.
    """
    match outcome:
        case UpdateIncomplete():
            return {"vector": to_base64(report.manuscript().state_vector)}
        case UpdateRefused():
            return {"refused": True}
        case None:
            return {"kept": True}


def catch_up_message(report: Report, vector: bytes) -> tuple[int, WireMessage]:
    """Return the number of the last stored update, and what a page with this state vector lacks up to it.

    The message holds the server's vector too. Raises UpdateRefused.
    """
    manuscript = report.manuscript()
    message = {"update": to_base64(manuscript.updates_since(vector)), "vector": to_base64(manuscript.state_vector)}
    return manuscript.number, message
