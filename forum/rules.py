"""Who may do what, in which phase: one row per address of the site, and no `if` anywhere else."""

from collections.abc import Set
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from forum.phases import Phase

if TYPE_CHECKING:
    from forum.models import Actor, Topic


class Role(StrEnum):
    STRANGER = "stranger"
    """Nobody we know, who has the code."""
    PARTICIPANT = "participant"
    CONVENER = "convener"
    """The participant who proposed the topic at hand."""
    MEMBER = "member"
    """A participant who sits in the group at hand."""
    FACILITATOR = "facilitator"


ALWAYS = frozenset(Phase)
BEFORE_PUBLISHED = ALWAYS - {Phase.PUBLISHED}
OPEN = frozenset({Phase.OPENING, Phase.MARKETPLACE, Phase.GROUPS, Phase.CLOSING})
MARKET = frozenset({Phase.MARKETPLACE})
MARKET_AND_GROUPS = frozenset({Phase.MARKETPLACE, Phase.GROUPS})
OPEN_TO_GROUPS = frozenset({Phase.OPENING, Phase.MARKETPLACE, Phase.GROUPS})
WORK = frozenset({Phase.GROUPS, Phase.CLOSING})
FROM_GROUPS = frozenset({Phase.GROUPS, Phase.CLOSING, Phase.PUBLISHED})
END = frozenset({Phase.CLOSING, Phase.PUBLISHED})


@dataclass(frozen=True)
class Rule:
    """One row: what it is called in a sentence, and the phases in which each role may do it."""

    what: str | Promise
    phases: dict[Role, Set[Phase]] = field(default_factory=dict)


def rule(
    what: str | Promise,
    *,
    stranger: Set[Phase] = frozenset(),
    participant: Set[Phase] = frozenset(),
    convener: Set[Phase] = frozenset(),
    member: Set[Phase] = frozenset(),
    facilitator: Set[Phase] = frozenset(),
) -> Rule:
    given = {
        Role.STRANGER: stranger,
        Role.PARTICIPANT: participant,
        Role.CONVENER: convener,
        Role.MEMBER: member,
        Role.FACILITATOR: facilitator,
    }
    return Rule(what, {role: phases for role, phases in given.items() if phases})


def everyone(what: str | Promise) -> Rule:
    """Participants and facilitators, the whole day long and after."""
    return rule(what, participant=ALWAYS, facilitator=ALWAYS)


def facilitators(what: str | Promise, phases: Set[Phase] = ALWAYS) -> Rule:
    return rule(what, facilitator=phases)


