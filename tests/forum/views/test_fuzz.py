"""Hostile input to every URL: a response, never a traceback."""

import contextlib
import logging
import random
import socket
from collections.abc import Callable
from itertools import product
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils.datastructures import MultiValueDict
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.auth.identity import participant_cookie
from forum.models import Device, Forum, Participant
from forum.phases import Phase
from tests.forum.auth.test_rules import EXPECTED_RULES, Scene, scene, undone
from tests.live_server import running_server

__all__ = ["scene"]

FIELDS = (
    "name", "organisation", "territory", "appearance", "same_name", "code", "title", "description", "convener",
    "excluding", "going", "present", "participant", "cell", "slot", "place", "elsewhere", "phase", "words", "keep",
    "change", "findings", "b_findings", "head_count", "due_date", "what", "b_what", "next", "key", "as", "since",
    "epoch", "watch", "question", "date", "time_zone", "language", "territories", "slots-TOTAL_FORMS",
    "slots-INITIAL_FORMS", "slots-0-id", "slots-0-minutes", "slots-0-starts_at", "places-TOTAL_FORMS",
    "places-INITIAL_FORMS", "places-0-name", "places-0-seats", "slots-0-day", "table", "sure", "q", "confirmed",
    "missing", "step", "from",
)  # fmt: skip
JUNK = (
    "", " ", "0", "-1", "1", "9" * 30, "١٢٣", "²", "1.5", "NaN", "x" * 300, "x" * 7000, "a\x00b", "😀", "\u202eright",
    "<script>alert(1)</script>", "'; DROP TABLE forum_forum;--", "../../etc/passwd", "//evil.example",
    "javascript:alert(1)", "%s%d{0}{name}", "true", "null", "[]", "{}", "2026-02-30", "0000-00-00", "25:61",
    "1-elsewhere", "1-", "-", "9999999-9999999", "nowhere", "phone", "desk", "Europe/Paris", "Mars/Olympus", "full",
    "published",
)  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.laptop) for seed in (1, 2, 3))])
def test_no_form_no_query_and_no_header_breaks_a_page(scene: Scene, seed: int) -> None:
    chance = random.Random(seed)
    Forum.objects.filter(pk=scene.forum.pk).update(phase=chance.choice(list(Phase)))
    broken = []
    for name in EXPECTED_RULES:
        for role in ("stranger", "convener", "facilitator"):
            client = scene.clients[role]
            client.raise_request_exception = False
            for method in ("get", "post"):
                sent = {field: chance.choice(JUNK) for field in chance.sample(FIELDS, 12)}
                headers = {
                    "hx-request": chance.choice(("true", "")),
                    "accept": chance.choice(("application/json", "*/*")),
                }
                with undone(client):
                    response = getattr(client, method)(scene.address(name), sent, headers=headers)
                if response.streaming:
                    b"".join(response.streaming_content)
                is_live_without_form = headers["hx-request"] and response.status_code == 422 and not response.content
                if response.status_code >= 500 or is_live_without_form:
                    broken.append(f"{name} {role} {method} {sent}")
    assert broken == []


# ---- numbers, in the path, the query and the form --------------------------------------------------------------------

USUAL = {
    "title": "Un titre assez long", "text": "Bonjour", "words": "Merci", "people": "3", "minutes": "5", "slot": "1",
    "place": "1", "cell": "1-1", "topic": "1", "phase": "groups", "sure": "yes", "step": "groups.", "what": "Planter",
}  # fmt: skip
"""Fields sent besides, so that a view reads all it can."""
HUGE, LONG = "9" * 5000, "9" * 19
"""More digits than Python converts, and a number that no database stores."""
NUMBERS = st.one_of(
    st.sampled_from(
        [HUGE, LONG, f"-{LONG}", "9" * 10, "-1", "0", "١٢٣", "²", "1e400", "NaN", "1-" + HUGE, HUGE + ":1-1"]
    ),
    st.integers(-(2**70), 2**70).map(str),
    st.text(st.characters(codec="utf-8", categories=["Nd", "No", "Cc"]), min_size=1, max_size=30),
)


