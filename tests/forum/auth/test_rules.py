"""The permission table of the app beside the declaration of the tests, and what pages offer."""

import re
from collections.abc import Set
from pathlib import Path
from typing import Any

import pytest
from django.urls import Resolver404, resolve
from django.utils import translation

from forum.auth import rules
from forum.auth.identity import identify
from forum.auth.rules import RULES, TEAM, Rights, Role, Rule, anyone, everyone, facilitators, operators, writers
from forum.models import Actor, Facilitator, Forum, Group, Participant, TeamRole, Topic
from forum.phases import FROM_GROUPS, WORK, Phase
from tests.conftest import ClientFor, forget_limits, move
from tests.permissions.declaration import COLUMNS, DECLARED, LET_IN, OUTSIDE, PHASES, ROWS, Row, expected
from tests.scene import Scene, build_scene
from tests.surface.crawl import patterns


@pytest.fixture
def scene(db: None) -> Scene:
    return build_scene(("draft", "finished"))


def test_every_url_is_declared() -> None:
    assert {pattern.name for _route, pattern in patterns()} == set(ROWS) | set(OUTSIDE)


def test_each_rule_allows_these_roles_in_these_phases_and_no_other() -> None:
    assert {name: allowed(rule) for name, rule in RULES.items()} == {row.url: declared(row) for row in DECLARED}


def allowed(rule: Rule) -> dict[str, Set[Phase]]:
    """Return the phases of each role, those of participants for conveners and members too."""
    phases = {role.value: rule.phases.get(role, frozenset()) for role in Role}
    own = {role: phases[role] | phases["participant"] for role in ("convener", "member")}
    return phases | own


def declared(row: Row) -> dict[str, Set[Phase]]:
    """Return the same as it is declared; who is a transcriber is so for as long as a sheet waits."""
    phases = row.phases | {"transcriber": row.phases["member"] if "sheet" in row.notes else frozenset()}
    return {"stranger": phases.pop("nobody"), **phases}


def test_who_is_named_together_in_the_table_is_who_is_meant() -> None:
    always, team = frozenset(Phase), dict.fromkeys(("facilitator", "operator", "sponsor"), frozenset(Phase))
    meant = {
        anyone: {"stranger": always, "participant": always} | team,
        everyone: {"participant": always} | team,
        rules.team: team,
        operators: {"facilitator": always, "operator": always},
        facilitators: {"facilitator": always},
        writers: {"convener": WORK, "member": WORK, "facilitator": FROM_GROUPS},
    }
    for named, phases in meant.items():
        assert named("reading").phases == phases
    assert set(rules.rule("reading", sponsor=WORK).phases) == {Role.SPONSOR, Role.FACILITATOR}


TOO_EARLY = (
    "This is not the moment for photographing a written sheet: it is possible during “Working groups, Closing "
    "plenary”, and we are at “Marketplace”."
)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("sheet", TOO_EARLY),
        ("transcribe", "No written sheet of this group waits any more: only its own people write in its report now."),
        ("report", "Only the people of this group can do that: join the group first."),
        ("edit_topic", "Only the person who proposed this topic, or a facilitator, can do that."),
        ("desk", "This is for the facilitators and the operators."),
        ("messages", "This is for the facilitators."),
        ("topic", None),
    ],
)  # fmt: skip
def test_who_is_refused_reads_when_it_is_possible_or_for_whom(
    name: str, reason: str | None, forum: Forum, group: Group, topic: Topic, theo: Participant
) -> None:
    with translation.override("en"):
        assert Rights(Actor(theo), forum).refusal(name, topic) == reason
        assert Rights(Actor(theo), forum).about(topic).refusal(name) == reason
        assert Rights(Actor(theo), forum).may(name, topic) is (reason is None)


def test_a_stranger_sees_the_entrance_and_reads_that_the_rest_is_for_participants(forum: Forum) -> None:
    assert Rights(Actor(), forum).may("board")
    with translation.override("en"):
        assert Rights(Actor(), forum).refusal("me") == "This is for the participants: join the forum first."


