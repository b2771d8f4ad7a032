"""Limits on wrong codes: guesses are refused before a look-up, and people with the right code are not."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from forum.auth.throttling.wrong_codes import CodesInUse
from forum.models import Actor, Facilitator, Forum, OneTimeCode, Participant
from tests.conftest import ClientFor

ALPHABET = "ACDEFGHJKMNPQRTUVWXYZ23456789"


def wrong_codes(length: int) -> Iterator[str]:
    for number in range(len(ALPHABET) ** 3):
        yield "A" * (length - 3) + "".join(ALPHABET[number // len(ALPHABET) ** n % len(ALPHABET)] for n in range(3))


@pytest.fixture(autouse=True)
def _one_minute() -> Iterator[None]:
    """Stop the clock: wrong codes are counted for each minute."""
    with time_machine.travel(timezone.now(), tick=False):
        yield


def guess(client: Client, times: int, **extra: Any) -> None:
    """Type wrong join codes."""
    for code, _n in zip(wrong_codes(7), range(times), strict=False):
        client.get(f"/{code}/", **extra)


def at(address: str) -> dict[str, Any]:
    return {"REMOTE_ADDR": address}


def test_who_guesses_join_codes_does_not_get_in_with_the_right_one_either(
    forum: Forum, client_for: ClientFor, django_assert_num_queries: Any
) -> None:
    guesser = client_for(None)
    guess(guesser, 60)
    for address, form in (
        (f"/{forum.code}/", None),
        ("/", {"code": forum.code}),
        (f"/{forum.code}/join/", {"name": "Voleuse", "appearance": "full"}),
    ):
        with django_assert_num_queries(0):
            answer = guesser.post(address, form) if form else guesser.get(address)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert forum.participants.count() == 0


def test_who_holds_a_key_of_the_forum_goes_on_while_a_neighbour_guesses(
    forum: Forum, nadia: Participant, camille: Facilitator, client_for: ClientFor
) -> None:
    nadia_phone, camille_browser = client_for(nadia), client_for(camille)
    guess(client_for(None), 60)
    assert [client.get(f"/{forum.code}/").status_code for client in (nadia_phone, camille_browser)] == [200, 200]
    assert camille_browser.get(f"/{forum.code}/desk/").status_code == 200


def test_a_key_of_one_forum_opens_no_guessed_code_of_another(
    forum: Forum, client_for: ClientFor, nadia: Participant
) -> None:
    other = Forum.objects.create(title="Autre", question="?", code="ZZZZZZ2")
    nadia_phone = client_for(nadia)
    guess(nadia_phone, 60)
    assert (nadia_phone.get(f"/{other.code}/").status_code, nadia_phone.get(f"/{forum.code}/").status_code) == (
        429,
        200,
    )


def test_a_hall_behind_one_address_comes_in_with_the_code_of_its_wall_while_a_neighbour_guesses(
    forum: Forum, nadia: Participant, theo: Participant, client_for: ClientFor
) -> None:
    guess(client_for(None), 60)
    home = f"/{forum.code}/"
    for person in (nadia, theo):
        client_for(person).get(home)
    assert client_for(None).get(home).status_code == 429  # the guesser may be these two
    client_for(Participant.join(forum, name="Sacha")).get(home)
    newcomer = client_for(None)
    assert newcomer.get(home).status_code == 200
    assert newcomer.post(f"{home}join/", {"name": "Inès", "appearance": "full"}).status_code == 302
    assert client_for(None).get(home, **at("203.0.113.9")).status_code == 200
    # The codes of other forums stay secret at this address.
    Forum.objects.create(title="Autre", question="?", code="ZZZZZZ2")
    assert client_for(None).get("/ZZZZZZ2/").status_code == 429


def test_three_people_of_a_hall_who_call_in_one_instant_are_three(monkeypatch: pytest.MonkeyPatch) -> None:
    class SlowDict(dict[Any, Any]):
        def pop(self, *args: Any) -> Any:
            value = super().pop(*args)
            sleep(0.01)  # another thread runs
            return value

    codes = CodesInUse()
    monkeypatch.setattr(codes, "_people", SlowDict())
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda pk: codes.note("192.0.2.1", "H7KQ4MT", Actor(Participant(pk=pk))), range(3)))
    assert codes.has("H7KQ4MT", "192.0.2.1")


def test_the_page_of_a_facilitator_is_enough_for_their_hall(
    forum: Forum, camille: Facilitator, client_for: ClientFor
) -> None:
    guess(client_for(None), 60)
    client_for(camille).get(f"/{forum.code}/desk/")
    assert client_for(None).get(f"/{forum.code}/").status_code == 200


def test_who_goes_on_guessing_while_all_are_refused_learns_nothing(
    forum: Forum, camille: Facilitator, client_for: ClientFor
) -> None:
    guesser, home = client_for(None), f"/{forum.code}/"
    client_for(camille).get(home, **at("192.0.2.1"))
    for number in range(10):
        guess(guesser, 60, **at(f"198.51.100.{number}"))
    guess(guesser, 60, **at("203.0.113.9"))
    assert guesser.get(home, **at("203.0.113.9")).status_code == 429
    assert guesser.get(home, **at("203.0.113.10")).status_code == 200


def test_who_guesses_alone_shuts_nobody_else_out(forum: Forum, client_for: ClientFor) -> None:
    guess(client_for(None), 700)
    assert client_for(None).get(f"/{forum.code}/", **at("203.0.113.9")).status_code == 200


def test_two_hundred_people_type_the_right_code_and_every_fifth_mistypes_it_first(
    forum: Forum, client_for: ClientFor
) -> None:
    statuses = []
    wrong = wrong_codes(7)
    for number in range(200):
        client = client_for(None)
        if number % 5 == 0:
            client.post("/", {"code": next(wrong)})
        statuses.append(client.post("/", {"code": forum.code.lower()}).status_code)
    assert statuses == [302] * 200


def test_guesses_from_many_addresses_are_limited_together(forum: Forum, client_for: ClientFor, nadia: Participant,
                                                          theo: Participant, camille: Facilitator) -> None:  # fmt: skip
    guesser, home = client_for(None), f"/{forum.code}/"
    for number in range(12):
        guess(guesser, 50, **at(f"198.51.100.{number}"))
    assert guesser.get(home, **at("203.0.113.9")).status_code == 429
    # Once the forum is used from one address, its people come in from any.
    people: list[Participant | Facilitator] = [nadia, theo, camille]
    for number, person in enumerate(people):
        client_for(person).get(home, **at(f"192.0.2.{number}"))
    assert client_for(None).get(home, **at("203.0.113.9")).status_code == 200


def test_all_addresses_of_one_ipv6_network_are_one_sender(forum: Forum, client_for: ClientFor) -> None:
    guesser = client_for(None)
    for code, number in zip(wrong_codes(7), range(60), strict=False):
        guesser.get(f"/{code}/", **at(f"2001:db8:0:1::{number:x}"))
    assert guesser.get(f"/{forum.code}/", **at("2001:db8:0:1::ffff")).status_code == 429
    assert guesser.get(f"/{forum.code}/", **at("2001:db8:0:2::1")).status_code == 200


def test_phones_of_ipv4_are_told_apart_where_the_server_listens_to_both(forum: Forum, client_for: ClientFor) -> None:
    guess(client_for(None), 60, **at("::ffff:192.0.2.1"))
    home = f"/{forum.code}/"
    statuses = [client_for(None).get(home, **at(address)).status_code for address in ("192.0.2.1", "::ffff:192.0.2.2")]
    assert statuses == [429, 200]


def test_an_address_that_is_none_is_a_sender_like_others(forum: Forum, client_for: ClientFor) -> None:
    assert client_for(None).get(f"/{forum.code}/", **at("x:y:z")).status_code == 200


def test_a_minute_later_the_right_code_opens_again(forum: Forum, client_for: ClientFor) -> None:
    guesser = client_for(None)
    guess(guesser, 60)
    with time_machine.travel(timezone.now() + timedelta(seconds=60)):
        assert guesser.get(f"/{forum.code}/").status_code == 200


def test_who_guesses_device_codes_does_not_get_in_with_the_right_one_either(
    forum: Forum, nadia: Participant, client_for: ClientFor, django_assert_num_queries: Any
) -> None:
    guesser, to = client_for(None), reverse("other_phone", args=[forum.code])
    code = OneTimeCode.for_second_device(nadia)
    statuses = [
        guesser.post(to, {"code": typed}).status_code for typed, _n in zip(wrong_codes(6), range(21), strict=False)
    ]
    assert statuses == [422] * 20 + [429]
    assert (guesser.post(to, {"code": code}).status_code, nadia.devices.count()) == (429, 0)
    # From another address it opens, and from this one people still join and go on.
    assert guesser.get(f"/{forum.code}/").status_code == 200
    assert client_for(None).post(to, {"code": code}, **at("203.0.113.9")).status_code == 302


def test_a_few_mistyped_device_codes_keep_nobody_out(forum: Forum, nadia: Participant, client_for: ClientFor) -> None:
    client, to = client_for(None), reverse("other_phone", args=[forum.code])
    code = OneTimeCode.for_second_device(nadia)
    for typed, _n in zip(wrong_codes(6), range(5), strict=False):
        client.post(to, {"code": typed})
    assert client.post(to, {"code": f" {code[:3].lower()}-{code[3:]}"}).status_code == 302


@pytest.mark.usefixtures("db")
def test_a_facilitator_comes_in_by_their_link_while_somebody_tries_others(client_for: ClientFor) -> None:
    secret = Facilitator.create("Camille")[1]
    guesser = client_for(None)
    statuses = [guesser.get(reverse("enter_by_link", args=[f"guess-{n}"])).status_code for n in range(61)]
    assert statuses == [404] * 60 + [429]
    assert client_for(None).get(reverse("enter_by_link", args=[secret])).status_code == 302


def test_somebody_removed_holds_no_key_any_more(
    forum: Forum, nadia: Participant, as_camille: Actor, client_for: ClientFor
) -> None:
    nadia_phone = client_for(nadia)
    nadia.remove(as_camille)
    guess(client_for(None), 60)
    assert nadia_phone.get(f"/{forum.code}/").status_code == 429
