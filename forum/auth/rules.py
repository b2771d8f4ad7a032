"""The permission table: who may come, and in which phase. One row per URL name.

What depends on the row itself (one's own comment, a frozen cell, a photo without agreement) is checked by the verb or
the view.
"""

from collections.abc import Set
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from forum.phases import (
    ALWAYS,
    BEFORE_PUBLISHED,
    DURING_DAY,
    FROM_CLOSING,
    FROM_GROUPS,
    MARKET,
    MARKET_AND_GROUPS,
    OPENING_TO_GROUPS,
    PITCHING,
    WORK,
    Phase,
)

if TYPE_CHECKING:
    from forum.models import Actor, Forum, Topic


class Role(StrEnum):
    STRANGER = "stranger"
    """Has the code of this forum, but no token."""
    PARTICIPANT = "participant"
    CONVENER = "convener"
    """A participant who convenes the topic of the request."""
    MEMBER = "member"
    """A participant who sits in the group of the topic."""
    TRANSCRIBER = "transcriber"
    """A participant, while a photographed sheet of the group waits and its report is not finished."""
    FACILITATOR = "facilitator"


@dataclass(frozen=True)
class Rule:
    what: str | Promise
    """The activity as a sentence names it: "this is not the moment for …"."""
    phases: dict[Role, Set[Phase]] = field(default_factory=dict)
    """By role, when it is allowed."""


def rule(
    what: str | Promise,
    *,
    stranger: Set[Phase] = frozenset(),
    participant: Set[Phase] = frozenset(),
    convener: Set[Phase] = frozenset(),
    member: Set[Phase] = frozenset(),
    transcriber: Set[Phase] = frozenset(),
    facilitator: Set[Phase] = frozenset(),
) -> Rule:
    by_role = {
        Role.STRANGER: stranger,
        Role.PARTICIPANT: participant,
        Role.CONVENER: convener,
        Role.MEMBER: member,
        Role.TRANSCRIBER: transcriber,
        Role.FACILITATOR: facilitator,
    }
    return Rule(what, {role: phases for role, phases in by_role.items() if phases})


def anyone(what: str | Promise) -> Rule:
    """Allow strangers, participants and facilitators, in every phase."""
    return rule(what, stranger=ALWAYS, participant=ALWAYS, facilitator=ALWAYS)


def everyone(what: str | Promise) -> Rule:
    """Allow participants and facilitators, in every phase."""
    return rule(what, participant=ALWAYS, facilitator=ALWAYS)


def writers(what: str | Promise) -> Rule:
    """Allow those who write a report: the conveners and members of its group, and facilitators."""
    return rule(what, convener=WORK, member=WORK, facilitator=FROM_GROUPS)


def facilitators(what: str | Promise, phases: Set[Phase] = ALWAYS) -> Rule:
    """Allow facilitators, in these phases."""
    return rule(what, facilitator=phases)


