"""How wrong codes are counted, and when a code is in use."""

from collections.abc import Iterator

import pytest
import time_machine
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import translation

from forum import metrics
from forum.auth.throttling import wrong_codes
from forum.auth.throttling.wrong_codes import CodesInUse, GuessingMiddleware, TooManyWrongCodes, WrongCodes
from forum.models import Actor, Facilitator, Participant

ANYBODY = Actor()


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that moves when a test says so."""
    with time_machine.travel("2026-05-12 10:00Z", tick=False) as clock:
        yield clock


def is_refused(codes: WrongCodes, sender: str) -> bool:
    try:
        codes.check(sender)
    except TooManyWrongCodes:
        return True
    return False


def people(count: int) -> list[Actor]:
    return [Actor(Participant(pk=pk)) for pk in range(1, count + 1)]


def test_a_sender_is_refused_from_the_last_allowed_code_until_the_next_minute(clock: time_machine.Traveller) -> None:
    codes = WrongCodes(3)
    refused = []
    for _ in range(3):
        refused.append(is_refused(codes, "a"))
        codes.note("a")
    refused += [codes.has_too_many_from("a"), is_refused(codes, "a"), is_refused(codes, "b"), codes.has_too_many()]
    clock.shift(59)
    refused.append(is_refused(codes, "a"))
    clock.shift(1)
    refused.append(is_refused(codes, "a"))
    assert refused == [False, False, False, True, True, False, False, True, False]


def test_everybody_is_refused_until_the_next_minute(clock: time_machine.Traveller) -> None:
    codes = WrongCodes(3)
    for n in range(600):
        codes.note(f"sender {n}")
    states = []
    for seconds in (59, 1):
        clock.shift(seconds)
        states.append(codes.has_too_many())
    assert states == [True, False]


def test_everybody_is_refused_after_six_hundred_wrong_codes_but_not_by_those_refused_without_a_look_up() -> None:
    codes = WrongCodes(3)
    for n in range(599):
        codes.note(f"sender {n}")
        codes.note("greedy", was_refused=True)
    states = [(codes.has_too_many(), is_refused(codes, "new"), is_refused(codes, "greedy"))]
    codes.note("one more")
    states.append((codes.has_too_many(), is_refused(codes, "new"), is_refused(codes, "greedy")))
    codes.forget()
    states.append((codes.has_too_many(), is_refused(codes, "new"), is_refused(codes, "greedy")))
    assert states == [(False, False, True), (True, True, True), (False, False, False)]


def test_each_kind_of_code_has_its_limit() -> None:
    kinds = (wrong_codes.join_codes, wrong_codes.device_codes, wrong_codes.links, wrong_codes.sign_ins)
    limits = []
    for kind in kinds:
        for count in range(100):
            if kind.has_too_many_from("a"):
                limits.append(count)
                break
            kind.note("a")
    assert limits == [60, 20, 60, 60]


def test_a_code_is_in_use_at_an_address_once_three_people_called_from_there() -> None:
    codes = CodesInUse()
    first, second, third = people(3)
    in_use = []
    for actor in (first, first, second, ANYBODY, third):
        in_use.append((codes.has("CODE", "here"), codes.has("CODE")))
        codes.note("here", "CODE", actor)
    in_use.append((codes.has("CODE", "here"), codes.has("CODE")))
    assert in_use == [*[(False, False)] * 4, *[(True, True)] * 2]
    codes.note("here", "CODE", first)
    assert (codes.has("CODE", "there"), codes.has("OTHER", "here"), codes.has("CODE", "here")) == (False, False, True)
    codes.note("there", "CODE", first)
    codes.note("there", "CODE", second)
    codes.forget()
    codes.note("there", "CODE", third)
    assert [codes.has("CODE", sender) for sender in ("here", "there", "")] == [False] * 3


def test_people_at_several_addresses_make_a_code_be_in_use_at_none_of_them() -> None:
    codes = CodesInUse()
    for n, actor in enumerate(people(3)):
        codes.note(f"address {n}", "CODE", actor)
    assert ([codes.has("CODE", f"address {n}") for n in range(3)], codes.has("CODE")) == ([False] * 3, True)


def test_a_single_facilitator_makes_a_code_be_in_use() -> None:
    codes = CodesInUse()
    codes.note("here", "CODE", Actor(facilitator=Facilitator(pk=1)))
    assert (codes.has("CODE", "here"), codes.has("CODE"), codes.has("CODE", "there")) == (True, True, False)


def test_all_codes_are_learnt_again_once_the_memory_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CodesInUse, "MOST", 6)
    facilitator = Actor(facilitator=Facilitator(pk=1))
    codes, (person,) = CodesInUse(), people(1)
    codes.note("here", "A", facilitator)
    codes.note("here", "B", person)
    codes.note("here", "C", facilitator)
    known = [codes.has(code, "here") for code in "ABC"]
    codes.note("here", "D", facilitator)
    assert (known, [codes.has(code, "here") for code in "ABCD"]) == ([True, False, True], [False, False, False, True])


def test_a_join_code_is_looked_up_for_everybody_until_there_are_too_many_wrong_ones_and_then_if_it_is_in_use() -> None:
    facilitator = Actor(facilitator=Facilitator(pk=1))
    wrong_codes.codes_in_use.note("here", "USED", facilitator)
    may = [wrong_codes.may_look_up("NEW", "here")]
    for _ in range(60):
        wrong_codes.join_codes.note("here")
        wrong_codes.join_codes.note("there")
    may += [wrong_codes.may_look_up(code, sender) for sender in ("here", "there", "else") for code in ("USED", "NEW")]
    assert may == [True, True, False, False, False, True, True]
    for n in range(480):
        wrong_codes.join_codes.note(f"sender {n}")
    assert [wrong_codes.may_look_up(code, "else") for code in ("USED", "NEW")] == [True, False]


@pytest.mark.django_db
@translation.override("en")
def test_who_guesses_is_told_to_wait_a_minute_and_other_faults_stay_what_they_are() -> None:
    page = HttpResponse("page")
    middleware = GuessingMiddleware(lambda _request: page)
    request = RequestFactory().get("/AAAAAAA/")
    counter = metrics.REFUSED.labels("codes")
    before = counter._value.get()
    assert middleware(request) is page
    assert middleware.process_exception(request, ValueError()) is None
    assert counter._value.get() == before
    answer = middleware.process_exception(request, TooManyWrongCodes())
    assert answer
    assert (answer.status_code, answer.headers["Retry-After"], counter._value.get()) == (429, "60", before + 1)
    assert "<h1>Too many wrong codes</h1>" in answer.content.decode()
