"""`manage.py demo`: create the demonstration day, which screenshots and measurements use too.

Its data are in `sessions/demo/arras/`. They go through the methods of the models, phase after phase, so that the
journal is like that of a real day. Group members are partly random, always with the same seed.
"""

import csv
import io
import tomllib
from argparse import ArgumentParser
from collections import Counter, defaultdict
from pathlib import Path
from random import Random
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from forum.models import Actor, Facilitator, Feedback, Forum, Group, Participant, Place, Slot, TeamRole, Topic
from forum.phases import Phase
from sessions.media import images
from sessions.models import Comment, Photo, Report
from sessions.proceedings.edition_requests import request_edition

DATA = Path(__file__).resolve().parents[2] / "demo" / "arras"
SEED = 2019
PLANNED = 0.75
"""Probability that a member of a group had said in the marketplace that they were going there."""

Table = dict[str, Any]
"""A table of a TOML file."""


class Command(BaseCommand):
    help = "Create the demonstration day (invented data). The last line is the path of the facilitator's link."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--phase", choices=Phase.values, help="phase in which the day is left (groups, unless it is there already)"
        )
        parser.add_argument("--again", action="store_true", help="create another one beside those that exist")

    def handle(self, *args: Any, phase: str | None, again: bool, **options: Any) -> None:
        forum = None if again else existing_demo()
        with transaction.atomic():
            facilitator, secret = demo_facilitator()
            by = Actor(facilitator=facilitator, role=TeamRole.FACILITATOR)
            if forum is None:
                forum = create_day(by)
                if forum.current_phase != (last_phase := Phase(phase or Phase.GROUPS)):
                    forum.move_to(last_phase, by)
                request_edition(forum, by)
                text = _("The demonstration day is ready: %(title)s.")
            else:
                if phase and phase != forum.phase:
                    forum.move_to(Phase(phase), by)
                text = _("The demonstration day is already there: %(title)s.")
        self.stdout.write(text % {"title": forum.title})
        self.stdout.write(reverse("enter_by_link", args=[secret]))


def read_table(name: str) -> Table:
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


