"""The book as open data: its content as JSON, and the JSON Schema, both derived from the classes of book.py."""

import dataclasses
import json
import types
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, Union, get_args, get_origin, get_type_hints

from sessions.proceedings.book import Book

VERSION = 1
"""To be incremented when a field changes its meaning or goes; new fields do not count."""
_SCALARS: dict[type, dict[str, str]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    date: {"type": "string", "format": "date"},
    time: {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$", "description": "Local time"},
    datetime: {"type": "string", "format": "date-time"},
}


def as_data(book: Book) -> dict[str, Any]:
    """Return the book in the types of JSON: dates as ISO 8601, times as HH:MM. Contains every field."""
    return {"version": VERSION, **_to_json_types(dataclasses.asdict(book))}


def as_json(book: Book) -> bytes:
    """Encode the book in UTF-8, indented for those who open the file."""
    return json.dumps(as_data(book), ensure_ascii=False, indent=1).encode()


def parse_book(content: bytes) -> Book:
    """Parse what `as_json` wrote. Raises ValueError when a field is missing, as in the file of an older version."""
    try:
        book = _from_json_types(Book, json.loads(content))
    except (KeyError, TypeError) as error:
        raise ValueError(f"an older book: {error}") from error
    assert isinstance(book, Book)  # noqa: S101 the type given above
    return book


def texts_of(book: Book) -> list[str]:
    """Return every text that `as_json` writes."""

    def walk(value: Any) -> Iterator[str]:
        match value:
            case str():
                yield value
            case dict():
                for item in value.values():
                    yield from walk(item)
            case list():
                for item in value:
                    yield from walk(item)

    return list(walk(as_data(book)))


def _to_json_types(value: Any) -> Any:
    match value:
        case dict():
            return {key: _to_json_types(item) for key, item in value.items()}
        case list() | tuple():
            return [_to_json_types(item) for item in value]
        case time():
            return f"{value:%H:%M}"
        case date():
            return value.isoformat()
        case _:
            return value


def _from_json_types(hint: Any, value: Any) -> Any:
    """Build a value of the type `hint`."""
    if dataclasses.is_dataclass(hint):
        assert isinstance(hint, type)  # noqa: S101 a class, not an instance
        hints = get_type_hints(hint)
        return hint(**{
            field.name: _from_json_types(hints[field.name], value[field.name]) for field in dataclasses.fields(hint)
        })  # fmt: skip
    if get_origin(hint) is tuple:
        return tuple(_from_json_types(get_args(hint)[0], item) for item in value)
    if get_origin(hint) in (Union, types.UnionType):
        return None if value is None else _from_json_types(get_args(hint)[0], value)
    return hint.fromisoformat(value) if hint in (date, time, datetime) else value


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of `as_data`."""
    definitions: dict[str, Any] = {}
    root = _object_schema(Book, definitions)
    root["properties"] = {"version": {"const": VERSION}, **root["properties"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Proceedings of an Open Space forum",
        **root,
        "required": ["version", *root["required"]],
        "$defs": definitions,
    }


def _object_schema(dataclass: type, definitions: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(dataclass)
    names = [field.name for field in dataclasses.fields(dataclass)]
    return {
        "type": "object",
        "properties": {name: _type_schema(hints[name], definitions) for name in names},
        "required": names,
        "additionalProperties": False,
    }


def _type_schema(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a type; add those of dataclasses to `definitions`."""
    if dataclasses.is_dataclass(hint):
        assert isinstance(hint, type)  # noqa: S101 a class, not an instance
        name = hint.__name__.removeprefix("Book")
        if name not in definitions:
            definitions[name] = {}  # a placeholder, in case the class contains itself
            definitions[name] = _object_schema(hint, definitions)
        return {"$ref": f"#/$defs/{name}"}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _type_schema(get_args(hint)[0], definitions)}
    if get_origin(hint) in (Union, types.UnionType):
        return {
            "anyOf": [
                {"type": "null"} if option is type(None) else _type_schema(option, definitions)
                for option in get_args(hint)
            ]
        }
    return _SCALARS[hint]
