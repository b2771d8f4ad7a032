"""Hostile input to every URL and socket: an answer, never a fault.

`python -m tests.fuzz` sends as many inputs as one asks for; the tests here send ten thousand. An input is one hostile
value: a field, a part of a path, a header, a cookie, a file, a body, a frame. A request holds several that do not hide
one another. What is sent depends on the seed alone.
"""

FAMILIES = {"people": 0.4, "facilitators": 0.48, "frames": 0.08, "wire": 0.04}
"""The share of each kind of input: requests of two kinds of people, sockets, bytes on a connection."""
STATES = ("draft", "finished", "empty + sheet")
"""Of the topics in the scene: few, since every board shows them all."""
