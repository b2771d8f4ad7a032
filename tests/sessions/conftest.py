import pytest

from forum.models import Actor, Forum, Group, Participant
from forum.phases import Phase
from sessions.models import Report
from tests.conftest import move


@pytest.fixture
def report(forum: Forum, group: Group, nadia: Participant, theo: Participant) -> Report:
    """An empty report in the phase of the groups, with Nadia and Théo in the group."""
    move(forum, Phase.GROUPS)
    for person in (nadia, theo):
        group.join(person, Actor(person))
    return Report.for_group(group)
