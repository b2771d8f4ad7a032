"""The client of the live protocol: changes that a page applies, gaps, and its state."""

import json
import re
import time
from dataclasses import fields
from typing import Any

import pytest
from django.conf import settings

from forum.rehearsal.board import parse
from forum.rehearsal.live_page import Gap, LivePage
from forum.rehearsal.page import BoardMissing, NotMarkedAsRehearsal, Page, form_actions
from forum.rehearsal.protocol import NOT_ALLOWED, Message, Waits, live_path, revision_of

LIST = '<div id="list-topics"></div><p id="status">{}</p>'
CARD = '<article id="topic-{0}" data-in="{1}" data-order="{0:05}">{2}</article>'
GONE = '<i id="topic-{}" data-gone></i>'


def page_at(revision: int) -> LivePage:
    page = LivePage("H7KQ4MT")
    page.begin(parse(LIST.format("2 personnes")), revision, "epoch-1")
    return page


def message(**values: Any) -> Message:
    return Message.read(json.dumps({"epoch": "epoch-1", **values}))


def change(since: int, to: int, html: str = "", **values: Any) -> Message:
    return message(**{"from": since, "to": to, "html": html, **values})


def test_a_simulated_page_waits_as_long_as_the_script_of_the_real_one() -> None:
    scripts = "".join(path.read_text() for path in (settings.ROOT / "js/live").glob("*.js"))
    assignments = re.findall(r"^(?:export )?const (\w+) = ([\d_]+);", scripts, re.MULTILINE)
    constants = {name: int(value) for name, value in assignments}
    waits = Waits()
    assert {field.name: 1000 * getattr(waits, field.name) for field in fields(Waits)} == {
        field.name: constants[field.name.upper()] for field in fields(Waits)
    }
    assert constants["NOT_ALLOWED"] == NOT_ALLOWED


def test_cards_are_put_in_their_order_moved_and_taken_away() -> None:
    page = page_at(1)
    page.show(change(1, 2, CARD.format(2, "topics", "Deux") + CARD.format(1, "topics", "Un")))
    assert page.board.lists == {"topics": ["topic-1", "topic-2"]}
    page.show(change(2, 3, '<article id="topic-1" data-in="topics" data-order="00003">Un</article>'))
    assert page.board.lists == {"topics": ["topic-2", "topic-1"]}
    page.show(change(3, 4, GONE.format(2) + '<p id="status">3 personnes</p>' + '<p id="stage">nowhere</p>'))
    assert page.board.lists == {"topics": ["topic-1"]}
    assert page.board.fragments["status"].html == '<p id="status">3 personnes</p>'
    assert "stage" not in page.board.fragments
    page.show(change(4, 5, CARD.format(1, "a-list-that-the-page-has-not", "Un")))
    assert (page.shown, page.board.lists, list(page.board.fragments)) == (5, {"topics": []}, ["status"])


def test_what_is_old_is_ignored_and_what_starts_later_is_a_gap() -> None:
    page = page_at(5)
    for old in (change(3, 5, GONE.format(1)), change(1, 4, GONE.format(1)), message(beat=5)):
        page.show(old)
    assert page.shown == 5
    with pytest.raises(Gap):
        page.show(change(6, 7))
    page.show(change(3, 7))  # it starts before what is shown, which is no gap
    page.show(change(9, 10, moved=[]))  # no watched key changed in between
    assert page.shown == 10


def test_a_restored_backup_is_taken_whole_or_not_at_all() -> None:
    page = page_at(50)
    with pytest.raises(Gap):
        page.show(change(50, 51, epoch="epoch-2"))
    page.show(change(-1, 3, LIST.format("1 personne"), whole=True, epoch="epoch-2"))
    assert (page.shown, page.epoch, page.newest) == (3, "epoch-2", 3)
    page.receive(message(epoch="epoch-2", me={"going": [1]}, at=3), None, 0)
    assert page.marks == {"going": [1]}


