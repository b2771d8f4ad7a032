"""Limit the guessing of codes: count wrong ones, and check the count before a code is looked up.

Each process counts by itself. Eight web processes allow eight times as many guesses, which is nothing beside the 29^6
device codes and 29^7 join codes.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from forum import metrics
from forum.models import Actor

PERIOD_SECONDS = 60
"""Over which wrong codes are counted."""
MAX_IN_ALL = 600
"""Wrong codes of one kind in a period, from all senders; beyond it only codes that are in use are looked up."""


class TooManyWrongCodes(Exception):
    """The sender, or all senders together, sent too many wrong codes to be answered."""


class WrongCodes:
    """Counts the wrong codes of one kind in the present period, by sender and in all."""

    def __init__(self, most_per_sender: int) -> None:
        self._most_per_sender = most_per_sender
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        self._period, self._by_sender, self._in_all = 0, Counter[str](), 0

    def note(self, sender: str, *, was_refused: bool = False) -> None:
        """Count a wrong code. One that was refused without a look-up counts against its sender alone."""
        with self._lock:
            self._begin_period()
            self._by_sender[sender] += 1
            self._in_all += not was_refused

    def has_too_many_from(self, sender: str) -> bool:
        with self._lock:
            self._begin_period()
            return self._by_sender[sender] >= self._most_per_sender

    def has_too_many(self) -> bool:
        with self._lock:
            self._begin_period()
            return self._in_all >= MAX_IN_ALL

    def check(self, sender: str) -> None:
        """Raise TooManyWrongCodes if this sender, or all together, have sent too many."""
        if self.has_too_many_from(sender) or self.has_too_many():
            raise TooManyWrongCodes

    def _begin_period(self) -> None:
        period = int(time.time() // PERIOD_SECONDS)
        if period != self._period:
            self.forget()
            self._period = period


class CodesInUse:
    """Join codes that are no secret at an address: holders of a token of the forum have called from there.

    In a venue behind one address, the code on the wall still lets people in while a neighbour guesses codes.
    """

    PEOPLE = 3
    """Participants who must have called from an address, since one may be the one who guesses; or a facilitator."""
    MOST = 20_000
    """Pairs of address and code that are remembered; beyond it all are forgotten and learnt again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._people: dict[tuple[str, str], frozenset[int]] = {}
        self._in_use: set[tuple[str, str]] = set()

    def forget(self) -> None:
        self._people.clear()
        self._in_use.clear()

    def note(self, sender: str, code: str, actor: Actor) -> None:
        """Remember that this actor, who holds a token of the forum with this code, called from this address."""
        with self._lock:
            for pair in ((sender, code), ("", code)):
                if pair not in self._in_use:
                    self._note_pair(pair, actor)

    def _note_pair(self, pair: tuple[str, str], actor: Actor) -> None:
        if len(self._in_use) + len(self._people) >= self.MOST:
            self.forget()
        people = self._people.pop(pair, frozenset()) | {actor.participant.pk if actor.participant else 0}
        if actor.facilitator or len(people) >= self.PEOPLE:
            self._in_use.add(pair)
        else:
            self._people[pair] = people

    def has(self, code: str, sender: str = "") -> bool:
        """Say whether the code is in use at this address; without an address, at any."""
        with self._lock:
            return (sender, code) in self._in_use


join_codes, device_codes, links, sign_ins = WrongCodes(60), WrongCodes(20), WrongCodes(60), WrongCodes(60)
codes_in_use = CodesInUse()


def may_look_up(code: str, sender: str) -> bool:
    """Say whether this join code may be looked up for a browser without a token of the forum."""
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
        metrics.REFUSED.labels("codes").inc()
        response = render(request, "forum/problem.html", {"slow_down": True}, status=429)
        response.headers["Retry-After"] = str(PERIOD_SECONDS)
        return response
