"""`manage.py rehearse`: a crowd of invented people, from a process of its own, against the real server."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from forum.management.commands.rehearse import read_address, read_link
from forum.models import Actor, Facilitator, Forum
from forum.phases import Phase
from forum.server.errors import CannotStart
from tests.live_server import running_server
from tests.served_app import MANAGE

live = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def server(transactional_db: None) -> Iterator[str]:
    with running_server() as url:
        yield url


@pytest.fixture
def rehearsal(forum: Forum) -> Forum:
    """The forum of the cast, marked as a rehearsal."""
    forum.is_rehearsal = True
    forum.save()
    return forum


Rehearse = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def rehearse(tmp_path: Path) -> Iterator[Rehearse]:
    started: list[subprocess.Popen[str]] = []

    def start(url: str, phones: int, link: str = "") -> subprocess.Popen[str]:
        options = ["--phones", str(phones), "--url", url, *(["--facilitator-link", link] if link else [])]
        environment = os.environ | {"FORUM_DATA": str(tmp_path / "data"), "LANG": "en_GB.UTF-8", "LC_ALL": ""}
        started.append(
            subprocess.Popen(
                [*MANAGE, "rehearse", *options],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def outcome(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Exit code, and what it said."""
    output, complaints = process.communicate(timeout=180)
    return process.returncode, output, complaints


def until(process: "subprocess.Popen[str]", said: str) -> None:
    """Read what it says until it says this."""
    assert process.stdout
    for line in process.stdout:
        if said in line:
            return
    pytest.fail(f"it ended without saying “{said}”")


def link_of(server: str, person: Facilitator) -> str:
    return f"{server}/facilitator/{person.replace_link()}/"


def row_counts(forum: Forum) -> list[int]:
    """Count people, topics, feedback, editions and journal entries."""
    rows: tuple[Any, ...] = (forum.participants, forum.topics, forum.feedback, forum.editions, forum.journal)
    return [related.count() for related in rows]


# ---- the whole ----------------------------------------------------------------------------------------------


@live
def test_twenty_phones_live_the_whole_day_and_leave_nothing_behind(
    server: str, rehearsal: Forum, camille: Facilitator, rehearse: Rehearse
) -> None:
    code, output, complaints = outcome(rehearse(f"{server}/{rehearsal.code}/", 20, link_of(server, camille)))

    assert (code, complaints) == (0, ""), output
    assert "Arrival: 20 phones of 20" in output
    assert "Errors: none." in output
    assert "Lost updates: none (of 21 screens" in output
    assert "IT HOLDS" in output
    assert "Everything is erased" in output
    rehearsal.refresh_from_db()
    assert row_counts(rehearsal) == [0, 0, 0, 0, 1]
    assert (rehearsal.current_phase, rehearsal.slots.count(), rehearsal.places.count()) == (Phase.PREPARATION, 3, 2)
    assert rehearsal.revision > 100


@live
def test_without_the_link_the_present_phase_is_rehearsed_and_the_people_stay(
    server: str, rehearsal: Forum, rehearse: Rehearse
) -> None:
    code, output, complaints = outcome(rehearse(f"{server}/{rehearsal.code}/", 4))

    assert (code, complaints) == (0, ""), output
    assert "Topics are proposed" in output
    assert "Groups gather" not in output
    assert "the facilitator can erase them, in the forum’s settings" in output
    assert row_counts(rehearsal)[:4] == [4, 1, 0, 0]


@pytest.mark.laptop
@live
def test_an_app_that_stops_in_the_middle_does_not_hold(
    transactional_db: None, rehearsal: Forum, camille: Facilitator, rehearse: Rehearse
) -> None:
    with running_server() as server:
        running = rehearse(f"{server}/{rehearsal.code}/", 6, link_of(server, camille))
        until(running, "Reports are written")
    code, output, _complaints = outcome(running)

    assert code == 1
    assert "IT DOES NOT HOLD: the app stopped answering (“Reports are written”)." in output
    assert "NOT ERASED" in output


