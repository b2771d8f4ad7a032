"""The plenary from one laptop, with the wall following: the opening by keyboard, a pitch, the look of the wall."""

import re

import pytest
from playwright.sync_api import Page, expect

from forum.models import Actor, Facilitator, Forum, Participant, Pitch, Topic
from forum.phases import Phase, Slide
from tests.browser.conductor import expect_armed, expect_slide, expect_step, open_conductor
from tests.browser.conftest import PHONE, Open, fr, sign_in
from tests.page_texts import translated

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_opening_plenary_by_keyboard_alone(laptop: Page, wall: Page, address: str, forum: Forum) -> None:
    Forum.objects.filter(pk=forum.pk).update(phase=Phase.PREPARATION)
    wall.reload()
    open_conductor(laptop, address)
    expect_armed(laptop, "ArrowRight", "Opening plenary")
    for key, slide in (("ArrowRight", "welcome"), ("n", "question"), ("ArrowRight", "principles"), ("n", "law")):
        laptop.keyboard.press(key)
        expect_slide(wall, slide)
        expect_step(laptop, f"opening.{slide}")
    for key, slide in (("Shift+N", "principles"), ("Backspace", "question"), ("5", "join"), ("u", "question")):
        laptop.keyboard.press(key)
        expect_slide(wall, slide)
        expect_step(laptop, f"opening.{slide}")

    # One frame of the conductor’s page shows the wall, the other one a preview of its next step.
    small, ahead = (laptop.frame_locator(f"{where} iframe") for where in (".screen", ".ahead"))
    expect(small.locator("#stage")).to_have_attribute("data-shows", "question")
    expect(ahead.locator("#stage")).to_have_attribute("data-shows", "principles")

    laptop.keyboard.press("0")
    expect_step(laptop, "opening.")
    expect_armed(laptop, "ArrowRight", "Marketplace")
    laptop.keyboard.press("ArrowRight")
    expect(wall.locator("[data-phase=marketplace] .view h1")).to_have_text(translated("The marketplace", "fr"))
    expect_step(laptop, "marketplace.")
    expect_armed(laptop, "u", "Opening plenary")
    laptop.keyboard.press("u")
    expect_step(laptop, "opening.")
    expect(wall.locator("[data-phase=opening] .view")).to_be_visible()


def test_the_tools_of_the_desk_are_on_one_line_of_a_laptop(laptop: Page, address: str) -> None:
    laptop.goto(f"{address}desk/")
    tops = laptop.locator(".tools .tool:visible").evaluate_all("all => all.map((one) => one.offsetTop)")
    assert len(tops) == 9
    assert len(set(tops)) == 1


def test_a_topic_is_presented_and_placed_with_the_phone_of_its_convener(
    laptop: Page, wall: Page, open_page: Open, address: str, forum: Forum, topic: Topic, nadia: Participant,
    theo: Participant,
) -> None:  # fmt: skip
    other = Topic.propose(forum, "Des haies partout", "", theo, Actor(theo))
    Pitch.queue(other, Actor(theo))
    forum.set_pitch_seconds(60, Actor())
    phone = open_page(PHONE, has_touch=True)
    sign_in(phone, address, nadia)
    phone.goto(address)
    phone.get_by_role("link", name=translated("Present it, place it", "fr")).tap()
    phone.locator("[formaction$='/pitch/']:visible").tap()
    expect(phone.get_by_role("status").first).to_contain_text(str(topic.number))
    phone.goto(address)
    expect(phone.locator(".cue.is-mine")).to_contain_text(translated("Come closer to the microphone.", "fr"))

    # The facilitator lets Nadia come first, then shows her topic: phone and wall count the same seconds.
    open_conductor(laptop, address)
    laptop.locator(f"[formaction$='topics/{topic.number}/pitch/move/'][value=up]").click()
    expect(phone.locator(".cue.is-mine")).to_contain_text(translated("You are next.", "fr"))
    expect(laptop.locator("[data-key=pitch]")).to_contain_text(re.compile(rf"\b{topic.number}\b"))
    laptop.keyboard.press("p")
    expect_slide(wall, "pitch")
    expect(wall.locator("#stage h1")).to_contain_text(topic.title)
    expect(phone.locator(".cue.is-mine:not(.is-for-all)")).to_contain_text(translated("You are on the wall.", "fr"))
    left = [seconds(page.locator("#stage .countdown:visible").inner_text()) for page in (wall, phone, laptop)]
    assert max(left) - min(left) <= 1
    assert 40 < min(left) <= 60

    # She places it herself; the wall is cleared, and the next one is on.
    phone.get_by_role("link", name=fr("Then, place your topic")).tap()
    phone.select_option("#cell", phone.locator("#cell option:not([disabled])").nth(1).get_attribute("value"))
    phone.get_by_role("button", name=fr("Place it here")).tap()
    expect(phone.locator("#facts")).to_contain_text("Salle des Fêtes")
    laptop.keyboard.press("p")
    expect(wall.locator("#stage h1")).to_contain_text(other.title)
    expect(laptop.locator(".is-on-wall")).to_contain_text(other.title)
    laptop.keyboard.press("ArrowRight")
    expect(wall.locator(".tile").first).to_be_visible()
    expect(wall.locator("#stage")).to_be_hidden()


