"""Pages that differ only in a few words: rendered once, cut where each one's own words go, compressed once.

A page of the plenary is asked for by five hundred phones in the same minute; rendering and compressing it takes a
hundred times longer than filling in a name.
"""

import re
import secrets
import struct
import zlib
from collections.abc import Callable, Mapping
from functools import cached_property
from html import escape
from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import get_template
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

_SEAM = secrets.token_hex(12)
"""Nobody can guess it, so nobody can write it into a title."""
_MARK = re.compile(f"{_SEAM}([-a-z0-9]+){_SEAM}")
_ACCEPTS = re.compile(r"\bgzip\b")
_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_END = b"\x03\x00"
"""An empty last block."""
LEVEL = 5
KEPT = 256
"""Shells that are remembered; each is some kilobytes."""


def mark(name: str) -> SafeString:
    """Where something of this name will go."""
    return mark_safe(f"{_SEAM}{name}{_SEAM}")  # noqa: S308 letters and figures


def cut(html: str) -> list[str]:
    """Text and names of marks, in turn; the first and the last are text."""
    return _MARK.split(html)


class Piece:
    """A part of pages, compressed at most once."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def plain(self) -> bytes:
        return self.text.encode()

    @cached_property
    def squeezed(self) -> bytes:
        """Whole blocks that refer to nothing before them, so that they can stand anywhere in a page."""
        squeeze = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        return squeeze.compress(self.plain) + squeeze.flush(zlib.Z_FULL_FLUSH)


def _stored(text: bytes) -> bytes:
    """A few words as they are: what is secret in them shows nothing through its compressed size."""
    return b"".join(
        struct.pack("<BHH", 0, len(part), len(part) ^ 0xFFFF) + part
        for part in (text[begin : begin + 0xFFFF] for begin in range(0, len(text), 0xFFFF))
    )


_shells: dict[Any, list[Piece | str]] = {}


def _shell(template: str, key: tuple[Any, ...], context: Callable[[], Mapping[str, Any]]) -> list[Piece | str]:
    """Pieces, and names of what goes between them, in turn."""
    wanted = (template, get_language(), key)
    if wanted not in _shells:
        request = SimpleNamespace(POST={"key": mark("key")}, get_full_path=lambda: mark("path"))
        html = get_template(template).render(
            {"request": request, "csrf_token": mark("csrf"), "messages": (), **context()}
        )
        if len(_shells) >= KEPT:
            _shells.clear()
        _shells[wanted] = [part if n % 2 else Piece(part) for n, part in enumerate(cut(html))]
    return _shells[wanted]


def page(
    request: HttpRequest,
    template: str,
    key: tuple[Any, ...],
    context: Callable[[], Mapping[str, Any]],
    own: Mapping[str, str | Piece],
) -> HttpResponse:
    """The answer to this request: the shell of this key, with its own words.

    `key` names all that `context` depends on; `context` is only called for a new key, and has marks where `own` words
    go. The proof that a form is ours, the form's key and the page's own address are always filled in.
    """
    words: dict[str, str | Piece] = {
        "csrf": get_token(request),
        "key": secrets.token_urlsafe(12),
        "path": request.get_full_path(),
        **own,
    }
    parts = [part if isinstance(part, Piece) else words[part] for part in _shell(template, key, context)]
    plain = [part.plain if isinstance(part, Piece) else escape(part).encode() for part in parts]
    body = b"".join(plain)
    if not _ACCEPTS.search(request.headers.get("Accept-Encoding", "")):
        response = HttpResponse(body)
    else:
        squeezed = (
            part.squeezed if isinstance(part, Piece) else _stored(words)
            for part, words in zip(parts, plain, strict=True)
        )
        tail = struct.pack("<LL", zlib.crc32(body), len(body) & 0xFFFFFFFF)
        response = HttpResponse(b"".join((_HEAD, *squeezed, _END, tail)), headers={"Content-Encoding": "gzip"})
    patch_vary_headers(response, ("Accept-Encoding",))
    return response
