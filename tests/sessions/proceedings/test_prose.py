from sessions.proceedings.prose import Block, blocks, clean, items, lead, shorten


def test_lines_that_begin_with_a_dash_are_a_list_among_paragraphs() -> None:
    assert blocks("We began.\n- one\n• two\n\n3) three\nWe ended.") == (
        Block(False, ("We began.",)),
        Block(True, ("one", "two", "three")),
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
    assert clean("a\u202eb\x00c\x1bd\u202f!") == "abcd\u00a0!"


def test_a_number_keeps_its_unit() -> None:
    assert clean("at +4 °C, 3 % more") == "at +4\u00a0°C, 3\u00a0% more"


def test_text_is_cut_between_words() -> None:
    assert shorten("one two three", 9) == "one two…"
    assert shorten("one  two", 9) == "one two"


def test_a_short_beginning_before_a_colon_leads() -> None:
    assert lead("Un contrat : signé en mai") == ("Un contrat", "signé en mai")
    assert lead("See https://example.org: yes") == ("", "See https://example.org: yes")
    assert lead("At 10:15 sharp") == ("", "At 10:15 sharp")
