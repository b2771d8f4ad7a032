"""Every address × role × phase × method, in a forum where everything exists: one long table, written by hand."""

import re
from collections.abc import Iterator, Set
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve, reverse
from django.utils import translation

from forum.auth import rules
from forum.auth.identity import identify
from forum.auth.rules import RULES, TEAM, Rights, Role, anyone, everyone, facilitators, operators, writers
from forum.auth.throttling import wrong_codes
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
    TeamRole,
    Topic,
)
from forum.phases import WORK, Phase
from sessions.media.images import ProcessedImage
from sessions.models import Comment, Edition, Imprint, Photo, Report
from sessions.printing import kits, pdf_cache
from sessions.printing.kit import KitOrder
from sessions.proceedings.pdf_process import Pdf
from tests.conftest import ClientFor, join_team, move

PHASES = dict(zip("pomgcb", Phase, strict=True))  # preparation opening marketplace groups closing puBlished
ALL = "pomgcb"

# Who may use which URL, in which phases. A URL without a row here fails the test below.
EXPECTED_RULES: dict[str, dict[str, str]] = {
    "board": {"stranger": ALL, "participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "join": {"stranger": "omgc", "participant": ALL, "facilitator": "omgc", "operator": "omgc", "sponsor": "omgc"},
    "other_phone": {"stranger": ALL, "participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "me": {"participant": ALL},
    "second_device": {"participant": ALL},
    "agree_to_access": {"participant": ALL},
    "disconnect_others": {"participant": ALL},
    "sign_me_out": {"participant": ALL},
    "propose": {"participant": "m", "facilitator": "omg", "operator": "omg"},
    "alike": {"participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "topic": {"participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "edit_topic": {"convener": "mg", "facilitator": "pomgc", "operator": "pomgc"},
    "withdraw": {"convener": "mg", "facilitator": "pomgc", "operator": "pomgc"},
    "bring_back": {"convener": "m", "facilitator": "pomgc", "operator": "pomgc"},
    "interest": {"participant": "mg", "facilitator": "mg", "operator": "mg"},
    "merge": {"convener": "mg", "facilitator": "omg"},
    "answer_merge": {"convener": "mg", "facilitator": "omg"},
    "split": {"convener": "mg", "facilitator": "omg"},
    "take_up": {"participant": "mg", "facilitator": "omg", "operator": "omg"},
    "hand_over": {"convener": "mg", "facilitator": "pomgc", "operator": "pomgc"},
    "operator": {"facilitator": "omg", "operator": "omg"},
    "operator_people": {"facilitator": "omg", "operator": "omg"},
    "operator_line": {"facilitator": "omg", "operator": "omg"},
    "pitch": {"convener": "m", "facilitator": "om", "operator": "om"},
    "begin_pitch": {"facilitator": "om", "operator": "om"},
    "end_pitch": {"facilitator": "om", "operator": "om"},
    "move_pitch": {"facilitator": "om", "operator": "om"},
    "pitch_seconds": {"facilitator": ALL, "operator": ALL},
    "alerts": {"facilitator": ALL, "operator": ALL},
    "conductor": {"facilitator": ALL, "operator": ALL},
    "show": {"facilitator": ALL, "operator": ALL},
    "place": {"convener": "m", "facilitator": "pomgc", "operator": "pomgc"},
    "unplace": {"convener": "m", "facilitator": "pomgc", "operator": "pomgc"},
    "swap": {"facilitator": "pomgc", "operator": "pomgc"},
    "freeze_topic": {"facilitator": "pomgc"},
    "freeze_slot": {"facilitator": "pomgc"},
    "add_place": {"facilitator": "pomgc", "operator": "pomgc"},
    "late": {"facilitator": "g", "operator": "g"},
    "suggestion": {"facilitator": "mg"},
    "presence": {"participant": "gc", "facilitator": "gc", "operator": "gc"},
    "door_count": {"participant": "gc", "facilitator": "gc", "operator": "gc"},
    "roam": {"participant": "gc"},
    "place_page": {"participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "begin_slot": {"facilitator": "pomgc", "operator": "pomgc"},
    "extend_slot": {"facilitator": "pomgc", "operator": "pomgc"},
    "messages": {"facilitator": ALL},
    "take_back": {"facilitator": ALL},
    "report": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "writing": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "history": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "restore_version": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "validate_report": {"facilitator": "gcb"},
    "read_report": {"participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "comment": {"participant": "gcb"},
    "withdraw_comment": {"participant": "gcb", "facilitator": "gcb"},
    "missing_reports": {"facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "ask_for_reports": {"facilitator": "gc"},
    "finish_report": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "reopen_report": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "add_action": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "action": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "drop_action": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "photos": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "upload_photo": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "photo": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "agree_photo": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "move_photo": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "drop_photo": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "photo_file": {"participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "sheet": {"participant": "gc", "facilitator": "gcb", "operator": "gc"},
    "upload_sheet": {"participant": "gc", "facilitator": "gcb", "operator": "gc"},
    "transcribe": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "sheets": {"facilitator": "gcb", "operator": "gc"},
    "feedback": {"participant": "c", "facilitator": "cb", "operator": "c"},
    "remove_feedback": {"facilitator": "cb"},
    "book": {"participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "request_edition": {"facilitator": "gcb"},
    "download": {"participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "latest": {"participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "book_page": {"participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "other_format": {"participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "book_image": {"participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "essential": {"participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "report_pdf": {"participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "imprint": {"facilitator": ALL},
    "add_logo": {"facilitator": ALL},
    "move_logo": {"facilitator": ALL},
    "remove_logo": {"facilitator": ALL},
    "publish": {"facilitator": ALL},
    "public": {"stranger": ALL, "participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "public_page": {"stranger": ALL, "participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "public_file": {"stranger": ALL, "participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "public_image": {"stranger": ALL, "participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "live": {"participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "wall": {"participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "desk": {"facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "describe": {"facilitator": ALL},
    "move": {"facilitator": ALL},
    "enter_person": {"facilitator": "pomgc", "operator": "pomgc"},
    "expected": {"facilitator": ALL, "operator": ALL},
    "import_people": {"facilitator": "pomgc"},
    "arrive": {"facilitator": "pomgc", "operator": "pomgc"},
    "forget_expected": {"facilitator": ALL},
    "person": {"facilitator": ALL, "operator": "pomgc"},
    "remove_with_all": {"facilitator": ALL},
    "remove_person": {"facilitator": ALL},
    "person_code": {"facilitator": ALL},
    "facilitators": {"facilitator": ALL},
    "invite": {"facilitator": ALL},
    "end_invitation": {"facilitator": ALL},
    "end_device": {"facilitator": ALL},
    "change_role": {"facilitator": ALL},
    "remove_facilitator": {"facilitator": ALL},
    "phone_test": {"stranger": ALL, "participant": ALL, "facilitator": ALL, "operator": ALL, "sponsor": ALL},
    "ready": {"facilitator": ALL, "operator": ALL},
    "check": {"facilitator": ALL, "operator": ALL},
    "use_address": {"facilitator": ALL},
    "printing": {"facilitator": ALL, "operator": ALL},
    "kit": {"facilitator": ALL, "operator": ALL},
    "kit_file": {"facilitator": ALL, "operator": ALL},
    "journal": {"facilitator": ALL},
    "undo": {"facilitator": ALL},
    "erase_rehearsal": {"facilitator": ALL},
}
BESIDE_URLS: dict[str, dict[str, str]] = {
    "act_for_others": {"facilitator": ALL, "operator": ALL},
    "clashes": {"convener": ALL, "facilitator": ALL, "operator": ALL},
    "hidden_totals": {"facilitator": ALL, "operator": ALL},
    "e_mails": {"facilitator": ALL},
    "move_frozen": {"facilitator": ALL},
    "merge_at_once": {"facilitator": ALL},
    "group_photos": {"convener": ALL, "member": ALL, "facilitator": ALL},
    "drafts": {"participant": ALL, "facilitator": ALL, "operator": ALL},
    "withdraw_any_comment": {"facilitator": "gcb"},
}
"""What pages show and let do beside their URLs."""
OUTSIDE = {
    "home", "readiness", "metrics", "security_txt", "set_language", "forums", "new_forum", "preview_agenda",
    "change_link", "sign_out",
    "accept_invitation", "enter_by_link", "public_forums", "sign_in", "come_back", "attach_account", "detach_account",
    "signed_out",
}  # fmt: skip
"""Addresses outside any forum; what they let through is tested where they are."""

PARTICIPANTS = ("participant", "convener", "member")


def addresses(patterns: list[Any] | None = None) -> Iterator[URLPattern]:
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns)
        else:
            yield pattern


def test_every_address_has_a_row() -> None:
    assert {pattern.name for pattern in addresses()} == set(EXPECTED_RULES) | OUTSIDE


def test_each_row_allows_these_roles_in_these_phases_and_no_other() -> None:
    rows = {name: {role.value: letters(phases) for role, phases in rule.phases.items()} for name, rule in RULES.items()}
    assert rows["transcribe"].pop("transcriber") == "gc"  # a role that somebody has for as long as a sheet waits
    assert rows == EXPECTED_RULES | BESIDE_URLS


def test_who_is_named_together_in_the_table_is_who_is_meant() -> None:
    team = {"facilitator": ALL, "operator": ALL, "sponsor": ALL}
    meant = {
        anyone: {"stranger": ALL, "participant": ALL} | team,
        everyone: {"participant": ALL} | team,
        rules.team: team,
        operators: {"facilitator": ALL, "operator": ALL},
        facilitators: {"facilitator": ALL},
        writers: {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    }
    for named, expected in meant.items():
        assert {role.value: letters(phases) for role, phases in named("reading").phases.items()} == expected
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
            allowed = {name for name, may in rules.rights_of_role(role, phase).items() if may}
            assert allowed == {
                name
                for name, row in (EXPECTED_RULES | BESIDE_URLS).items()
                if phase in [PHASES[letter] for letter in row.get(role.value, "")]
            }


def letters(phases: Set[Phase]) -> str:
    return "".join(letter for letter, phase in PHASES.items() if phase in phases)


@dataclass
class Scene:
    """A forum where everything exists, and a browser for each role."""

    forum: Forum
    clients: dict[str, Client]
    arguments: dict[str, list[Any]]

    def address(self, name: str) -> str:
        return reverse(name, args=[self.forum.code, *self.arguments.get(name, [])])


@pytest.fixture
def scene(forum: Forum, group: Group, topic: Topic, nadia: Participant, theo: Participant, camille: Facilitator,
          client_for: ClientFor) -> Scene:  # fmt: skip
    member = Participant.join(forum, name="Membre")
    group.join(member, Actor(member))
    report = Report.for_group(group)
    report.write({"findings": "Un constat"}, report.bases(), Actor(member))
    action = report.add_action(Actor(member), what="Planter")
    word = Feedback.give(forum, theo, Actor(theo), words="Merci", keep="", change="")
    other = Topic.propose(forum, "Vélos", "", theo, Actor(theo))
    MergeProposal.propose(other, topic, Actor(theo))
    proposal = MergeProposal.objects.get()
    edition = Edition.request(forum, Actor())
    edition.path.parent.mkdir(parents=True, exist_ok=True)
    edition.path.write_bytes(b"%PDF-1.7")
    edition.formats_directory.mkdir(exist_ok=True)
    drawing = f"{'0' * 32}.png"
    (edition.formats_directory / "images").mkdir(exist_ok=True)
    for name in ("page.html", "book.md", f"images/{drawing}"):
        (edition.formats_directory / name).touch()
    (edition.formats_directory / "data.json").write_text("{}")
    edition.report_progress(state=Edition.State.READY, contents={"finished": [topic.number]})
    imprint = Imprint.for_forum(forum)
    imprint.set_access(Actor(facilitator=camille), is_public=True, is_listed=False)
    logo = imprint.logos.create(name="Région", file=drawing)
    other_forum = Forum.objects.create(title="Autre", question="?", phase=Phase.GROUPS)
    rival, _link = Facilitator.create("Rivale")
    other_forum.facilitators.add(rival)
    neighbour = Participant.join(other_forum, name="Voisin")
    clients = {
        "stranger": client_for(None),
        "participant": client_for(theo),
        "convener": client_for(nadia),
        "member": client_for(member),
        "facilitator": client_for(camille),
        "operator": client_for(join_team(forum, "Olive", TeamRole.OPERATOR)),
        "sponsor": client_for(join_team(forum, "Sacha", TeamRole.SPONSOR)),
        "facilitator of another forum": client_for(rival),
        "participant of another forum": client_for(neighbour),
    }
    by_topic = (
        "topic", "edit_topic", "withdraw", "bring_back", "interest", "place", "unplace", "swap", "freeze_topic",
        "presence", "door_count", "report", "read_report", "finish_report", "reopen_report", "add_action", "pitch",
        "begin_pitch", "end_pitch", "move_pitch", "merge", "split", "take_up", "hand_over", "operator_line", "writing",
        "history", "validate_report", "comment",
    )  # fmt: skip
    arguments: dict[str, list[Any]] = {name: [topic.number] for name in by_topic}
    arguments |= {"restore_version": [topic.number, report.versions.get().pk]}
    comment = Comment.post(report, theo, Actor(theo), text="Nous aussi.")
    arguments |= {"withdraw_comment": [topic.number, comment.pk]}
    arguments |= {"answer_merge": [topic.number, proposal.pk]}
    photo = Photo.add(report, ProcessedImage(b"\xff\xd8", b"\xff\xd8", b"\xff\xd8", 20, 10), Actor(member))
    photo.set_people_agreed(True, Actor(member))
    arguments |= {name: [topic.number] for name in ("photos", "sheet", "transcribe")}
    arguments |= {name: [topic.number, photo.pk] for name in ("photo", "agree_photo", "move_photo", "drop_photo")}
    arguments |= {name: [topic.number, "ab" * 12] for name in ("upload_photo", "upload_sheet")}
    arguments |= {"photo_file": [topic.number, photo.key]}
    arguments |= {name: [topic.number, action.pk] for name in ("action", "drop_action")}
    arguments |= {name: [theo.pk] for name in ("person", "remove_person", "remove_with_all", "person_code", "arrive")}
    arguments |= {name: [group.slot_id] for name in ("freeze_slot", "begin_slot", "extend_slot")}
    message = Message.send(forum, "Le café est servi.", Actor(facilitator=camille))
    arguments |= {"place_page": [group.place_id], "take_back": [message.pk]}
    arguments |= {"undo": [forum.journal.earliest("revision").revision]}
    arguments |= {
        "remove_feedback": [word.pk],
        "download": [edition.number],
        "book_page": [edition.number],
        "other_format": [edition.number, "book.md"],
    }
    arguments |= {name: [logo.pk] for name in ("move_logo", "remove_logo")}
    arguments |= {"book_image": [edition.number, drawing], "public_image": [drawing], "public_file": ["book.md"]}
    arguments |= {"report_pdf": [topic.number]}
    colleague, _link = Facilitator.create("Collègue")
    forum.facilitators.add(colleague)
    OneTimeCode.invite(forum, Actor(facilitator=camille))
    Device.issue(colleague)
    arguments |= {name: [colleague.pk] for name in ("change_role", "remove_facilitator")}
    arguments |= {"end_device": [colleague.devices.get().pk]}
    arguments |= {"end_invitation": [camille.invitations.get().pk]}
    arguments |= {"check": ["database"], "kit": [printed_kit(forum)], "kit_file": [printed_kit(forum)]}
    return Scene(forum, clients, arguments)


@contextmanager
def undone(client: Client) -> Iterator[None]:
    """Undo in the database, and in the cookies of a browser, what its request changed."""
    cookies = copy(client.cookies)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    client.cookies = cookies


def printed_kit(forum: Forum) -> str:
    """Store a printing kit, and return its name."""
    name = kits.request_kit(forum, KitOrder())
    pdf_cache.store_pdf(kits.kit_path(forum, name), Pdf(b"%PDF-1.7", 1))
    return name


def opens(name: str, role: str, phase: str) -> bool:
    """Say whether the table allows it. Conveners and members are participants; people of other forums are strangers."""
    rows = EXPECTED_RULES[name]
    roles = {role, "participant"} if role in PARTICIPANTS else {role} if role in rows else {"stranger"}
    if "another forum" in role:
        roles = {"stranger"}
    return any(phase in rows.get(r, "") for r in roles)


@pytest.mark.laptop
@pytest.mark.parametrize("phase", list(PHASES))
def test_each_url_answers_those_of_the_table_and_nobody_else(scene: Scene, phase: str) -> None:
    Forum.objects.filter(pk=scene.forum.pk).update(phase=PHASES[phase])
    wrong = []
    for name in EXPECTED_RULES:
        for role, client in scene.clients.items():
            for method in ("get", "post"):
                with undone(client):
                    answer = getattr(client, method)(scene.address(name), {"as": "phone"})
                if answer.streaming:
                    b"".join(answer.streaming_content)
                if answer.status_code == 405:
                    continue
                turned_away = answer.status_code in (403, 404) or (
                    answer.status_code == 302 and "stranger" not in EXPECTED_RULES[name] and not known(role)
                )
                if turned_away == opens(name, role, phase):
                    wrong.append(f"{name} {role} {method} {answer.status_code}")
    assert wrong == []


def known(role: str) -> bool:
    return role in (*PARTICIPANTS, *TeamRole.values)


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
    for role in filter(known, scene.clients):
        client = scene.clients[role]
        rights = Rights(identify({name: cookie.value for name, cookie in client.cookies.items()}, forum), forum)
        for page in EXPECTED_RULES:
            answer: Any = client.get(scene.address(page)) if opens(page, role, phase) else None
            if answer and answer.streaming:
                b"".join(answer.streaming_content)
            elif answer:
                for path in set(LINK.findall(answer.content.decode())):
                    name, number = offered(path)
                    if name in RULES and not rights.may(name, topics.get(number)):
                        wrong.add((page, name, role))
    assert {row for row in wrong if row[:2] not in SHOWN_BY_STYLES} == set()


def offered(path: str) -> tuple[str, int]:
    """Return the name of an address and the number of its topic; nothing for a socket, which is no page."""
    try:
        match = resolve(path)
    except Resolver404:
        return "", 0
    return match.url_name or "", match.kwargs.get("number", 0)


def test_a_wrong_code_finds_nothing(client_for: ClientFor, scene: Scene) -> None:
    found = set()
    for name in EXPECTED_RULES.keys() - {"join"}:
        wrong_codes.join_codes.forget()  # there are more addresses than guesses
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
