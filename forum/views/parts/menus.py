"""Topics and cells of the agenda as menus name them."""

from typing import Any

from django.utils.text import Truncator

from forum.models import Forum, Topic
from forum.text.typography import spaced

LINE = 60
"""Characters of a title that a menu shows."""


def cells(forum: Forum, topic: Topic | None = None) -> list[dict[str, Any]]:
    """The agenda's cells, slot by slot, as a menu names them; `taken` says by which other topic, if any."""
    placed = forum.topics.active().filter(group__place__isnull=False).exclude(pk=topic.pk if topic else 0)
    columns = placed.values_list("group__slot", "group__place", "number", "title")
    taken = {(slot, place): {"number": number, "title": line(number, title)} for slot, place, number, title in columns}
    places = [(place, spaced(place.name)) for place in forum.places.all()]
    rows = []
    for slot in forum.slots.filter(title=""):
        when = slot.start_label
        found = [
            {
                "value": f"{slot.pk}-{place.pk}",
                "place": place,
                "name": f"{when} · {name}",
                "taken": taken.get((slot.pk, place.pk)),
            }
            for place, name in places
        ]
        rows.append({"slot": slot, "when": when, "cells": found})
    return rows


def others(forum: Forum, topic: Topic) -> list[tuple[int, str, str]]:
    """The number of each other topic, how a menu names it, and its convener."""
    columns = forum.topics.active().exclude(pk=topic.pk).values_list("number", "title", "convener__name")
    return [(number, line(number, title), name or "") for number, title, name in columns]


def line(number: int, title: str) -> str:
    """A topic in a menu."""
    shown = spaced(title)
    return f"{number}. {shown if len(shown) <= LINE else Truncator(shown).chars(LINE)}"
