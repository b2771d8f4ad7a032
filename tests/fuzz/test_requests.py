"""Requests of strangers, participants and those who lost their rights; and of a team that reaches every URL."""

import pytest

from tests.fuzz.conftest import inputs
from tests.fuzz.fields import discover
from tests.fuzz.run import FACILITATORS, PEOPLE, Fuzz, urls
from tests.scene import Scene


@pytest.mark.django_db
def test_nothing_that_somebody_sends_breaks_a_page_or_a_promise(scene: Scene) -> None:
    fields = discover(scene, urls())
    people = Fuzz(scene, fields, PEOPLE, seed="tests").run(inputs("people"))
    team = Fuzz(scene, fields, FACILITATORS, seed="tests").run(inputs("facilitators"))
    assert people.faults + team.faults == []
