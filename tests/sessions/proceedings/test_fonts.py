"""The fonts of documents, chosen by the characters in them."""

import io
import re
import unicodedata
from collections import Counter

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.proceedings import fonts, pdf
from sessions.proceedings.assets import FONTS
from tests.sessions.proceedings.pdf_structure import PdfStructure, is_app_font

PAGE = '<html lang="fr"><head><title>x</title><link rel="stylesheet" href="book:/css/documents.css"></head><p>{}'


def declared_fonts(page: str) -> list[str]:
    return re.findall(r'src: url\("book:/fonts/([a-z0-9-]+)\.woff"\)', page)


@pytest.mark.parametrize(
    ("text", "names"),
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
def test_a_page_declares_the_fonts_that_its_characters_need(text: str, names: list[str]) -> None:
    page = fonts.with_fonts(PAGE.format(text))
    assert text in page
    assert set(declared_fonts(page)) == set(names)
    assert not fonts.has_boxes(text)


@pytest.mark.parametrize(
    ("text", "printed"),
    [("𝓑𝓸𝓃𝒿𝑜𝓾𝓇 ﬁn", "Bonjour fin"), ("un\u1680mot", "un▯mot"), ("𓀀 et 𒀀", "▯ et ▯"), ("a\U0001e8d0", "a")],
)
def test_a_character_that_no_font_has_is_replaced_by_plain_letters_or_a_box(text: str, printed: str) -> None:
    assert f"<p>{printed}" in fonts.with_fonts(PAGE.format(text))
    assert fonts.has_boxes(text) == ("▯" in printed)


@given(st.text())
def test_every_character_of_any_text_has_a_font_of_the_app(text: str) -> None:
    page = fonts.with_fonts(PAGE.format(text))
    available = fonts.default_characters().union(*(fonts.fallback_characters(name) for name in declared_fonts(page)))
    shapeless = re.compile("[\x00-\x1f\x7f-\x9f\ufe00-\ufe0f]")
    assert {c for c in set(page) - available if not shapeless.match(c) and c.isprintable()} == set()


def test_no_font_of_the_machine_is_used() -> None:
    page = PAGE.format('<span style="font-family: DejaVu Sans, Liberation Serif, serif">Été</span> 𓀀')
    structure = PdfStructure(pdf.render_pdf(page).content)
    assert [name for name in structure.fonts if not is_app_font(name)] == []


def test_the_text_of_an_svg_is_set_as_a_whole() -> None:
    page = PAGE.format('</p><svg width="200" height="20"><text x="9" y="9" font-size="8">छाया</text></svg>')
    (drawn,) = pypdf.PdfReader(io.BytesIO(pdf.render_pdf(page).content)).pages
    operations = pypdf.generic.ContentStream(drawn["/Contents"], drawn.pdf).operations
    assert len([operator for _operands, operator in operations if operator == b"TJ"]) == 1


def test_the_fallback_fonts_are_the_files_of_the_app() -> None:
    files = {path.stem for path in FONTS.glob("*.woff")}
    assert files == set(fonts.FALLBACK_FONTS)


def test_a_letter_is_in_one_fallback_font_only_so_that_the_letters_of_a_word_join() -> None:
    counts = Counter(c for name in fonts.FALLBACK_FONTS for c in fonts.fallback_characters(name))
    shared = {c for c, count in counts.items() if count > 1 and unicodedata.category(c) == "Lo"}
    assert shared - fonts.default_characters() == set("ᳪᳲᳵᳶ")  # Vedic signs, shared by two scripts of India
