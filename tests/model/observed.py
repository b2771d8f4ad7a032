"""What really holds: the facts as the database has them, every row of it, and what must hold after each step."""

import contextlib
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.utils import translation

from forum.live import board as boards
from forum.live import catch_up
from forum.live.audience import Audience
from forum.live.marks import marks_of
from forum.models import Forum
from forum.rehearsal.live_page import LivePage
from forum.server.backups import backups_directory
from sessions.proceedings import open_data
from sessions.proceedings.content import read_book
from sessions.proceedings.markdown import as_markdown
from sessions.proceedings.spreadsheet import action_plan_csv
from tests.conftest import forget
from tests.live_pages import message_of, opened, shown
from tests.model.expected import Changes, Expected

GROUPS = "forum_group JOIN forum_topic ON forum_topic.id = forum_group.topic_id"
SEATS = f"{GROUPS} JOIN forum_presence ON forum_presence.group_id = forum_group.id"
REPORTS = f"{GROUPS} JOIN reports_report ON reports_report.group_id = forum_group.id"
ACTIONS, PHOTOS, COMMENTS = (
    f"{REPORTS} JOIN reports_{name} ON reports_{name}.report_id = reports_report.id"
    for name in ("action", "photo", "comment")
)
SHOWN_COMMENTS = f"{COMMENTS} WHERE reports_comment.withdrawn_at IS NULL"
STATE = "CASE WHEN removed_at IS NOT NULL THEN 'removed' WHEN is_expected THEN 'expected' ELSE 'in' END"
PITCH = "CASE WHEN began_at IS NULL THEN 'waiting' WHEN ended_at IS NULL THEN 'wall' ELSE 'ended' END"
AGREED = "CASE WHEN people_agreed THEN 1 ELSE 0 END"
FACTS: dict[str, tuple[int, str]] = {
    "phase": (0, "phase FROM forum_forum"),
    "state": (1, f"id, {STATE} FROM forum_participant"),
    "name": (1, "id, name FROM forum_participant"),
    "appearance": (1, "id, appearance FROM forum_participant"),
    "roaming": (1, "id, roaming FROM forum_participant WHERE roaming <> ''"),
    "title": (1, "number, title FROM forum_topic"),
    "convener": (1, "number, convener_id FROM forum_topic WHERE convener_id IS NOT NULL"),
    "off": (1, "number, 1 FROM forum_topic WHERE withdrawn_at IS NOT NULL"),
    "into": (1, "one.number, two.number FROM forum_topic one JOIN forum_topic two ON two.id = one.merged_into_id"),
    "pitch": (1, f"number, {PITCH} FROM forum_pitch JOIN forum_topic ON forum_topic.id = topic_id"),
    "group": (1, f"number, 1 FROM {GROUPS}"),
    "cell": (1, f"number, slot_id, place_id FROM {GROUPS} WHERE slot_id IS NOT NULL"),
    "frozen": (1, f"number, 1 FROM {GROUPS} WHERE is_frozen"),
    "door": (1, f"number, door_count FROM {GROUPS} WHERE door_count IS NOT NULL"),
    "frozen slot": (1, "id, 1 FROM forum_slot WHERE is_frozen"),
    "began": (1, "id, 1 FROM forum_slot WHERE began_at IS NOT NULL"),
    "going": (2, "number, participant_id, 1 FROM forum_interest JOIN forum_topic ON forum_topic.id = topic_id"),
    "here": (2, f"number, participant_id, 1 FROM {SEATS} WHERE left_at IS NULL"),
    "findings": (1, f"number, findings FROM {REPORTS} WHERE findings <> ''"),
    "debate": (1, f"number, debate FROM {REPORTS} WHERE debate <> ''"),
    "finished": (1, f"number, 1 FROM {REPORTS} WHERE status = 'finished'"),
    "validated": (1, f"number, 1 FROM {REPORTS} WHERE validated_at IS NOT NULL"),
    "action": (1, f"reports_action.id, number, what FROM {ACTIONS}"),
    "photo": (1, f"reports_photo.id, number, {AGREED} FROM {PHOTOS}"),
    "comment": (1, f"reports_comment.id, number, participant_id, text FROM {SHOWN_COMMENTS}"),
    "word": (1, "id, participant_id, words FROM forum_feedback"),
    "message": (1, "id, text FROM forum_message WHERE facilitator_id IS NOT NULL AND taken_back_at IS NULL"),
}
"""Kind of fact → how many columns name it, and the query of its rows. The other columns are its value."""
PROPOSALS = """
SELECT one.number, other.number, agreed.participant_id FROM forum_mergeproposal proposal
JOIN forum_topic one ON one.id = proposal.topic_id JOIN forum_topic other ON other.id = proposal.into_id
LEFT JOIN forum_mergeproposal_agreed_by agreed ON agreed.mergeproposal_id = proposal.id
"""
AUDIENCES = tuple(
    (audience, language) for audience in (Audience.PHONE, Audience.WALL, Audience.DESK) for language in ("fr", "en")
)
IGNORED = ("forum_submission", "django_migrations", "django_content_type", "django_tasks_database_dbtaskresult")


def compare(found: dict[Any, Any], expected: dict[Any, Any], told: str) -> None:
    """Raise AssertionError with the differences between what is and what was predicted."""
    keys = [key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key)]
    assert not keys, f"{told}: " + "; ".join(f"{k} is {found.get(k)!r}, not {expected.get(k)!r}" for k in keys)


