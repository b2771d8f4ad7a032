"""Pages that differ in a few values: rendered and compressed once, then filled in for each request.

Five hundred phones request a page of the plenary in the same minute; rendering and compressing it takes a hundred
times longer than filling in a name. Rendering leaves placeholders where values go; the text between them is deflated
once, and the values are inserted into the gzip stream without compression.
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

_DELIMITER = secrets.token_hex(12)
"""Random, so that nobody can write a placeholder into a title."""
_PLACEHOLDER = re.compile(f"{_DELIMITER}([-a-z0-9]+){_DELIMITER}")
_ACCEPTS_GZIP = re.compile(r"\bgzip\b")
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LAST_BLOCK = b"\x03\x00"
"""An empty deflate block that ends the stream."""
_MAX_STORED = 0xFFFF
"""Bytes of a stored deflate block, at most."""
COMPRESSION_LEVEL = 5
MAX_PAGES = 256
"""Rendered pages in memory, some kilobytes each."""


def placeholder(name: str) -> SafeString:
    """Return the text that stands for this value in a rendered page: letters, figures and hyphens."""
    return mark_safe(f"{_DELIMITER}{name}{_DELIMITER}")  # noqa: S308 letters and figures


def split_placeholders(html: str) -> list[str]:
    """Split into text and names of placeholders, in turn, from text to text."""
    return _PLACEHOLDER.split(html)


class Segment:
    """A text that is part of many pages, encoded and deflated at most once."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def encoded(self) -> bytes:
        return self.text.encode()

    @cached_property
    def deflated(self) -> bytes:
        """Whole deflate blocks that refer to nothing before them, so that they fit anywhere in a stream."""
        compressor = zlib.compressobj(COMPRESSION_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        return compressor.compress(self.encoded) + compressor.flush(zlib.Z_FULL_FLUSH)


def _stored_blocks(value: bytes) -> bytes:
    """Return stored deflate blocks: without compression, the length of a page reveals nothing about its secrets."""
    chunks = (value[begin : begin + _MAX_STORED] for begin in range(0, len(value), _MAX_STORED))
    return b"".join(struct.pack("<BHH", 0, len(chunk), len(chunk) ^ 0xFFFF) + chunk for chunk in chunks)


_pages: dict[Any, list[Segment | str]] = {}


def _rendered(template: str, key: tuple[Any, ...], context: Callable[[], Mapping[str, Any]]) -> list[Segment | str]:
    """Return the segments of the page and the names of the values between them, in turn."""
    cache_key = (template, get_language(), key)
    page = _pages.get(cache_key)  # once: another thread may empty the memory at any moment
    if page is None:
        request = SimpleNamespace(POST={"key": placeholder("key")}, get_full_path=lambda: placeholder("path"))
        html = get_template(template).render(
            {"request": request, "csrf_token": placeholder("csrf"), "messages": (), **context()}
        )
        if len(_pages) >= MAX_PAGES:
            _pages.clear()
        page = [part if n % 2 else Segment(part) for n, part in enumerate(split_placeholders(html))]
        _pages[cache_key] = page
    return page


def cached_page(
    request: HttpRequest,
    template: str,
    key: tuple[Any, ...],
    context: Callable[[], Mapping[str, Any]],
    values: Mapping[str, str | Segment],
) -> HttpResponse:
    """Render a template, or take it from the cache, and fill in the values of this request.

    `key` identifies all that the context depends on, beside the language. `context` is called for a new key only, and
    has placeholders for `values`. A text of `values` is escaped, a Segment is not. The CSRF token, the form's key and
    the path of the request are always filled in.
    """
    values = {
        "csrf": get_token(request),
        "key": secrets.token_urlsafe(12),
        "path": request.get_full_path(),
        **values,
    }
    parts = [part if isinstance(part, Segment) else values[part] for part in _rendered(template, key, context)]
    encoded = [part.encoded if isinstance(part, Segment) else escape(part).encode() for part in parts]
    body = b"".join(encoded)
    if not _ACCEPTS_GZIP.search(request.headers.get("Accept-Encoding", "")):
        response = HttpResponse(body)
    else:
        deflated = (
            part.deflated if isinstance(part, Segment) else _stored_blocks(value)
            for part, value in zip(parts, encoded, strict=True)
        )
        trailer = struct.pack("<LL", zlib.crc32(body), len(body) & 0xFFFFFFFF)
        stream = b"".join((_GZIP_HEADER, *deflated, _LAST_BLOCK, trailer))
        response = HttpResponse(stream, headers={"Content-Encoding": "gzip"})
    patch_vary_headers(response, ("Accept-Encoding",))
    return response
