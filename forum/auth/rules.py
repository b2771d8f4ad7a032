"""The permission table: who may come, and in which phase. One row per URL name.

A few more rows are about what a page shows or lets do beside its URL; they have names of their own, at the end.

What depends on the row itself (one's own comment, a frozen cell, a photo without agreement) is checked by the verb or
the view.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from forum.models.team_role import TeamRole
from forum.phases import (
    ALWAYS,
    BEFORE_PUBLISHED,
    CLOSING,
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
    """A participant or an operator, while a photographed sheet of the group waits and its report is not finished."""
    FACILITATOR = TeamRole.FACILITATOR.value
    """May do all that operators and sponsors may."""
    OPERATOR = TeamRole.OPERATOR.value
    SPONSOR = TeamRole.SPONSOR.value


TEAM = frozenset({Role.FACILITATOR, Role.OPERATOR, Role.SPONSOR})
"""Those who run the forum, or follow it, by a link of their own."""


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
    operator: Set[Phase] = frozenset(),
    sponsor: Set[Phase] = frozenset(),
    facilitator: Set[Phase] = frozenset(),
) -> Rule:
    by_role = {
        Role.STRANGER: stranger,
        Role.PARTICIPANT: participant,
        Role.CONVENER: convener,
        Role.MEMBER: member,
        Role.TRANSCRIBER: transcriber,
        Role.OPERATOR: operator,
        Role.SPONSOR: sponsor,
        Role.FACILITATOR: facilitator | operator | sponsor,
    }
    return Rule(what, {role: phases for role, phases in by_role.items() if phases})


def anyone(what: str | Promise) -> Rule:
    """Allow strangers, participants and the team, in every phase."""
    return rule(what, stranger=ALWAYS, participant=ALWAYS, operator=ALWAYS, sponsor=ALWAYS)


def everyone(what: str | Promise) -> Rule:
    """Allow participants and the team, in every phase."""
    return rule(what, participant=ALWAYS, operator=ALWAYS, sponsor=ALWAYS)


def writers(what: str | Promise) -> Rule:
    """Allow those who write a report: the conveners and members of its group, and facilitators."""
    return rule(what, convener=WORK, member=WORK, facilitator=FROM_GROUPS)


def team(what: str | Promise) -> Rule:
    """Allow facilitators, operators and sponsors, in every phase."""
    return rule(what, operator=ALWAYS, sponsor=ALWAYS)


def operators(what: str | Promise, phases: Set[Phase] = ALWAYS) -> Rule:
    """Allow facilitators and operators, in these phases."""
    return rule(what, operator=phases)


def facilitators(what: str | Promise, phases: Set[Phase] = ALWAYS) -> Rule:
    """Allow facilitators, in these phases."""
    return rule(what, facilitator=phases)


RULES: dict[str, Rule] = {
    # arriving
    "board": anyone(_("seeing the board")),
    "join": rule(_("joining"), stranger=DURING_DAY, participant=ALWAYS, operator=DURING_DAY, sponsor=DURING_DAY),
    "other_phone": anyone(_("coming with another phone")),
    "me": rule(_("changing how you appear"), participant=ALWAYS),
    "second_device": rule(_("getting a code for another phone"), participant=ALWAYS),
    "agree_to_access": rule(_("answering for your devices"), participant=ALWAYS),
    "disconnect_others": rule(_("disconnecting your other devices"), participant=ALWAYS),
    "sign_me_out": rule(_("signing out"), participant=ALWAYS),
    # topics
    "propose": rule(_("proposing a topic"), participant=MARKET, operator=OPENING_TO_GROUPS),
    "alike": everyone(_("looking for similar topics")),
    "topic": everyone(_("reading a topic")),
    "edit_topic": rule(_("editing a topic"), convener=MARKET_AND_GROUPS, operator=BEFORE_PUBLISHED),
    "withdraw": rule(_("withdrawing a topic"), convener=MARKET_AND_GROUPS, operator=BEFORE_PUBLISHED),
    "bring_back": rule(_("bringing a topic back"), convener=MARKET, operator=BEFORE_PUBLISHED),
    "interest": rule(_("saying where you are going"), participant=MARKET_AND_GROUPS, operator=MARKET_AND_GROUPS),
    "merge": rule(_("merging topics"), convener=MARKET_AND_GROUPS, facilitator=OPENING_TO_GROUPS),
    "answer_merge": rule(_("merging topics"), convener=MARKET_AND_GROUPS, facilitator=OPENING_TO_GROUPS),
    "split": rule(_("splitting a topic"), convener=MARKET_AND_GROUPS, facilitator=OPENING_TO_GROUPS),
    "take_up": rule(_("convening a topic"), participant=MARKET_AND_GROUPS, operator=OPENING_TO_GROUPS),
    "hand_over": rule(_("handing a topic over"), convener=MARKET_AND_GROUPS, operator=BEFORE_PUBLISHED),
    "operator": operators(_("typing topics for everyone"), OPENING_TO_GROUPS),
    "operator_people": operators(_("typing topics for everyone"), OPENING_TO_GROUPS),
    "operator_line": operators(_("typing topics for everyone"), OPENING_TO_GROUPS),
    # presenting a topic to everyone
    "pitch": rule(_("queueing to present a topic"), convener=MARKET, operator=PITCHING),
    "begin_pitch": operators(_("showing a topic on the wall"), PITCHING),
    "end_pitch": operators(_("showing a topic on the wall"), PITCHING),
    "move_pitch": operators(_("changing the order of the queue"), PITCHING),
    "pitch_seconds": operators(_("choosing how long a pitch lasts")),
    # agenda and groups
    "place": rule(_("placing a topic"), convener=MARKET, operator=BEFORE_PUBLISHED),
    "unplace": rule(_("taking a topic off the agenda"), convener=MARKET, operator=BEFORE_PUBLISHED),
    "swap": operators(_("exchanging two topics"), BEFORE_PUBLISHED),
    "freeze_topic": facilitators(_("freezing a topic"), BEFORE_PUBLISHED),
    "freeze_slot": facilitators(_("freezing a slot"), BEFORE_PUBLISHED),
    "add_place": operators(_("adding a place"), BEFORE_PUBLISHED),
    "suggestion": facilitators(_("suggesting an agenda"), MARKET_AND_GROUPS),
    "late": operators(_("adding a late topic"), frozenset({Phase.GROUPS})),
    # the groups as they meet
    "presence": rule(_("joining a group"), participant=WORK, operator=WORK),
    "door_count": rule(_("counting at the door"), participant=WORK, operator=WORK),
    "roam": rule(_("going from group to group"), participant=WORK),
    "place_page": everyone(_("seeing what is on in a place")),
    "begin_slot": operators(_("beginning a slot"), BEFORE_PUBLISHED),
    "extend_slot": operators(_("changing how long a moment lasts"), BEFORE_PUBLISHED),
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
    "missing_reports": team(_("seeing which reports are missing")),
    "ask_for_reports": facilitators(_("asking for a report"), WORK),
    # photos, and sheets written by hand
    "photos": writers(_("adding photos")),
    "upload_photo": writers(_("adding photos")),
    "photo": writers(_("describing a photo")),
    "agree_photo": writers(_("saying who agreed to a photo")),
    "move_photo": writers(_("changing the order of the photos")),
    "drop_photo": writers(_("removing a photo")),
    "photo_file": everyone(_("seeing the photos")),
    "sheet": rule(_("photographing a written sheet"), participant=WORK, operator=WORK, facilitator=FROM_GROUPS),
    "upload_sheet": rule(_("photographing a written sheet"), participant=WORK, operator=WORK, facilitator=FROM_GROUPS),
    "transcribe": rule(
        _("transcribing a written sheet"), convener=WORK, member=WORK, transcriber=WORK, facilitator=FROM_GROUPS
    ),
    "sheets": rule(_("gathering the written sheets"), operator=WORK, facilitator=FROM_GROUPS),
    # closing
    "feedback": rule(_("leaving a closing word"), participant=CLOSING, operator=CLOSING, facilitator=FROM_CLOSING),
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
    "desk": team(_("seeing the desk")),
    "alerts": operators(_("running the day")),
    "conductor": operators(_("conducting the plenary")),
    "show": operators(_("choosing what the wall shows")),
    "describe": facilitators(_("describing the forum")),
    "move": facilitators(_("moving everyone to another phase")),
    "enter_person": operators(_("entering someone"), BEFORE_PUBLISHED),
    "expected": operators(_("seeing who is expected")),
    "import_people": facilitators(_("importing people"), BEFORE_PUBLISHED),
    "arrive": operators(_("saying that someone has arrived"), BEFORE_PUBLISHED),
    "forget_expected": facilitators(_("erasing those who did not come")),
    "person": rule(_("seeing someone’s entry"), operator=BEFORE_PUBLISHED, facilitator=ALWAYS),
    "remove_person": facilitators(_("removing someone")),
    "remove_with_all": facilitators(_("removing someone")),
    "person_code": facilitators(_("giving someone a code for another phone")),
    "facilitators": facilitators(_("seeing who is in the team")),
    "invite": facilitators(_("inviting someone to the team")),
    "end_invitation": facilitators(_("ending an invitation")),
    "end_device": facilitators(_("disconnecting a device")),
    "change_role": facilitators(_("changing a role")),
    "remove_facilitator": facilitators(_("removing someone from the team")),
    "phone_test": anyone(_("trying a phone")),
    "ready": operators(_("checking that everything is ready")),
    "check": operators(_("checking that everything is ready")),
    "use_address": facilitators(_("choosing the address for phones")),
    "printing": operators(_("printing posters and sheets")),
    "kit": operators(_("printing posters and sheets")),
    "kit_file": operators(_("printing posters and sheets")),
    "waiting": operators(_("approving what phones send")),
    "approve": operators(_("approving what phones send")),
    "refuse": operators(_("approving what phones send")),
    "approve_first": facilitators(_("deciding whether what phones send is approved first")),
    "journal": facilitators(_("reading the journal")),
    "undo": facilitators(_("undoing")),
    "erase_rehearsal": facilitators(_("erasing the rehearsal")),
    # no URLs: what pages show and let do
    "act_for_others": operators(_("acting for someone")),
    "clashes": rule(_("seeing what clashes"), convener=ALWAYS, operator=ALWAYS),
    "name_place": rule(_("naming another place"), convener=MARKET, operator=BEFORE_PUBLISHED),
    "hidden_totals": operators(_("seeing how many want each topic")),
    "e_mails": facilitators(_("seeing e-mails")),
    "move_frozen": facilitators(_("moving what is frozen")),
    "merge_at_once": facilitators(_("merging topics")),
    "group_photos": rule(_("seeing the photos of the group"), convener=ALWAYS, member=ALWAYS, facilitator=ALWAYS),
    "drafts": rule(_("reading a report that is not finished"), participant=ALWAYS, operator=ALWAYS),
    "withdraw_any_comment": facilitators(_("taking a comment back"), FROM_GROUPS),
}


READABLE_WHEN_WAITING = ("topic", "edit_topic", "withdraw", "bring_back")
"""URL names that answer for a topic that waits for approval, to its conveners and to those who approve."""
SHOWN_TO_ALL = ("edit_topic", "split", "take_up", "name_place", "finish_report")
"""Names of rules by which phones change what everybody sees already: closed to them while the forum approves first."""


class Rights:
    """What one actor may do in a forum. A role is read from the database once, and only if a rule needs it.

    In templates `may.NAME`, by `__getitem__`.
    """

    def __init__(self, actor: "Actor", forum: "Forum") -> None:
        self._actor, self._forum = actor, forum
        self._topic: Topic | None = None
        self._roles: dict[tuple[Role, int | None], bool] = {}

    def about(self, topic: "Topic") -> "Rights":
        """Return the same rights, with respect to this topic unless another is named."""
        rights = Rights(self._actor, self._forum)
        rights._topic, rights._roles = topic, self._roles
        return rights

    def __getitem__(self, name: str) -> bool:
        return self.may(name)

    def may(self, name: str, topic: "Topic | None" = None) -> bool:
        return self.refusal(name, topic) is None

    def refusal(self, name: str, topic: "Topic | None" = None) -> str | None:
        """Return None if the rule of this name allows it now, else the reason, in the reader's language."""
        rule, now, topic = RULES[name], self._forum.current_phase, topic or self._topic
        held = [role for role in rule.phases if self._has(role, topic)]
        phases = frozenset().union(*(rule.phases[role] for role in held))
        return self._approval_refusal(name, topic) if now in phases else _reason(rule, phases, now)

    def _approval_refusal(self, name: str, topic: "Topic | None") -> str | None:
        """Return why something must wait for the facilitators' approval, in a phase in which it is allowed."""
        if topic and topic.waits_since:
            return (
                None if name in READABLE_WHEN_WAITING else str(_("This topic waits: the facilitators read it first."))
            )
        if name in SHOWN_TO_ALL and self._forum.approves_first and not self._actor.approves:
            return str(_("At the moment the facilitators read what everybody sees: ask them to do it."))
        return None

    def _has(self, role: Role, topic: "Topic | None") -> bool:
        """Say whether the actor has this role with respect to a topic, or without one."""
        key = role, topic.pk if topic else None
        if key not in self._roles:
            self._roles[key] = _has_role(role, self._actor, topic)
        return self._roles[key]


def _has_role(role: Role, actor: "Actor", topic: "Topic | None") -> bool:
    person = actor.participant
    if role in TEAM:
        return actor.facilitator is not None and actor.role.value == role.value
    match role:
        case Role.STRANGER:
            return actor.is_stranger
        case Role.PARTICIPANT:
            return person is not None
        case Role.TRANSCRIBER if topic:
            is_operator = _has_role(Role.OPERATOR, actor, None)
            return (is_operator or person is not None) and topic.awaits_transcription
        case Role.CONVENER if person and topic:
            return person in topic.conveners
        case Role.MEMBER if person and topic:
            return person.presences.filter(group__topic=topic, left_at=None).exists()
    return False


@cache
def rights_of_role(role: TeamRole, phase: Phase) -> Mapping[str, bool]:
    """Return what a role of the team allows by itself, by name of the rule: for what all who have it are shown."""
    own = Role(role.value)
    return MappingProxyType({name: phase in rule.phases.get(own, ()) for name, rule in RULES.items()})


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
    if Role.PARTICIPANT in rule.phases:
        return str(_("This is for the participants: join the forum first."))
    if Role.OPERATOR in rule.phases:
        return str(_("This is for the facilitators and the operators."))
    return str(_("This is for the facilitators."))
