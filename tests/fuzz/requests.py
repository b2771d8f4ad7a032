"""Requests: a URL and a role, then a form, a query, a path, headers, cookies or a body that nobody expects."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from urllib.parse import quote, urlencode

from django.test import Client

from forum.auth.identity import FACILITATOR_COOKIE
from tests.fuzz import files
from tests.fuzz.fields import USUAL, Fields
from tests.fuzz.values import hostile, short
from tests.scene import Scene

FORM = "application/x-www-form-urlencoded"
FACILITATOR = "facilitator"
HUGE, LONG, OTHER_DIGITS = "9" * 5000, "9" * 19, "٣"
METHODS = ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "POST\u00e9", "GET", "POST")
"""Most of which a URL does not take."""
HEADERS = (
    "Accept", "Accept-Language", "Accept-Encoding", "HX-Request", "HX-Target", "HX-Current-URL", "HX-Trigger",
    "HX-Boosted", "Referer", "Origin", "X-Forwarded-For", "X-Forwarded-Proto", "User-Agent", "Range", "If-None-Match",
    "If-Modified-Since", "If-Range", "X-Requested-With", "X-CSRFToken", "Sec-Fetch-Site", "Upgrade", "Authorization",
)  # fmt: skip
"""Beside which the rest of a request still counts."""
DECISIVE_HEADERS = ("Host", "X-Forwarded-Host", "Content-Type", "Content-Encoding", "X-HTTP-Method-Override", "Cookie")
"""With which it may be refused, or be somebody else's."""
HEADER_VALUES = (
    "", "true", "application/json", "*/*", "en", "de;q=x", "fr-" + "x" * 300, "bytes=0-", "bytes=-5", "bytes=9-1",
    "bytes=0-0,1-2," * 500, "null", "http://[x", "https://evil.example", "gzip", "gzip;q=", "W/\"x\"",
    "multipart/form-data",
    "text/plain; charset=nowhere", "application/json; charset=utf-7", "Thu, 99 Foo 2019 25:61:61 GMT", "::1", "[::1",
    "1.2.3.4, 5.6.7.8", "%ff%fe", "a=b; =; ;; csrftoken=x", "websocket", "Basic x", "iPhone", "127.0.0.1:99999999",
)  # fmt: skip
COOKIES = ("django_language", "messages", "kept", "forum_hello", "forum_look", "csrftoken", "x")
UPLOADS = ("upload_photo", "upload_sheet")
BODIES = (
    b"", b"%", b"a" * 1000, b"=&=&", b"title=%ff&\xff=\xfe&key=%00%ed%a0%80", b"a=1&" * 1500, b'{"a":' * 3000,
    b"\0" * 100, b"{}", b"[]",
)  # fmt: skip
QUERIES = ("?", "&&&", "=", "a=1&" * 2000, "%ff%fe=%00", "as=%ed%a0%80", "title=\u00ff", "since", "%")
TEXT_BYTES = 512 * 1024


@dataclass
class Input:
    """One request, with several hostile inputs: a field of its form or its query, a part of its path, a header…"""

    url: str
    role: str
    method: str
    path: str
    query: str = ""
    body: bytes = b""
    content_type: str = FORM
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    hostile: int = 0
    """How many inputs."""

    @property
    def chooses_language(self) -> bool:
        """Say whether its answer may be in another language than the forum's."""
        return bool({"Accept-Language", "Cookie", "Host"} & self.headers.keys()) or "django_language" in self.cookies

    def __str__(self) -> str:
        more = f" headers {self.headers}" if self.headers else ""
        more += f" cookies {self.cookies}" if self.cookies else ""
        body = f" {self.content_type[:60]} {self.body[:600]!r}" if self.body else ""
        return f"{self.url} as {self.role}: {self.method} {self.path[:300]}?{self.query[:300]}{body}{more}"[:1500]

    def send(self, client: Client) -> Any:
        extra = {"HTTP_" + name.upper().replace("-", "_"): _latin(value) for name, value in self.headers.items()}
        if "HTTP_CONTENT_TYPE" in extra:
            extra["CONTENT_TYPE"] = extra.pop("HTTP_CONTENT_TYPE")
        if self.cookies:
            own = [f"{name}={morsel.value}" for name, morsel in client.cookies.items() if name not in self.cookies]
            extra["HTTP_COOKIE"] = _latin(
                "; ".join([*own, *(f"{name}={value}" for name, value in self.cookies.items())])
            )
        request: Any = client.generic
        return request(
            self.method, self.path, self.body, _latin(self.content_type), QUERY_STRING=_latin(self.query), **extra
        )