def read_people() -> list[dict[str, str]]:
    with (DATA / "people.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def existing_demo() -> Forum | None:
    """Return a demonstration day that was created earlier; None if there is none."""
    day = read_table("day")
    return Forum.objects.filter(
        is_fictional=True, title=day["forum"]["title"], facilitators__name=day["facilitator"]
    ).first()


def demo_facilitator() -> tuple[Facilitator, str]:
    """Return the facilitator of the demonstration and the secret of a new link, which replaces an earlier one."""
    name, title = read_table("day")["facilitator"], read_table("day")["forum"]["title"]
    facilitator = Facilitator.objects.filter(name=name, forums__is_fictional=True, forums__title=title).first()
    return (facilitator, facilitator.replace_link()) if facilitator else Facilitator.create(name)


def create_day(by: Actor) -> Forum:
    """Create the whole day, from its preparation to its closing plenary."""
    day, tables = read_table("day"), read_table("groups")["groups"]
    forum, slots, places = create_forum(day, by)
    forum.move_to(Phase.OPENING, by)
    people = {fields["name"]: Participant.join(forum, Actor(), **fields) for fields in read_people()}
    members = assign_members(tables, list(people))
    forum.move_to(Phase.MARKETPLACE, by)
    topics = [propose_topic(forum, table, people[table["convener"]]) for table in tables]
    groups = [place_topic(topic, table, slots, places) for topic, table in zip(topics, tables, strict=True)]
    for number, name in assign_interests(members, list(people)):
        topics[number].set_interest(people[name], True, Actor(participant=people[name]))
    forum.move_to(Phase.GROUPS, by)
    for group, names in zip(groups, members, strict=True):
        for name in names:
            group.join(people[name], Actor(participant=people[name]))
    photos = process_photos(tables)
    for group, table in zip(groups, tables, strict=True):
        if "report" in table:
            write_report(group, table, Actor(participant=people[table["seated"][0]]), photos)
    for comment in day["comments"]:
        person = people[comment["participant"]]
        fields = {"text": comment.get("text", ""), "concerns_us": comment.get("concerns_us", False)}
        Comment.post(Report.for_group(groups[comment["group"] - 1]), person, Actor(participant=person), **fields)
    forum.move_to(Phase.CLOSING, by)
    for feedback in day["words"]:
        author = people[feedback["participant"]] if "participant" in feedback else None
        words = {name: feedback.get(name, "") for name in ("words", "keep", "change")}
        Feedback.give(forum, author, Actor(participant=author) if author else by, **words)
    return forum


def create_forum(day: Table, by: Actor) -> tuple[Forum, list[Slot], dict[str, Place]]:
    """Return the forum, its slots for groups in order, and its places by name."""
    forum = Forum(is_fictional=True, **day["forum"] | {"territories": day["forum"]["territories"].strip()})
    forum.save()
    if by.facilitator:
        forum.facilitators.add(by.facilitator)
    slots = [Slot.objects.create(forum=forum, **fields) for fields in day["slots"]]
    places = [Place.objects.create(forum=forum, position=n, **fields) for n, fields in enumerate(day["places"], 1)]
    forum.describe(by)
    return forum, [slot for slot in slots if slot.is_for_groups], {place.name: place for place in places}


def assign_members(groups: list[Table], names: list[str]) -> list[list[str]]:
    """Return the members of each group: its convener, those named by its table, then random people.

    Nobody is in two groups of a slot, and people who were in the fewest groups come first.
    """
    random = Random(SEED)  # noqa: S311 - nothing secret is drawn
    members = [[group["convener"], *group["seated"]] for group in groups]
    groups_of: Counter[str] = Counter()
    for slot in sorted({group["slot"] for group in groups}):
        meeting = [n for n, group in enumerate(groups) if group["slot"] == slot]
        busy = {name for n in meeting for name in members[n]}
        free = sorted((name for name in names if name not in busy), key=lambda name: (groups_of[name], random.random()))
        for n in meeting:
            missing = groups[n]["size"] - len(members[n])
            members[n] += free[:missing]
            del free[:missing]
            groups_of.update(members[n])
    return members


def assign_interests(members: list[list[str]], names: list[str]) -> list[tuple[int, str]]:
    """Return the topics that people wanted in the marketplace, by index, in the order of the people's arrival."""
    random = Random(SEED)  # noqa: S311 - nothing secret is drawn
    interests: defaultdict[str, list[int]] = defaultdict(list)
    for number, group in enumerate(members):
        for name in names:
            probability = PLANNED if name in group else len(group) / 200
            if random.random() < probability or name == group[0]:
                interests[name].append(number)
    return [(number, name) for name in names for number in interests[name]]


def propose_topic(forum: Forum, table: Table, convener: Participant) -> Topic:
    return Topic.propose(forum, table["title"], table["description"], convener, Actor(participant=convener))


def place_topic(topic: Topic, table: Table, slots: list[Slot], places: dict[str, Place]) -> Group:
    return Group.place_topic(
        topic,
        slots[table["slot"] - 1],
        places[table["place"]] if "place" in table else None,
        Actor(participant=topic.convener),
        elsewhere=table.get("elsewhere", ""),
    )


def process_photos(groups: list[Table]) -> dict[str, images.ProcessedImage]:
    """Return the photos of all reports by file name, processed like those that people send."""
    names = [photo["file"] for group in groups for photo in group.get("report", {}).get("photos", [])]
    processed = images.process_images([io.BytesIO((DATA / name).read_bytes()) for name in names])
    return {name: one for name, one in zip(names, processed, strict=True) if isinstance(one, images.ProcessedImage)}


def write_report(group: Group, table: Table, by: Actor, images_by_name: dict[str, images.ProcessedImage]) -> None:
    """Write the report of a group with its actions and photos."""
    report = Report.for_group(group)
    texts = {"head_count": table["size"], **table["report"]}
    actions, photos = texts.pop("actions", []), texts.pop("photos", [])
    status = texts.pop("status", Report.Status.FINISHED)
    report.write(texts, report.bases(), by)
    for action in actions:
        report.add_action(by, **action)
    for fields in photos:
        photo = Photo.add(report, images_by_name[fields.pop("file")], by)
        photo.write(fields, photo.bases(), by)
        photo.set_people_agreed(True, by)
    if status == Report.Status.FINISHED:
        report.finish(by)
