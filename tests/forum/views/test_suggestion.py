"""The page of the suggested agenda: its moves with their reasons, which a facilitator ticks and accepts."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from forum.agenda.suggestion import current_agenda
from forum.live import catch_up
from forum.live.audience import Audience
from forum.models import Actor, Forum, Group, JournalEntry, Slot, Topic
from forum.phases import Phase
from tests.conftest import move
from tests.forum.agenda.test_suggestion import torn

__all__ = ["torn"]


@pytest.fixture
def desk(english_desk: Client) -> Client:
    return english_desk


@pytest.fixture
def page(forum: Forum) -> str:
    return reverse("suggestion", args=[forum.code])


def cells(topics: list[Topic]) -> list[tuple[int, int]]:
    rows = Group.objects.filter(topic__in=topics).order_by("topic__number")
    return [(row.slot_id, row.place_id) for row in rows if row.slot_id and row.place_id]


def boxes(html: str) -> list[str]:
    return re.findall(r'type="checkbox" id="[^"]+" name="move" value="([^"]+)"', html)


def ticked(html: str) -> list[str]:
    return re.findall(r'name="move" value="([^"]+)" aria-describedby="[^"]+" checked', html)


def alerts(html: str) -> list[str]:
    alert = re.search(r'role="alert">(.*?)</div>', html, re.DOTALL)
    return re.findall(r"<p>(.*?)</p>", alert[1]) if alert else []


def form_of(response: Any, **changes: Any) -> dict[str, Any]:
    """Return the fields of the page's form, with every box ticked."""
    html = response.content.decode()
    agenda = re.search(r'name="agenda" value="(\w+)"', html)
    assert agenda
    return {"agenda": agenda[1], "move": boxes(html), "offered": boxes(html), **changes}


def test_the_page_shows_the_wishes_met_and_the_moves_with_reasons(desk: Client, page: str, torn: list[Topic]) -> None:
    html = desk.get(page).content.decode()

    assert re.findall(r"</progress> <b>(\d+)</b>", html) == ["6", "12"]
    assert len(boxes(html)) == 2
    assert ticked(html) == boxes(html)
    assert set(re.findall(r'<p class="why soft">(.*?)</p>', html)) == {
        "People who have to choose between it and another topic: 3, then 0."
    }


def test_an_accepted_suggestion_is_one_change_that_everyone_sees_and_that_can_be_undone(
    desk: Client, page: str, torn: list[Topic], forum: Forum
) -> None:
    before, count = cells(torn), JournalEntry.objects.count()
    forum.refresh_from_db()
    response = desk.post(page, form_of(desk.get(page)))

    entry = JournalEntry.objects.latest("revision")
    moved = {topic.pk for topic, old, new in zip(torn, before, cells(torn), strict=True) if old != new}
    assert response.headers["Location"] == reverse("desk", args=[forum.code])
    assert (JournalEntry.objects.count(), entry.verb, len(moved)) == (count + 1, "accepted a suggestion", 2)
    assert {f"topic-{pk}" for pk in moved} <= set(entry.invalidated)
    assert len({slot for slot, _place in cells(torn)[:2]}) == len({slot for slot, _place in cells(torn)[2:]}) == 2
    delta = catch_up.delta(forum, Audience.PHONE, forum.revision).html
    assert all(f'id="topic-{pk}"' in delta for pk in moved)
    html = desk.get(reverse("desk", args=[forum.code])).content.decode()
    assert "2 topics have moved: 12 wishes of 12 are met." in html
    entry.undo(Actor())
    assert cells(torn) == before


def test_moves_that_would_share_a_place_are_refused_with_the_boxes_as_ticked(
    desk: Client, page: str, torn: list[Topic]
) -> None:
    before, fields = cells(torn), form_of(desk.get(page))
    response = desk.post(page, fields | {"move": fields["move"][:1]})
    html = response.content.decode()

    assert (response.status_code, cells(torn), ticked(html)) == (409, before, fields["move"][:1])
    (alert,) = alerts(html)
    assert re.fullmatch(
        r"Tick both moves, or neither: .+ at \d\d:\d\d would be taken by \d\. Sujet \d · \d\. Sujet \d", alert
    )


