"""A forum where everything exists, with a topic in each state and a browser for each role: for matrix and fuzz."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from django.urls import reverse

from forum.auth.identity import FACILITATOR_COOKIE, participant_cookie
from forum.models import (
    Actor,
    Device,
    Facilitator,
    Feedback,
    Forum,
    Group,
    MergeProposal,
    Message,
    OneTimeCode,
    Participant,
    Place,
    Slot,
    TeamRole,
    Topic,
)
from forum.phases import Phase
from sessions.media.images import ProcessedImage
from sessions.models import Comment, Edition, Imprint, Photo, Report
from sessions.printing import kits, pdf_cache
from sessions.printing.kit import KitOrder
from sessions.proceedings.pdf_process import Pdf
from tests.surface.crawl import patterns

CODE = "H7KQ4MT"
REPORTS = ("empty", "draft", "finished", "validated", "withdrawn")
"""States of a topic by its report; `withdrawn` is that of the topic."""
SHEET = " + sheet"
STATES = (*REPORTS, *(state + SHEET for state in REPORTS))
"""With and without a photographed sheet that waits to be transcribed."""
DRAWING = f"{'0' * 32}.png"
NO_ROW = 0
"""A primary key that no row has."""


@dataclass
class Scene:
    forum: Forum
    other_forum: Forum
    clients: dict[str, Client]
    """The browser of each role."""
    topics: dict[str, Topic]
    """By state."""
    arguments: dict[str, list[Any]]
    """By URL name, what its path takes beside the join code, in the state `draft`."""
    by_state: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    """The same for the URLs of a topic, in each state."""
    secrets: dict[str, str] = field(default_factory=dict)
    """Tokens and links that no answer may show, by whose they are."""

    outside: dict[str, list[Any]] = field(default_factory=dict)
    """What the paths of the URLs outside any forum take."""

    def browser(self, role: str) -> Client:
        """Return a new browser of this role, so that no request changes the cookies of the next one."""
        client = Client(headers={"accept-language": "fr"}, raise_request_exception=False)
        client.handler = self.clients[role].handler  # which has its middleware already
        client.cookies.load(self.clients[role].cookies.output(header="", sep=";"))
        return client

    def address(self, name: str, state: str = "draft") -> str:
        if name in self.outside:
            return reverse(name, args=self.outside[name])
        arguments = self.by_state[state].get(name, self.arguments.get(name, []))
        return reverse(name, args=[self.forum.code, *arguments])


class _Builder:
    """Makes a scene; each method one part of it."""

    def __init__(self) -> None:
        self.camille, link = Facilitator.create("Camille Dufour")
        self.secrets = {"Camille's link": link}
        self.forum = Forum.objects.create(
            title="Rencontre annuelle", question="Quelles coopérations ?", venue="Arras", code=CODE,
            phase=Phase.MARKETPLACE, territories="Arras\nAmiens", is_rehearsal=True,
        )  # fmt: skip
        self.forum.facilitators.add(self.camille)
        self.hall = Place.objects.create(forum=self.forum, name="Salle des Fêtes", seats=40, position=1)
        Place.objects.create(forum=self.forum, name="Le Préau", position=2)
        Slot.objects.create(forum=self.forum, starts_at=dt.time(21, 0), minutes=30, title="Dîner")
        people = [Participant.join(self.forum, name=name) for name in ("Nadia Ferrand", "Membre", "Théo Masson")]
        self.nadia, self.member, self.theo = people
        self.as_camille = Actor(facilitator=self.camille, role=TeamRole.FACILITATOR)
        self.clients: dict[str, Client] = {}

    def client(self, role: str, person: Participant | Facilitator | None) -> Client:
        client = self.clients[role] = Client(headers={"accept-language": "fr"})
        if person:
            name = participant_cookie(person.forum) if isinstance(person, Participant) else FACILITATOR_COOKIE
            client.cookies[name] = self.secrets[f"token of the {role}"] = Device.issue(person)
        return client

    def topic(self, state: str, n: int) -> tuple[Topic, dict[str, list[Any]]]:
        """Make a topic in this state. Return it with the arguments of the URLs about it."""
        by = Actor(self.nadia)
        topic = Topic.propose(self.forum, f"Rafraîchir nos cours d’école {n}", "Avant l’été.", self.nadia, by)
        slot = Slot.objects.create(forum=self.forum, starts_at=dt.time(9 + n, 0), minutes=45)
        group = Group.place_topic(topic, slot, self.hall, by)
        group.join(self.member, Actor(self.member))
        rows = {"action": NO_ROW, "version": NO_ROW, "photo": NO_ROW, "comment": NO_ROW}
        kind = state.removesuffix(SHEET)
        report = Report.for_group(group)
        image = ProcessedImage(b"\xff\xd8", b"\xff\xd8", b"\xff\xd8", 20, 10)
        if kind != "empty":
            report.write({"findings": "Un constat"}, report.bases(), Actor(self.member))
            rows["action"] = report.add_action(Actor(self.member), what="Planter").pk
            photo = Photo.add(report, image, Actor(self.member))
            photo.set_people_agreed(True, Actor(self.member))
            rows |= {"version": report.versions.get().pk, "photo": photo.pk}
            rows["comment"] = Comment.post(report, self.theo, Actor(self.theo), text="Nous aussi.").pk
        if state.endswith(SHEET):
            sheet = Photo.add(report, image, Actor(self.member), kind=Photo.Kind.SHEET)
            rows["photo"] = rows["photo"] or sheet.pk
        if kind in ("finished", "validated"):
            (report.finish if kind == "finished" else report.validate)(self.as_camille)
        arguments = self._topic_arguments(topic, rows)
        if kind == "withdrawn":
            topic.withdraw(by)
        return topic, arguments

    def _topic_arguments(self, topic: Topic, rows: dict[str, int]) -> dict[str, list[Any]]:
        other = Topic.propose(self.forum, f"Vélos {topic.number}", "", self.theo, Actor(self.theo))
        MergeProposal.propose(other, topic, Actor(self.theo))
        proposal = MergeProposal.objects.latest("pk")
        photo = Photo.objects.filter(pk=rows["photo"]).first()
        by_row = {
            "restore_version": rows["version"], "withdraw_comment": rows["comment"], "action": rows["action"],
            "drop_action": rows["action"], "answer_merge": proposal.pk, "upload_photo": "ab" * 12,
            "upload_sheet": "ab" * 12, "photo_file": photo.key if photo else "0" * 32,
            **dict.fromkeys(("photo", "agree_photo", "move_photo", "drop_photo"), rows["photo"]),
        }  # fmt: skip
        return {name: [topic.number, *([by_row[name]] if name in by_row else [])] for name in TOPIC_URLS}

    def edition(self, topics: dict[str, Topic]) -> Edition:
        """Make a book with the finished reports."""
        finished = [topic.number for state, topic in topics.items() if state.startswith(("finished", "validated"))]
        edition = Edition.request(self.forum, Actor())
        edition.path.parent.mkdir(parents=True, exist_ok=True)
        edition.path.write_bytes(b"%PDF-1.7")
        (edition.formats_directory / "images").mkdir(parents=True, exist_ok=True)
        for name in ("page.html", "book.md", f"images/{DRAWING}"):
            (edition.formats_directory / name).touch()
        (edition.formats_directory / "data.json").write_text("{}")
        edition.report_progress(state=Edition.State.READY, contents={"finished": finished})
        return edition

    def others(self) -> Forum:
        """Make another forum, with its people, and those who lost their rights in this one."""
        other = Forum.objects.create(title="Autre CANARI", question="Une question CANARI ?", phase=Phase.GROUPS)
        rival, _link = Facilitator.create("Rivale CANARI")
        other.facilitators.add(rival)
        neighbour = Participant.join(other, name="Voisin CANARI")
        Topic.propose(other, "Un sujet CANARI", "", neighbour, Actor(neighbour))
        for role in (TeamRole.OPERATOR, TeamRole.SPONSOR):
            person, _link = Facilitator.create(f"En {role}")
            self.forum.facilitators.add(person, through_defaults={"role": role})
            self.client(role.value, person)
        self.client("facilitator of another forum", rival)
        self.client("participant of another forum", neighbour)
        gone = Participant.join(self.forum, name="Parti")
        self.client("removed participant", gone)
        gone.remove(self.as_camille)
        revoked, _link = Facilitator.create("Révoquée")
        self.forum.facilitators.add(revoked)
        self.client("revoked facilitator", revoked)
        revoked.remove_from(self.forum, self.as_camille)
        return other

    def forum_arguments(self, edition: Edition, slot_pk: int) -> dict[str, list[Any]]:
        """Return the arguments of the URLs about no topic."""
        word = Feedback.give(self.forum, self.theo, Actor(self.theo), words="Merci", keep="", change="")
        message = Message.send(self.forum, "Le café est servi.", self.as_camille)
        logo = Imprint.for_forum(self.forum).logos.create(name="Région", file=DRAWING)
        colleague, self.secrets["the colleague's link"] = Facilitator.create("Collègue")
        self.forum.facilitators.add(colleague)
        self.secrets["the colleague's token"] = Device.issue(colleague)
        self.secrets["an invitation"] = OneTimeCode.invite(self.forum, self.as_camille)
        Participant.announce(self.forum, [{"name": "Attendue CANARI-ATTENDUE"}], self.as_camille)
        kit = kits.request_kit(self.forum, KitOrder())
        pdf_cache.store_pdf(kits.kit_path(self.forum, kit), Pdf(b"%PDF-1.7", 1))
        return {
            **{name: [self.theo.pk] for name in PERSON_URLS},
            **{name: [slot_pk] for name in ("freeze_slot", "begin_slot", "extend_slot")},
            **{name: [logo.pk] for name in ("move_logo", "remove_logo")},
            "book_image": [edition.number, DRAWING],
            **{name: [edition.number] for name in ("download", "book_page")},
            **{name: [kit] for name in ("kit", "kit_file")},
            "place_page": [self.hall.pk], "take_back": [message.pk], "remove_feedback": [word.pk],
            "undo": [self.forum.journal.earliest("revision").revision],
            "other_format": [edition.number, "book.md"], "public_image": [DRAWING], "public_file": ["book.md"],
            "remove_facilitator": [colleague.pk], "change_role": [colleague.pk],
            "end_device": [colleague.devices.get().pk],
            "end_invitation": [self.camille.invitations.get().pk], "check": ["database"],
        }  # fmt: skip


TOPIC_URLS = (
    "topic", "edit_topic", "withdraw", "bring_back", "interest", "place", "unplace", "swap", "freeze_topic",
    "presence", "door_count", "report", "read_report", "finish_report", "reopen_report", "add_action", "pitch",
    "begin_pitch", "end_pitch", "move_pitch", "merge", "split", "take_up", "hand_over", "operator_line", "writing",
    "history", "validate_report", "comment", "restore_version", "withdraw_comment", "answer_merge", "photos", "sheet",
    "transcribe", "photo", "agree_photo", "move_photo", "drop_photo", "upload_photo", "upload_sheet", "photo_file",
    "action", "drop_action", "report_pdf",
)  # fmt: skip
"""Names of the URLs about one topic."""
PERSON_URLS = ("person", "remove_person", "remove_with_all", "person_code", "arrive")
"""Names of the URLs about one person."""


def build_scene(states: tuple[str, ...] = STATES) -> Scene:
    """Make the scene in an empty database. `states`: of the topics; `draft` and `finished` are among them."""
    build = _Builder()
    made = {state: build.topic(state, n) for n, state in enumerate(states)}
    topics = {state: topic for state, (topic, _arguments) in made.items()}
    other = build.others()  # first: what was shown of somebody who is removed is no longer in the book
    edition = build.edition(topics)
    Imprint.for_forum(build.forum).set_access(build.as_camille, is_public=True, is_listed=False)
    slot_pk = topics["draft"].group.slot_id
    assert slot_pk
    arguments = build.forum_arguments(edition, slot_pk)
    people = {
        "nobody": None, "participant": build.theo, "member": build.member, "convener": build.nadia,
        "facilitator": build.camille,
    }  # fmt: skip
    for role, person in people.items():
        build.client(role, person)
    outside: dict[str, list[Any]] = {
        **{pattern.name or "": [] for route, pattern in patterns() if "<code:code>" not in route},
        "accept_invitation": [OneTimeCode.invite(build.forum, build.as_camille)],
        "enter_by_link": [build.secrets["the colleague's link"]],
    }
    forum = Forum.objects.get(pk=build.forum.pk)
    by_state = {state: arguments for state, (_topic, arguments) in made.items()}
    return Scene(forum, other, build.clients, topics, arguments, by_state, build.secrets, outside)
