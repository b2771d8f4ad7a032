"""The live page on a bad network: it is up to date, or says that it is not."""

import re
from typing import Any

import pytest
from playwright.sync_api import Route, WebSocketRoute, expect

from forum.models import Actor, Forum, Participant, Topic
from tests.browser.network import (
    OFF,
    SOON,
    Network,
    Phone,
    expect_card,
    expect_current,
    expect_offline,
    network,
    phone_of,
    propose,
    sync_state,
    wait_until,
)
from tests.page_texts import translated

__all__ = ["network", "phone_of"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_page_that_slept_catches_up_at_once(
    phone_of: Phone, network: Network, topic: Topic, theo: Participant
) -> None:
    page = phone_of(theo, clock=True)
    expect_current(page)
    session = page.context.new_cdp_session(page)
    session.send("Page.setWebLifecycleState", {"state": "frozen"})
    network.freeze()  # the connection died while the phone slept
    propose(theo.forum, "Pendant la sieste")
    session.send("Page.setWebLifecycleState", {"state": "active"})
    page.clock.set_system_time("2099-01-01")  # hours later
    network.proxy.is_frozen = False  # a new connection passes, the old one stays dead
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect_card(page, "Pendant la sieste", timeout=3_000)
    expect_current(page)


def test_a_page_left_and_found_again_by_the_back_button_is_current(
    phone_of: Phone, topic: Topic, theo: Participant
) -> None:
    page = phone_of(theo)
    expect_current(page)
    page.goto(page.url.replace(f"/{theo.forum.code}/", "/"))
    propose(theo.forum, "Derrière son dos")
    page.go_back()
    expect_card(page, "Derrière son dos")
    expect_current(page)


@pytest.mark.laptop
def test_a_page_that_the_browser_kept_whole_starts_anew_when_it_is_shown_again(
    phone_of: Phone, topic: Topic, theo: Participant
) -> None:
    page = phone_of(theo, COUNTS)
    expect_current(page)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    wait_until(page, "sockets.every((socket) => socket.readyState === 3)")
    propose(theo.forum, "Derrière son dos")
    page.wait_for_timeout(500)
    expect(page.locator("article", has_text="Derrière son dos")).to_have_count(0)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect_card(page, "Derrière son dos", timeout=3_000)
    expect_current(page)


def test_a_phone_offline_says_so_and_catches_up_when_it_is_back(
    phone_of: Phone, network: Network, topic: Topic, theo: Participant
) -> None:
    page = phone_of(theo)
    expect_current(page)
    page.context.set_offline(True)
    network.cut()
    expect_offline(page)
    propose(theo.forum, "Sans réseau")
    page.wait_for_timeout(3_000)
    assert sync_state(page) == OFF
    page.context.set_offline(False)
    expect_card(page, "Sans réseau", timeout=3_000)
    expect_current(page)


@pytest.mark.laptop
def test_a_script_that_the_network_took_away_is_asked_for_again(
    phone_of: Phone, topic: Topic, theo: Participant
) -> None:
    page = phone_of(theo)
    requests: list[str] = []

    def first_time_lost(route: Route) -> None:
        requests.append(route.request.url)
        route.abort() if len(requests) == 1 else route.continue_()

    page.route("**/js/my_topics*.js", first_time_lost)
    page.reload()
    expect(page.get_by_role("button", name=translated("Mine", "fr"), exact=True)).to_be_visible(timeout=10_000)
    assert len(requests) == 2


COUNTS = """const Real = WebSocket;
window.sockets = [];
WebSocket = class extends Real { constructor(url) { super(url); sockets.push(this); } };"""
"""The real sockets, within reach of a test."""
THROWS = """WebSocket = class { constructor() { throw new DOMException('no', 'SecurityError'); } };
WebSocket.OPEN = 1;"""
CLOSES = """WebSocket = class { constructor() { setTimeout(() => this.onclose({ code: 1006 })); } close() {} };
WebSocket.OPEN = 1;"""
SILENT = "WebSocket = Object.assign(class { readyState = 0; close() {} }, { OPEN: 1 });"


@pytest.mark.laptop
@pytest.mark.parametrize("script", [THROWS, CLOSES, SILENT], ids=["throws", "closes", "silent"])
def test_where_sockets_are_blocked_the_page_follows_all_the_same(
    phone_of: Phone, topic: Topic, theo: Participant, script: str
) -> None:
    page = phone_of(theo, script, clock=True)
    if script == SILENT:
        page.clock.fast_forward(12_000)
        page.clock.fast_forward(12_000)
    expect_current(page)
    propose(theo.forum, "Sans socket")
    page.clock.fast_forward(5_100)
    expect_card(page, "Sans socket", timeout=3_000)
    expect_current(page)
    page.get_by_role("button", name=re.compile(topic.title)).click()
    expect(page.locator(f"#topic-{topic.pk} [data-mark]")).to_have_attribute("aria-pressed", "true", timeout=3_000)
    theo.remove(Actor())
    page.clock.fast_forward(5_100)
    expect(page.locator("[name=name]")).to_be_visible(timeout=SOON)


CODES = [*range(1000, 1016), 3000, 4000, 4400, 4404, 4500, 4999]


@pytest.mark.laptop
def test_a_page_opens_another_socket_for_whatever_reason_one_closes(
    phone_of: Phone, topic: Topic, theo: Participant
) -> None:
    page = phone_of(theo, COUNTS, clock=True)
    for code in CODES:
        expect_current(page)
        before = page.evaluate("sockets.length")
        page.evaluate("(code) => sockets.at(-1).dispatchEvent(new CloseEvent('close', { code }))", code)
        assert sync_state(page) == OFF, code
        page.clock.fast_forward(1_000)
        wait_until(page, f"sockets.length > {before}")
    expect_current(page)


@pytest.mark.laptop
def test_a_server_that_closes_every_socket_does_not_keep_the_board_from_following(
    phone_of: Phone, network: Network, topic: Topic, theo: Participant
) -> None:
    page = phone_of(theo, path="me/")  # no board yet: the route must be laid first
    revisions: list[int] = []

    def refuse(route: WebSocketRoute) -> None:
        revisions.append(1)
        route.close(code=1013, reason="try again later")

    page.route_web_socket(re.compile("/live/"), refuse)
    page.goto(f"{network.url}/{theo.forum.code}/")
    propose(theo.forum, "Sans socket")
    expect_card(page, "Sans socket")
    assert len(revisions) > 1


@pytest.mark.laptop
def test_a_page_never_says_that_it_is_up_to_date_when_its_line_is_frozen(
    phone_of: Phone, network: Network, topic: Topic, theo: Participant
) -> None:
    page = phone_of(theo, clock=True)
    expect_current(page)
    network.freeze()
    propose(theo.forum, "Derrière la glace")
    page.clock.fast_forward(12_500)  # the last heartbeat is too old
    expect_offline(page)
    for _ in range(4):  # no answer, by socket or by HTTP
        page.clock.fast_forward(6_000)
        assert sync_state(page) == OFF
    expect(page.locator("article", has_text="Derrière la glace")).to_have_count(0)
    network.cut()
    network.thaw()
    page.clock.fast_forward(16_000)
    expect_card(page, "Derrière la glace")
    expect_current(page)


@pytest.mark.laptop
def test_a_page_whose_server_is_gone_says_so_at_once(
    phone_of: Phone, network: Network, topic: Topic, theo: Participant
) -> None:
    page = phone_of(theo)
    expect_current(page)
    network.server_port = 1  # a closed port
    network.cut()
    expect_offline(page)
    page.wait_for_timeout(3_000)
    assert sync_state(page) == OFF


@pytest.mark.laptop
def test_a_half_typed_field_on_a_topics_page_stays_while_the_page_is_refreshed(
    phone_of: Phone, network: Network, topic: Topic, nadia: Participant
) -> None:
    page = phone_of(nadia, path=f"topics/{topic.number}/")
    board = page.context.new_page()
    board.goto(f"{network.url}/{nadia.forum.code}/")
    expect_current(board)
    page.bring_to_front()
    page.locator("#elsewhere").press_sequentially("Sous le till")
    page.keyboard.press("ArrowLeft")
    topic.title = "Rafraîchir toutes les cours"
    topic.edit(Actor())
    expect(page.locator("#facts h2").first).to_contain_text("Rafraîchir toutes les cours")
    expect_card(board, "Rafraîchir toutes les cours")
    page.keyboard.type("a")
    expect(page.locator("#elsewhere")).to_have_value("Sous le tilal")


@pytest.mark.laptop
def test_facts_that_could_not_be_fetched_are_fetched_again(phone_of: Phone, topic: Topic, theo: Participant) -> None:
    page = phone_of(theo, path=f"topics/{topic.number}/")
    page.wait_for_timeout(500)
    failed: list[int] = []

    def fail_twice(route: Any) -> None:
        if len(failed) < 2:
            failed.append(1)
            route.abort()
        else:
            route.continue_()

    page.route(re.compile(rf"/topics/{topic.number}/$"), fail_twice)
    topic.title = "Rafraîchir toutes les cours"
    topic.edit(Actor())
    expect(page.locator("#facts h2").first).to_contain_text("Rafraîchir toutes les cours", timeout=SOON)
    assert len(failed) == 2


def test_a_board_put_back_to_a_copy_is_shown_whole_with_its_marks(
    phone_of: Phone, topic: Topic, theo: Participant
) -> None:
    """As after `manage.py restore --by-hand`: the revisions that the page knows are no longer valid."""
    page = phone_of(theo)
    expect_current(page)
    before = Forum.objects.get(pk=theo.forum.pk)
    topic.set_interest(theo, True, Actor(theo))
    propose(theo.forum, "Après la copie")
    expect_card(page, "Après la copie")
    Topic.objects.filter(title="Après la copie").delete()
    theo.interests.all().delete()
    before.journal.filter(revision__gt=before.revision).delete()
    Forum.objects.filter(pk=before.pk).update(revision=before.revision, epoch="restored")
    expect(page.locator("article", has_text="Après la copie")).to_have_count(0)
    expect(page.locator(f"#topic-{topic.pk} [data-mark]")).to_have_attribute("aria-pressed", "false")
    expect_current(page)
    propose(theo.forum, "Et la vie reprend")
    expect_card(page, "Et la vie reprend", timeout=3_000)
