"""Bytes on a connection of the real server: requests that no browser sends, and that a test client cannot."""

import contextlib
import random
import socket
from urllib.parse import urlsplit

from forum.phases import Phase
from tests.conftest import forget
from tests.fuzz.run import Findings, error_log
from tests.fuzz.values import hostile, mutated_bytes
from tests.live_server import running_server
from tests.scene import Scene

FORM = b"Content-Type: application/x-www-form-urlencoded"
PARTS = b"Content-Type: multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n1\r\n--x--\r\n'
REQUESTS: dict[str, tuple[bytes, bytes, list[bytes], bytes]] = {
    "a query in no encoding": (b"GET", b"?since=%ff%fe&as=%00&title=%ed%a0%80", [], b""),
    "a query of bytes": (b"GET", b"?title=\xff\xfe", [], b""),
    "a query without end": (b"GET", b"?" + b"a=1&" * 2000, [], b""),
    "a path in no encoding": (b"GET", b"%ff%00/", [], b""),
    "a cookie in no encoding": (b"GET", b"", [b"Cookie: a=\xff\xfe; csrftoken=\xed\xa0\x80; =; ;;"], b""),
    "languages in no encoding": (b"GET", b"", [b"Accept-Language: \xff\xfe;q=x"], b""),
    "a host in no encoding": (b"GET", b"", [b"X-Forwarded-Host: \xff"], b""),
    "a form in no encoding": (b"POST", b"", [FORM], b"title=%ff&\xff=\xfe&key=%00%ed%a0%80"),
    "a form with a charset of no name": (b"POST", b"", [FORM + b"; charset=nowhere"], b"title=a"),
    "a part without a name": (b"POST", b"", [PARTS], PART.replace(b'; name="%b"', b"")),
    "a part named in no encoding": (b"POST", b"", [PARTS], PART % b"\xff\x00"),
    "parts without a boundary": (b"POST", b"", [b"Content-Type: multipart/form-data"], PART % b"title"),
    "a boundary in no encoding": (b"POST", b"", [b"Content-Type: multipart/form-data; boundary=\xff"], PART % b"title"),
    "parts that never end": (b"POST", b"", [PARTS], b"--x\r\nContent-Disposition: form-data; name=title"),
    "parts in base 64 that is none": (
        b"POST", b"", [PARTS],
        b'--x\r\nContent-Disposition: form-data; name="title"\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%\r\n--x--',
    ),
    "a length that is no number": (b"POST", b"", [b"Content-Length: many"], b"title=a"),
    "a length below zero": (b"POST", b"", [b"Content-Length: -5"], b"title=a"),
    "two lengths": (b"POST", b"", [b"Content-Length: 3", b"Content-Length: 7"], b"title=a"),
    "a length that is too short": (b"POST", b"", [FORM, b"Content-Length: 3"], b"title=a"),
    "a length that is far too long": (b"POST", b"", [FORM, b"Content-Length: 9" + b"9" * 30], b"title=a"),
    "chunks that are none": (b"POST", b"", [b"Transfer-Encoding: chunked"], b"zz\r\n"),
    "a socket": (b"GET", b"", [b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Version: 13",
                               b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", b"Origin: http://[x"], b"\x81\x85"),
}  # fmt: skip
ADDRESSES = (b"", b"live/", b"topics/new/", b"topics/alike/", b"join/", b"desk/people/import/", b"hello/live/")
TIMEOUT_SECONDS = 20


def run(scene: Scene, inputs: int, seed: str) -> Findings:
    """Send each request to each address, then changed ones. The scene must be committed."""
    forget()
    chance = random.Random(seed)
    scene.forum.phase = Phase.MARKETPLACE
    scene.forum.save(update_fields=["phase"])
    plain = [(name, address) for name in REQUESTS for address in ADDRESSES]
    found = Findings()
    with running_server() as url, error_log() as log:
        while found.inputs < inputs:
            if found.inputs % 25 == 0:
                forget()
            name, address = plain[found.inputs] if found.inputs < len(plain) else chance.choice(plain)
            words = _request(chance, scene, *REQUESTS[name], address)
            if found.inputs >= len(plain):
                words = mutated_bytes(chance, words)
            answer = answer_to(url, words)
            found.inputs += 1
            found.sent += 1
            problems = log.take()
            if answer[:9] not in (b"", b"HTTP/1.1 ") or answer[9:10] not in (b"", b"1", b"2", b"3", b"4"):
                problems.append(f"answer {answer[:200]!r}")
            found.faults += [f"{problem}\n    {name}: {words[:600]!r}" for problem in problems]
    return found


def _request(
    chance: random.Random, scene: Scene, method: bytes, more: bytes, headers: list[bytes], body: bytes, address: bytes
) -> bytes:
    role = chance.choice(("participant", "facilitator", "nobody"))
    cookies = ["csrftoken=" + "a" * 32, *(f"{name}={m.value}" for name, m in scene.clients[role].cookies.items())]
    own = [] if any(header.startswith(b"Cookie") for header in headers) else ["Cookie: " + "; ".join(cookies)]
    lines = [b"%b /%b/%b%b HTTP/1.1" % (method, scene.forum.code.encode(), address, more), b"Host: 127.0.0.1"]
    if not any(header.startswith((b"Content-Length", b"Transfer")) for header in headers):
        lines.append(b"Content-Length: %d" % len(body))
    if not any(header.startswith(b"Connection") for header in headers):
        lines.append(b"Connection: close")
    if chance.random() < 0.2:
        lines.append(b"X-Hostile: " + hostile(chance)[:5000].encode("utf-8", "surrogatepass"))
    lines += [b"X-CSRFToken: " + b"a" * 32, *(line.encode() for line in own), *headers, b""]
    return b"\r\n".join([*lines, body])


def answer_to(url: str, words: bytes) -> bytes:
    """Send bytes, close the sending side, and return what comes back."""
    parts = urlsplit(url)
    with socket.create_connection((str(parts.hostname), parts.port or 0), timeout=TIMEOUT_SECONDS) as line:
        answer = b""
        with contextlib.suppress(ConnectionError):
            line.sendall(words)
            line.shutdown(socket.SHUT_WR)
            while piece := line.recv(65536):
                answer += piece
        return answer
