"""The edits between two texts."""

from hypothesis import given
from hypothesis import strategies as st

from sessions.models.text_edits import edits

TEXTS = st.text(st.sampled_from("ab é🌳\n’"), max_size=40)


@given(TEXTS, TEXTS)
def test_edits_turn_one_text_into_the_other(old: str, new: str) -> None:
    result, position = "", 0
    for start, end, words in edits(old, new):
        result += old[position:start] + words
        position = end
    assert result + old[position:] == new