RULES: dict[str, Rule] = {
    # arriving
    "board": anyone(_("seeing the board")),
    "join": rule(_("joining"), stranger=DURING_DAY, participant=ALWAYS, facilitator=DURING_DAY),
    "other_phone": anyone(_("coming with another phone")),
    "me": rule(_("changing how you appear"), participant=ALWAYS),
    "second_device": rule(_("getting a code for another phone"), participant=ALWAYS),
    "disconnect_others": rule(_("disconnecting your other devices"), participant=ALWAYS),
    "sign_me_out": rule(_("signing out"), participant=ALWAYS),
    # topics
    "propose": rule(_("proposing a topic"), participant=MARKET, facilitator=OPENING_TO_GROUPS),
    "alike": everyone(_("looking for similar topics")),
    "topic": everyone(_("reading a topic")),
    "edit_topic": rule(_("editing a topic"), convener=MARKET_AND_GROUPS, facilitator=BEFORE_PUBLISHED),
    "withdraw": rule(_("withdrawing a topic"), convener=MARKET_AND_GROUPS, facilitator=BEFORE_PUBLISHED),
    "bring_back": rule(_("bringing a topic back"), convener=MARKET, facilitator=BEFORE_PUBLISHED),
    "interest": rule(_("saying where you are going"), participant=MARKET_AND_GROUPS, facilitator=MARKET_AND_GROUPS),
    "merge": rule(_("merging topics"), convener=MARKET_AND_GROUPS, facilitator=OPENING_TO_GROUPS),
    "answer_merge": rule(_("merging topics"), convener=MARKET_AND_GROUPS, facilitator=OPENING_TO_GROUPS),
    "split": rule(_("splitting a topic"), convener=MARKET_AND_GROUPS, facilitator=OPENING_TO_GROUPS),
    "take_up": rule(_("convening a topic"), participant=MARKET_AND_GROUPS, facilitator=OPENING_TO_GROUPS),
    "hand_over": rule(_("handing a topic over"), convener=MARKET_AND_GROUPS, facilitator=BEFORE_PUBLISHED),
    "operator": facilitators(_("typing topics for everyone"), OPENING_TO_GROUPS),
    "operator_people": facilitators(_("typing topics for everyone"), OPENING_TO_GROUPS),
    "operator_line": facilitators(_("typing topics for everyone"), OPENING_TO_GROUPS),
    # presenting a topic to everyone
    "pitch": rule(_("queueing to present a topic"), convener=MARKET, facilitator=PITCHING),
    "begin_pitch": facilitators(_("showing a topic on the wall"), PITCHING),
    "end_pitch": facilitators(_("showing a topic on the wall"), PITCHING),
    "move_pitch": facilitators(_("changing the order of the queue"), PITCHING),
    "pitch_seconds": facilitators(_("choosing how long a pitch lasts")),
    # agenda and groups
    "place": rule(_("placing a topic"), convener=MARKET, facilitator=BEFORE_PUBLISHED),
    "unplace": rule(_("taking a topic off the agenda"), convener=MARKET, facilitator=BEFORE_PUBLISHED),
    "swap": facilitators(_("exchanging two topics"), BEFORE_PUBLISHED),
    "freeze_topic": facilitators(_("freezing a topic"), BEFORE_PUBLISHED),
    "freeze_slot": facilitators(_("freezing a slot"), BEFORE_PUBLISHED),
    "add_place": facilitators(_("adding a place"), BEFORE_PUBLISHED),
    "suggestion": facilitators(_("suggesting an agenda"), MARKET_AND_GROUPS),
    "late": facilitators(_("adding a late topic"), frozenset({Phase.GROUPS})),
    # the groups as they meet
    "presence": rule(_("joining a group"), participant=WORK, facilitator=WORK),
    "door_count": rule(_("counting at the door"), participant=WORK, facilitator=WORK),
    "roam": rule(_("going from group to group"), participant=WORK),
    "place_page": everyone(_("seeing what is on in a place")),
    "begin_slot": facilitators(_("beginning a slot"), BEFORE_PUBLISHED),
    "extend_slot": facilitators(_("changing how long a moment lasts"), BEFORE_PUBLISHED),
    # messages
    "messages": facilitators(_("sending a message")),
    "take_back": facilitators(_("taking a message back")),
    # reports
    "report": writers(_("writing the report")),
    "writing": writers(_("writing the report")),
    "history": writers(_("reading the history of the report")),
    "restore_version": writers(_("restoring a version")),
    "read_report": everyone(_("reading a report")),
    "comment": rule(_("commenting on a report"), participant=FROM_GROUPS),
    "withdraw_comment": rule(_("taking a comment back"), participant=FROM_GROUPS, facilitator=FROM_GROUPS),
    "finish_report": writers(_("finishing the report")),
    "reopen_report": writers(_("reopening the report")),
    "validate_report": facilitators(_("validating a report"), FROM_GROUPS),
    "add_action": writers(_("adding an action")),
    "action": writers(_("writing an action")),
    "drop_action": writers(_("removing an action")),
    "missing_reports": facilitators(_("seeing which reports are missing")),
    "ask_for_reports": facilitators(_("asking for a report"), WORK),
    # photos, and sheets written by hand
    "photos": writers(_("adding photos")),
    "upload_photo": writers(_("adding photos")),
    "photo": writers(_("describing a photo")),
    "agree_photo": writers(_("saying who agreed to a photo")),
    "move_photo": writers(_("changing the order of the photos")),
    "drop_photo": writers(_("removing a photo")),
    "photo_file": everyone(_("seeing the photos")),
    "group_photos": rule(_("seeing the photos of the group"), convener=ALWAYS, member=ALWAYS, facilitator=ALWAYS),
    "sheet": rule(_("photographing a written sheet"), participant=WORK, facilitator=FROM_GROUPS),
    "upload_sheet": rule(_("photographing a written sheet"), participant=WORK, facilitator=FROM_GROUPS),
    "transcribe": rule(
        _("transcribing a written sheet"), convener=WORK, member=WORK, transcriber=WORK, facilitator=FROM_GROUPS
    ),
    "sheets": facilitators(_("gathering the written sheets"), FROM_GROUPS),
    # closing
    "feedback": rule(_("leaving a closing word"), participant=frozenset({Phase.CLOSING}), facilitator=FROM_CLOSING),
    "remove_feedback": facilitators(_("removing a closing word"), FROM_CLOSING),
    # the book
    "book": everyone(_("seeing the editions of the report")),
    "request_edition": facilitators(_("making the report"), FROM_GROUPS),
    "download": everyone(_("downloading the report")),
    "latest": everyone(_("downloading the report")),
    "book_page": everyone(_("reading the report")),
    "other_format": everyone(_("downloading the report")),
    "book_image": everyone(_("reading the report")),
    "essential": everyone(_("downloading the report")),
    "report_pdf": everyone(_("downloading the report")),
    "imprint": facilitators(_("writing the imprint of the report")),
    "add_logo": facilitators(_("writing the imprint of the report")),
    "move_logo": facilitators(_("writing the imprint of the report")),
    "remove_logo": facilitators(_("writing the imprint of the report")),
    "publish": facilitators(_("publishing the report")),
    # to anyone, once the facilitators have published it
    "public": anyone(_("reading the report")),
    "public_page": anyone(_("reading the report")),
    "public_file": anyone(_("downloading the report")),
    "public_image": anyone(_("reading the report")),
    # running the day
    "live": everyone(_("following the board")),
    "wall": everyone(_("seeing the wall")),
    "desk": facilitators(_("running the day")),
    "alerts": facilitators(_("running the day")),
    "conductor": facilitators(_("conducting the plenary")),
    "show": facilitators(_("choosing what the wall shows")),
    "describe": facilitators(_("describing the forum")),
    "move": facilitators(_("moving everyone to another phase")),
    "enter_person": facilitators(_("entering someone"), BEFORE_PUBLISHED),
    "expected": facilitators(_("seeing who is expected")),
    "import_people": facilitators(_("importing people"), BEFORE_PUBLISHED),
    "arrive": facilitators(_("saying that someone has arrived"), BEFORE_PUBLISHED),
    "forget_expected": facilitators(_("erasing those who did not come")),
    "person": facilitators(_("seeing someone’s entry")),
    "remove_person": facilitators(_("removing someone")),
    "person_code": facilitators(_("giving someone a code for another phone")),
    "facilitators": facilitators(_("seeing who runs the forum")),
    "invite": facilitators(_("inviting a facilitator")),
    "end_invitation": facilitators(_("ending an invitation")),
    "end_device": facilitators(_("disconnecting a device")),
    "remove_facilitator": facilitators(_("removing a facilitator")),
    "phone_test": anyone(_("trying a phone")),
    "ready": facilitators(_("checking that everything is ready")),
    "check": facilitators(_("checking that everything is ready")),
    "use_address": facilitators(_("choosing the address for phones")),
    "printing": facilitators(_("printing posters and sheets")),
    "kit": facilitators(_("printing posters and sheets")),
    "kit_file": facilitators(_("printing posters and sheets")),
    "journal": facilitators(_("reading the journal")),
    "undo": facilitators(_("undoing")),
    "erase_rehearsal": facilitators(_("erasing the rehearsal")),
}


