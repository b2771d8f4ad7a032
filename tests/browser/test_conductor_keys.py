"""The keys of the conductor's page: which move a phase, and which must not."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from forum.models import Actor, Facilitator, Forum, Group, Participant, Pitch, Topic
from forum.phases import Phase, Slide
from tests.browser.conductor import expect_armed, expect_slide, expect_step, open_conductor
from tests.browser.conftest import LAPTOP, PHONE, Open, fr, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


def expect_no_move(forum: Forum, phase: Phase) -> None:
    """Expect no change of phase within the time that a change takes to show."""
    time.sleep(0.6)
    forum.refresh_from_db()
    assert forum.current_phase == phase


def test_no_single_key_ends_a_phase(laptop: Page, address: str, forum: Forum) -> None:
    open_conductor(laptop, address)
    forward = laptop.locator("[data-key=next]")
    for key in ("ArrowRight", "n", "ArrowLeft"):
        laptop.keyboard.press(key)
        expect(laptop.locator(".is-armed")).to_have_count(1)
        laptop.keyboard.press("x")  # any other key
        expect(laptop.locator(".is-armed")).to_have_count(0)
    laptop.keyboard.press("ArrowRight")
    laptop.keyboard.press("ArrowLeft")  # another button
    laptop.keyboard.press("ArrowRight")
    laptop.locator("h1").click()  # a click elsewhere
    laptop.keyboard.press("ArrowRight")
    laptop.keyboard.down("ArrowRight")  # the second press: it moves; a held key goes no further
    for _ in range(5):
        laptop.keyboard.down("ArrowRight")
    laptop.keyboard.up("ArrowRight")
    expect_step(laptop, "groups.")
    expect_no_move(forum, Phase.GROUPS)
    expect(laptop.locator(".is-armed")).to_have_count(0)

    # Held down from the first press on, it never becomes the second one.
    for key in ("ArrowRight", "n"):
        for _ in range(6):
            laptop.keyboard.down(key)
        laptop.keyboard.up(key)
        expect(laptop.locator(".is-armed")).to_have_count(1)
        laptop.keyboard.press("Escape")
    # Nor do Enter and Space on the button, nor a double click, even with a click before.
    forward.focus()
    for _ in range(6):
        laptop.keyboard.down("Enter")
    laptop.keyboard.up("Enter")
    laptop.keyboard.press("Escape")
    laptop.keyboard.press("Space")
    expect(laptop.locator(".is-armed")).to_have_count(1)
    laptop.keyboard.press("Escape")
    forward.dblclick()
    expect(laptop.locator(".is-armed")).to_have_count(1)
    expect_no_move(forum, Phase.GROUPS)

    # What the first press asked for lapses.
    laptop.keyboard.press("Escape")
    laptop.clock.install()
    laptop.keyboard.press("ArrowRight")
    expect(laptop.locator(".is-armed")).to_have_count(1)
    laptop.clock.run_for(20_001)
    expect(laptop.locator(".is-armed")).to_have_count(0)
    laptop.keyboard.press("ArrowRight")
    expect_no_move(forum, Phase.GROUPS)
    laptop.keyboard.press("ArrowRight")
    expect_step(laptop, "closing.")


def test_the_first_press_is_seen_wherever_the_page_is_scrolled(
    laptop: Page, address: str, forum: Forum, nadia: Participant
) -> None:
    for number in range(18):
        Topic.propose(forum, f"Sujet {number}", "", nadia, Actor(nadia))
    open_conductor(laptop, address)
    expect_armed(laptop, "ArrowRight", "Working groups")
    expect(laptop.locator(".is-armed")).to_be_in_viewport(ratio=1)
    expect(laptop.locator("#toast.is-shown")).to_have_count(0)  # its button says it
    laptop.keyboard.press("Escape")
    laptop.keyboard.press("End")
    wait_for_scroll(laptop, down=True)
    expect(laptop.locator("[data-key=next]")).not_to_be_in_viewport(ratio=1)
    expect_armed(laptop, "ArrowRight", "Working groups")
    expect(laptop.locator("#toast.is-shown")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_a_button_that_is_armed_stays_as_large_as_it_was(
    open_page: Open, address: str, forum: Forum, camille: Facilitator, size: dict[str, int]
) -> None:
    page = open_page(size)
    sign_in(page, address, camille)
    forward = page.locator("[data-key=next]")
    for phase in (Phase.MARKETPLACE, Phase.CLOSING):  # the last one has the longest words
        forum.move_to(phase, Actor())
        open_conductor(page, address)
        before = forward.bounding_box()
        page.keyboard.press("ArrowRight")
        expect(forward).to_have_class(re.compile("is-armed"))
        assert forward.bounding_box() == before
        again, key = (forward.locator(part).bounding_box() for part in (".again", "kbd"))
        assert again
        assert key
        assert again["x"] + again["width"] < key["x"]  # beside the words, and not below them
        page.keyboard.press("Escape")


def test_an_armed_button_is_disarmed_when_somebody_else_moves_everyone(
    laptop: Page, address: str, forum: Forum
) -> None:
    open_conductor(laptop, address)
    laptop.keyboard.press("ArrowRight")
    expect(laptop.locator(".is-armed")).to_have_count(1)
    Participant.join(forum, name="Quelqu’un")  # the page is drawn anew, and goes on to say it
    expect(laptop.locator(".people-count b")).to_have_text("1")
    expect(laptop.locator(".is-armed .again")).to_be_visible()
    forum.move_to(Phase.GROUPS, Actor())
    expect_step(laptop, "groups.")
    expect(laptop.locator(".is-armed")).to_have_count(0)
    laptop.keyboard.press("ArrowRight")
    expect_no_move(forum, Phase.GROUPS)


def wait_for_scroll(page: Page, *, down: bool) -> None:
    """Wait until the page has scrolled and rests, lower or at its top."""
    until, previous = time.monotonic() + 10, -1
    while (now := page.evaluate("scrollY")) != previous or (now > 0) != down:
        assert time.monotonic() < until, now
        previous = now
        page.wait_for_timeout(150)


def test_space_and_the_page_keys_scroll_until_a_remote_is_ticked(
    laptop: Page, wall: Page, address: str, forum: Forum
) -> None:
    forum.move_to(Phase.OPENING, Actor(), Slide.WELCOME)
    laptop.set_viewport_size({"width": 1280, "height": 600})
    open_conductor(laptop, address)
    expect_step(laptop, "opening.welcome")
    for key, back in (("Space", "Shift+Space"), ("PageDown", "PageUp")):
        laptop.keyboard.press(key)
        wait_for_scroll(laptop, down=True)
        laptop.keyboard.press(back)
        wait_for_scroll(laptop, down=False)
    expect_step(laptop, "opening.welcome")
    expect(laptop.locator("#toast")).to_have_text(
        fr("This key scrolls. If it comes from a presenter’s remote, tick “A presenter’s remote drives the wall”.")
    )

    # Ticked once, a remote drives the whole plenary, here and the next time.
    laptop.get_by_label(fr("A presenter’s remote drives the wall: Page up and Page down no longer scroll")).check()
    open_conductor(laptop, address)
    for slide in ("question", "principles", "law", "join"):
        laptop.keyboard.press("PageDown")
        expect_step(laptop, f"opening.{slide}")
    laptop.keyboard.press("PageUp")
    expect_step(laptop, "opening.law")
    expect_slide(wall, "law")
    for step in ("opening.join", "opening."):
        laptop.keyboard.press("PageDown")
        expect_step(laptop, step)
    for phase, name in (("marketplace", "Marketplace"), ("groups", "Working groups"), ("closing", "Closing plenary")):
        expect_armed(laptop, "PageDown", name)
        laptop.keyboard.press("PageDown")
        expect_step(laptop, f"{phase}.")
    for key in (".", "b", "Escape"):
        laptop.keyboard.press(key)
    assert laptop.evaluate("scrollY") == 0
    expect_no_move(forum, Phase.CLOSING)


def test_four_presses_after_a_pitch_do_not_publish_the_report(
    laptop: Page, wall: Page, address: str, forum: Forum, topic: Topic, theo: Participant
) -> None:
    other = Topic.propose(forum, "Des haies partout", "", theo, Actor(theo))
    for queued_topic in (topic, other):
        Pitch.queue(queued_topic, Actor())
    open_conductor(laptop, address)
    for queued_topic in (topic, other):
        laptop.keyboard.press("ArrowRight")
        expect(wall.locator("#stage h1")).to_contain_text(queued_topic.title)
        expect(laptop.locator(".is-on-wall")).to_contain_text(queued_topic.title)
    laptop.keyboard.press("ArrowRight")
    expect(wall.locator("#stage")).to_be_hidden()
    expect(laptop.locator("[data-key=next][data-moves-phase]")).to_be_visible()
    for _ in range(3):
        laptop.keyboard.press("ArrowRight")
        laptop.keyboard.press("Escape")
    expect_no_move(forum, Phase.MARKETPLACE)


def test_publishing_lists_the_missing_reports_wherever_it_is_asked_for(
    laptop: Page, address: str, forum: Forum, group: Group
) -> None:
    forum.move_to(Phase.CLOSING, Actor())
    open_conductor(laptop, address)
    for _ in range(2):
        laptop.keyboard.press("ArrowRight")
    expect(laptop.locator(".missing-reports .groups a")).to_contain_text(group.topic.title)
    for key in ("ArrowRight", "PageDown", "n", "Enter"):  # no key that is still being pressed publishes
        laptop.keyboard.press(key)
    expect_no_move(forum, Phase.CLOSING)
    laptop.get_by_role("link", name=fr("Not yet")).click()
    expect(laptop).to_have_url(re.compile("/desk/conductor/$"))

    laptop.goto(f"{address}desk/")
    expect(laptop.locator("[data-sync][data-state=current]").first).to_be_visible()
    laptop.locator(".moves .main").click()
    expect(laptop.locator(".missing-reports .groups a")).to_contain_text(group.topic.title)
    expect_no_move(forum, Phase.CLOSING)
    laptop.get_by_role("button", name=fr("Publish all the same")).click()
    expect(laptop.locator(".steps[data-phase=published]")).to_be_visible()


def test_on_the_desk_neither_a_key_nor_a_double_click_goes_too_far(laptop: Page, address: str, forum: Forum) -> None:
    laptop.goto(f"{address}desk/")
    expect(laptop.locator("[data-sync][data-state=current]").first).to_be_visible()
    laptop.locator(".moves .main").dblclick(delay=60)
    expect(laptop.locator(".steps[data-phase=groups]")).to_be_visible()
    laptop.mouse.click(5, 500)
    laptop.locator(".moves .main").focus()
    laptop.keyboard.press("Space")  # to scroll, with the focus where the mouse has left it
    expect(laptop.locator(".moves .is-armed")).to_have_count(1)
    expect_no_move(forum, Phase.GROUPS)
    laptop.keyboard.press("Space")
    expect(laptop.locator(".steps[data-phase=closing]")).to_be_visible()


def test_single_keys_do_nothing_while_one_types_or_once_they_are_off(laptop: Page, address: str, forum: Forum) -> None:
    open_conductor(laptop, address)
    laptop.keyboard.press("m")
    expect(laptop.locator("#message-text")).to_be_focused()
    laptop.keyboard.type("1 pause, puis 2 groupes ?")
    expect(laptop.locator("#message-text")).to_have_value("1 pause, puis 2 groupes ?")
    laptop.keyboard.press("Enter")
    expect(laptop.locator(".standing p").first).to_have_text("1 pause, puis 2 groupes ?")
    expect(laptop.locator("#message-text")).not_to_be_focused()

    laptop.keyboard.press("?")
    expect(laptop.locator("#help")).to_be_visible()
    laptop.keyboard.press("4")
    laptop.keyboard.press("Escape")
    expect(laptop.locator("#help")).to_be_hidden()

    laptop.get_by_label(fr("Single keys drive the wall")).focus()
    laptop.keyboard.press("Space")
    laptop.keyboard.press("3")
    laptop.reload()
    expect(laptop.get_by_label(fr("Single keys drive the wall"))).not_to_be_checked()
    laptop.keyboard.press("ArrowRight")
    laptop.get_by_role("button", name=fr("How to join")).press("Enter")
    expect_step(laptop, "marketplace.join")
    forum.refresh_from_db()
    assert (forum.slide, forum.journal.filter(verb="showed a slide").count()) == ("join", 1)
