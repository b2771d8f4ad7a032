"""Every address × role × phase × method, against a table written by hand: the site's doors, one by one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from forum.models import Actor, Facilitator, Feedback, Forum, Participant, Topic
from forum.phases import Phase
from sessions.models import Edition, Group
from sessions.models.report import report_of
from tests.conftest import ClientFor

PHASES = dict(zip("pomgcb", Phase, strict=True))  # preparation opening marketplace groups closing puBlished
ALL = "pomgcb"

# Who may go through which door, in which phases. An address without a row here fails the test below.
DOORS: dict[str, dict[str, str]] = {
    "board": {"stranger": ALL, "participant": ALL, "facilitator": ALL},
    "join": {"stranger": "omgc", "participant": ALL, "facilitator": "omgc"},
    "other_phone": {"stranger": ALL, "participant": ALL, "facilitator": ALL},
    "me": {"participant": ALL},
    "second_device": {"participant": ALL},
    "disconnect_others": {"participant": ALL},
    "propose": {"participant": "m", "facilitator": "omg"},
    "alike": {"participant": ALL, "facilitator": ALL},
    "topic": {"participant": ALL, "facilitator": ALL},
    "edit_topic": {"convener": "mg", "facilitator": "pomgc"},
    "withdraw": {"convener": "mg", "facilitator": "pomgc"},
    "bring_back": {"convener": "m", "facilitator": "pomgc"},
    "interest": {"participant": "mg", "facilitator": "mg"},
    "place": {"convener": "m", "facilitator": "pomgc"},
    "unplace": {"convener": "m", "facilitator": "pomgc"},
    "presence": {"participant": "gc", "facilitator": "gc"},
    "report": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "read_report": {"participant": ALL, "facilitator": ALL},
    "finish_report": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "reopen_report": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "add_action": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "action": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "drop_action": {"convener": "gc", "member": "gc", "facilitator": "gcb"},
    "feedback": {"participant": "c", "facilitator": "cb"},
    "unsay": {"facilitator": "cb"},
    "book": {"participant": ALL, "facilitator": ALL},
    "ask_edition": {"facilitator": "gcb"},
    "download": {"participant": ALL, "facilitator": ALL},
    "latest": {"participant": ALL, "facilitator": ALL},
    "live": {"participant": ALL, "facilitator": ALL},
    "wall": {"participant": ALL, "facilitator": ALL},
    "desk": {"facilitator": ALL},
    "describe": {"facilitator": ALL},
    "move": {"facilitator": ALL},
    "enter_person": {"facilitator": "pomgc"},
    "person": {"facilitator": ALL},
    "remove_person": {"facilitator": ALL},
    "person_code": {"facilitator": ALL},
    "invite": {"facilitator": ALL},
    "erase_rehearsal": {"facilitator": ALL},
}
OUTSIDE = {
    "home", "health", "set_language", "forums", "new_forum", "change_link", "begin", "enter",
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
    assert {pattern.name for pattern in addresses()} == set(DOORS) | OUTSIDE


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
    group.welcome(member, Actor(member))
    report = report_of(group)
    report.write({"findings": "Un constat"}, report.bases(), Actor(member))
    action = report.add_action(Actor(member), what="Planter")
    word = Feedback.say(forum, theo, Actor(theo), words="Merci", keep="", change="")
    edition = Edition.ask(forum, Actor())
    edition.path.parent.mkdir(parents=True, exist_ok=True)
    edition.path.write_bytes(b"%PDF-1.7")
    edition.report(state=Edition.State.READY)
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
        "facilitator of another forum": client_for(rival),
        "participant of another forum": client_for(neighbour),
    }
    by_topic = (
        "topic", "edit_topic", "withdraw", "bring_back", "interest", "place", "unplace", "presence", "report",
        "read_report", "finish_report", "reopen_report", "add_action",
    )  # fmt: skip
    arguments: dict[str, list[Any]] = {name: [topic.number] for name in by_topic}
    arguments |= {name: [topic.number, action.pk] for name in ("action", "drop_action")}
    arguments |= {name: [theo.pk] for name in ("person", "remove_person", "person_code")}
    arguments |= {"unsay": [word.pk], "download": [edition.number]}
    return Scene(forum, clients, arguments)


def opens(name: str, role: str, phase: str) -> bool:
    """What the table says; conveners and members are participants too, people of other forums are strangers."""
    rows = DOORS[name]
    roles = {role, "participant"} if role in PARTICIPANTS else {role} if role in rows else {"stranger"}
    if "another forum" in role:
        roles = {"stranger"}
    return any(phase in rows.get(r, "") for r in roles)


@pytest.mark.parametrize("phase", ALL)
def test_each_door_lets_in_those_of_the_table_and_nobody_else(scene: Scene, phase: str) -> None:
    Forum.objects.filter(pk=scene.forum.pk).update(phase=PHASES[phase])
    wrong = []
    for name in DOORS:
        for role, client in scene.clients.items():
            for method in ("get", "post"):
                with transaction.atomic():
                    answer = getattr(client, method)(scene.address(name), {"as": "phone"})
                    transaction.set_rollback(True)
                if answer.streaming:
                    b"".join(answer.streaming_content)
                if answer.status_code == 405:
                    continue
                turned_away = answer.status_code in (403, 404) or (
                    answer.status_code == 302 and "stranger" not in DOORS[name] and not known(role)
                )
                if turned_away == opens(name, role, phase):
                    wrong.append(f"{name} {role} {method} {answer.status_code}")
    assert wrong == []


def known(role: str) -> bool:
    return role in (*PARTICIPANTS, "facilitator")


def test_a_wrong_code_finds_nothing(client_for: ClientFor, scene: Scene) -> None:
    found = {
        name: client_for(None).get(scene.address(name).replace(scene.forum.code, "AAAAAA2")).status_code
        for name in DOORS
        if name != "join"
    }
    assert set(found.values()) <= {404, 405}


def test_sixty_wrong_codes_in_a_minute_end_the_guessing(forum: Forum, client_for: ClientFor) -> None:
    client = client_for(None)
    statuses = [client.get(f"/AAAA{n:03}/").status_code for n in range(222, 292)]
    assert statuses[:55] == [404] * 55
    assert statuses[-1] == 429
