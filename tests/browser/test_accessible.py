"""Every page, in French and English, on a phone, a laptop and the wall: axe finds nothing to correct."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Page

from forum import access
from forum.models import Device, Facilitator, Forum, Participant
from forum.phases import Phase
from tests.browser.conftest import LAPTOP, PHONE, PROJECTOR, Open
from tests.conftest import move
from tests.served import serving

pytestmark = pytest.mark.django_db(transaction=True)

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PAGES = {
    Phase.OPENING: ("", "wall/", "desk/"),
    Phase.MARKETPLACE: ("", "wall/", "desk/", "topics/new/", "topics/1/"),
    Phase.GROUPS: (
        "", "wall/", "desk/", "desk/settings/", "me/", "topics/1/", "topics/1/edit/", "topics/1/report/",
        "topics/1/report/read/", "book/", "other-phone/",
    ),
    Phase.CLOSING: ("", "wall/", "desk/", "words/"),
    Phase.PUBLISHED: ("", "wall/", "desk/", "book/"),
}  # fmt: skip


@pytest.fixture
def demonstration(transactional_db: None) -> Iterator[tuple[str, Forum]]:
    call_command("demo", verbosity=0)
    with serving() as url:
        yield url, Forum.objects.get()


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("size", [PHONE, LAPTOP, PROJECTOR], ids=["390", "1280", "1920"])
def test_every_page_of_the_day_is_accessible(
    demonstration: tuple[str, Forum], open_page: Open, size: dict[str, int], language: str
) -> None:
    url, forum = demonstration
    page = open_page(size, {"fr": "fr-FR", "en": "en-GB"}[language])
    person = Participant.objects.get(topics__number=1)
    keys = {
        access.participant_cookie(forum): Device.issue(person),
        access.FACILITATOR_COOKIE: Device.issue(Facilitator.objects.get()),
        "django_language": language,
    }
    found = {"home": violations(page, f"{url}/"), "join": violations(page, f"{url}/{forum.code}/")}
    page.context.add_cookies([{"name": name, "value": value, "url": url} for name, value in keys.items()])
    for phase, paths in PAGES.items():
        move(forum, phase)
        found |= {f"{phase} {path}": violations(page, f"{url}/{forum.code}/{path}") for path in paths}
    assert {where: what for where, what in found.items() if what} == {}


def violations(page: Page, url: str) -> list[str]:
    answer = page.goto(url)
    assert answer is not None
    assert answer.status == 200, url
    page.wait_for_load_state("load")
    result = Axe().run(page, options=RULES).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in result]
