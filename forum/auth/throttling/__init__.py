"""Limits of how often something is sent: wrong codes, and floods. Counted in the memory of each process.

Eight web processes allow eight times as much.
"""

from forum.auth.throttling.sender import sender_of

__all__ = ["sender_of"]