def _latin(text: str) -> str:
    """Return the text as WSGI hands over bytes of UTF-8, without line breaks, which no server passes on."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1").replace("\r", "").replace("\n", "")


def make_input(chance: random.Random, scene: Scene, urls: dict[str, Fields], roles: list[str]) -> Input:
    """Return a request to one of the URLs by one of the roles."""
    role = chance.choice(roles)
    reached = [name for name, known in urls.items() if role == FACILITATOR or known.is_for_people]
    url = chance.choice(reached if chance.random() < 0.7 else list(urls))
    state = chance.choice(list(scene.topics)) if chance.random() < 0.3 else "draft"
    taken = sorted(urls[url].methods)
    method = chance.choice(METHODS) if chance.random() < 0.05 else chance.choice([*taken, taken[-1]])
    made = Input(url, role, method, scene.address(url, state))
    if chance.random() < 0.12:
        made.path, made.hostile = _path(chance, made.path), 1
    if chance.random() < (0.8 if method == "GET" else 0.15):
        _add_query(chance, made, urls[url])
    if url in UPLOADS and method == "POST":
        _add_part(chance, made)
    elif method not in ("GET", "HEAD"):
        _add_body(chance, made, urls[url])
    _add_headers(chance, made)
    return made


def _add_headers(chance: random.Random, made: Input) -> None:
    if chance.random() < 0.3:
        made.headers["HX-Request"] = "true"
    names = chance.sample(HEADERS, chance.choice((1, 2, 3)))
    if chance.random() < 0.06:
        names.append(chance.choice(DECISIVE_HEADERS))
    for name in names:
        made.headers[name] = chance.choice(HEADER_VALUES) if chance.random() < 0.6 else short(chance)
    if chance.random() < 0.5:
        made.cookies[chance.choice(COOKIES)] = short(chance, 500)
    if chance.random() < 0.02:
        made.cookies[FACILITATOR_COOKIE] = short(chance, 500)
    made.hostile += len(names) + len(made.cookies)


def numbers(scene: Scene, urls: dict[str, Fields], role: str, *, one_by_one: bool) -> Iterator[Input]:
    """Yield a request for each number in a path with another one in its place, and some with those in the fields.

    More digits than Python converts; a number that no database stores; and digits of other scripts. In all fields of a
    URL together, or in one after the other.
    """
    for url, known in urls.items():
        for method, number in product(sorted(known.methods), (HUGE, LONG, OTHER_DIGITS)):
            path = scene.address(url)
            for place in [
                n for n, part in enumerate(path.split("/")) if n > 1 and part.removesuffix(".pdf").isdecimal()
            ]:
                parts = path.split("/")
                parts[place] = quote(number)
                yield Input(url, role, method, "/".join(parts), body=_encode(USUAL).encode(), hostile=1)
            if role != FACILITATOR or number == OTHER_DIGITS:
                continue
            for names in [[name] for name in known.names] if one_by_one else [known.names]:
                form = _encode(USUAL | dict.fromkeys(names, number))
                query, body = (form, b"") if method == "GET" else ("", form.encode())
                yield Input(url, role, method, path, query, body, hostile=len(names))


def _path(chance: random.Random, path: str) -> str:
    """Return the path with one part replaced by a hostile one, or with more of them."""
    parts = path.strip("/").split("/")
    piece = quote(short(chance, 500).encode("utf-8", "surrogatepass"), safe="/" if chance.random() < 0.1 else "")
    match chance.randrange(4):
        case 0:
            parts.append(piece)
        case 1:
            parts[-1] += piece
        case _:
            numbers = [n for n, part in enumerate(parts) if part[:1].isdecimal()]
            parts[chance.choice(numbers or range(len(parts)))] = piece
    return "/" + "/".join(parts) + chance.choice(("/", "/", ""))


def _fields(chance: random.Random, made: Input, known: Fields) -> dict[str, str]:
    """Return the fields of a form: nearly right, or all hostile."""
    names = known.names or ["x"]
    base = dict(chance.choice(known.forms)) if known.forms and chance.random() < 0.8 else dict(USUAL)
    for name in chance.sample(list(known.choices), min(len(known.choices), chance.randrange(3))):
        base[name] = chance.choice(known.choices[name])
    if chance.random() < 0.15:
        made.hostile += len(names)
        return {name: hostile(chance)[:20_000] for name in names}
    changed = chance.sample(names, min(len(names), chance.choice((1, 1, 2, 3))))
    made.hostile += len(changed)
    base |= {name: hostile(chance) for name in changed}
    if chance.random() < 0.1:
        base[short(chance, 200)] = hostile(chance)
    if base and chance.random() < 0.1:
        base.pop(chance.choice(list(base)))
    return base


def _encode(fields: dict[str, str]) -> str:
    return urlencode(
        {
            name.encode("utf-8", "surrogatepass"): value.encode("utf-8", "surrogatepass")
            for name, value in fields.items()
        }
    )


def _add_query(chance: random.Random, made: Input, known: Fields) -> None:
    if chance.random() < 0.1:
        made.query, made.hostile = chance.choice(QUERIES), made.hostile + 1
        return
    names = known.names or ["x"]
    fields = {name: hostile(chance)[:3000] for name in chance.sample(names, min(len(names), chance.choice((1, 2, 4))))}
    fields |= {chance.choice(("as", "since", "epoch", "watch", "next", "q", "from", "me")): short(chance)}
    made.query, made.hostile = _encode(fields), made.hostile + len(fields)


def _add_part(chance: random.Random, made: Input) -> None:
    """Send a part of a photo: the whole, or a piece of it, with numbers that may not fit."""
    made.body, made.content_type = files.image(chance), "application/octet-stream"
    numbers = {"offset": "0", "size": str(len(made.body))}
    if chance.random() < 0.5:
        numbers[chance.choice(list(numbers))] = chance.choice(("1", "99999", hostile(chance)[:6000]))
    if chance.random() < 0.3:
        made.path = made.path.replace(
            "ab" * 12,
            chance.choice(("cd" * 12, "0", quote(short(chance, 60).encode("utf-8", "surrogatepass"), safe=""))),
        )
    made.query, made.hostile = _encode(numbers), made.hostile + 1


def _add_body(chance: random.Random, made: Input, known: Fields) -> None:
    if made.url == "writing" and chance.random() < 0.9:
        message = files.writing_message(chance)
        made.body, made.content_type = message.encode("utf-8", "surrogatepass"), "application/json"
        made.hostile += 1
        return
    if chance.random() < 0.06:
        made.body, made.hostile = chance.choice(BODIES), made.hostile + 1
        made.content_type = chance.choice(
            (FORM, FORM + "; charset=nowhere", "application/json", "text/plain", "", "\xff")
        )
        return
    fields = _fields(chance, made, known)
    if known.files or chance.random() < 0.05:
        content = files.table if made.url == "import_people" else files.image
        some = sorted(known.files) or ["files"]
        attached = {name: content(chance) for name in chance.sample(some, chance.choice((0, 1, 1, min(2, len(some)))))}
        made.body, made.content_type = files.parts(chance, fields, attached)
        made.hostile += len(attached)
        return
    made.body = _encode(fields).encode()[:TEXT_BYTES]