RULES: dict[str, Rule] = {
    # arriving
    "board": rule(_("seeing the board"), stranger=ALWAYS, participant=ALWAYS, facilitator=ALWAYS),
    "join": rule(_("joining"), stranger=OPEN, participant=ALWAYS, facilitator=OPEN),
    "other_phone": rule(_("coming with another phone"), stranger=ALWAYS, participant=ALWAYS, facilitator=ALWAYS),
    "me": rule(_("changing how you appear"), participant=ALWAYS),
    "second_device": rule(_("getting a code for another phone"), participant=ALWAYS),
    "disconnect_others": rule(_("disconnecting your other devices"), participant=ALWAYS),
    # topics
    "propose": rule(_("proposing a topic"), participant=MARKET, facilitator=OPEN_TO_GROUPS),
    "alike": everyone(_("looking for similar topics")),
    "topic": everyone(_("reading a topic")),
    "edit_topic": rule(_("editing a topic"), convener=MARKET_AND_GROUPS, facilitator=BEFORE_PUBLISHED),
    "withdraw": rule(_("withdrawing a topic"), convener=MARKET_AND_GROUPS, facilitator=BEFORE_PUBLISHED),
    "bring_back": rule(_("bringing a topic back"), convener=MARKET, facilitator=BEFORE_PUBLISHED),
    "interest": rule(_("saying where you are going"), participant=MARKET_AND_GROUPS, facilitator=MARKET_AND_GROUPS),
    # agenda and groups
    "place": rule(_("placing a topic"), convener=MARKET, facilitator=BEFORE_PUBLISHED),
    "unplace": rule(_("taking a topic off the agenda"), convener=MARKET, facilitator=BEFORE_PUBLISHED),
    "presence": rule(_("joining a group"), participant=WORK, facilitator=WORK),
    # reports
    "report": rule(_("writing the report"), convener=WORK, member=WORK, facilitator=FROM_GROUPS),
    "read_report": everyone(_("reading a report")),
    "finish_report": rule(_("finishing the report"), convener=WORK, member=WORK, facilitator=FROM_GROUPS),
    "reopen_report": rule(_("reopening the report"), convener=WORK, member=WORK, facilitator=FROM_GROUPS),
    "add_action": rule(_("adding an action"), convener=WORK, member=WORK, facilitator=FROM_GROUPS),
    "action": rule(_("writing an action"), convener=WORK, member=WORK, facilitator=FROM_GROUPS),
    "drop_action": rule(_("removing an action"), convener=WORK, member=WORK, facilitator=FROM_GROUPS),
    # closing
    "feedback": rule(_("leaving a closing word"), participant=frozenset({Phase.CLOSING}), facilitator=END),
    "unsay": facilitators(_("removing a closing word"), END),
    # the book
    "book": everyone(_("seeing the editions of the report")),
    "ask_edition": facilitators(_("making the report"), FROM_GROUPS),
    "download": everyone(_("downloading the report")),
    "latest": everyone(_("downloading the report")),
    # running the day
    "live": everyone(_("following the board")),
    "wall": everyone(_("seeing the wall")),
    "desk": facilitators(_("running the day")),
    "describe": facilitators(_("describing the forum")),
    "move": facilitators(_("moving everyone to another phase")),
    "enter_person": facilitators(_("entering someone"), BEFORE_PUBLISHED),
    "person": facilitators(_("seeing someone’s entry")),
    "remove_person": facilitators(_("removing someone")),
    "person_code": facilitators(_("giving someone a code for another phone")),
    "invite": facilitators(_("inviting a facilitator")),
    "erase_rehearsal": facilitators(_("erasing the rehearsal")),
}


def roles(actor: "Actor", topic: "Topic | None" = None) -> set[Role]:
    """Every role of this person, with respect to the topic at hand."""
    held: set[Role] = set()
    person = actor.participant
    if person:
        held.add(Role.PARTICIPANT)
        if topic and topic.convener_id == person.pk:
            held.add(Role.CONVENER)
        if topic and person.presences.filter(group__topic=topic, left_at=None).exists():
            held.add(Role.MEMBER)
    if actor.facilitator:
        held.add(Role.FACILITATOR)
    return held or {Role.STRANGER}


def may(name: str, actor: "Actor", phase: Phase, topic: "Topic | None" = None) -> bool:
    return refusal(name, actor, phase, topic) is None


def refusal(name: str, actor: "Actor", phase: Phase, topic: "Topic | None" = None) -> str | None:
    """None if `actor` may do it now; else the plain reason, in the reader's language."""
    row = RULES[name]
    held = roles(actor, topic)
    phases = frozenset().union(*(row.phases.get(role, frozenset()) for role in held))
    if phase in phases:
        return None
    if phases:
        names = ", ".join(str(p.label) for p in Phase if p in phases)
        return str(
            format_lazy(
                _("This is not the moment for {what}: it is possible during “{phases}”, and we are at “{now}”."),
                what=row.what, phases=names, now=phase.label,
            )
        )  # fmt: skip
    if Role.MEMBER in row.phases:
        return str(_("Only the people of this group can do that: join the group first."))
    if Role.CONVENER in row.phases:
        return str(_("Only the person who proposed this topic, or a facilitator, can do that."))
    return str(_("This is for the facilitators."))
