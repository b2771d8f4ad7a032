"""A part of the matrix: pages, and the declaration itself."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from forum.auth import decorators, identity, rules
from forum.auth.rules import RULES, Role, rule
from forum.models import Actor, Forum, TeamRole
from forum.phases import WORK, Phase
from tests.permissions.cells import Cell, Pages, pages, sample
from tests.permissions.conftest import some
from tests.permissions.declaration import OUTSIDE, ROLES, ROWS
from tests.scene import STATES, Scene


@pytest.mark.django_db
def test_each_page_answers_each_role_as_declared(scene: Scene) -> None:
    assert list(Pages(scene).wrong(some(pages()))) == []


@pytest.mark.laptop
def test_the_cells_are_all_of_the_urlconf_and_the_tests_try_each_url_as_each_role() -> None:
    cells = list(pages())
    assert {cell.url for cell in cells} == set(ROWS) | set(OUTSIDE) - {"readiness"}
    assert len(set(cells)) == len(cells) > 40_000
    tried = sample(cells)
    assert {(cell.url, cell.role) for cell in tried} == {(cell.url, cell.role) for cell in cells}
    assert {(cell.role, cell.phase) for cell in tried} == {(role, phase) for role in ROLES for phase in Phase}
    assert {(cell.role, cell.state) for cell in tried} == {(role, state) for role in ROLES for state in STATES}


# ---- the matrix sees what it is for ----------------------------------------------------------------------------------


def of(url: str, roles: tuple[str, ...]) -> Iterator[Cell]:
    posts = (cell for cell in pages() if cell.url == url and cell.method == "POST")
    return (cell for cell in posts if cell.phase in WORK and cell.role in roles)


@pytest.mark.laptop
@pytest.mark.django_db
def test_the_matrix_shows_that_anyone_rewrites_any_report(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, "transcribe", rule("transcribing", participant=WORK, transcriber=WORK, facilitator=WORK))
    wrong = list(Pages(scene).wrong(of("transcribe", ("participant", "member", "sponsor"))))
    assert "transcribe POST participant groups empty: let in, not 403, and the database changed" in wrong
    assert "transcribe POST participant closing validated: let in, not 403" in wrong
    assert {line.split()[2] for line in wrong} == {"participant"}


@pytest.mark.laptop
@pytest.mark.django_db
def test_the_matrix_shows_that_the_state_of_a_sheet_is_not_asked(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    has_role = rules._has_role
    monkeypatch.setattr(
        rules, "_has_role", lambda role, actor, topic: role == Role.TRANSCRIBER or has_role(role, actor, topic)
    )
    wrong = list(Pages(scene).wrong(of("transcribe", ("participant",))))
    assert {line.partition(":")[0].split(" ", 4)[4] for line in wrong} == {
        "empty", "draft", "finished", "validated", "finished + sheet", "validated + sheet",
    }  # fmt: skip


@pytest.mark.laptop
@pytest.mark.django_db
def test_the_matrix_shows_that_facilitators_of_other_forums_come_in(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def identify_anywhere(cookies: dict[str, str], forum: Forum) -> Actor:
        actor = identity.identify(cookies, forum)
        if actor.facilitator:
            return actor
        return replace(actor, facilitator=identity.facilitator_of(cookies), role=TeamRole.FACILITATOR)

    monkeypatch.setattr(decorators, "identify", identify_anywhere)
    wrong = list(Pages(scene).wrong(of("messages", ROLES)))
    assert wrong == [
        f"messages POST facilitator of another forum {phase} draft: let in, not 404, and the database changed"
        for phase in ("groups", "closing")
    ]
