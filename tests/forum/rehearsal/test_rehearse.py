"""The evening before: a crowd of invented people, from a process of its own, against the real server."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from forum.live import catch_up
from forum.live.audience import Audience
from forum.live.messages import DeltaMessage
from forum.management.commands.rehearse import read_address, read_link
from forum.models import Actor, Facilitator, Feedback, Forum, Group, Participant, Place, Slot, Topic
from forum.phases import Phase
from forum.rehearsal import verdict
from forum.rehearsal.live_page import LivePage
from forum.rehearsal.page import Page
from forum.rehearsal.protocol import Message
from forum.rehearsal.results import LoadLevel, RehearsalResult, StopReason
from forum.server.errors import CannotStart
from sessions.models import Edition
from sessions.proceedings import jobs, pdf
from tests.conftest import ClientFor
from tests.forum.management.test_serve import MANAGE
from tests.live_server import running_server

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


def what_is_left(forum: Forum) -> list[int]:
    """People, topics, words, editions, and journal entries."""
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
    assert what_is_left(rehearsal) == [0, 0, 0, 0, 1]
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
    assert what_is_left(rehearsal)[:4] == [4, 1, 0, 0]


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
    assert what_is_left(rehearsal) == [0, 0, 0, 0, 1]


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
    assert what_is_left(rehearsal) == [0, 0, 0, 0, 0]


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


# ---- the verdict --------------------------------------------------------------------------------------------


def result_with(**values: Any) -> RehearsalResult:
    """A rehearsal of three phones in which all went well, except for these values."""
    well: dict[str, Any] = {
        "arrivals": [1.0, 2.0, 3.0],
        "updates": [(0.1, "Marketplace"), (0.2, "Groups gather")],
        "levels": [LoadLevel(10, 0.1, 0.2, 0)],
        "screens": 4,
        "erased": True,
    }
    return RehearsalResult(phones=3, is_this_computer=True, **well | values)


def test_a_good_rehearsal_holds_and_says_its_limits() -> None:
    said = "\n".join(verdict.report_lines(result_with()))
    assert verdict.holds(result_with())
    assert "up to 3 phones arrive in 3.0\N{NO-BREAK SPACE}s: 1 a second" in said
    assert "IT HOLDS: 3 phones are at ease." in said


@pytest.mark.parametrize(
    ("values", "conclusion"),
    [
        ({"lost": 1}, "IT DOES NOT HOLD: something was lost."),
        ({"lost_texts": 1}, "IT DOES NOT HOLD: something was lost."),
        ({"arrivals": [1.0, 2.0]}, "IT DOES NOT HOLD with 3 phones."),
        ({"arrivals": [1.0, 2.0, 31.0]}, "IT DOES NOT HOLD with 3 phones."),
        ({"updates": [(6.0, "")]}, "IT DOES NOT HOLD with 3 phones."),
        ({"stopped": StopReason.UNREACHABLE, "stopped_at": "x"}, "IT DOES NOT HOLD: the app stopped answering (“x”)."),
    ],
)  # fmt: skip
def test_what_is_lost_late_or_wrong_does_not_hold(values: dict[str, Any], conclusion: str) -> None:
    assert not verdict.holds(result_with(**values))
    assert conclusion in verdict.report_lines(result_with(**values))


def test_an_error_does_not_hold_and_is_named() -> None:
    figures = result_with()
    figures.errors.update({"timeout": 2, "503": 1})
    assert not verdict.holds(figures)
    assert "Errors: no answer in 30 s × 2, answer 503 × 1." in verdict.report_lines(figures)


def test_a_slow_rehearsal_holds_with_advice() -> None:
    said = verdict.report_lines(result_with(arrivals=[5.0, 10.0, 15.0]))
    assert "IT HOLDS with 3 phones, but slowly." in said
    assert "Let people scan the code as they come in, not more than 2 at once." in said


# ---- what a phone shows -------------------------------------------------------------------------------------


def test_a_phone_that_heard_every_change_shows_what_a_fresh_page_shows(
    db: None, forum: Forum, topic: Topic, slot: Slot, hall: Place, theo: Participant
) -> None:
    page = opened(forum)
    for act in (
        lambda: topic.set_interest(theo, True, Actor(theo)),
        lambda: Topic.propose(forum, "Et l’eau ?", "", theo, Actor(theo)),
        lambda: Group.place_topic(topic, slot, hall, Actor(theo)),
        lambda: topic.withdraw(Actor(theo)),
        lambda: topic.bring_back(Actor(theo)),
        lambda: forum.move_to(Phase.GROUPS, Actor()),
        lambda: Group.place_topic(Topic.objects.get(pk=topic.pk), slot, hall, Actor(theo)),
    ):
        act()
        text = DeltaMessage(catch_up.delta(forum, Audience.PHONE, page.since, page.epoch)).event()["text"]
        page.show(Message.read(text))
        fresh = opened(forum)
        assert (page.since, page.board) == (fresh.since, fresh.board)


def opened(forum: Forum) -> LivePage:
    page = LivePage(forum.code)
    forum.refresh_from_db()
    content = catch_up.delta(forum, Audience.PHONE, -1).html
    page.load(Page(f'<div id="board" data-since="{forum.revision}" data-epoch="{forum.epoch}">{content}</div>'))
    return page


# ---- the forum that is one ----------------------------------------------------------------------------------


def test_every_page_of_a_rehearsal_says_so(rehearsal: Forum, theo: Participant, client_for: ClientFor) -> None:
    for person in (None, theo):
        page = client_for(person).get(rehearsal.get_absolute_url()).content.decode()
        assert '<meta name="forum-rehearsal" content="marketplace">' in page
        assert page.count('class="fiction"') == 1
    Forum.objects.update(is_rehearsal=False)
    page = client_for(theo).get(rehearsal.get_absolute_url()).content.decode()
    assert ("forum-rehearsal" in page, 'class="fiction"' in page) == (False, False)


@pytest.mark.django_db(transaction=True)
def test_a_facilitator_erases_a_rehearsal_once_they_are_sure(
    rehearsal: Forum, group: Group, theo: Participant, camille: Facilitator, client_for: ClientFor
) -> None:
    group.join(theo, Actor(theo))
    Feedback.give(rehearsal, None, Actor(), words="Merci", keep="", change="")
    edition = Edition.request(rehearsal, Actor())
    edition.path.parent.mkdir(parents=True, exist_ok=True)
    edition.path.write_bytes(b"%PDF-1.7")
    her, his = client_for(camille), client_for(theo)
    address = reverse("erase_rehearsal", args=[rehearsal.code])
    assert f'action="{address}"' in her.get(reverse("describe", args=[rehearsal.code])).content.decode()

    assert her.post(address).status_code == 409
    assert what_is_left(rehearsal)[:4] == [2, 1, 1, 1]
    assert her.post(address, {"sure": "yes"}).headers["Location"] == reverse("desk", args=[rehearsal.code])

    assert what_is_left(rehearsal) == [0, 0, 0, 0, 1]
    assert rehearsal.journal.get().invalidated == ["*", "rights-everybody"]
    rehearsal.refresh_from_db()
    assert (rehearsal.current_phase, rehearsal.is_rehearsal, rehearsal.slots.count()) == (Phase.PREPARATION, True, 3)
    assert not edition.path.exists()
    assert "forum-rehearsal" in his.get(rehearsal.get_absolute_url()).content.decode()
    assert his.get(reverse("me", args=[rehearsal.code])).status_code == 302


@live
def test_an_edition_under_way_leaves_no_file_when_the_rehearsal_is_erased_meanwhile(
    rehearsal: Forum, group: Group, chair: Actor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    edition = Edition.request(rehearsal, chair)
    render = pdf.render_pdf

    def erase_then_render(*args: Any, **options: Any) -> Any:
        rehearsal.erase_rehearsal(chair)
        return render(*args, **options | {"progress": lambda percent: None})

    monkeypatch.setattr(pdf, "render_pdf", erase_then_render)
    jobs.make_edition.call(edition.pk)
    assert (what_is_left(rehearsal), edition.path.exists(), caplog.text) == ([0, 0, 0, 0, 1], False, "")


def test_a_forum_in_earnest_is_never_erased(
    forum: Forum, topic: Topic, camille: Facilitator, client_for: ClientFor
) -> None:
    her = client_for(camille)
    answer = her.post(reverse("erase_rehearsal", args=[forum.code]), {"sure": "yes"})
    assert (answer.status_code, what_is_left(forum)[:2]) == (409, [1, 1])
    assert reverse("erase_rehearsal", args=[forum.code]) not in (
        her.get(reverse("describe", args=[forum.code])).content.decode()
    )


def test_a_forum_with_people_in_it_cannot_become_a_rehearsal(
    forum: Forum, nadia: Participant, camille: Facilitator, client_for: ClientFor
) -> None:
    her, settings = client_for(camille), reverse("describe", args=[forum.code])
    page = her.get(settings).context
    told = {name: value for name, value in page["form"].initial.items() if value is not None}
    told |= {"date": "2026-03-14", "is_rehearsal": "on"}
    for rows in (page["slots"], page["places"]):
        told |= {f"{rows.prefix}-{name}": str(value) for name, value in rows.management_form.initial.items()}
        for row in rows:
            fields = {row.add_prefix(name): row[name].value() for name in row.fields}
            told |= {name: value for name, value in fields.items() if value not in (None, False)}
    assert her.post(settings, told).status_code == 422
    nadia.delete()
    assert her.post(settings, told).status_code == 302
    forum.refresh_from_db()
    assert forum.is_rehearsal
    Participant.join(forum, name="Inventée")
    assert her.post(settings, told).status_code == 302, "one that is a rehearsal already stays one"
