"""Read the printing kit from the database."""

from collections.abc import Iterator
from dataclasses import replace

from django.db.models import Max
from django.urls import reverse
from django.utils import translation

from forum.models import Forum, Place, Topic
from forum.models.topic import COLOUR_COUNT
from forum.server import public_urls
from sessions.printing.kit import ExpectedPerson, Kit, KitOrder, PlaceSign, TopicSheet


def read_kit(forum: Forum, order: KitOrder) -> Kit:
    """Read what was ordered, in the language of the order."""
    with translation.override(order.language):
        return Kit(
            title=forum.title,
            question=forum.question,
            date=forum.date,
            venue=forum.venue,
            organisers=forum.organisers,
            language=order.language,
            time_zone=forum.time_zone,
            is_fictional=forum.is_fictional,
            is_rehearsal=forum.is_rehearsal,
            url=public_urls.join_url(forum.code),
            address=public_urls.join_address(),
            code=forum.code,
            paper=order.paper,
            posters=order.posters,
            topics=_sheets(forum, order.topics, order.blank_topics, order.numbered),
            reports=_sheets(forum, order.reports, order.blank_reports, order.numbered),
            signs=tuple(_sign(forum, place) for place in forum.places.all()) if order.places else (),
            guests=tuple(_guests(forum)) if order.guests else (),
            blank_rows=order.blank_rows,
        )


def _sheets(forum: Forum, of_topics: bool, blank: int, numbered: bool) -> tuple[TopicSheet, ...]:
    topics = forum.topics.active().for_board().order_by("number") if of_topics else ()
    sheets = [_sheet(topic) for topic in topics]
    first = next_topic_number(forum)
    for number in range(first, first + blank):
        sheet = _blank_sheet(forum, number)
        sheets.append(sheet if numbered else replace(sheet, number=None, url=""))
    return tuple(sheets)


def next_topic_number(forum: Forum) -> int:
    last: int | None = forum.topics.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _sheet(topic: Topic) -> TopicSheet:
    group = topic.group_or_none
    slot = group.slot if group else None
    return TopicSheet(
        number=topic.number,
        colour=topic.colour,
        title=topic.title,
        conveners=", ".join(person.name for person in topic.conveners),
        slot=slot.start_label if slot else "",
        place=group.place_name if group and slot else "",
        url=public_urls.door_url(topic.forum.code, topic.number),
    )


def _blank_sheet(forum: Forum, number: int) -> TopicSheet:
    """Make an empty sheet; its URL opens as soon as the board has a topic of this number."""
    return TopicSheet(number, (number - 1) % COLOUR_COUNT + 1, url=public_urls.door_url(forum.code, number))


def _sign(forum: Forum, place: Place) -> PlaceSign:
    url = public_urls.public_url() + reverse("place_page", args=[forum.code, place.pk])
    return PlaceSign(place.name, place.seats, place.equipment, url)


def _guests(forum: Forum) -> Iterator[ExpectedPerson]:
    for person in forum.participants.expected():
        yield ExpectedPerson(person.name, person.organisation, person.territory)
