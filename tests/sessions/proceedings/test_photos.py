"""Photos in the book: which are in it, and how they are printed."""

import io

import pypdf
import pytest

from forum.models import Actor, Forum, Participant
from sessions.media import images
from sessions.models import Report
from sessions.proceedings import content, html, nodes, outline, pdf
from tests.sessions.photos import Kind, add_photo, own_files
from tests.sessions.proceedings.pdf_structure import figures

__all__ = ["own_files"]


def test_the_book_shows_the_agreed_photos_of_finished_reports(report: Report, nadia: Participant, forum: Forum) -> None:
    agreed = add_photo(report, nadia, people_agreed=True, caption="Le plan", alternative="Un plan de la cour")
    add_photo(report, nadia)
    add_photo(report, nadia, kind=Kind.SHEET)
    report.write({"findings": "Un constat"}, report.bases(), Actor(nadia))
    assert content.read_book(forum).reports[0].photos == ()
    report.finish(Actor(nadia))
    book = content.read_book(forum)
    assert [(photo.file, photo.words, photo.caption) for photo in book.reports[0].photos] == [
        (f"{agreed.key}.jpg", "Un plan de la cour", "Le plan")
    ]
    pictures = [node for node in outline.outline(book) if isinstance(node, nodes.Picture)]
    assert [(picture.alt, picture.width) for picture in pictures] == [("Un plan de la cour", 60)]


@pytest.mark.laptop
def test_twelve_photos_are_printed_two_by_two_with_their_words_and_without_an_empty_page(
    report: Report, nadia: Participant, forum: Forum
) -> None:
    for number, size in enumerate([(900, 600), (600, 900), (900, 60)] * 4, 1):
        add_photo(
            report, nadia, size=size, people_agreed=True, caption=f"Légende {number}", alternative=f"Vue {number}"
        )
    report.write({"findings": "Un constat"}, report.bases(), Actor(nadia))
    report.finish(Actor(nadia))
    made = pdf.render_pdf(html.render_book(content.read_book(forum)), images=images.directory())
    reader = pypdf.PdfReader(io.BytesIO(made.content))
    descriptions = [figure["/Alt"] for figure in figures(reader) if "/Alt" in figure]
    assert [words for words in descriptions if words.startswith("Vue")] == [f"Vue {number}" for number in range(1, 13)]
    pages = [" ".join(page.extract_text().split()) for page in reader.pages]
    assert [page for page in pages[1:] if len(page) < 100 and "Légende" not in page] == []
    assert "Légende 12" in " ".join(pages)
