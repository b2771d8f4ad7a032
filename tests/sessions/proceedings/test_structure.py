"""Books of all sizes are what archives, screen readers and printers expect. (The hostile one is in test_hostile.)"""

from collections.abc import Callable

import pytest
from pytest_django import DjangoDbBlocker

from forum.models import Forum
from sessions.proceedings import jobs, pdf
from tests.sessions.proceedings.conftest import BY, arrive, begin, make_day, meet, passing, printed, write
from tests.sessions.proceedings.structure import (
    CHECKS,
    Anatomy,
    has_no_empty_page,
    leaves_no_heading_alone_at_the_foot_of_a_page,
    ours,
)

pytestmark = pytest.mark.django_db

GROUPS = 40


def small() -> Forum:
    """A morning of one group that wrote one line."""
    forum = begin()
    write(meet(forum, "Shade for schools", None, place="Barn"), findings="46 °C in June")
    return forum


def typical() -> Forum:
    return make_day().forum


def huge() -> Forum:
    """Many groups, of which some write a line and some two pages."""
    forum = begin(language="fr")
    for number in range(1, GROUPS + 1):
        person = arrive(forum, f"Person {number}", "full", f"Territory {number % 7}")
        group = meet(forum, f"Topic {number} " + "word " * (number % 30), person, person, place=f"Table {number}")
        lines = number % 13
        report = write(
            group,
            findings="\n".join(f"- Finding {line} " + "mot " * 9 * line for line in range(1, lines + 2)),
            debate="Some of them wondered. " * 8 * lines,
            proposals="\n".join(f"Proposal {line}" for line in range(lines)),
            quote="A tree shades a class." * (number % 2),
        )
        report.add_action(BY, what=f"Action {number}", point_person=person.name)
    return forum


def worldly() -> Forum:
    """People, groups and words in many writings, with the pictures that phones offer."""
    forum = begin(title="Forum 🌳")
    for title, name in (
        ("ظل للمدارس", "محمد بنعلي"), ("צל לבתי ספר", "נועה"), ("학교 그늘", "김철수"), ("学校的树荫", "王小明"),
        ("日陰 → 校庭", "黒澤 辻"), ("छाया", "अनिता"), ("Тінь", "Олена"), ("Σκιά 👩\u200d🌾", "Ζωή"), ("ⵜⵉⵍⵉ", "Հայկ"),
    ):  # fmt: skip
        person = arrive(forum, name, "full", title)
        report = write(meet(forum, title, person, person, place="Barn ☀️"), findings=f"✓ {title}\n★ 46 °C ≥ 45 °C")
        report.add_action(BY, what=f"{title} 🌱", point_person=name)
    return forum


@pytest.fixture(scope="module", params=[small, typical, huge, worldly], ids=lambda make: make.__name__)
def book(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Anatomy:
    with passing(django_db_blocker):
        return Anatomy(printed(request.param()).file)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_book(book: Anatomy, check: Callable[[Anatomy], None]) -> None:
    check(book)


def test_a_book_holds_our_fonts_only(book: Anatomy) -> None:
    assert [name for name in book.fonts if not ours(name)] == []


def test_a_heading_alone_at_the_foot_of_a_page_and_an_empty_page_would_be_seen() -> None:
    page = (
        '<html lang="en"><title>x</title><style>h2 { break-after: page } div { break-before: page }</style>'
        "<p>Before</p><h2>Alone</h2><p>After</p><div></div>"
    )
    book = Anatomy(pdf.render_pdf(page, jobs.STATIC).content)
    for check in (leaves_no_heading_alone_at_the_foot_of_a_page, has_no_empty_page):
        with pytest.raises(AssertionError):
            check(book)
