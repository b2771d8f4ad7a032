"""Create a forum whose groups finished their reports, all but the last: `python -m tests.bench.forums.reports 16`.

Repeats the texts of the demonstration day; groups have none to three photos, all different. Prints one JSON object, as
marketplace.py does. Writes the book to `book.html` in the data directory, with its images in `images`.
"""

import io
import json
import os
import random
import sys
from datetime import time
from itertools import cycle
from typing import TYPE_CHECKING

import django
from PIL import Image, ImageDraw

from tests.bench.forums.access import give_access

if TYPE_CHECKING:
    from forum.models import Actor
    from sessions.models import Report

PEOPLE_PER_GROUP = 4
SLOTS = 4
PHOTOS = (1, 3, 0, 2)
"""Number of photos of the groups, in turn."""
WIDTH, HEIGHT = 1600, 1200
"""Pixels of a photo."""


def create(groups: int) -> dict[str, object]:
    from django.conf import settings
    from django.core.management import call_command

    from forum.models import Actor, Facilitator, Forum, Group, Participant, Presence, Slot, Topic
    from forum.phases import Phase
    from sessions.management.commands.demo import read_people, read_table
    from sessions.media import images
    from sessions.models import Report
    from sessions.proceedings import content, html

    call_command("migrate", interactive=False, verbosity=0)
    day = read_table("day")
    forum = Forum.objects.create(**day["forum"], phase=Phase.GROUPS)
    facilitator = Facilitator.create("Camille Dufour")[0]
    forum.facilitators.add(facilitator)
    by = Actor(facilitator=facilitator)
    slots = [Slot.objects.create(forum=forum, starts_at=time(10 + n), minutes=50) for n in range(SLOTS)]
    fields = cycle(read_people())
    people = Participant.objects.bulk_create(
        Participant(forum=forum, **{**next(fields), "name": f"{person['name']} {n}"})
        for n, person in zip(range(PEOPLE_PER_GROUP * groups), cycle(read_people()), strict=False)
    )
    stories = cycle(group for group in read_table("groups")["groups"] if "report" in group)
    for n in range(groups):
        story = next(stories)
        topic = Topic.propose(forum, story["title"], story["description"], people[n], by)
        group = Group.place_topic(topic, slots[n % SLOTS], None, by, elsewhere=f"Table {n + 1}")
        seated = people[PEOPLE_PER_GROUP * n : PEOPLE_PER_GROUP * (n + 1)]
        Presence.objects.bulk_create(Presence(group=group, participant=person) for person in seated)
        texts = {"head_count": story["size"], **story["report"]}
        actions = texts.pop("actions", [])
        texts.pop("status", None)
        report = Report.for_group(group)
        report.write(texts, report.bases(), by)
        for action in actions:
            report.add_action(by, **action)
        add_photos(report, PHOTOS[n % len(PHOTOS)], by)
        if n + 1 < groups:
            report.finish(by)
    (settings.DATA_DIR / "book.html").write_text(html.render_book(content.read_book(forum, 1)))
    (settings.DATA_DIR / "images").symlink_to(images.directory())
    return give_access(forum, people, facilitator)


def add_photos(report: "Report", count: int, by: "Actor") -> None:
    """Add photos to a report, as a phone does."""
    from sessions.media import images
    from sessions.models import Photo

    uploads = [io.BytesIO(draw_flip_chart(random.Random(f"{report.pk}-{n}"))) for n in range(count)]
    for n, drawn in enumerate(images.process_images(uploads), 1):
        if isinstance(drawn, images.InvalidImage):
            raise drawn
        photo = Photo.add(report, drawn, by)
        texts = {"caption": f"Feuille {n}", "alternative": "Une feuille de paperboard et ses notes repositionnables"}
        photo.write(texts, photo.bases(), by)
        photo.set_people_agreed(True, by)


def draw_flip_chart(rng: random.Random) -> bytes:
    """Draw a photo of a sheet on the wall, as a phone takes it: a JPEG of some 250 kB with noise."""

    def colour(least: int, most: int) -> tuple[int, ...]:
        return tuple(rng.randint(least, most) for _ in range(3))

    light = Image.linear_gradient("L").rotate(rng.choice((0, 90, 180))).resize((WIDTH, HEIGHT))
    photo = Image.composite(
        Image.new("RGB", light.size, colour(150, 230)),
        Image.new("RGB", light.size, colour(60, 140)),
        light,
    )
    pen = ImageDraw.Draw(photo)
    pen.polygon([(300 + rng.randint(-60, 60), 90), (1300, 110), (1330, 1150), (270, 1120)], fill=colour(225, 250))
    for y in range(180, 1080, 75):
        x = 360
        while x < 1180:
            length = rng.randint(6, 18)
            pen.line([(x + 9 * n, y + rng.randint(-14, 14)) for n in range(length)], fill=colour(20, 110), width=5)
            x += 9 * length + 30
    for _ in range(rng.randint(3, 9)):
        x, y = rng.randint(40, WIDTH - 200), rng.randint(60, HEIGHT - 200)
        pen.rectangle((x, y, x + 150, y + 140), fill=colour(140, 255))
    photo = Image.blend(photo, Image.effect_noise(photo.size, 22).convert("RGB"), 0.12)
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=85)
    return file.getvalue()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forum.settings")
    django.setup()
    print(json.dumps(create(int(sys.argv[1]))))
