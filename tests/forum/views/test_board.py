"""The wall’s look, frame and preview, and the clock of live pages."""

import json
from datetime import datetime

import pytest
import time_machine
from django.utils import timezone
from websockets.sync.client import connect

from forum.auth.identity import participant_cookie
from forum.models import (
    Device,
    Facilitator,
    Forum,
    Participant,
)
from forum.phases import Phase, WallStep
from tests.conftest import ClientFor
from tests.live_server import running_server


@pytest.mark.django_db
def test_a_browser_keeps_the_look_of_its_wall(forum: Forum, camille: Facilitator, client_for: ClientFor) -> None:
    projector = client_for(camille)
    wall = f"/{forum.code}/wall/"
    assert "is-bright" not in projector.get(wall).content.decode()
    assert "is-bright" in projector.get(f"{wall}?look=light").content.decode()
    assert "is-bright" in projector.get(wall).content.decode()
    assert "is-bright" not in projector.get(f"{wall}?look=purple").content.decode()


@pytest.mark.django_db
def test_the_wall_may_be_framed_by_our_own_pages_and_nothing_else_by_anybody(
    forum: Forum, camille: Facilitator, client_for: ClientFor
) -> None:
    laptop = client_for(camille)
    policies = {
        page: laptop.get(f"/{forum.code}/{page}").headers["Content-Security-Policy"]
        for page in ("wall/", "desk/", "desk/conductor/")
    }
    assert [page for page, policy in policies.items() if "frame-ancestors 'none'" not in policy] == ["wall/"]
    assert [page for page, policy in policies.items() if "frame-src 'self'" in policy] == ["desk/conductor/"]


@pytest.mark.django_db
def test_a_facilitator_previews_a_step_of_the_wall_and_nothing_changes(
    forum: Forum, nadia: Participant, camille: Facilitator, client_for: ClientFor
) -> None:
    address = f"/{forum.code}/wall/?step=opening.law"
    assert 'data-shows="law"' in client_for(camille).get(address).content.decode()
    assert 'data-shows="law"' not in client_for(nadia).get(address).content.decode()
    assert Forum.objects.get(pk=forum.pk).wall_step == WallStep(Phase.MARKETPLACE)


@pytest.mark.django_db(transaction=True)
def test_a_page_with_a_countdown_may_ask_for_the_servers_time(forum: Forum, nadia: Participant) -> None:
    cookie = f"{participant_cookie(forum)}={Device.issue(nadia)}"
    with (
        running_server() as url,
        time_machine.travel(datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.get_current_timezone())),
        connect(f"{url.replace('http', 'ws')}/{forum.code}/live/", additional_headers={"Cookie": cookie}) as socket,
    ):
        socket.send("now?")
        message = next(message for message in map(json.loads, socket) if "now" in message)
        assert message == {"now": pytest.approx(timezone.now().timestamp() * 1000, abs=5_000)}
