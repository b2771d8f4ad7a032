"""What the fuzz holds against an answer."""

import json
import random

import pytest
from django.http import HttpResponse
from django.test import Client

from forum.models import Forum
from tests.fuzz.answers import faults
from tests.fuzz.values import CORPUS, MARKUP, hostile

PAGE = '<!DOCTYPE html><html lang="fr"><head><title>a</title></head><body>{}</body></html>'
"""A page, with something in its place."""


def said(body: str, status: int = 200, kind: str = "text/html", lacks: str = "", **more: str) -> list[str]:
    """Return the faults of an answer with this body."""
    headers = {
        "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY",
        "Content-Security-Policy": "default-src 'none'; script-src 'self'", "Content-Type": kind, **more,
    }  # fmt: skip
    headers.pop(lacks, None)
    answer = HttpResponse(body, status=status, headers=headers)
    return list(faults(answer, body.encode(), {"fr"}))


def test_a_page_as_it_should_be_is_no_fault() -> None:
    assert (
        said(PAGE.format('<main><p>Été &amp; hiver</p><a href="/a?b=c">d</a><script src="/s.js"></script></main>'))
        == []
    )
    assert said("") == []
    assert said(json.dumps({"html": "<p>a</p>"}), kind="application/json") == []


@pytest.mark.parametrize(
    "inside",
    [
        "<x-fz9>", "<script>fz9()</script>", "<img src=x onerror=fz9()>", '<a href="javascript:fz9()">a</a>',
        '<a href=" JaVaScRiPt:fz9()">a</a>', '<a href="data:text/html,a">a</a>', '<p style="color:red">a</p>',
        '<iframe srcdoc="a"></iframe>', '<base href="//e.example/">', "<p fz9=1>a</p>", "<p>a & b</p></i>",
        '<meta http-equiv="refresh" content="0">', "<object></object>",
    ],
)  # fmt: skip
def test_what_a_text_creates_in_a_page_is_a_fault(inside: str) -> None:
    assert said(PAGE.format(inside)) != []
    assert said(json.dumps({"html": inside}), kind="application/json") != [] or "</i>" in inside


def test_other_answers_that_are_faults() -> None:
    assert said("", status=500) == ["status 500"]
    assert said("", status=503) == ["503 that does not say when to come back"]
    assert said("", status=503, **{"Retry-After": "5"}) == []
    assert said(PAGE.format("").replace('"fr"', '"en"')) == ["in the language en"]
    assert said("NaN", kind="application/json") != []
    assert said("{", kind="application/json") != []
    assert said("", status=302, Location="//e.example/") != []
    assert said("", status=302, Location="/a/") == []
    for header in ("Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy"):
        assert said("", lacks=header) != []


def test_a_page_that_shows_texts_unescaped_is_found_for_each_kind_of_markup() -> None:
    """Some texts are harmless as they are, such as one in Markdown; most of them are not."""
    found = [
        text for text in MARKUP if said(PAGE.format(f"<p>{text}</p>")) or said(PAGE.format(f'<a href="{text}">a</a>'))
    ]
    assert len(found) > 0.7 * len(MARKUP)


def test_the_same_seed_makes_the_same_texts() -> None:
    first, second = ([hostile(random.Random(7)) for _n in range(1)] for _run in range(2))
    assert first == second
    assert len({hostile(random.Random(n)) for n in range(300)}) > 150
    assert all(kind for kind in CORPUS)


# ---- faults that the fuzz has found ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_is_refused_before_any_view_may_be_framed_by_nobody(forum: Forum) -> None:
    wrong_host = Client(headers={"host": "a=b"}).get(f"/{forum.code}/")
    without_slash = Client().get(f"/{forum.code}/desk")
    assert [answer.status_code for answer in (wrong_host, without_slash)] == [400, 301]
    assert [answer.headers["X-Frame-Options"] for answer in (wrong_host, without_slash)] == ["DENY", "DENY"]


@pytest.mark.django_db
def test_a_request_that_is_refused_as_hostile_leaves_no_traceback_in_the_log(
    forum: Forum, capfd: pytest.CaptureFixture[str]
) -> None:
    assert Client().post(f"/{forum.code}/join/?" + "a=1&" * 2000).status_code == 400
    assert "Traceback" not in capfd.readouterr().err
