"""The structure of books of all sizes as PDF. The hostile one is in test_hostile.py."""

from collections.abc import Callable

import pytest
from pytest_django import DjangoDbBlocker

from forum.models import Forum
from sessions.proceedings import pdf
from tests.sessions.proceedings.conftest import (
    ACTOR,
    hold_group,
    join,
    make_day,
    make_forum,
    print_book,
    rolled_back,
    write_report,
)
from tests.sessions.proceedings.pdf_structure import (
    CHECKS,
    PdfStructure,
    has_no_empty_page,
    is_app_font,
    leaves_no_heading_alone_at_the_foot_of_a_page,
)

pytestmark = pytest.mark.django_db

GROUPS = 40


def small() -> Forum:
    """Make a forum of one group that wrote one line."""
    forum = make_forum()
    write_report(hold_group(forum, "Shade for schools", None, place="Barn"), findings="46 °C in June")
    return forum


def typical() -> Forum:
    return make_day().forum


def huge() -> Forum:
    """Make a forum of many groups, whose reports have from one line to two pages."""
    forum = make_forum(language="fr")
    for number in range(1, GROUPS + 1):
        person = join(forum, f"Person {number}", "full", f"Territory {number % 7}")
        group = hold_group(forum, f"Topic {number} " + "word " * (number % 30), person, person, place=f"Table {number}")
        lines = number % 13
        report = write_report(
            group,
            findings="\n".join(f"- Finding {line} " + "mot " * 9 * line for line in range(1, lines + 2)),
            debate="Some of them wondered. " * 8 * lines,
            proposals="\n".join(f"Proposal {line}" for line in range(lines)),
            quote="A tree shades a class." * (number % 2),
        )
        report.add_action(ACTOR, what=f"Action {number}", point_person=person.name)
    return forum


def multilingual() -> Forum:
    """Make a forum of people, groups and texts in many scripts, with emoji."""
    forum = make_forum(title="Forum 🌳")
    for title, name in (
        ("ظل للمدارس", "محمد بنعلي"), ("צל לבתי ספר", "נועה"), ("학교 그늘", "김철수"), ("学校的树荫", "王小明"),
        ("日陰 → 校庭", "黒澤 辻"), ("छाया", "अनिता"), ("Тінь", "Олена"), ("Σκιά 👩\u200d🌾", "Ζωή"), ("ⵜⵉⵍⵉ", "Հայկ"),
    ):  # fmt: skip
        person = join(forum, name, "full", title)
        report = write_report(
            hold_group(forum, title, person, person, place="Barn ☀️"), findings=f"✓ {title}\n★ 46 °C ≥ 45 °C"
        )
        report.add_action(ACTOR, what=f"{title} 🌱", point_person=name)
    return forum


@pytest.fixture(scope="module", params=[small, typical, huge, multilingual], ids=lambda make: make.__name__)
def structure(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> PdfStructure:
    with rolled_back(django_db_blocker):
        return PdfStructure(print_book(request.param()).file)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_book(structure: PdfStructure, check: Callable[[PdfStructure], None]) -> None:
    check(structure)


def test_a_book_has_only_fonts_of_the_app(structure: PdfStructure) -> None:
    assert [name for name in structure.fonts if not is_app_font(name)] == []


def test_the_checks_find_a_heading_alone_at_the_foot_of_a_page_and_an_empty_page() -> None:
    page = (
        '<html lang="en"><title>x</title><style>h2 { break-after: page } div { break-before: page }</style>'
        "<p>Before</p><h2>Alone</h2><p>After</p><div></div>"
    )
    structure = PdfStructure(pdf.render_pdf(page).content)
    for check in (leaves_no_heading_alone_at_the_foot_of_a_page, has_no_empty_page):
        with pytest.raises(AssertionError):
            check(structure)