def test_a_role_with_respect_to_a_topic_is_that_of_this_topic_alone(
    forum: Forum, group: Group, topic: Topic, nadia: Participant, theo: Participant, camille: Facilitator
) -> None:
    move(forum, Phase.GROUPS)
    other = Topic.propose(forum, "Vélos", "", theo, Actor(theo))
    member = Participant.join(forum, name="Membre")
    group.join(member, Actor(member))
    leaver = Participant.join(forum, name="Parti")
    group.join(leaver, Actor(leaver))
    group.leave(leaver, Actor(leaver))
    for person in (nadia, theo, member, leaver):
        rights = Rights(Actor(person), forum)
        convenes, may_write = person == nadia, person in (nadia, member)
        assert [rights.may("edit_topic", one) for one in (topic, other, None)] == [convenes, person == theo, False]
        assert [rights.may("report", one) for one in (topic, other, None)] == [may_write, person == theo, False]
        assert rights.about(topic)["group_photos"] is may_write
    sponsor = Rights(Actor(facilitator=camille, role=TeamRole.SPONSOR), forum)
    assert (sponsor["desk"], sponsor["me"], sponsor["move"], sponsor.may("report", topic)) == (
        True,
        False,
        False,
        False,
    )


def test_a_sheet_that_waits_is_typed_by_any_participant_and_by_operators(
    forum: Forum, topic: Topic, theo: Participant, camille: Facilitator, monkeypatch: pytest.MonkeyPatch
) -> None:
    move(forum, Phase.GROUPS)
    operator, sponsor = (Actor(facilitator=camille, role=role) for role in (TeamRole.OPERATOR, TeamRole.SPONSOR))
    for waits in (False, True):
        monkeypatch.setattr(Topic, "awaits_transcription", waits)
        may = [Rights(actor, forum).may("transcribe", topic) for actor in (Actor(theo), operator, sponsor, Actor())]
        assert may == [waits, waits, False, False]


def test_what_a_role_of_the_team_may_by_itself_is_what_the_table_says() -> None:
    for phase in Phase:
        for role in TeamRole:
            may = {name for name, may in rules.rights_of_role(role, phase).items() if may}
            assert may == {row.url for row in DECLARED if phase in row.phases[role.value]}


LINK = re.compile(r'"(/H7KQ4MT/[^"?#]*)')
SHOWN_BY_STYLES = {
    ("board", "report"), ("desk", "add_place"), ("desk", "enter_person"), ("desk", "operator"), ("desk", "propose"),
}  # fmt: skip
"""What a live page holds while it is hidden: on cards of other people's groups, and on the desk in other phases."""


@pytest.mark.parametrize("phase", ["m", *(pytest.param(phase, marks=pytest.mark.laptop) for phase in "pogcb")])
def test_no_page_offers_what_the_table_refuses(scene: Scene, phase: str) -> None:
    Forum.objects.filter(pk=scene.forum.pk).update(phase=PHASES[phase])
    forum = Forum.objects.get(pk=scene.forum.pk)
    topics = {topic.number: topic for topic in forum.topics.all()}
    wrong = set()
    for role in COLUMNS[1:]:
        client = scene.clients[role]
        rights = Rights(identify({name: cookie.value for name, cookie in client.cookies.items()}, forum), forum)
        for page in ROWS:
            answer: Any = client.get(scene.address(page)) if may_open(page, role, PHASES[phase]) else None
            if answer and answer.streaming:
                b"".join(answer.streaming_content)
            elif answer:
                for path in set(LINK.findall(answer.content.decode())):
                    name, number = offered(path)
                    if name in RULES and not rights.may(name, topics.get(number)):
                        wrong.add((page, name, role))
    assert {row for row in wrong if row[:2] not in SHOWN_BY_STYLES} == set()


def may_open(page: str, role: str, phase: Phase) -> bool:
    return expected(page, "GET", role, phase, "draft") == LET_IN


def offered(path: str) -> tuple[str, int]:
    """Return the name of an address and the number of its topic; nothing for a socket, which is no page."""
    try:
        match = resolve(path)
    except Resolver404:
        return "", 0
    return match.url_name or "", match.kwargs.get("number", 0)


def test_a_wrong_code_finds_nothing(client_for: ClientFor, scene: Scene) -> None:
    found = set()
    for name in ROWS.keys() - {"join"}:
        forget_limits()  # there are more addresses than guesses
        found.add(client_for(None).get(scene.address(name).replace(scene.forum.code, "AAAAAA2")).status_code)
    assert found == {404, 405}


def test_templates_ask_only_for_rights_of_the_table() -> None:
    texts = [path.read_text(encoding="utf-8") for path in Path("templates").rglob("*.html")]
    named = {name for text in texts for name in re.findall(r"\bmay\.(\w+)", text)}
    assert named - set(RULES) == set()


def test_a_facilitator_may_do_all_that_operators_and_sponsors_may() -> None:
    lacking = [
        name
        for name, rule in RULES.items()
        for role in TEAM
        if not rule.phases.get(role, frozenset()) <= rule.phases.get(Role.FACILITATOR, frozenset())
    ]
    assert lacking == []