def test_a_page_is_current_only_on_the_answer_to_a_question_of_a_moment_ago() -> None:
    page = page_at(5)
    page.receive(message(beat=5), None, 60)  # no answer: it may be late
    assert not page.is_current
    page.receive(message(beat=5), page.ask(), 60)
    assert page.is_current
    question = page.ask()
    page.lose_connection()
    page.receive(message(beat=5), question, 60)  # asked before the connection was lost
    assert not page.is_current
    page.receive(message(beat=6), page.ask(), 60)
    assert not page.is_current
    page.receive(change(5, 6), None, 60)
    assert page.is_current


def test_a_page_that_hears_twice_of_what_does_not_come_asks_anew() -> None:
    page = page_at(5)
    page.receive(message(beat=6), page.ask(), 60)
    page.check_that_it_keeps_up()
    with pytest.raises(Gap):
        page.check_that_it_keeps_up()
    page.receive(change(5, 6), None, 60)
    page.check_that_it_keeps_up()
    page.receive(message(beat=6, epoch="epoch-2"), page.ask(), 60)
    assert not page.is_current


def test_marks_never_go_back() -> None:
    page = page_at(5)
    page.are_marks_due = True
    page.receive(message(me={"going": [1]}, at=4), None, 0)
    assert (page.marks, page.are_marks_due) == ({}, True)
    page.receive(message(me={"going": [2]}, at=5), None, 0)
    assert (page.marks, page.are_marks_due) == ({"going": [2]}, False)


def test_reconnections_are_spread_and_ever_rarer_up_to_a_limit() -> None:
    waits = Waits()
    for failures, usual in ((1, 0.5), (2, 1), (3, 2), (6, 15), (60, 15)):
        times = [waits.before_reconnecting(failures) for _time in range(50)]
        assert usual / 2 <= min(times) < max(times) <= 1.5 * usual


def test_a_message_says_to_which_revision_it_leads_before_it_is_parsed() -> None:
    assert revision_of(b'{"from":12,"to":345,"epoch":"x","html":"..."}') == 345
    assert revision_of(b'{"beat":345}') is None
    assert live_path("H7KQ4MT", "wall", 12, "x", me="1") == "/H7KQ4MT/live/?as=wall&since=12&epoch=x&watch=&me=1"


def test_a_page_is_read_as_a_phone_acts_on_it() -> None:
    began = time.monotonic()
    page = Page(
        """<!doctype html><meta name="forum-rehearsal" content="groups"><link href="/static/a.css" rel="stylesheet">
        <a href="/H7KQ4MT/static">no file</a><script src='/below/static/b.js'></script>
        <form action="/H7KQ4MT/join/"><input name="b_findings" value="3 &lt; 4">
        <select name="cell"><option value=""><option value="1-2"><option value="1-3" disabled>
        <option value="1-elsewhere"><optgroup disabled><option value="2-2"></optgroup></select></form>
        <div id="board" data-since="7" data-epoch="e" data-marks='{"going": [1]}'>
        <div id="list-topics" title="1 > 0">
        <article id="topic-1" data-in="topics" data-order="1">é <b data-in="minutes"></b>
        <button formaction="/H7KQ4MT/topics/1/interest/">I</button></article></div></div>"""
    )
    assert (page.rehearsal_phase(), page.static_files()) == ("groups", ["/static/a.css", "/below/static/b.js"])
    assert (page.has_form("/H7KQ4MT/join/"), page.has_form("/H7KQ4MT/")) == (True, False)
    assert (page.value_of("b_findings"), page.value_of("other")) == ("3 < 4", "")
    assert page.choices("cell") == ["", "1-2", "1-elsewhere"]
    shown = LivePage("H7KQ4MT")
    shown.load(page, began)
    assert (shown.shown, shown.epoch, shown.marks, shown.is_current) == (7, "e", {"going": [1]}, True)
    assert shown.board.lists == {"topics": ["topic-1"]}
    assert form_actions(shown.board.fragments["topic-1"].html) == ("/H7KQ4MT/topics/1/interest/",)
    for empty in (Page(""), Page("<p>Bonjour")):
        with pytest.raises(NotMarkedAsRehearsal):
            empty.rehearsal_phase()
        with pytest.raises(BoardMissing):
            empty.live_board()