def select(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def facts() -> Changes:
    """Return the facts of the only forum."""
    found: Changes = {}
    for kind, (width, columns) in FACTS.items():
        for row in select(f"SELECT {columns}"):
            value = row[width:]
            found[(kind, *row[:width])] = value[0] if len(value) == 1 else value
    for kind in ("findings", "debate"):
        for fact in [fact for fact in found if fact[0] == kind]:
            if words := tuple(sorted(found.pop(fact).split())):
                found["words", fact[1], kind] = words
    for one, other, agreed in select(PROPOSALS):
        known = found.get(("proposal", one, other), frozenset())
        found["proposal", one, other] = known | ({agreed} if agreed else set())
    return found


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, but for the keys of forms, the queue of the worker, and when devices were used.

    Whatever form a device sends, it notes once a day that it is used.
    """
    columns = {
        model._meta.db_table: [
            f'"{field.column}"' for field in model._meta.concrete_fields if field.column != "used_at"
        ]
        for model in apps.get_models(include_auto_created=True)
        if model._meta.db_table not in IGNORED
    }
    return {
        table: sorted(select(f'SELECT {", ".join(names)} FROM "{table}"'), key=repr)  # noqa: S608
        for table, names in sorted(columns.items())
    }


def journal() -> dict[int, tuple[bool, int | None]]:
    """Return by revision whether the entry records rows, and what undid it."""
    found = select("SELECT revision, CAST(rows AS TEXT), undone_by FROM forum_journalentry ORDER BY revision")
    return {revision: (text != "[]", undone_by) for revision, text, undone_by in found}


def check_always(expected: Expected) -> None:
    """Check what must hold whatever was done."""
    connection.check_constraints()  # no row refers to one that is gone
    (revision,) = select("SELECT revision FROM forum_forum")[0]
    revisions = list(journal())
    assert revisions == list(range(revisions[0], revision + 1)) if revisions else True, "the journal has a hole"
    cells = [expected.facts[fact] for fact in expected.all("cell") if expected.facts[fact][1]]
    assert len(cells) == len(set(cells)), "two topics meet in one cell"
    undone = {n: undone_by for n, (_has_rows, undone_by) in journal().items() if n in expected.journal}
    compare(undone, {n: entry.undone_by for n, entry in expected.journal.items()}, "undone")


class Pages:
    """A live page for each audience and language, which is opened some time, and catches up now and then."""

    def __init__(self, forum: Forum) -> None:
        self.forum = forum
        self.open: dict[tuple[Audience, str], LivePage] = {}

    def fresh(self, audience: Audience, language: str) -> str:
        with translation.override(language):
            return boards.Board(Forum.objects.get(pk=self.forum.pk), audience).html()

    def look(self, audience: Audience, language: str) -> None:
        """Check that what the page receives makes it show what a fresh page shows."""
        if (audience, language) not in self.open:
            now = Forum.objects.get(pk=self.forum.pk)
            self.open[audience, language] = opened(self.fresh(audience, language), now.revision, now.epoch)
            return
        page = self.open[audience, language]
        with translation.override(language):
            change = catch_up.delta(self.forum, audience, page.shown, page.epoch)
        page.show(message_of(change))
        page.epoch = change.epoch
        assert page.board == shown(self.fresh(audience, language)), (audience, language)


def check_marks(expected: Expected) -> None:
    """Check what phones mark as their own: where one goes, where one sits, and what one convenes."""
    topics = dict(select("SELECT id, number FROM forum_topic"))
    for person, marks in marks_of(expected.people()).items():
        assert {topics[pk] for pk in marks["going"]} == {fact[1] for fact in expected.all("going") if fact[2] == person}
        assert {topics[pk] for pk in marks["here"]} == {fact[1] for fact in expected.all("here") if fact[2] == person}
        assert {topics[pk] for pk in marks["mine"]} == {n for n in expected.active if person in expected.conveners(n)}


def check_export(forum: Forum, expected: Expected, names: tuple[str, ...]) -> None:
    """Check that the book has each report's words once, and no name of somebody who is gone or is not to be named."""
    book = read_book(Forum.objects.get(pk=forum.pk))
    exported = open_data.as_json(book)
    data = json.loads(exported)
    texts = "\n".join((exported.decode(), as_markdown(book).decode(), action_plan_csv(book).decode()))
    named = {expected.get("name", pk) for pk in expected.people() if expected.get("appearance", pk) == "full"}
    others = {expected.get("name", pk) for pk in (*expected.people(), *expected.people("removed"))}
    for name in names:
        assert name in named or name not in others or name not in texts, f"{name} leaks"
    reports = {report["meeting"]["number"]: report for report in data["reports"]}
    for n in expected.active:
        for section in ("findings", "debate"):
            words = expected.get("words", n, section) or ()
            if expected.get("cell", n) and words:
                assert tuple(sorted(reports[n][section].split())) == words
    assert [action["what"] for action in data["actions"]] == [
        what
        for n in expected.active
        if expected.get("cell", n)
        for fact in sorted(expected.all("action"))
        for number, what in [expected.facts[fact]]
        if number == n and what
    ]


# the database


def database() -> Path:
    return Path(settings.DATABASES["default"]["NAME"])


def copy_database(source: Path, target: Path) -> None:
    """Copy it as SQLite does: another thread of the tests may still have it open, so that no file may be replaced."""
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)


def restart() -> None:
    """Empty the database and every memory of the process."""
    if settings.DATABASE_URL:
        call_command("flush", verbosity=0, interactive=False)
    else:
        empty = database().with_suffix(".empty")
        connections.close_all()
        if not empty.exists():
            call_command("flush", verbosity=0, interactive=False)
            connections.close_all()
            copy_database(database(), empty)
        copy_database(empty, database())
    shutil.rmtree(backups_directory(), ignore_errors=True)
    forget()
