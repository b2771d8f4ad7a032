"""What the database and its files hold, read by SQL and from the disk: the app has no part in it."""

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from PIL import Image

from tests.faults.ledger import Subject, Value

Query = Callable[[str], list[tuple[Any, ...]]]
PHRASE = re.compile(r"§[\w-]+\.")
UNIQUE_TEXTS = {
    "join": "SELECT name, COUNT(*) FROM forum_participant GROUP BY name",
    "topic": "SELECT title, COUNT(*) FROM forum_topic GROUP BY title",
    "comment": "SELECT text, COUNT(*) FROM reports_comment GROUP BY text",
    "word": "SELECT words, COUNT(*) FROM forum_feedback GROUP BY words",
}
"""The number of rows with each text, by kind."""
ALTERNATING = {
    "interest": """
        SELECT p.name,
            (SELECT COUNT(*) FROM forum_journalentry j WHERE j.participant_id = p.id
                AND j.verb IN ('said who is going', 'said who is no longer going')),
            (SELECT COUNT(*) FROM forum_interest i WHERE i.participant_id = p.id)
        FROM forum_participant p""",
    "presence": """
        SELECT p.name,
            (SELECT COUNT(*) FROM forum_journalentry j WHERE j.participant_id = p.id
                AND j.verb IN ('said who joined a group', 'said who left a group')),
            (SELECT COUNT(*) FROM forum_presence r WHERE r.participant_id = p.id AND r.left_at IS NULL)
        FROM forum_participant p""",
}
"""Of what somebody switches on and off: their name, how often they did it by the journal, and whether it is on."""
PHASE = "SELECT phase, (SELECT COUNT(*) FROM forum_journalentry WHERE verb = 'moved to phase') FROM forum_forum"
QUOTES = """
    SELECT t.number, r.quote FROM reports_report r
    JOIN forum_group g ON g.id = r.group_id JOIN forum_topic t ON t.id = g.topic_id"""


def query_sqlite(database: Path) -> Query:
    def query(sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(database)) as connection:
            return connection.execute(sql).fetchall()

    return query


def query_postgres(url: str) -> Query:
    import psycopg

    def query(sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(url) as connection:
            return connection.execute(sql).fetchall()

    return query


def damage_of(database: Path) -> list[str]:
    """Return what SQLite finds wrong with a database; nothing when it is whole."""
    rows = query_sqlite(database)
    broken = [str(line) for (line,) in rows("PRAGMA integrity_check") if line != "ok"]
    return broken + [f"a reference to nothing: {row}" for row in rows("PRAGMA foreign_key_check")]


def read_stored(query: Query) -> dict[Subject, Value]:
    """Return the value of each subject."""
    stored = {Subject(kind, text): Value(count) for kind, sql in UNIQUE_TEXTS.items() for text, count in query(sql)}
    for kind, sql in ALTERNATING.items():
        rows = query(sql)
        stored |= {Subject(kind, name): Value(number, "yes" if on else "no") for name, number, on in rows if number}
    stored |= {Subject("phase", ""): Value(number, phase) for phase, number in query(PHASE)}
    stored |= {Subject("quote", str(pk)): Value(0, text) for pk, text in query(QUOTES)}
    texts = query("SELECT findings, debate, proposals FROM reports_report")
    phrases = Counter(phrase for row in texts for text in row for phrase in PHRASE.findall(text))
    stored |= {Subject("phrase", phrase): Value(count) for phrase, count in phrases.items()}
    photos = Counter((width, height) for width, height in query("SELECT width, height FROM reports_photo"))
    stored |= {Subject("photo", f"{width}×{height}"): Value(count) for (width, height), count in photos.items()}
    return stored


def missing_files(query: Query, media: Path) -> list[str]:
    """Return the files that the database names and that are missing, empty or cut short."""
    images = list(_images(query, media))
    broken = [f"{path}: {why}" for path in images if (why := _damage_of_image(path))]
    for forum, number, size in query("SELECT forum_id, number, size FROM reports_edition WHERE state = 'ready'"):
        pdf = media / "editions" / str(forum) / f"{number}.pdf"
        if not pdf.exists() or len(content := pdf.read_bytes()) != size or b"%%EOF" not in content[-100:]:
            broken.append(f"{pdf}: not a PDF of {size} bytes")
        broken += [f"{path}: empty" for path in pdf.with_suffix("").rglob("*.*") if not path.stat().st_size]
        if not (pdf.with_suffix("") / "data.json").exists():
            broken.append(f"{pdf.with_suffix('')}: no open data")
    return broken


def _images(query: Query, media: Path) -> Iterator[Path]:
    for forum, key in query("SELECT forum_id, key FROM reports_photo"):
        directory = media / "photos" / str(forum)
        yield from (directory / f"{key}.jpg", directory / f"{key}-small.jpg", media / "images" / f"{key}.jpg")
    for (name,) in query("SELECT file FROM reports_logo"):
        yield media / "images" / name


def _damage_of_image(path: Path) -> str:
    try:
        with Image.open(path) as image:
            image.load()
    except (OSError, SyntaxError) as error:
        return str(error) or type(error).__name__
    return ""