@live
@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.laptop)])
def test_ctrl_c_ends_it_and_erases_what_was_done(
    server: str, rehearsal: Forum, camille: Facilitator, rehearse: Rehearse, number: int
) -> None:
    running = rehearse(f"{server}/{rehearsal.code}/", 6, link_of(server, camille))
    until(running, "Everybody says where they go")
    running.send_signal(number)
    began = time.monotonic()
    code, output, complaints = outcome(running)

    assert (code, complaints) == (1, "")
    assert time.monotonic() - began < 10
    assert "No verdict: the rehearsal was interrupted" in output
    assert row_counts(rehearsal) == [0, 0, 0, 0, 1]


# ---- what it refuses ----------------------------------------------------------------------------------------


@live
def test_a_forum_that_is_not_marked_is_left_untouched(
    server: str, forum: Forum, camille: Facilitator, rehearse: Rehearse
) -> None:
    code, output, complaints = outcome(rehearse(f"{server}/{forum.code}/", 5, link_of(server, camille)))

    assert (code, output) == (1, "")
    assert complaints.startswith("This forum is not marked as a rehearsal, so nothing was sent to it.")
    revision, phase = forum.revision, forum.current_phase
    forum.refresh_from_db()
    assert (forum.revision, forum.current_phase, camille.devices.count()) == (revision, phase, 0)


@live
def test_the_link_of_another_forum_opens_nothing(server: str, rehearsal: Forum, rehearse: Rehearse) -> None:
    rival, _secret = Facilitator.create("Rivale")
    code, _output, complaints = outcome(rehearse(f"{server}/{rehearsal.code}/", 5, link_of(server, rival)))

    assert (code, complaints) == (1, "This link is not that of a facilitator of this forum.\n")
    assert row_counts(rehearsal) == [0, 0, 0, 0, 0]


@pytest.mark.laptop
@live
def test_a_closed_entrance_and_a_wrong_code_are_said(server: str, rehearsal: Forum, rehearse: Rehearse) -> None:
    rehearsal.move_to(Phase.PREPARATION, Actor())
    code, _output, complaints = outcome(rehearse(f"{server}/{rehearsal.code}/", 5))
    assert (code, complaints) == (
        1,
        "Nobody can join now (Preparation): move the forum to the opening plenary, or give --facilitator-link.\n",
    )
    code, _output, complaints = outcome(rehearse(f"{server}/AAAAAA2/", 5))
    assert (code, complaints) == (1, f"There is no forum at this address: {server}/AAAAAA2/\n")


@pytest.mark.laptop
def test_nobody_at_the_address_and_too_many_phones_are_said(rehearse: Rehearse) -> None:
    assert outcome(rehearse("http://127.0.0.1:9/AAAAAA2/", 5)) == (
        1, "", "Nothing answers at http://127.0.0.1:9: does the app run, and on this address?\n"
    )  # fmt: skip
    assert outcome(rehearse("http://127.0.0.1:9/AAAAAA2/", 2001))[::2] == (1, "Choose from 1 to 2000 phones.\n")


@pytest.mark.parametrize(
    "typed", ["", "H7KQ4MT", "ftp://127.0.0.1/H7KQ4MT/", "http://127.0.0.1/", "http://127.0.0.1/a/H7KQ4MT/",
              "http://127.0.0.1:99999/H7KQ4MT/", "http://name@127.0.0.1/H7KQ4MT/"]
)  # fmt: skip
def test_an_address_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(CannotStart, match="is not the address of a forum"):
        read_address(typed)


def test_addresses_are_read_as_people_type_them() -> None:
    assert read_address("https://Forum.example.org/h7kq4mt") == ("https://forum.example.org", "H7KQ4MT")
    assert read_address("http://[::1]:8000/H7KQ4MT/") == ("http://[::1]:8000", "H7KQ4MT")
    assert read_address("http://192.168.1.23:80/H7KQ4MT/")[0] == "http://192.168.1.23"
    secret = "x" * 43
    # Only the secret counts: the host of the link is never contacted.
    assert read_link(f"http://elsewhere.example/facilitator/{secret}/") == secret
    assert read_link("") == ""
    with pytest.raises(CannotStart, match="personal link"):
        read_link("http://127.0.0.1/facilitator/begin/x/")
