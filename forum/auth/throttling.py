"""Limit the guessing of codes: count the wrong ones, and check the count before a code is looked up.

Each process counts by itself: a site of eight web processes lets through eight times as many guesses, which is
nothing beside the 29^6 device codes and 29^7 join codes.
"""

import ipaddress
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from forum.models import Actor

MINUTE = 60
"""Seconds over which wrong codes are counted."""
IN_ALL = 600
"""Wrong codes of one kind in a minute, whoever sends them; then only what is known to be right is answered."""


class TooManyWrongCodes(Exception):
    """Somebody is guessing codes."""


def sender_of(request: HttpRequest) -> str:
    """The address that a request comes from; of IPv6 the network, since each of its computers has millions."""
    address: str = request.META.get("REMOTE_ADDR", "")
    return _network_of(address) if ":" in address else address


@lru_cache(maxsize=4096)
def _network_of(address: str) -> str:
    """IPv4 addresses come in this form too, where a server listens to both."""
    try:
        known = ipaddress.IPv6Address(address)
    except ValueError:  # what a proxy claims
        return address
    return str(known.ipv4_mapped or ipaddress.IPv6Network((known, 64), strict=False))


class WrongCodes:
    """The wrong codes of one kind in the present minute, by sender."""

    def __init__(self, per_sender: int) -> None:
        self._per_sender = per_sender
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        self._minute, self._by_sender, self._in_all = 0, Counter[str](), 0

    def note(self, sender: str, *, was_refused: bool = False) -> None:
        """Count a code that is wrong, or that was refused unseen: then against its sender alone."""
        with self._lock:
            self._turn()
            self._by_sender[sender] += 1
            self._in_all += not was_refused

    def has_too_many_from(self, sender: str) -> bool:
        with self._lock:
            self._turn()
            return self._by_sender[sender] >= self._per_sender

    def has_too_many(self) -> bool:
        with self._lock:
            self._turn()
            return self._in_all >= IN_ALL

    def check(self, sender: str) -> None:
        """Raise TooManyWrongCodes if this sender, or everybody together, has sent too many."""
        if self.has_too_many_from(sender) or self.has_too_many():
            raise TooManyWrongCodes

    def _turn(self) -> None:
        minute = int(time.time() // MINUTE)
        if minute != self._minute:
            self.forget()
            self._minute = minute


class CodesInUse:
    """Join codes that are no secret at an address: people who hold a key of the forum have called from there.

    In a hall that shares one address, whoever scans the wall's code comes in, however many codes a neighbour guesses.
    """

    PEOPLE = 3
    """Participants who must have called from an address, since one may be the one who guesses; or a facilitator."""
    MOST = 20_000
    """Pairs of address and code that are remembered; then all are forgotten, and learnt again."""

    def __init__(self) -> None:
        self._people: dict[tuple[str, str], frozenset[int]] = {}
        self._known: set[tuple[str, str]] = set()

    def forget(self) -> None:
        self._people.clear()
        self._known.clear()

    def note(self, sender: str, code: str, actor: Actor) -> None:
        """Remember that this person, who holds a key of the forum with this code, called from this address."""
        for place in ((sender, code), ("", code)):
            if place in self._known:
                continue
            if len(self._known) + len(self._people) >= self.MOST:
                self.forget()
            people = self._people.pop(place, frozenset()) | {actor.participant.pk if actor.participant else 0}
            if actor.facilitator or len(people) >= self.PEOPLE:
                self._known.add(place)
            else:
                self._people[place] = people

    def has(self, code: str, sender: str = "") -> bool:
        """Whether the code is in use at this address; without one, anywhere."""
        return (sender, code) in self._known


join_codes, device_codes, links = WrongCodes(60), WrongCodes(20), WrongCodes(60)
codes_in_use = CodesInUse()


def may_look_up(code: str, sender: str) -> bool:
    """Whether this join code may be looked up for somebody of whom nothing else is known."""
    if join_codes.has_too_many_from(sender):
        return codes_in_use.has(code, sender)
    return not join_codes.has_too_many() or codes_in_use.has(code)


class GuessingMiddleware:
    """Answer 429 while someone guesses codes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, TooManyWrongCodes):
            return None
        response = render(request, "forum/problem.html", {"slow_down": True}, status=429)
        response.headers["Retry-After"] = str(MINUTE)
        return response
