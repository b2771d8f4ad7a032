import io
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.proceedings import fonts, pdf
from sessions.proceedings.jobs import STATIC
from tests.sessions.proceedings.structure import Anatomy, ours

PAGE = '<html lang="fr"><head><title>x</title><link rel="stylesheet" href="book:/css/documents.css"></head><p>{}'


def asked_for(page: str) -> list[str]:
    return re.findall(r'src: url\("book:/fonts/([a-z0-9-]+)\.woff"\)', page)


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("Cœur d’été à Łódź, Ελλάδα, Київ, Việt Nam : 46 °C, 3 €", []),
        ("محمد", ["noto-sans-arabic"]),
        ("נועה, Հայկ, თამარ", ["noto-sans-hebrew", "noto-sans-armenian", "noto-sans-georgian"]),
        ("አማርኛ ⵜⵉⵍⵉ", ["noto-sans-ethiopic", "noto-sans-tifinagh"]),
        ("छाया বাংলা தமிழ்", ["noto-sans-devanagari", "noto-sans-bengali", "noto-sans-tamil"]),
        ("ไทย ខ្មែរ ລາວ", ["noto-sans-thai", "noto-sans-khmer", "noto-sans-lao"]),
        ("김철수", ["noto-sans-kr"]),
        ("王小明", ["noto-sans-sc"]),
        ("黒澤 壱 峠", ["noto-sans-sc", "noto-sans-jp"]),
        ("→ ✓ ≥", ["noto-sans-symbols", "noto-sans-symbols-2", "noto-sans-math"]),
        ("🌳 👩\u200d🌾 🧡 🇫🇷", ["noto-emoji"]),
    ],
)
def test_a_page_asks_for_the_fonts_that_its_signs_need(text: str, others: list[str]) -> None:
    page = fonts.dressed(PAGE.format(text), STATIC)
    assert text in page
    assert set(asked_for(page)) == set(others)
    assert not fonts.has_boxes(text, STATIC)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("𝓑𝓸𝓃𝒿𝑜𝓾𝓇 ﬁn", "Bonjour fin"), ("un\u1680mot", "un▯mot"), ("𓀀 et 𒀀", "▯ et ▯"), ("a\U0001e8d0", "a")],
)
def test_a_sign_that_no_font_holds_is_told_in_plain_letters_or_as_a_box(text: str, shown: str) -> None:
    assert f"<p>{shown}" in fonts.dressed(PAGE.format(text), STATIC)
    assert fonts.has_boxes(text, STATIC) == ("▯" in shown)


@given(st.text())
def test_whatever_is_written_every_sign_has_a_font_of_ours(text: str) -> None:
    page = fonts.dressed(PAGE.format(text), STATIC)
    there = fonts.usual(STATIC).union(*(fonts.held(STATIC / "fonts" / f"{name}.woff") for name in asked_for(page)))
    unseen = re.compile("[\x00-\x1f\x7f-\x9f\ufe00-\ufe0f]")
    assert {sign for sign in set(page) - there if not unseen.match(sign) and sign.isprintable()} == set()


def test_the_printer_knows_no_font_of_the_machine() -> None:
    page = PAGE.format('<span style="font-family: DejaVu Sans, Liberation Serif, serif">Été</span> 𓀀')
    printed = Anatomy(pdf.render_pdf(page, STATIC).content)
    assert [name for name in printed.fonts if not ours(name)] == []


def test_the_words_of_a_figure_are_set_as_words() -> None:
    page = PAGE.format('</p><svg width="200" height="20"><text x="9" y="9" font-size="8">छाया</text></svg>')
    (sheet,) = pypdf.PdfReader(io.BytesIO(pdf.render_pdf(page, STATIC).content)).pages
    operations = pypdf.generic.ContentStream(sheet["/Contents"], sheet.pdf).operations
    assert len([operator for _operands, operator in operations if operator == b"TJ"]) == 1


def test_every_font_of_a_page_is_among_those_that_we_carry() -> None:
    carried = {path.stem for path in Path(STATIC, "fonts").glob("*.woff")}
    assert carried == set(fonts.OTHERS)


def test_a_letter_is_in_one_font_alone_so_that_those_of_a_word_are_joined() -> None:
    held = Counter(sign for name in fonts.OTHERS for sign in fonts.held(STATIC / "fonts" / f"{name}.woff"))
    shared = {sign for sign, number in held.items() if number > 1 and unicodedata.category(sign) == "Lo"}
    assert shared - fonts.usual(STATIC) == set("ᳪᳲᳵᳶ")  # of the Vedas, in two writings of India
