"""Every page on a phone in French and on a laptop in English: axe finds nothing to correct.

The pages for the wall are checked at its size too, and the pages that people look at longest also in the dark scheme.
"""

import io
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from PIL import Image
from playwright.sync_api import Page

from forum.auth.identity import FACILITATOR_COOKIE, participant_cookie
from forum.models import Actor, Device, Facilitator, Forum, Participant
from forum.phases import Phase
from sessions.models import Edition, Imprint
from tests.browser.conftest import LAPTOP, PHONE, PROJECTOR, Open
from tests.conftest import move
from tests.sessions.proceedings.editions import make_ready

pytestmark = pytest.mark.django_db(transaction=True)

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # reporting all that passes would take as long as finding it
}
PAGES = {
    Phase.PREPARATION: ("hello/", "desk/ready/", "desk/print/"),
    Phase.OPENING: (
        "", "wall/?look=light", "desk/", "desk/conductor/", "desk/people/expected/", "desk/people/import/",
    ),
    Phase.MARKETPLACE: (
        "", "wall/?look=dark", "desk/", "desk/conductor/", "topics/new/", "topics/1/",
        "topics/1/split/", "desk/operator/", "desk/suggestion/",
    ),
    Phase.GROUPS: (
        "", "wall/", "desk/", "desk/late/", "desk/places/new/", "desk/settings/", "desk/messages/", "desk/radar/",
        "desk/sheets/", "desk/journal/?all", "me/", "topics/1/", "topics/1/?door", "topics/1/edit/", "topics/1/report/",
        "topics/1/report/read/", "topics/1/report/history/", "topics/1/sheet/", "topics/1/transcribe/", "book/",
        "other-phone/", "places/{place}/",
    ),
    Phase.CLOSING: ("", "wall/", "desk/", "desk/publish/", "words/"),
    Phase.PUBLISHED: ("", "wall/", "desk/", "book/", "book/1/", "book/imprint/", "public/", "public/read/"),
}  # fmt: skip

STILL: dict[str, str] = {"reduced_motion": "reduce"}
"""Half faded in, a text has half its contrast."""

IN_THE_DARK = ("", "desk/", "topics/1/", "topics/1/report/", "me/", "book/")


@pytest.fixture
def demonstration(server: str) -> tuple[str, Forum]:
    call_command("demo", verbosity=0)
    forum = Forum.objects.get()
    publish(forum)
    return server, forum


def publish(forum: Forum) -> None:
    """Make the edition in all its formats, and publish it."""
    make_ready(Edition.objects.get())
    imprint = Imprint.for_forum(forum)
    imprint.set_access(Actor(), is_public=True, is_listed=True)
    logo = io.BytesIO()
    Image.new("RGB", (300, 100), "#1d5f8f").save(logo, "PNG")
    for name in ("Région", "Agence"):
        imprint.add_logo(name, logo.getvalue(), Actor())


def set_cookies(page: Page, url: str, forum: Forum, language: str) -> None:
    """Give this browser the tokens of a convener and of the facilitator, and a language."""
    person = Participant.objects.get(topics__number=1)
    keys = {
        participant_cookie(forum): Device.issue(person),
        FACILITATOR_COOKIE: Device.issue(Facilitator.objects.get()),
        "django_language": language,
    }
    page.context.add_cookies([{"name": name, "value": value, "url": url} for name, value in keys.items()])


def violations_of_pages(page: Page, url: str, forum: Forum, is_shown: Callable[[str], bool]) -> dict[str, list[str]]:
    """Return the violations on the pages of the whole day, by path."""
    violations_by_path = {}
    for phase, paths in PAGES.items():
        shown_paths = [path for path in paths if is_shown(path)]
        if shown_paths:
            move(forum, phase)
        for path in shown_paths:
            address = path.format(place=forum.places.values_list("pk", flat=True)[0])
            violations_by_path[f"{phase} {path}"] = violations(page, f"{url}/{forum.code}/{address}")
    return {where: problems for where, problems in violations_by_path.items() if problems}


@pytest.mark.parametrize(("size", "language"), [(PHONE, "fr"), (LAPTOP, "en")], ids=["390-fr", "1280-en"])
def test_every_page_of_the_day_is_accessible(
    demonstration: tuple[str, Forum], open_page: Open, size: dict[str, int], language: str
) -> None:
    url, forum = demonstration
    page = open_page(size, {"fr": "fr-FR", "en": "en-GB"}[language], **STILL)
    outside = {name: violations(page, f"{url}/{name}") for name in ("", "public/", f"{forum.code}/")}
    set_cookies(page, url, forum, language)
    beginning = ("facilitator/", "facilitator/new/", "facilitator/new/?from=two-days")
    outside |= {path: violations(page, f"{url}/{path}") for path in beginning}
    assert {where: problems for where, problems in outside.items() if problems} == {}
    assert violations_of_pages(page, url, forum, lambda path: True) == {}
    page.context.clear_cookies()  # a stranger, at the entrance of a forum that is over
    for is_public in (True, False):
        Imprint.for_forum(forum).set_access(Actor(), is_public=is_public, is_listed=False)
        assert violations(page, f"{url}/{forum.code}/") == []


def test_the_wall_is_accessible_and_in_the_dark_what_people_look_at_longest(
    demonstration: tuple[str, Forum], open_page: Open
) -> None:
    url, forum = demonstration
    wall, dark = open_page(PROJECTOR, **STILL), open_page(PHONE, color_scheme="dark", **STILL)
    for page in (wall, dark):
        set_cookies(page, url, forum, "fr")
    assert violations_of_pages(wall, url, forum, lambda path: path.startswith("wall/")) == {}
    assert violations_of_pages(dark, url, forum, lambda path: path in IN_THE_DARK) == {}


def violations(page: Page, url: str) -> list[str]:
    answer = page.goto(url)
    assert answer is not None
    assert answer.status == 200, url
    page.wait_for_load_state("load")
    result = Axe().run(page, options=RULES).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in result]