def seconds(clock: str) -> int:
    minutes, _colon, rest = clock.partition(":")
    return int(minutes) * 60 + int(rest)


def test_at_the_end_of_the_time_the_wall_says_so_whatever_its_own_clock_says(
    wall: Page, address: str, forum: Forum, topic: Topic
) -> None:
    wall.clock.install(time="2031-01-01T12:00:00Z")
    wall.reload()
    forum.set_pitch_seconds(3, Actor())
    Pitch.queue(topic, Actor()).begin(Actor())
    expect(wall.locator("#stage .countdown")).to_have_attribute("data-state", "soon")
    wall.clock.run_for(4_000)
    expect(wall.locator("#stage .countdown")).to_have_text(translated("It is time. Thank you!", "fr"))


def test_the_same_by_touch(open_page: Open, wall: Page, address: str, forum: Forum, camille: Facilitator) -> None:
    tablet = open_page({"width": 820, "height": 1180}, has_touch=True)
    sign_in(tablet, address, camille)
    open_conductor(tablet, address)
    tablet.get_by_role("button", name=fr("The law of two feet")).tap()
    expect_slide(wall, "law")
    tablet.locator("[data-key=undo]").tap()
    expect(wall.locator("#stage")).to_be_hidden()


def test_the_look_of_the_wall_is_changed_from_the_conductor(laptop: Page, address: str, forum: Forum) -> None:
    open_conductor(laptop, address)
    with laptop.context.expect_page() as opened:
        laptop.get_by_role("link", name=fr("Open the projector’s window")).click()
    window = opened.value
    expect(window.locator("body")).not_to_have_class(re.compile("is-bright"))
    laptop.get_by_role("link", name=fr("Wall: light, for a bright room")).click()
    expect(window.locator("body")).to_have_class(re.compile("is-bright"))
    expect(laptop.frame_locator(".screen iframe").locator("body")).to_have_class(re.compile("is-bright"))


def test_titles_are_large_enough_for_the_back_of_the_room_and_nothing_is_cut(
    wall: Page, address: str, forum: Forum, topic: Topic
) -> None:
    sizes = "all => all.map((one) => parseFloat(getComputedStyle(one).fontSize))"
    expect(wall.locator(".tile h3")).to_be_visible()
    assert min(wall.locator(".tile h3, .view h1").evaluate_all(sizes)) >= 34
    forum.question = ("Quelles coopérations pour accélérer les transitions dans tous nos territoires ? " * 4)[:300]
    forum.describe(Actor())
    for slide in Slide:
        forum.show_slide(slide, Actor())
        expect_slide(wall, slide.value)
        assert min(wall.locator("#stage h1").evaluate_all(sizes)) >= 34
        is_cut = "one => one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1"
        assert wall.locator("#stage").evaluate(is_cut) is False
