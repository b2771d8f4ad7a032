"""The lines of the log: their fields as JSON, a whole day at DEBUG without personal data, floods."""

import io
import json
import logging
import logging.config
import random
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings as project
from django.test import Client

from forum.live.audience import BOARDS
from forum.live.board import Board
from forum.models import Device, Facilitator, Forum, Participant
from forum.models.tokens import new_token
from forum.phases import Phase
from forum.server import logs
from tests.forum.random_day import TITLES, VERBS, a_day

Start = Callable[[str, str], io.StringIO]


@pytest.fixture
def start() -> Iterator[Start]:
    """Log as an installation with this LOG_LEVEL and LOG_FORMAT does, into a file."""
    root = logging.getLogger()
    names = ("", "forum", "sessions", "django.request", "django.security.DisallowedHost")
    levels, handlers = {name: logging.getLogger(name).level for name in names}, list(root.handlers)

    def configure(level: str, format_name: str) -> io.StringIO:
        logging.config.dictConfig(logs.configuration(level, format_name))
        (console,) = root.handlers
        assert isinstance(console, logging.StreamHandler)
        console.setStream(output := io.StringIO())
        return output

    yield configure
    root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_a_line_of_json_has_the_documented_fields(start: Start) -> None:
    output = start("WARNING", "json")
    log = logging.getLogger("forum.live")
    log.warning("of %s", new_token())
    try:
        raise ValueError("not a number: 'Amina'")
    except ValueError:
        log.exception("a page failed")
    first, second = map(json.loads, output.getvalue().splitlines())
    page = (project.ROOT / "docs" / "hosting.md").read_text()
    assert [name for name in second if f"`{name}`" not in page] == []
    assert list(first) == ["time", "level", "logger", "message", "process", "thread"]
    assert (first["level"], first["logger"], first["message"]) == ("WARNING", "forum.live", "of …")
    assert (second["error"], second["traceback"].splitlines()[-1]) == ("ValueError", "ValueError: not a number: …")


def test_an_unknown_format_is_refused_in_a_sentence() -> None:
    with pytest.raises(SystemExit, match="LOG_FORMAT is one of plain, json"):
        logs.configuration("WARNING", "xml")


@pytest.mark.django_db
@pytest.mark.parametrize("format_name", logs.FORMATS)
def test_a_whole_day_at_debug_leaves_no_name_text_code_or_token_in_the_log(start: Start, format_name: str) -> None:
    output = start("DEBUG", format_name)
    day = a_day(Phase.MARKETPLACE)
    facilitator, link = Facilitator.create("Claire Fontaine")
    day.forum.facilitators.add(facilitator)
    key = Device.issue(facilitator)
    browser = Client(raise_request_exception=False)
    browser.cookies["facilitator_key"] = key
    dice = random.Random(7)
    typed = {"name": "Amina Diallo", "title": "Une rue sans voitures", "email": "amina@example.org"}
    pages = ("", "desk/", "desk/journal/", "desk/people/", "topics/1/", "book/", "topics/new/", "join/")
    for number, verb in enumerate([*VERBS, *dice.choices(VERBS, k=60)]):
        getattr(day, verb)(dice.randrange(31))
        page = f"/{day.forum.code}/{pages[number % len(pages)]}"
        browser.get(page, typed)
        browser.post(page, typed | {"key": new_token()[:20]})
    browser.get(f"/facilitator/{link}/")
    for audience in BOARDS:
        assert Board(Forum.objects.get(pk=day.forum.pk), audience).html()
    log = logging.getLogger("sessions")
    for person in Participant.objects.filter(forum=day.forum):
        try:
            raise ValueError(f"{person.name!r} of /{day.forum.code}/ has {key}\nDETAIL:  Key (name)=({person.name})")
        except ValueError:
            log.exception("failed at /%s/topics/new/", day.forum.code)
    written = output.getvalue()
    names = Participant.objects.values_list("name", flat=True)
    hidden = (*names, *TITLES[:3], *typed.values(), facilitator.name, day.forum.code, key, link)
    assert len(set(hidden)) > 10
    assert "Traceback" in written  # something was logged
    assert [text for text in hidden if text in written] == []


def test_other_libraries_log_warnings_alone(start: Start) -> None:
    output = start("DEBUG", "plain")
    logging.getLogger("uvicorn.error").debug("> TEXT of a socket")
    logging.getLogger("uvicorn.error").info('192.168.1.7:5000 - "WebSocket /live/" [accepted]')
    logging.getLogger("forum").debug("ours")
    logging.getLogger("asyncio").warning("theirs")
    assert [line.split(" ", 2)[2] for line in output.getvalue().splitlines()] == [
        "DEBUG forum ours",
        "WARNING asyncio theirs",
    ]


def test_of_a_flood_the_first_lines_are_written_and_then_their_number(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "PERIOD_SECONDS", 3600)
    output = start("WARNING", "plain")
    (flood,) = logging.getLogger().handlers[0].filters
    assert isinstance(flood, logs.FloodFilter)
    log = logging.getLogger("forum.live.hub")
    for number in range(4322):
        log.warning("the hub of forum %s waits", number)
    log.warning("something else")
    lines = [line.split(" ", 2)[2] for line in output.getvalue().splitlines()]
    expected = [f"WARNING forum.live.hub the hub of forum {number} waits" for number in range(10)]
    assert lines == [*expected, "WARNING forum.live.hub something else"]
    flood.end_period()
    assert output.getvalue().splitlines()[-1].endswith("the hub of forum %s waits … and 4,312 more in a minute")
    log.warning("the hub of forum %s waits", 1)
    assert output.getvalue().splitlines()[-1].endswith("the hub of forum 1 waits")


def test_the_number_comes_by_itself_at_the_end_of_the_period(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "PERIOD_SECONDS", 0.1)
    output = start("WARNING", "plain")
    (flood,) = logging.getLogger().handlers[0].filters
    assert isinstance(flood, logs.FloodFilter)
    for _time in range(12):
        logging.getLogger("forum").warning("away")
    timer = flood._timer
    assert timer
    timer.join(10)
    assert output.getvalue().splitlines()[-1].endswith("away … and 2 more in a minute")


def test_a_line_that_comes_now_and_then_is_no_flood(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "PERIOD_SECONDS", -1)
    output = start("WARNING", "plain")
    for _time in range(30):
        logging.getLogger("forum").warning("away")
    assert len(output.getvalue().splitlines()) == 30
