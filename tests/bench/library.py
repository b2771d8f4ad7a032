"""A forum whose groups have written their reports, all but the last: `python -m tests.bench.library 16`.

The texts are those of the demonstration day, again and again; groups have none to three photos, no two of them the
same. Prints one JSON object, as stage.py does. Leaves the book as it stands in the data directory, in `book.html`, and
its images in `images`.
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

if TYPE_CHECKING:
    from forum.models import Actor
    from sessions.models import Report

PEOPLE_PER_GROUP = 4
SLOTS = 4
PHOTOS = (1, 3, 0, 2)
"""How many a group has, in turn."""
WIDE, HIGH = 1600, 1200


def write(groups: int) -> dict[str, object]:
    from django.conf import settings
    from django.core.management import call_command

    from forum.auth.identity import FACILITATOR_COOKIE, participant_cookie
    from forum.models import Actor, Device, Facilitator, Forum, Group, Participant, Presence, Slot, Topic
    from forum.models.tokens import fingerprint, new_token
    from forum.phases import Phase
    from sessions.management.commands.demo import read, read_people
    from sessions.media import images
    from sessions.models.report import report_of
    from sessions.proceedings import content, html

    call_command("migrate", interactive=False, verbosity=0)
    day = read("day")
    forum = Forum.objects.create(**day["forum"], phase=Phase.GROUPS)
    facilitator = Facilitator.create("Camille Dufour")[0]
    forum.facilitators.add(facilitator)
    by = Actor(facilitator=facilitator)
    slots = [Slot.objects.create(forum=forum, starts_at=time(10 + n), minutes=50) for n in range(SLOTS)]
    names = cycle(read_people())
    people = Participant.objects.bulk_create(
        Participant(forum=forum, **{**next(names), "name": f"{said['name']} {n}"})
        for n, said in zip(range(PEOPLE_PER_GROUP * groups), cycle(read_people()), strict=False)
    )
    told = cycle(group for group in read("groups")["groups"] if "report" in group)
    for n in range(groups):
        story = next(told)
        topic = Topic.propose(forum, story["title"], story["description"], people[n], by)
        group = Group.place_topic(topic, slots[n % SLOTS], None, by, elsewhere=f"Table {n + 1}")
        seated = people[PEOPLE_PER_GROUP * n : PEOPLE_PER_GROUP * (n + 1)]
        Presence.objects.bulk_create(Presence(group=group, participant=person) for person in seated)
        written = {"head_count": story["size"], **story["report"]}
        actions = written.pop("actions", [])
        written.pop("status", None)
        report = report_of(group)
        report.write(written, report.bases(), by)
        for action in actions:
            report.add_action(by, **action)
        hang(report, PHOTOS[n % len(PHOTOS)], by)
        if n + 1 < groups:
            report.finish(by)
    tokens = [new_token() for _ in people]
    Device.objects.bulk_create(
        Device(token_fingerprint=fingerprint(token), participant=person)
        for token, person in zip(tokens, people, strict=True)
    )
    (settings.DATA_DIR / "book.html").write_text(html.render(content.read(forum, 1)))
    (settings.DATA_DIR / "images").symlink_to(images.directory())
    forum.refresh_from_db()
    name = participant_cookie(forum)
    return {
        "code": forum.code,
        "epoch": forum.epoch,
        "since": forum.revision,
        "phones": [f"{name}={token}" for token in tokens],
        "desk": f"{FACILITATOR_COOKIE}={Device.issue(facilitator)}",
    }


def hang(report: "Report", count: int, by: "Actor") -> None:
    """Add so many photos to a report, the way a phone does."""
    from sessions.media import images
    from sessions.models import Photo

    uploads = [io.BytesIO(flip_chart(random.Random(f"{report.pk}-{n}"))) for n in range(count)]
    for n, drawn in enumerate(images.redraw(uploads), 1):
        if isinstance(drawn, images.Unusable):
            raise drawn
        photo = Photo.add(report, drawn, by)
        told = {"caption": f"Feuille {n}", "alternative": "Une feuille de paperboard et ses notes repositionnables"}
        photo.write(told, photo.bases(), by)
        photo.agree(True, by)


def flip_chart(lot: random.Random) -> bytes:
    """What a phone takes of a sheet on the wall: a JPEG of some 250 kB, grain included."""

    def tone(least: int, most: int) -> tuple[int, ...]:
        return tuple(lot.randint(least, most) for _ in range(3))

    light = Image.linear_gradient("L").rotate(lot.choice((0, 90, 180))).resize((WIDE, HIGH))
    photo = Image.composite(
        Image.new("RGB", light.size, tone(150, 230)), Image.new("RGB", light.size, tone(60, 140)), light
    )
    pen = ImageDraw.Draw(photo)
    pen.polygon([(300 + lot.randint(-60, 60), 90), (1300, 110), (1330, 1150), (270, 1120)], fill=tone(225, 250))
    for y in range(180, 1080, 75):
        x = 360
        while x < 1180:
            length = lot.randint(6, 18)
            pen.line([(x + 9 * n, y + lot.randint(-14, 14)) for n in range(length)], fill=tone(20, 110), width=5)
            x += 9 * length + 30
    for _ in range(lot.randint(3, 9)):
        x, y = lot.randint(40, WIDE - 200), lot.randint(60, HIGH - 200)
        pen.rectangle((x, y, x + 150, y + 140), fill=tone(140, 255))
    photo = Image.blend(photo, Image.effect_noise(photo.size, 22).convert("RGB"), 0.12)
    taken = io.BytesIO()
    photo.save(taken, "JPEG", quality=85)
    return taken.getvalue()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forum.settings")
    django.setup()
    print(json.dumps(write(int(sys.argv[1]))))
