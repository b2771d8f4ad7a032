"""A whole day, already played: what a newcomer opens first, and what the pictures and the measures are taken from.

It is told in `sessions/demo/arras/` and played through the models' own verbs, phase after phase, so that its
journal reads as that of a real day. Only who fills the groups is drawn by lot, always with the same seed.
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

from forum.models import Actor, Facilitator, Feedback, Forum, Group, Participant, Place, Slot, Topic
from forum.phases import Phase
from sessions.media import images
from sessions.models import Comment, Photo, Report
from sessions.proceedings.edition_requests import request_edition

STORY = Path(__file__).resolve().parents[2] / "demo" / "arras"
SEED = 2019
KEEPS_ITS_PLAN = 0.75
"""How often someone had said "I am going" to the group in which they end up."""

Story = dict[str, Any]


class Command(BaseCommand):
    help = "Create the demonstration day (invented data). The last line is the path of the facilitator's link."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--phase", choices=Phase.values, help="phase in which the day is left (groups, unless it is there already)"
        )
        parser.add_argument("--again", action="store_true", help="create another one beside those that exist")

    def handle(self, *args: Any, phase: str | None, again: bool, **options: Any) -> None:
        forum = None if again else demonstration()
        with transaction.atomic():
            facilitator, secret = facilitator_of_the_day()
            by = Actor(facilitator=facilitator)
            if forum is None:
                forum = play(by)
                if forum.current_phase != (wanted := Phase(phase or Phase.GROUPS)):
                    forum.move_to(wanted, by)
                request_edition(forum, by)
                said = _("The demonstration day is ready: %(title)s.")
            else:
                if phase and phase != forum.phase:
                    forum.move_to(Phase(phase), by)
                said = _("The demonstration day is already there: %(title)s.")
        self.stdout.write(said % {"title": forum.title})
        self.stdout.write(reverse("enter", args=[secret]))


def read(name: str) -> Story:
    return tomllib.loads((STORY / f"{name}.toml").read_text(encoding="utf-8"))


def read_people() -> list[dict[str, str]]:
    with (STORY / "people.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def demonstration() -> Forum | None:
    """The latest demonstration day of this instance, if there is one."""
    day = read("day")
    return Forum.objects.filter(
        is_fictional=True, title=day["forum"]["title"], facilitators__name=day["facilitator"]
    ).first()


def facilitator_of_the_day() -> tuple[Facilitator, str]:
    """The invented facilitator and a fresh secret for her link; an earlier link opens nothing any more."""
    name, title = read("day")["facilitator"], read("day")["forum"]["title"]
    facilitator = Facilitator.objects.filter(name=name, forums__is_fictional=True, forums__title=title).first()
    return (facilitator, facilitator.replace_link()) if facilitator else Facilitator.create(name)


def play(by: Actor) -> Forum:
    """The whole day, from the empty room to the closing circle."""
    day, groups = read("day"), read("groups")["groups"]
    forum, slots, places = prepare(day, by)
    forum.move_to(Phase.OPENING, by)
    people = {fields["name"]: Participant.join(forum, Actor(), **fields) for fields in read_people()}
    seats = deal(groups, list(people))
    forum.move_to(Phase.MARKETPLACE, by)
    topics = [propose(forum, group, people[group["convener"]]) for group in groups]
    met = [place(topic, group, slots, places) for topic, group in zip(topics, groups, strict=True)]
    for number, name in plans(seats, list(people)):
        topics[number].set_interest(people[name], True, Actor(participant=people[name]))
    forum.move_to(Phase.GROUPS, by)
    for group, names in zip(met, seats, strict=True):
        for name in names:
            group.join(people[name], Actor(participant=people[name]))
    pictures = develop(groups)
    for group, told in zip(met, groups, strict=True):
        if "report" in told:
            write(group, told, Actor(participant=people[told["seated"][0]]), pictures)
    for said in day["comments"]:
        guest = people[said["participant"]]
        told = {"text": said.get("text", ""), "concerns_us": said.get("concerns_us", False)}
        Comment.post(Report.for_group(met[said["group"] - 1]), guest, Actor(participant=guest), **told)
    forum.move_to(Phase.CLOSING, by)
    for said in day["words"]:
        person = people[said["participant"]] if "participant" in said else None
        words = {name: said.get(name, "") for name in ("words", "keep", "change")}
        Feedback.give(forum, person, Actor(participant=person) if person else by, **words)
    return forum


def prepare(day: Story, by: Actor) -> tuple[Forum, list[Slot], dict[str, Place]]:
    """The forum, its slots for groups in order, and its places by name."""
    forum = Forum(is_fictional=True, **day["forum"] | {"territories": day["forum"]["territories"].strip()})
    forum.save()
    if by.facilitator:
        forum.facilitators.add(by.facilitator)
    slots = [Slot.objects.create(forum=forum, **fields) for fields in day["slots"]]
    places = [Place.objects.create(forum=forum, position=n, **fields) for n, fields in enumerate(day["places"], 1)]
    forum.describe(by)
    return forum, [slot for slot in slots if slot.is_for_groups], {place.name: place for place in places}


def deal(groups: list[Story], names: list[str]) -> list[list[str]]:
    """Who sits in each group: its convener, those whom its story names, then others by lot.

    In each slot nobody sits twice, and those who sat least until then are drawn first.
    """
    lot = Random(SEED)  # noqa: S311 - nothing secret is drawn
    seats = [[group["convener"], *group["seated"]] for group in groups]
    sat: Counter[str] = Counter()
    for slot in sorted({group["slot"] for group in groups}):
        meeting = [n for n, group in enumerate(groups) if group["slot"] == slot]
        taken = {name for n in meeting for name in seats[n]}
        free = sorted((name for name in names if name not in taken), key=lambda name: (sat[name], lot.random()))
        for n in meeting:
            missing = groups[n]["size"] - len(seats[n])
            seats[n] += free[:missing]
            del free[:missing]
            sat.update(seats[n])
    return seats


def plans(seats: list[list[str]], names: list[str]) -> list[tuple[int, str]]:
    """Who said in the marketplace that they were going where, in the order of their arrival.

    Most of it came true; the rest is the law of two feet.
    """
    lot = Random(SEED)  # noqa: S311 - nothing secret is drawn
    going: defaultdict[str, list[int]] = defaultdict(list)
    for number, seated in enumerate(seats):
        for name in names:
            likely = KEEPS_ITS_PLAN if name in seated else len(seated) / 200
            if lot.random() < likely or name == seated[0]:
                going[name].append(number)
    return [(number, name) for name in names for number in going[name]]


def propose(forum: Forum, told: Story, convener: Participant) -> Topic:
    return Topic.propose(forum, told["title"], told["description"], convener, Actor(participant=convener))


def place(topic: Topic, told: Story, slots: list[Slot], places: dict[str, Place]) -> Group:
    return Group.place_topic(
        topic,
        slots[told["slot"] - 1],
        places[told["place"]] if "place" in told else None,
        Actor(participant=topic.convener),
        elsewhere=told.get("elsewhere", ""),
    )


def develop(groups: list[Story]) -> dict[str, images.ProcessedImage]:
    """The photographs of the day by name, drawn anew as those that people send, all in one go."""
    names = [photo["file"] for group in groups for photo in group.get("report", {}).get("photos", [])]
    drawn = images.process_images([io.BytesIO((STORY / name).read_bytes()) for name in names])
    return {name: one for name, one in zip(names, drawn, strict=True) if isinstance(one, images.ProcessedImage)}


def write(group: Group, told: Story, by: Actor, pictures: dict[str, images.ProcessedImage]) -> None:
    """What the group brings back, as its scribe writes it, with the photographs of its flip chart."""
    report = Report.for_group(group)
    written = {"head_count": told["size"], **told["report"]}
    actions, photos = written.pop("actions", []), written.pop("photos", [])
    status = written.pop("status", Report.Status.FINISHED)
    report.write(written, report.bases(), by)
    for action in actions:
        report.add_action(by, **action)
    for words in photos:
        photo = Photo.add(report, pictures[words.pop("file")], by)
        photo.write(words, photo.bases(), by)
        photo.set_people_agreed(True, by)
    if status == Report.Status.FINISHED:
        report.finish(by)
