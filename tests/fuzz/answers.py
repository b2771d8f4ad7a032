"""What holds for every answer, whatever was sent."""

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from tests.fuzz.values import ELEMENT, MARK

LOCAL = re.compile(r"(?!//|/\\|[a-z][a-z0-9+.\-]*:)[!-~]+", re.IGNORECASE)
"""An address on this site, in visible ASCII."""
SCHEME = re.compile(r"[\x00-\x20]*([a-z][a-z0-9+.\-\t\r\n]*):", re.IGNORECASE)
LINKS = ("href", "src", "action", "formaction", "poster", "data", "cite", "background", "hx-get", "hx-post")
SCHEMES = ("http", "https", "mailto", "tel")
UNKNOWN_ELEMENT = 801
"""The error of libxml2 for elements of HTML 5."""
NEVER = {ELEMENT, "base", "object", "embed", "applet", "style", "frame"}
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}


def faults(answer: Any, body: bytes, languages: set[str]) -> Iterator[str]:
    """Yield what is wrong with an answer. `languages`: those in which its page may be."""
    if answer.status_code >= 500 and answer.status_code not in (503, 507):
        yield f"status {answer.status_code}"
    if answer.status_code == 503 and "Retry-After" not in answer.headers:
        yield "503 that does not say when to come back"
    yield from _header_faults(answer)
    kind = answer.headers.get("Content-Type", "").partition(";")[0]
    if kind == "text/html" and body:
        yield from _page_faults(body, languages)
    elif kind == "application/json":
        yield from _json_faults(body)


def _header_faults(answer: Any) -> Iterator[str]:
    for name, expected in HEADERS.items():
        if answer.headers.get(name) != expected:
            yield f"header {name}: {answer.headers.get(name)}"
    policy = answer.headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or "script-src 'self';" not in f"{policy};" or "unsafe" in policy:
        yield f"policy {policy!r}"
    if answer.headers.get("X-Frame-Options") not in ("DENY", "SAMEORIGIN"):
        yield "may be framed"
    where = answer.headers.get("Location", answer.headers.get("HX-Redirect"))
    if where is not None and not LOCAL.fullmatch(where):
        yield f"leads to {where[:80]!r}"
    if MARK in "".join(answer.cookies) or any("\r" in value or "\n" in value for value in answer.headers.values()):
        yield "a header that was sent"


def _json_faults(body: bytes) -> Iterator[str]:
    try:
        message = json.loads(body, parse_constant=lambda constant: 1 / 0)
    except (ValueError, ZeroDivisionError) as error:
        yield f"JSON: {error}"
        return
    if isinstance(message, dict) and isinstance(message.get("html"), str) and message["html"]:
        yield from _element_faults(etree.HTML(message["html"]))


def _page_faults(body: bytes, languages: set[str]) -> Iterator[str]:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        yield "a page that is no UTF-8"
        return
    parser = etree.HTMLParser(huge_tree=True, encoding="utf-8")
    tree = etree.fromstring(text.encode(), parser)
    errors = [error for error in parser.error_log if error.type != UNKNOWN_ELEMENT]
    if errors:
        yield f"HTML, line {errors[0].line}: {errors[0].message}"
    if tree is None:
        yield "an empty page"
        return
    yield from _element_faults(tree)
    is_whole = text.lstrip().lower().startswith("<!doctype")
    if is_whole and tree.get("lang") not in languages:
        yield f"in the language {tree.get('lang')}"


def _element_faults(tree: Any) -> Iterator[str]:
    for element in tree.iter() if tree is not None else ():
        if not isinstance(element.tag, str):
            continue
        attributes = dict(element.attrib)
        if element.tag in NEVER or MARK in element.tag or "http-equiv" in attributes or "srcdoc" in attributes:
            yield f"element <{element.tag}>"
        if element.tag == "script" and "src" not in attributes and attributes.get("type") != "application/json":
            yield "a script in the page"
        for name, value in attributes.items():
            if name.startswith("on") or MARK in name or name == "style":
                yield f"attribute {name} of <{element.tag}>"
            if (
                name in LINKS
                and (scheme := SCHEME.match(value))
                and not _may_lead(element.tag, scheme[1].lower(), value)
            ):
                yield f"{name} of <{element.tag}>: {value[:60]!r}"


def _may_lead(element: str, scheme: str, value: str) -> bool:
    return (scheme in SCHEMES and element != "script") or (element == "img" and value.startswith("data:image/"))