@pytest.fixture
def read_names(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of the query and form fields that views read during the test."""
    names: set[str] = set()

    def recording(method: Callable[..., Any]) -> Callable[..., Any]:
        def record(self: Any, key: Any, *more: Any, **named: Any) -> Any:
            if isinstance(self, QueryDict) and isinstance(key, str) and key != "csrfmiddlewaretoken":
                names.add(key)
            return method(self, key, *more, **named)

        return record

    for name in ("get", "getlist", "__getitem__"):
        monkeypatch.setattr(MultiValueDict, name, recording(getattr(MultiValueDict, name)))
    return names


def status_of(client: Client, method: str, address: str, sent: dict[str, str]) -> int:
    client.raise_request_exception = False
    with undone(client):
        response = getattr(client, method)(address, sent)
    if response.streaming:
        b"".join(response.streaming_content)
    return int(response.status_code)


def hostile_path(address: str, number: str) -> list[str]:
    """Return the address once for each number in it, with that one replaced."""
    parts = address.split("/")
    places = [n for n, part in enumerate(parts) if n > 1 and part.removesuffix(".pdf").isdecimal()]
    return [
        "/".join([*parts[:n], parts[n].replace(parts[n].removesuffix(".pdf"), number), *parts[n + 1 :]]) for n in places
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "phase"),
    [
        ("facilitator", Phase.GROUPS),
        pytest.param("convener", Phase.GROUPS, marks=pytest.mark.laptop),
        pytest.param("convener", Phase.MARKETPLACE, marks=pytest.mark.laptop),
        pytest.param("stranger", Phase.GROUPS, marks=pytest.mark.laptop),
    ],
)
def test_no_number_breaks_an_address(scene: Scene, read_names: set[str], role: str, phase: str) -> None:
    """For every URL, every field that its view reads gets a number that is far too long.

    Both kinds of it as who may do most, one as the others.
    """
    numbers = (HUGE, LONG) if role == "facilitator" else (LONG,)
    Forum.objects.filter(pk=scene.forum.pk).update(phase=phase)
    broken = []
    client = scene.clients[role]
    for name, method in product(EXPECTED_RULES, ("get", "post")):
        address = scene.address(name)
        read_names.clear()
        status_of(client, method, address, USUAL)
        sent = [USUAL | {parameter: number} for parameter in sorted(read_names) for number in numbers]
        requests = [(address, form) for form in [{}, *sent]]
        requests += [(path, USUAL) for number in (*numbers, "٣") for path in hostile_path(address, number)]
        broken += [
            f"{name} {method} {path[:60]} { {k: v[:20] for k, v in form.items() if v != USUAL.get(k)} }"
            for path, form in requests
            if status_of(client, method, path, form) >= 500
        ]
    assert broken == []


@pytest.mark.django_db
@settings(max_examples=150)
@given(
    name=st.sampled_from(sorted(EXPECTED_RULES)),
    role=st.sampled_from(["stranger", "participant", "convener", "facilitator"]),
    method=st.sampled_from(["get", "post"]),
    phase=st.sampled_from(Phase),
    number=NUMBERS,
)
def test_no_number_of_any_kind_breaks_an_address(
    scene: Scene, read_names: set[str], name: str, role: str, method: str, phase: Phase, number: str
) -> None:
    Forum.objects.filter(pk=scene.forum.pk).update(phase=phase)
    address, client = scene.address(name), scene.clients[role]
    read_names.clear()
    status_of(client, method, address, USUAL)
    for parameter in sorted(read_names):
        assert status_of(client, method, address, USUAL | {parameter: number}) < 500, parameter
    for path in hostile_path(address, quote(number)):
        assert status_of(client, method, path, USUAL) < 500, path


# ---- bytes that no browser sends -----------------------------------------------------------------------------------

FORM = "Content-Type: application/x-www-form-urlencoded"
PARTS = "Content-Type: multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n1\r\n--x--\r\n'
BYTES = {
    "a query in no encoding": (b"GET", b"?since=%ff%fe&as=%00&title=%ed%a0%80", [], b""),
    "a query of bytes": (b"GET", b"?title=\xff\xfe", [], b""),
    "a query without end": (b"GET", b"?" + b"a=1&" * 2000, [], b""),
    "a path in no encoding": (b"GET", b"%ff%00/", [], b""),
    "a cookie in no encoding": (b"GET", b"", [b"Cookie: a=\xff\xfe; csrftoken=\xed\xa0\x80; =; ;;"], b""),
    "languages in no encoding": (b"GET", b"", [b"Accept-Language: \xff\xfe;q=x"], b""),
    "a host in no encoding": (b"GET", b"", [b"X-Forwarded-Host: \xff"], b""),
    "a form in no encoding": (b"POST", b"", [FORM.encode()], b"title=%ff&\xff=\xfe&key=%00%ed%a0%80"),
    "a form with a charset of no name": (b"POST", b"", [FORM.encode() + b"; charset=nowhere"], b"title=a"),
    "a part without a name": (b"POST", b"", [PARTS.encode()], PART.replace(b'; name="%s"', b"")),
    "a part named in no encoding": (b"POST", b"", [PARTS.encode()], PART % b"\xff\x00"),
    "parts without a boundary": (b"POST", b"", [b"Content-Type: multipart/form-data"], PART % b"title"),
    "a boundary in no encoding": (b"POST", b"", [b"Content-Type: multipart/form-data; boundary=\xff"], PART % b"title"),
    "parts that never end": (b"POST", b"", [PARTS.encode()], b"--x\r\nContent-Disposition: form-data; name=title"),
    "parts in base 64 that is none": (
        b"POST", b"", [PARTS.encode()],
        b'--x\r\nContent-Disposition: form-data; name="title"\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%\r\n--x--',
    ),
    "a length that is no number": (b"POST", b"", [b"Content-Length: many"], b"title=a"),
    "a length below zero": (b"POST", b"", [b"Content-Length: -5"], b"title=a"),
    "two lengths": (b"POST", b"", [b"Content-Length: 3", b"Content-Length: 7"], b"title=a"),
    "a length that is too short": (b"POST", b"", [FORM.encode(), b"Content-Length: 3"], b"title=a"),
    "a length that is far too long": (b"POST", b"", [FORM.encode(), b"Content-Length: 9" + b"9" * 30], b"title=a"),
    "chunks that are none": (b"POST", b"", [b"Transfer-Encoding: chunked"], b"zz\r\n"),
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", BYTES)
def test_no_bytes_break_the_server(
    forum: Forum, theo: Participant, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    method, more, headers, body = BYTES[what]
    key = f"Cookie: csrftoken={'a' * 32}; {participant_cookie(forum)}={Device.issue(theo)}"
    own = [] if any(header.startswith(b"Cookie") for header in headers) else [key.encode()]
    if not any(header.startswith((b"Content-Length", b"Transfer")) for header in headers):
        own.append(b"Content-Length: %d" % len(body))
    with running_server() as url:
        for address in ("", "live/", "topics/new/", "topics/alike/"):
            start = b"%s /%s/%s%s HTTP/1.1" % (method, forum.code.encode(), address.encode(), more)
            lines = [start, b"Host: 127.0.0.1", b"Connection: close", b"X-CSRFToken: " + b"a" * 32, *own, *headers, b""]
            response = raw_response(url, b"\r\n".join([*lines, body]))
            assert response[:9] in (b"", b"HTTP/1.1 ")  # an incomplete request gets no answer
            assert response[9:10] in (b"", b"2", b"3", b"4"), response[:200]
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [
        error.getMessage() for error in errors if not error.name.startswith("django.security.")
    ] == []  # those are 400


def raw_response(url: str, words: bytes) -> bytes:
    """Send bytes, close the sending side, and return the response."""
    address_parts = urlsplit(url)
    with socket.create_connection((str(address_parts.hostname), address_parts.port or 0), timeout=10) as line:
        line.sendall(words)
        line.shutdown(socket.SHUT_WR)
        response = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := line.recv(65536):
                response += piece
        return response
