"""A QR code is the right one when each of its squares is."""

import re

import pytest
import segno
from django.utils.safestring import SafeString

from forum import qr

URLS = ("http://192.168.1.23:8000/H7KQ4MT/", "https://forum.example.org/H7KQ4MT/topics/117/", "http://10.0.0.1:8000/")


def squares(svg: SafeString) -> list[list[int]]:
    """The dark squares that its path draws, row by row; all other squares are light."""
    size = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])  # type: ignore[index]
    drawn = [[0] * size for _row in range(size)]
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1(?:\.04)?h-\3z", svg):
        for place in range(int(x), int(x) + int(run)):
            drawn[int(y)][place] = 1
    return drawn


def expected(url: str, border: int) -> list[list[int]]:
    return [[int(bool(square)) for square in row] for row in segno.make(url, error="m").matrix_iter(border=border)]


@pytest.mark.parametrize("url", URLS)
def test_each_square_on_a_screen_and_on_paper_is_that_of_the_address(url: str) -> None:
    assert squares(qr.svg(url)) == expected(url, qr.BORDER)
    assert squares(qr.printed(url)) == expected(url, qr.PRINTED_BORDER)


def test_a_printed_code_is_black_on_white_and_says_what_it_is() -> None:
    printed = qr.printed(URLS[0])
    assert re.findall('fill="(.+?)"', printed) == ["#fff", "#000"]
    assert f"{URLS[0]}</title>" in printed


def test_a_code_needs_no_style_and_no_script_that_a_strict_policy_refuses() -> None:
    assert not re.search(r"style=|<style|<script|\son\w+=", qr.svg(URLS[0]))
