"""Parsing the light markup of people's texts, and printing it as HTML."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.text.markup import (
    WORD_BREAK,
    Block,
    Span,
    list_items,
    parse_blocks,
    parse_spans,
    printable,
    shorten,
    split_lead,
    without_invisible,
    without_markup,
)
from sessions.templatetags.markup import rich_text


def test_lines_that_begin_with_a_dash_are_a_list() -> None:
    assert parse_blocks("We began.\n- one\n• two\n\n3) three\nWe ended.") == (
        Block(False, ("We began.",)),
        Block(True, ("one", "two")),
        Block(True, ("three",), 3),
        Block(False, ("We ended.",)),
    )


def test_several_short_lines_are_a_list_where_short_lines_are_items() -> None:
    assert parse_blocks("one\ntwo", short_lines_are_items=True) == (Block(True, ("one", "two")),)
    assert parse_blocks("alone", short_lines_are_items=True) == (Block(False, ("alone",)),)


def test_items_lose_the_dashes_and_numbers_that_were_typed() -> None:
    assert list_items("1. A charter\n\n(2) A purchase\n10 km of hedges\n-") == (
        "A charter",
        "A purchase",
        "10 km of hedges",
    )


def test_long_words_can_break_every_forty_letters() -> None:
    assert printable("a" * 100) == "\u200b".join(("a" * 40, "a" * 40, "a" * 20))
    assert printable("a" * 40) == "a" * 40


def test_invisible_characters_are_removed() -> None:
    assert printable("a\u202eb\x00c\x1bd\xad\x85\ufffe\ud800\u202f!") == "abcd\u00a0!"


def test_a_long_word_breaks_neither_within_an_emoji_nor_before_a_combining_mark() -> None:
    family = "👨\u200d👩\u200d👧"
    assert printable(family * 20).split(WORD_BREAK) == [family * 8, family * 8, family * 4]
    assert printable("a" * 40 + "\u0301" + "b") == "a" * 40 + "\u0301" + WORD_BREAK + "b"


def test_a_letter_keeps_at_most_four_combining_marks() -> None:
    assert printable("e" + "\u0301" * 90) == "e" + "\u0301" * 4


def test_words_joined_by_no_break_spaces_can_break() -> None:
    assert WORD_BREAK in printable("a\u00a0" * 30)


def test_lines_after_the_two_hundredth_are_joined_into_one() -> None:
    lines = [f"line {number}" for number in range(500)]
    text = "\n".join(lines)
    assert list_items(text) == (*lines[:200], " ".join(lines[200:]))
    assert sum(len(block.lines) for block in parse_blocks(text)) == 201


def test_a_number_and_its_unit_stay_on_one_line() -> None:
    assert printable("at +4 °C, 3 % more") == "at +4\u00a0°C, 3\u00a0% more"


def test_one_line_after_the_two_hundredth_is_a_line_of_its_own_and_two_are_joined() -> None:
    lines = [f"line {number}" for number in range(202)]
    assert list_items("\n".join(lines[:201])) == tuple(lines[:201])
    assert list_items("\n".join(lines)) == (*lines[:200], "line 200 line 201")


def test_short_lines_are_items_up_to_four_hundred_characters_each() -> None:
    for length, is_list in ((400, True), (401, False)):
        text = "mot " * 99 + "x" * (length - 396)
        blocks = parse_blocks(f"court\n{text}", short_lines_are_items=True)
        assert [block.is_list for block in blocks] == ([True] if is_list else [False, False])
    assert parse_blocks("seul\n\n", short_lines_are_items=True) == (Block(False, ("seul",)),)


def test_an_empty_item_and_a_link_that_leads_nowhere_hide_nothing_after_them() -> None:
    assert parse_blocks("-\nun mot") == (Block(False, ("un mot",)),)
    assert list(parse_spans("[ ](https://a.fr) et **gras**"))[-1] == Span("gras", is_bold=True)


def test_lines_that_end_as_on_windows_and_other_ends_of_lines_are_lines() -> None:
    assert list_items("un\r\ndeux\u2028trois\u2029quatre") == ("un", "deux", "trois", "quatre")
    assert without_invisible("un\r\ndeux") == "un\ndeux"
    assert printable("peut\u2010être\u2011là\u202f!") == "peut-être-là\u00a0!"


def test_the_bracket_of_a_sentence_is_not_the_link_s_own() -> None:
    assert list(parse_spans("(https://a.fr/x_(y))")) == [
        Span("("), Span("https://a.fr/x_(y)", href="https://a.fr/x_(y)"), Span(")"),
    ]  # fmt: skip
    assert list(parse_spans("(https://a.fr/x)")) == [
        Span("("), Span("https://a.fr/x", href="https://a.fr/x"), Span(")"),
    ]  # fmt: skip
    for end in (".", ".)"):
        assert list(parse_spans(f"https://a.fr/x_(y{end}"))[1:] == [Span(end)]


def test_a_text_that_fits_stays_whole_and_no_comma_is_left_before_the_dots() -> None:
    assert shorten("un mot", 6) == "un mot"
    assert shorten("abc def ghi", 8) == "abc…"
    assert shorten("mot, autre mot", 8) == "mot…"


def test_a_beginning_has_three_to_seventy_characters_and_nothing_bold() -> None:
    assert split_lead("**Un** contrat : signé") == ("", "**Un** contrat : signé")
    for length, is_lead in ((2, False), (3, True), (70, True), (71, False)):
        start = "x" * length
        assert split_lead(f"{start}: suite") == ((start, "suite") if is_lead else ("", f"{start}: suite"))


def test_text_is_cut_between_words() -> None:
    assert shorten("one two three", 9) == "one two…"
    assert shorten("one  two", 9) == "one two"


def test_a_short_beginning_before_a_colon_is_split_off() -> None:
    assert split_lead("Un contrat : signé en mai") == ("Un contrat", "signé en mai")
    assert split_lead("See https://example.org: yes") == ("", "See https://example.org: yes")
    assert split_lead("At 10:15 sharp") == ("", "At 10:15 sharp")


def test_numbered_lines_are_a_list_that_keeps_its_first_number() -> None:
    assert parse_blocks("2. two\n3. three") == (Block(True, ("two", "three"), 2),)
    assert parse_blocks("**Bold** begins a paragraph\n* a star begins an item") == (
        Block(False, ("**Bold** begins a paragraph",)),
        Block(True, ("a star begins an item",)),
    )


def test_bold_and_links_are_understood_and_nothing_else() -> None:
    assert list(parse_spans("**See** [the *guide*](https://ademe.fr/a_(b)), or https://arras.fr/climat?.")) == [
        Span("See", is_bold=True),
        Span(" "),
        Span("the *guide*", href="https://ademe.fr/a_(b)"),
        Span(", or "),
        Span("https://arras.fr/climat", href="https://arras.fr/climat"),
        Span("?."),
    ]
    assert list(parse_spans("2 * 3 ** 4, # a, _b_, `c`")) == [Span("2 * 3 ** 4, # a, _b_, `c`")]


@pytest.mark.parametrize(
    "line",
    ["[a](//evil.example)", "[a](javascript:alert(1))", "[a](/desk/)", "[a](https://)", "[ ](https://a.fr)",
     "[a](data:text/html,b)", "//evil.example", "https://", "http://[::1", "[a](http://[::1)"],
)  # fmt: skip
def test_a_link_without_an_absolute_web_url_is_plain_text(line: str) -> None:
    assert list(parse_spans(line)) == [Span(line)]


def test_plain_text_has_the_url_of_a_link_after_its_label() -> None:
    assert without_markup("**See** [the guide](https://ademe.fr), https://arras.fr.") == (
        "See the guide (https://ademe.fr), https://arras.fr."
    )


PIECES = st.sampled_from(
    ["**", "*", "[", "]", "(", ")", "](", "https://", "http://a.fr/b", "//", "javascript:", "<b>", "<script>", '"', "'",
     "&", "onclick=", "mot", " ", "é", ".", WORD_BREAK, "CO₂", "\u00a0"]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=6), max_size=30).map("".join)
ALLOWED = re.compile(
    r'</?(?:strong|sub)>|</a>|<a class="out" href="https?://[^"<>\s]+" rel="nofollow noopener">'
)  # fmt: skip


@given(TEXTS)
def test_no_text_makes_any_other_tag(text: str) -> None:
    rest = ALLOWED.sub("", rich_text(text))
    assert not re.search("[<>]", rest)
    assert '"' not in re.sub("&quot;", "", rest)


@given(TEXTS)
def test_no_word_is_lost_whatever_signs_surround_it(text: str) -> None:
    line, signs = printable(text), str.maketrans("", "", "*[]()" + WORD_BREAK)
    assert without_markup(line).translate(signs).replace(" ", "") == line.translate(signs).replace(" ", "")