def test_the_wishes_met_follow_the_ticked_boxes(desk: Client, page: str, torn: list[Topic]) -> None:
    fields = form_of(desk.get(page))
    hx = {"hx-request": "true"}
    whole = desk.get(page, {"agenda": fields["agenda"], "move": fields["move"]}, headers=hx).content.decode()
    part = desk.get(page, {"agenda": fields["agenda"], "move": fields["move"][:1]}, headers=hx).content.decode()
    old = desk.get(page, {"agenda": "0", "move": fields["move"]}, headers=hx).content.decode()
    nonsense = desk.get(page, {"agenda": fields["agenda"], "move": "x"}, headers=hx).content.decode()

    assert "<b>12</b> wishes met of 12" in whole
    assert [text.count("problem") for text in (whole, part, old, nonsense)] == [0, 1, 1, 1]
    assert JournalEntry.objects.filter(verb="accepted a suggestion").count() == 0


def test_no_ticked_box_is_refused(desk: Client, page: str, torn: list[Topic]) -> None:
    before, fields = cells(torn), form_of(desk.get(page))
    response = desk.post(page, fields | {"move": []})
    html = response.content.decode()

    assert (response.status_code, cells(torn), ticked(html)) == (409, before, [])
    assert alerts(html) == ["Nothing is ticked: tick the moves that you want."]
    assert ticked(desk.get(page + "?none").content.decode()) == []


@pytest.mark.parametrize("changed", [{}, {"move": "0:1-2"}, {"move": "x"}, {"move": "9" * 5000}, {"agenda": ""}])
def test_an_agenda_that_moved_meanwhile_gets_a_new_suggestion(
    desk: Client, page: str, torn: list[Topic], as_camille: Actor, changed: dict[str, str]
) -> None:
    fields = form_of(desk.get(page))
    if not changed:
        Group.objects.get(topic=torn[0]).unplace(as_camille)
    before = cells(torn)
    response = desk.post(page, fields | changed)
    html = desk.get(page).content.decode()

    assert (response.headers["Location"], cells(torn)) == (page, before)
    assert re.findall(r'<p class="notice" role="status">(.*?)</p>', html) == [
        "The agenda has moved in the meantime, and nothing was done: here is a new suggestion."
    ]
    assert boxes(html) != []


def test_frozen_topics_and_frozen_slots_do_not_move(
    desk: Client, page: str, torn: list[Topic], afternoon: Slot, as_camille: Actor
) -> None:
    Group.objects.get(topic=torn[0]).freeze(as_camille)
    moving = {value.partition(":")[0] for value in boxes(desk.get(page).content.decode())}
    assert str(torn[0].pk) not in moving
    assert len(moving) == 2
    afternoon.freeze(as_camille)
    assert boxes(desk.get(page).content.decode()) == []


def test_topics_that_wait_get_a_cell_and_topics_elsewhere_keep_the_name_of_their_spot(
    forum: Forum, torn: list[Topic], afternoon: Slot, as_camille: Actor, page: str, desk: Client
) -> None:
    first, last = Group.objects.get(topic=torn[0]), Group.objects.get(topic=torn[3])
    Group.place_topic(torn[3], afternoon, None, as_camille, elsewhere="Sous le tilleul")
    first.unplace(as_camille)
    desk.post(page, form_of(desk.get(page)))

    first.refresh_from_db()
    last.refresh_from_db()
    assert (first.slot_id is None, first.place_id is None) == (False, False)
    assert (last.place, last.elsewhere) == (None, "Sous le tilleul")


def test_a_failed_search_answers_503(
    desk: Client, page: str, torn: list[Topic], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(current_agenda, "TIMEOUT_SECONDS", 0.0001)
    current_agenda._suggest_in_process.cache_clear()
    response = desk.get(page)
    assert response.status_code == 503
    assert "The search did not come to its end." in response.content.decode()
    assert "no agenda was suggested" in caplog.text


def test_an_empty_forum_has_nothing_to_suggest(desk: Client, page: str) -> None:
    assert boxes(desk.get(page).content.decode()) == []


def test_once_groups_meet_the_people_of_moved_topics_get_a_message(
    desk: Client, page: str, forum: Forum, torn: list[Topic]
) -> None:
    forum.date = timezone.localdate() - timedelta(days=300)
    forum.save()
    move(forum, Phase.GROUPS)
    desk.post(page, form_of(desk.get(page)))
    assert forum.messages.active().count() == 2
