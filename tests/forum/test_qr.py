"""QR codes, module by module."""

import re

import pytest
import segno
from django.utils.safestring import SafeString

from forum import qr

URLS = ("http://192.168.1.23:8000/H7KQ4MT/", "https://forum.example.org/H7KQ4MT/topics/117/", "http://10.0.0.1:8000/")


def modules(svg: SafeString) -> list[list[int]]:
    """Return the modules row by row, 1 for those that the path draws."""
    size = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])  # type: ignore[index]
    rows = [[0] * size for _row in range(size)]
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1(?:\.04)?h-\3z", svg):
        for place in range(int(x), int(x) + int(run)):
            rows[int(y)][place] = 1
    return rows


def expected(url: str, border: int) -> list[list[int]]:
    return [[int(bool(module)) for module in row] for row in segno.make(url, error="m").matrix_iter(border=border)]


@pytest.mark.parametrize("url", URLS)
def test_each_module_on_a_screen_and_on_paper_is_that_of_the_url(url: str) -> None:
    assert modules(qr.svg(url)) == expected(url, qr.BORDER)
    assert modules(qr.print_svg(url)) == expected(url, qr.PRINTED_BORDER)


def test_a_printed_code_is_black_on_white_with_a_title() -> None:
    svg = qr.print_svg(URLS[0])
    assert re.findall('fill="(.+?)"', svg) == ["#fff", "#000"]
    assert f"{URLS[0]}</title>" in svg


def test_a_code_has_no_style_and_no_script_that_a_strict_policy_refuses() -> None:
    assert not re.search(r"style=|<style|<script|\son\w+=", qr.svg(URLS[0]))
