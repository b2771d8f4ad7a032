"""The book as open data: the same content as JSON, and the schema that describes it, both read off the book itself."""

import dataclasses
import json
import types
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, Union, get_args, get_origin, get_type_hints

from sessions.proceedings.book import Book

VERSION = 1
"""Grows when a field changes its meaning or goes; new fields alone leave it."""
SCALARS: dict[type, dict[str, str]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    date: {"type": "string", "format": "date"},
    time: {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$", "description": "Local time"},
    datetime: {"type": "string", "format": "date-time"},
}


def as_data(book: Book) -> dict[str, Any]:
    """The book as JSON has it: dates as ISO 8601, times as HH:MM, nothing left out."""
    return {"version": VERSION, **_plain(dataclasses.asdict(book))}


def as_json(book: Book) -> bytes:
    """UTF-8, indented: people open it too."""
    return json.dumps(as_data(book), ensure_ascii=False, indent=1).encode()


def read(content: bytes) -> Book:
    """The book that `as_json` wrote. Raises ValueError when it was written before a field that it lacks."""
    try:
        book = _made(Book, json.loads(content))
    except (KeyError, TypeError) as error:
        raise ValueError(f"an older book: {error}") from error
    assert isinstance(book, Book)  # noqa: S101 that is what was asked for
    return book


def texts(book: Book) -> list[str]:
    """All that `as_json` writes as words."""

    def walk(value: Any) -> Iterator[str]:
        match value:
            case str():
                yield value
            case dict():
                for each in value.values():
                    yield from walk(each)
            case list():
                for each in value:
                    yield from walk(each)

    return list(walk(as_data(book)))


def _made(hint: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(hint):
        assert isinstance(hint, type)  # noqa: S101 a class, not one of its objects
        hints = get_type_hints(hint)
        return hint(**{field.name: _made(hints[field.name], value[field.name]) for field in dataclasses.fields(hint)})
    if get_origin(hint) is tuple:
        return tuple(_made(get_args(hint)[0], each) for each in value)
    if get_origin(hint) in (Union, types.UnionType):
        return None if value is None else _made(get_args(hint)[0], value)
    return hint.fromisoformat(value) if hint in (date, time, datetime) else value


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case time():
            return f"{value:%H:%M}"
        case date():
            return value.isoformat()
        case _:
            return value


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of `as_data`."""
    found: dict[str, Any] = {}
    root = _object(Book, found)
    root["properties"] = {"version": {"const": VERSION}, **root["properties"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Proceedings of an Open Space forum",
        **root,
        "required": ["version", *root["required"]],
        "$defs": found,
    }


def _object(kind: type, found: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    return {
        "type": "object",
        "properties": {name: _type(hints[name], found) for name in names},
        "required": names,
        "additionalProperties": False,
    }


def _type(hint: Any, found: dict[str, Any]) -> dict[str, Any]:
    if dataclasses.is_dataclass(hint):
        assert isinstance(hint, type)  # noqa: S101 a class, not one of its objects
        if hint.__name__ not in found:
            found[hint.__name__] = {}  # its place, should it contain itself
            found[hint.__name__] = _object(hint, found)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _type(get_args(hint)[0], found)}
    if get_origin(hint) in (Union, types.UnionType):
        return {"anyOf": [{"type": "null"} if each is type(None) else _type(each, found) for each in get_args(hint)]}
    return SCALARS[hint]
