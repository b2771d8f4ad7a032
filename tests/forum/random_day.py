"""Call any verb of a day on people and topics picked by number: one long class, with a method for each verb."""

import contextlib
from base64 import b64decode
from datetime import time
from typing import Any

from hypothesis import strategies as st
from pycrdt import Doc, Text

from forum.models import (
    Actor,
    AlreadyConvened,
    CannotMerge,
    CellTaken,
    Facilitator,
    Feedback,
    Forum,
    Group,
    MergeProposal,
    Message,
    NameTaken,
    NotQueued,
    OneTimeCode,
    Participant,
    Pitch,
    Place,
    RecentlyAsked,
    Slot,
    TeamRole,
    Topic,
)
from forum.models.approval import decide, waiting_rows
from forum.models.slot import InvalidDuration
from forum.phases import Phase, Slide
from sessions.media.images import ProcessedImage
from sessions.models import Comment, Edition, Imprint, Logo, Photo, Report, TooManyPhotos
from sessions.models.manuscript import WriterUpdate

TITLES = ("Rafraîchir nos cours d’école", "L’eau en août : qui ferme le robinet ?", "<b>Vélos</b> & trains", "a")
LOGO = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABAQAAAAA3bvkkAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")
"""One pixel."""


class Day:
    """A forum, with a method for each verb, which calls it on the people and topics of a number."""

    def __init__(self, forum: Forum) -> None:
        self.forum = forum
        self.by = Actor()

    def _pick(self, rows: Any, n: int) -> Any:
        found = list(rows)
        return found[n % len(found)] if found else None

    def person(self, n: int) -> Any:
        return self._pick(self.forum.participants.present().order_by("pk"), n)

    def topic(self, n: int) -> Any:
        return self._pick(self.forum.topics.order_by("pk"), n)

    def group(self, n: int) -> Any:
        return self._pick(Group.objects.filter(topic__forum=self.forum).order_by("pk"), n)

    def pitch(self, n: int) -> Pitch | None:
        found: Pitch | None = self._pick(self.forum.pitches.order_by("pk"), n)
        return found

    def report(self, n: int) -> Report | None:
        group = self.group(n)
        return Report.for_group(group) if group else None

    # verbs
    def join(self, n: int) -> None:
        Participant.join(self.forum, name=("Élodie", "Zoé", "Abel", "Denis")[n % 4])

    def announce(self, n: int) -> None:
        Participant.announce(self.forum, [{"name": "Élodie"}, {"name": f"Nora {n}"}], self.by)

    def arrive(self, n: int) -> None:
        if person := self._pick(self.forum.participants.expected().order_by("pk"), n):
            person.arrive(self.by)

    def forget_expected(self, n: int) -> None:
        Participant.forget_expected(self.forum, self.by)

    def save_identity(self, n: int) -> None:
        if person := self.person(n):
            person.name = f"{person.name} bis"
            person.save_identity(self.by)

    def give_access(self, n: int) -> None:
        if person := self.person(n):
            person.forum = self.forum
            OneTimeCode.give(person, self.by)

    def use_access(self, n: int) -> None:
        codes = OneTimeCode.objects.filter(participant__forum=self.forum).order_by("pk")
        if code := self._pick(codes, n):
            code.use()

    def agree_to_access(self, n: int) -> None:
        if person := self.person(n):
            person.agree_to_access(self.by)

    def remove(self, n: int) -> None:
        if person := self.person(n):
            person.remove(self.by)

    def remove_with_all(self, n: int) -> None:
        if person := self.person(n):
            person.forum = self.forum
            person.remove_with_all(self.by)

    def propose(self, n: int) -> None:
        Topic.propose(self.forum, TITLES[n % len(TITLES)], "", self.person(n), self.by)

    def edit_topic(self, n: int) -> None:
        if topic := self.topic(n):
            topic.title += " !"
            topic.convener = self.person(n + 1)
            topic.edit(self.by)

    def set_approves_first(self, n: int) -> None:
        self.forum.set_approves_first(n % 3 != 0, self.by)

    def propose_from_phone(self, n: int) -> None:
        if person := self.person(n):
            Topic.propose(self.forum, f"Du téléphone {n}", "", person, Actor(person))

    def give_feedback_from_phone(self, n: int) -> None:
        if person := self.person(n):
            Feedback.give(self.forum, person, Actor(person), words=f"Merci {n}", keep="", change="")

    def add_photo_from_phone(self, n: int) -> None:
        if (report := self.report(n)) and (person := self.person(n // 2)):
            with contextlib.suppress(TooManyPhotos):
                Photo.add(report, ProcessedImage(b"", b"", b"", 20, 10), Actor(person))

    def decide(self, n: int) -> None:
        names = [row.name for row in waiting_rows(self.forum)]
        decide(self.forum, names[: n % 3 + 1], n % 2 == 0, self.by)

    def withdraw(self, n: int) -> None:
        if topic := self.topic(n):
            topic.withdraw(self.by)

    def bring_back(self, n: int) -> None:
        if topic := self.topic(n):
            topic.bring_back(self.by)

    def propose_merge(self, n: int) -> None:
        with contextlib.suppress(CannotMerge):
            MergeProposal.propose(self.topic(n), self.topic(n // 3 + 1), Actor(self.person(n)))

    def agree_to_merge(self, n: int) -> None:
        if proposal := self._pick(MergeProposal.objects.filter(topic__forum=self.forum).order_by("pk"), n):
            proposal.agree(Actor(self.person(n // 2))) if n % 3 else proposal.decline(self.by)

    def merge(self, n: int) -> None:
        with contextlib.suppress(CannotMerge):
            self.topic(n).merge_into(self.topic(n // 2 + 1), self.by)

    def split(self, n: int) -> None:
        self.topic(n).split("Le premier", "Le second", self.person(n), self.by)

    def take_up(self, n: int) -> None:
        if person := self.person(n // 2):
            with contextlib.suppress(AlreadyConvened):
                self.topic(n).take_up(person, self.by)

    def hand_over(self, n: int) -> None:
        self.topic(n).hand_over(self.person(n // 2) if n % 2 else None, Actor(self.topic(n).convener))

    def set_interest(self, n: int) -> None:
        if (topic := self.topic(n)) and (person := self.person(n // 3)):
            topic.set_interest(person, n % 2 == 0, self.by)

    def place_topic(self, n: int) -> None:
        slot = self._pick(Slot.objects.filter(forum=self.forum).for_groups(), n)
        place = self._pick([*Place.objects.filter(forum=self.forum), None], n // 2)
        if topic := self.topic(n):
            with contextlib.suppress(CellTaken):
                Group.place_topic(topic, slot, place, self.by, elsewhere="Au jardin")

    def accept_suggestion(self, n: int) -> None:
        placed = list(Group.objects.filter(topic__forum=self.forum, slot__isnull=False).order_by("pk"))
        turn = placed[n % len(placed) :] + placed[: n % len(placed)] if placed else []
        for group in placed:
            group.topic.forum = self.forum
        cells = [(one.topic, other.slot, other.place) for one, other in zip(placed, turn, strict=True) if other.slot]
        Group.rearrange(self.forum, cells, self.by)

    def swap_topics(self, n: int) -> None:
        if (group := self.group(n)) and (other := self.group(n + 1)) and group != other:
            group.swap(other, self.by)

    def freeze_topic(self, n: int) -> None:
        if group := self.group(n):
            (group.unfreeze if group.is_frozen else group.freeze)(self.by)

    def freeze_slot(self, n: int) -> None:
        slot = self._pick(Slot.objects.filter(forum=self.forum).for_groups(), n)
        slot.forum = self.forum
        (slot.unfreeze if slot.is_frozen else slot.freeze)(self.by)

    def add_place(self, n: int) -> None:
        with contextlib.suppress(NameTaken):
            Place.add(self.forum, self.by, name=f"Sous l’arbre {n}", seats=n)

    def unplace(self, n: int) -> None:
        if group := self.group(n):
            group.unplace(self.by)

    def join_group(self, n: int) -> None:
        if (group := self.group(n)) and (person := self.person(n // 2)):
            group.join(person, self.by)

    def leave_group(self, n: int) -> None:
        if (group := self.group(n)) and (person := self.person(n // 2)):
            group.leave(person, self.by)

    def roam(self, n: int) -> None:
        if person := self.person(n // 3):
            person.roam(("bumblebee", "butterfly", "")[n % 3], self.by)

    def count_at_door(self, n: int) -> None:
        if group := self.group(n):
            group.count_at_door(n or None, self.by)

    def begin_slot(self, n: int) -> None:
        if slot := self._pick(Slot.objects.filter(forum=self.forum).for_groups(), n):
            slot.begin(self.by)

    def extend_slot(self, n: int) -> None:
        if slot := self._pick(Slot.objects.filter(forum=self.forum), n):
            with contextlib.suppress(InvalidDuration):
                slot.extend(5 * (n % 7 - 3), self.by)

    def post_message(self, n: int) -> None:
        slot = self._pick(Slot.objects.filter(forum=self.forum).for_groups(), n) if n % 3 == 1 else None
        topic = self.topic(n) if n % 3 == 2 else None
        Message.send(self.forum, f"Message {n}", self.by, slot=slot, topic=topic)

    def take_message_back(self, n: int) -> None:
        if message := self._pick(self.forum.messages.all(), n):
            message.take_back(self.by)

    def write_report(self, n: int) -> None:
        if report := self.report(n):
            report.write({"findings": f"Constat {n}", "quote": "Allons voir."}, report.bases(), self.by)

    def add_action(self, n: int) -> None:
        if report := self.report(n):
            report.add_action(self.by, what=f"Planter {n} arbres")

    def write_action(self, n: int) -> None:
        if (report := self.report(n)) and (action := report.actions.first()):
            action.write({"what": "" if n % 2 else "Creuser"}, action.bases(), self.by)

    def drop_action(self, n: int) -> None:
        if (report := self.report(n)) and (action := report.actions.first()):
            action.drop(self.by)

    def finish_report(self, n: int) -> None:
        if report := self.report(n):
            report.finish(self.by)

    def validate_report(self, n: int) -> None:
        if report := self.report(n):
            report.validate(self.by)

    def apply_updates(self, n: int) -> None:
        """Send to a report what the pages of several people send."""
        if report := self.report(n):
            page: Doc[Text] = Doc()
            page.get("findings", type=Text).insert(0, f"Mot {n}. ")
            report.apply_updates([WriterUpdate(self.by, page.get_update())])

    def restore_version(self, n: int) -> None:
        if (report := self.report(n)) and (version := self._pick(report.versions.all(), n)):
            report.restore(version, self.by)

    def photo(self, n: int) -> Photo | None:
        found: Photo | None = self._pick(Photo.objects.filter(forum=self.forum), n)
        if found:
            found.report.group.topic.forum = self.forum
        return found

    def add_photo(self, n: int) -> None:
        if report := self.report(n):
            with contextlib.suppress(TooManyPhotos):
                kind = Photo.Kind.SHEET if n % 2 else Photo.Kind.PHOTO
                Photo.add(report, ProcessedImage(b"", b"", b"", 20, 10), self.by, kind=kind)

    def describe_photo(self, n: int) -> None:
        if photo := self.photo(n):
            photo.write({"caption": f"Le paperboard {n}"}, photo.bases(), self.by)

    def agree_photo(self, n: int) -> None:
        if photo := self.photo(n):
            photo.set_people_agreed(n % 2 == 0, self.by)

    def move_photo(self, n: int) -> None:
        if photo := self.photo(n):
            photo.move(n % 2 == 0, self.by)

    def drop_photo(self, n: int) -> None:
        if photo := self.photo(n):
            photo.remove(self.by)

    def transcribe_sheet(self, n: int) -> None:
        if photo := self.photo(n):
            photo.mark_transcribed(self.by)

    def reopen_report(self, n: int) -> None:
        if report := self.report(n):
            report.reopen(self.by)

    def post_comment(self, n: int) -> None:
        if (report := self.report(n)) and (person := self.person(n // 2)):
            Comment.post(
                report, person, Actor(person), text="Nous aussi." * (n % 2), concerns_us=n % 3 == 0 or n % 2 == 0
            )

    def withdraw_comment(self, n: int) -> None:
        rows = Comment.objects.visible().filter(report__group__topic__forum=self.forum)
        if comment := self._pick(rows.select_related("report__group__topic__forum"), n):
            comment.withdraw(self.by)

    def ask_for_reports(self, n: int) -> None:
        if topic := self.topic(n):
            with contextlib.suppress(RecentlyAsked):
                Message.ask_for_reports(self.forum, f"Votre compte-rendu {n} ?", self.by, [topic], again=n % 2 == 0)

    def give_feedback(self, n: int) -> None:
        Feedback.give(self.forum, self.person(n) if n % 2 else None, self.by, words="Merci !", keep="", change="")

    def remove_feedback(self, n: int) -> None:
        if word := self._pick(self.forum.feedback.all(), n):
            word.take_back(self.by)

    def request_edition(self, n: int) -> None:
        edition = Edition.request(self.forum, self.by)
        edition.report_progress(percent=n)
        if n % 3 == 0:
            edition.report_progress(state=Edition.State.READY, pages=12)

    def write_imprint(self, n: int) -> None:
        imprint = Imprint.for_forum(self.forum)
        imprint.word = f"Merci {n}"
        imprint.write(self.by)

    def set_access(self, n: int) -> None:
        Imprint.for_forum(self.forum).set_access(self.by, is_public=bool(n % 2), is_listed=n % 3 == 0)

    def add_logo(self, n: int) -> None:
        Imprint.for_forum(self.forum).add_logo(f"Région {n}", LOGO, self.by)

    def move_logo(self, n: int) -> None:
        if logo := self._pick(Logo.objects.filter(imprint__forum=self.forum).order_by("pk"), n):
            logo.move_up(self.by)

    def remove_logo(self, n: int) -> None:
        if logo := self._pick(Logo.objects.filter(imprint__forum=self.forum).order_by("pk"), n):
            logo.remove(self.by)

    def queue_pitch(self, n: int) -> None:
        if topic := self.topic(n):
            Pitch.queue(topic, self.by)

    def begin_pitch(self, n: int) -> None:
        with contextlib.suppress(NotQueued):
            if pitch := self.pitch(n):
                pitch.begin(self.by)

    def end_pitch(self, n: int) -> None:
        if pitch := self.pitch(n):
            pitch.end(self.by)

    def leave_queue(self, n: int) -> None:
        if pitch := self.pitch(n):
            pitch.leave_queue(self.by)

    def move_pitch(self, n: int) -> None:
        with contextlib.suppress(NotQueued):
            if pitch := self.pitch(n):
                pitch.move(1 if n % 2 else -1, self.by)

    def time_pitches(self, n: int) -> None:
        self.forum.set_pitch_seconds(n * 10, self.by)

    def show_slide(self, n: int) -> None:
        self.forum.show_slide([*Slide, None][n % 6], self.by)

    def announce_new_address(self, n: int) -> None:
        self.forum.announce_new_address(self.by)

    def describe(self, n: int) -> None:
        self.forum.question = f"Question {n} ?"
        self.forum.describe(self.by)

    def move_to_phase(self, n: int) -> None:
        self.forum.move_to(list(Phase)[n % len(Phase)], self.by)

    def change_role(self, n: int) -> None:
        first, *others = self.forum.facilitators.order_by("facilitations__pk") or [None]
        if first and (other := self._pick(others, n)):
            other.change_role(self.forum, list(TeamRole)[n % 3], Actor(facilitator=first))


PICKED = ("person", "topic", "group", "pitch", "report", "photo")
VERBS = sorted(name for name in vars(Day) if not name.startswith("_") and name not in PICKED)
STEPS = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 30)), min_size=1, max_size=14)


def a_day(phase: Phase) -> Day:
    forum = Forum.objects.create(title="Jour", question="Quoi ?", phase=phase)
    Slot.objects.create(forum=forum, starts_at=time(10), minutes=60)
    Slot.objects.create(forum=forum, starts_at=time(12), minutes=60, title="Déjeuner")
    for position, name in enumerate(("Salle A", "Salle B")):
        Place.objects.create(forum=forum, name=name, position=position)
    for name in ("Camille", "Olive"):
        forum.facilitators.add(Facilitator.create(name)[0])
    day = Day(forum)
    for n in range(3):
        day.join(n)
        day.propose(n)
    return day
