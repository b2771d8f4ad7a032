"""Co-writing over HTTP, for pages whose sockets do not pass."""

import json

import pytest
from pycrdt import Doc, Text

from forum.models import Actor, Participant, Topic
from sessions.coediting.protocol import from_base64
from sessions.models import Report
from tests.conftest import ClientFor
from tests.sessions.coediting.sockets import MALFORMED, message_with
from tests.sessions.writer_page import WriterPage, stored


@pytest.mark.django_db
def test_without_a_socket_the_same_messages_go_over_http(
    report: Report, topic: Topic, nadia: Participant, client_for: ClientFor
) -> None:
    address, client = f"{topic.get_absolute_url()}report/writing/", client_for(nadia)
    page = WriterPage(report, Actor(nadia))
    body = json.loads(message_with(page.write("Par la poste."))) | {"have": "AA=="}
    answer = client.post(address, json.dumps(body), content_type="application/json").json()
    assert (answer["kept"], stored(report).findings) == (True, "Par la poste.")
    other: Doc[Text] = Doc()
    other.apply_update(from_base64(client.get(address, {"have": "AA=="}).json(), "update"))
    assert str(other.get("findings", type=Text)) == "Par la poste."
    more = ("{}", '{"update": "x", "client": 1, "clock": 1}', '{"have": "AA==", "update": []}')
    for malformed in (*MALFORMED.values(), *more):
        assert client.post(address, malformed, content_type="application/json").status_code == 400
    assert client.get(address, {"have": "é"}).status_code == 400
