"""The messages of co-writing: JSON, with what Yjs encodes in base 64."""

import binascii
from base64 import b64decode, b64encode
from typing import Any

from forum.models import Actor
from forum.text.parsing import read_json
from sessions.models import Report
from sessions.models.crdt import UpdateRefused
from sessions.models.manuscript import MAX_UPDATE_BYTES, UpdateIncomplete, WriterUpdate

LONGEST_MESSAGE = 2 * MAX_UPDATE_BYTES
"""Bytes of a message: an update in base 64, and what is said with it."""
Said = dict[str, Any]
"""A message, as it goes over the wire: JSON, what Yjs encodes in base 64."""


def pack(data: bytes) -> str:
    return b64encode(data).decode()


def unpack(said: Said, name: str) -> bytes:
    """Raises Refused."""
    try:
        return b64decode(said.get(name, ""), validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise UpdateRefused from error


def read(text: str | bytes) -> Said:
    """Raises Refused."""
    try:
        said = read_json(text, LONGEST_MESSAGE)
    except ValueError as error:
        raise UpdateRefused from error
    if not isinstance(said, dict):
        raise UpdateRefused
    return said


def sent_by(actor: Actor, said: Said) -> WriterUpdate:
    """Raises Refused."""
    client, clock = said.get("client"), said.get("clock")
    if not (type(client) is int and type(clock) is int):  # true and false are numbers too
        raise UpdateRefused
    return WriterUpdate(actor, unpack(said, "update"), client, clock)


def answer_to(outcome: UpdateRefused | UpdateIncomplete | None, report: Report) -> Said:
    """`kept`: it is on the disk. `vector`: it is not, send all that we lack. `refused`: it never will be."""
    match outcome:
        case UpdateIncomplete():
            return {"vector": pack(report.manuscript().state_vector)}
        case UpdateRefused():
            return {"refused": True}
        case None:
            return {"kept": True}


def greeting(report: Report, vector: bytes) -> tuple[int, Said]:
    """What somebody lacks who has this much, and what we have; the number of the row up to which that goes."""
    manuscript = report.manuscript()
    return manuscript.number, {
        "update": pack(manuscript.updates_since(vector)),
        "vector": pack(manuscript.state_vector),
    }
