import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.text.markup import BREAK, Block, Span, blocks, clean, items, lead, shorten, spans, unmarked
from sessions.templatetags.prose import marked


def test_lines_that_begin_with_a_dash_are_a_list_among_paragraphs() -> None:
    assert blocks("We began.\n- one\n• two\n\n3) three\nWe ended.") == (
        Block(False, ("We began.",)),
        Block(True, ("one", "two")),
        Block(True, ("three",), 3),
        Block(False, ("We ended.",)),
    )


def test_several_short_lines_are_a_list_where_lists_are_expected() -> None:
    assert blocks("one\ntwo", lists=True) == (Block(True, ("one", "two")),)
    assert blocks("alone", lists=True) == (Block(False, ("alone",)),)


def test_items_lose_the_numbers_that_their_writer_gave() -> None:
    assert items("1. A charter\n\n(2) A purchase\n10 km of hedges\n-") == ("A charter", "A purchase", "10 km of hedges")


def test_long_words_can_break_every_forty_letters() -> None:
    assert clean("a" * 100) == "\u200b".join(("a" * 40, "a" * 40, "a" * 20))
    assert clean("a" * 40) == "a" * 40


def test_signs_that_nobody_sees_are_dropped() -> None:
    assert clean("a\u202eb\x00c\x1bd\xad\x85\ufffe\ud800\u202f!") == "abcd\u00a0!"


def test_a_family_is_not_parted_nor_a_letter_from_its_marks_where_a_long_word_breaks() -> None:
    family = "👨\u200d👩\u200d👧"
    assert clean(family * 20).split(BREAK) == [family * 8, family * 8, family * 4]
    assert clean("a" * 40 + "\u0301" + "b") == "a" * 40 + "\u0301" + BREAK + "b"


def test_a_letter_bears_four_marks_at_most() -> None:
    assert clean("e" + "\u0301" * 90) == "e" + "\u0301" * 4


def test_words_that_no_space_parts_break_as_one() -> None:
    assert BREAK in clean("a\u00a0" * 30)


def test_very_many_lines_are_one_after_the_two_hundredth_and_none_is_lost() -> None:
    lines = [f"line {number}" for number in range(500)]
    text = "\n".join(lines)
    assert items(text) == (*lines[:200], " ".join(lines[200:]))
    assert sum(len(block.lines) for block in blocks(text)) == 201


def test_a_number_keeps_its_unit() -> None:
    assert clean("at +4 °C, 3 % more") == "at +4\u00a0°C, 3\u00a0% more"


def test_text_is_cut_between_words() -> None:
    assert shorten("one two three", 9) == "one two…"
    assert shorten("one  two", 9) == "one two"


def test_a_short_beginning_before_a_colon_leads() -> None:
    assert lead("Un contrat : signé en mai") == ("Un contrat", "signé en mai")
    assert lead("See https://example.org: yes") == ("", "See https://example.org: yes")
    assert lead("At 10:15 sharp") == ("", "At 10:15 sharp")


def test_numbered_lines_are_a_list_that_keeps_its_first_number() -> None:
    assert blocks("2. two\n3. three") == (Block(True, ("two", "three"), 2),)
    assert blocks("**Bold** begins a paragraph\n* a star begins an item") == (
        Block(False, ("**Bold** begins a paragraph",)),
        Block(True, ("a star begins an item",)),
    )


def test_bold_and_links_are_understood_and_nothing_else() -> None:
    assert list(spans("**See** [the *guide*](https://ademe.fr/a_(b)), or https://arras.fr/climat?.")) == [
        Span("See", is_bold=True),
        Span(" "),
        Span("the *guide*", href="https://ademe.fr/a_(b)"),
        Span(", or "),
        Span("https://arras.fr/climat", href="https://arras.fr/climat"),
        Span("?."),
    ]
    assert list(spans("2 * 3 ** 4, # a, _b_, `c`")) == [Span("2 * 3 ** 4, # a, _b_, `c`")]


@pytest.mark.parametrize(
    "line",
    ["[a](//evil.example)", "[a](javascript:alert(1))", "[a](/desk/)", "[a](https://)", "[ ](https://a.fr)",
     "[a](data:text/html,b)", "//evil.example", "https://", "http://[::1"],
)  # fmt: skip
def test_a_link_leads_to_the_full_address_of_a_page_or_is_none(line: str) -> None:
    assert list(spans(line)) == [Span(line)]


def test_where_there_are_no_links_the_address_follows_the_words() -> None:
    assert unmarked("**See** [the guide](https://ademe.fr), https://arras.fr.") == (
        "See the guide (https://ademe.fr), https://arras.fr."
    )


PIECES = st.sampled_from(
    ["**", "*", "[", "]", "(", ")", "](", "https://", "http://a.fr/b", "//", "javascript:", "<b>", "<script>", '"', "'",
     "&", "onclick=", "mot", " ", "é", ".", BREAK, "CO₂", "\u00a0"]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=6), max_size=30).map("".join)
ALLOWED = re.compile(
    r'</?(?:strong|sub)>|</a>|<a class="out" href="https?://[^"<>\s]+" rel="nofollow noopener">'
)  # fmt: skip


@given(TEXTS)
def test_no_text_makes_any_other_tag(text: str) -> None:
    rest = ALLOWED.sub("", marked(text))
    assert not re.search("[<>]", rest)
    assert '"' not in re.sub("&quot;", "", rest)


@given(TEXTS)
def test_no_word_is_lost_whatever_signs_surround_it(text: str) -> None:
    line, signs = clean(text), str.maketrans("", "", "*[]()" + BREAK)
    assert unmarked(line).translate(signs).replace(" ", "") == line.translate(signs).replace(" ", "")
