"""The choices of menus: cells of the agenda, and topics."""

from typing import Any

from django.utils.text import Truncator

from forum.models import Forum, Topic
from forum.text.typography import spaced

MAX_TITLE_LENGTH = 60
"""Characters of a title in a menu."""


def cell_choices(forum: Forum, topic: Topic | None = None) -> list[dict[str, Any]]:
    """Return each slot for groups with its `cells`; a cell's `taken` is the other topic there, or None."""
    placed = forum.topics.active().filter(group__place__isnull=False).exclude(pk=topic.pk if topic else 0)
    columns = placed.values_list("group__slot", "group__place", "number", "title")
    taken = {
        (slot, place): {"number": number, "title": topic_label(number, title)} for slot, place, number, title in columns
    }
    places = [(place, spaced(place.name)) for place in forum.places.all()]
    slots = []
    for slot in forum.slots.for_groups():
        hour = slot.start_label
        cells = [
            {
                "value": f"{slot.pk}-{place.pk}",
                "place": place,
                "name": f"{hour} · {name}",
                "taken": taken.get((slot.pk, place.pk)),
            }
            for place, name in places
        ]
        slots.append({"slot": slot, "hour": hour, "cells": cells})
    return slots


def other_topics(forum: Forum, topic: Topic) -> list[tuple[int, str, str]]:
    """Return the number, the label and the convener's name of each topic but this one."""
    columns = forum.topics.active().exclude(pk=topic.pk).values_list("number", "title", "convener__name")
    return [(number, topic_label(number, title), name or "") for number, title, name in columns]


def topic_label(number: int, title: str) -> str:
    label = spaced(title)
    return f"{number}. {label if len(label) <= MAX_TITLE_LENGTH else Truncator(label).chars(MAX_TITLE_LENGTH)}"