class Rights:
    """What one actor may do in a forum. A role is read from the database once, and only if a rule needs it."""

    def __init__(self, actor: "Actor", forum: "Forum") -> None:
        self._actor, self._forum = actor, forum
        self._roles: dict[tuple[Role, int | None], bool] = {}

    def may(self, name: str, topic: "Topic | None" = None) -> bool:
        return self.refusal(name, topic) is None

    def refusal(self, name: str, topic: "Topic | None" = None) -> str | None:
        """Return None if the rule of this URL name allows it now, else the reason, in the reader's language."""
        rule, now = RULES[name], self._forum.current_phase
        held = [role for role in rule.phases if self._has(role, topic)]
        phases = frozenset().union(*(rule.phases[role] for role in held))
        return None if now in phases else _reason(rule, phases, now)

    def _has(self, role: Role, topic: "Topic | None") -> bool:
        """Say whether the actor has this role with respect to a topic, or without one."""
        key = role, topic.pk if topic else None
        if key not in self._roles:
            self._roles[key] = _has_role(role, self._actor, topic)
        return self._roles[key]


def _has_role(role: Role, actor: "Actor", topic: "Topic | None") -> bool:
    person = actor.participant
    match role:
        case Role.STRANGER:
            return actor.is_stranger
        case Role.FACILITATOR:
            return actor.facilitator is not None
        case Role.PARTICIPANT:
            return person is not None
    if person is None or topic is None:
        return False
    match role:
        case Role.CONVENER:
            return person in topic.conveners
        case Role.MEMBER:
            return person.presences.filter(group__topic=topic, left_at=None).exists()
        case _:
            return topic.awaits_transcription


def _reason(rule: Rule, phases: Set[Phase], now: Phase) -> str:
    if phases:
        names = ", ".join(str(phase.label) for phase in Phase if phase in phases)
        return str(
            format_lazy(
                _("This is not the moment for {what}: it is possible during “{phases}”, and we are at “{now}”."),
                what=rule.what, phases=names, now=now.label,
            )
        )  # fmt: skip
    if Role.TRANSCRIBER in rule.phases:
        return str(_("No written sheet of this group waits any more: only its own people write in its report now."))
    if Role.MEMBER in rule.phases:
        return str(_("Only the people of this group can do that: join the group first."))
    if Role.CONVENER in rule.phases:
        return str(_("Only the person who proposed this topic, or a facilitator, can do that."))
    return str(_("This is for the facilitators."))
