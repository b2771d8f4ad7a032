"""The undocumented parts of WeasyPrint and pydyf that weasyprint_internals.py uses."""

import io
import logging
import re
import tomllib
from typing import Any

import pydyf
import pypdf
import pytest
import weasyprint
from django.conf import settings
from weasyprint import svg

from sessions.proceedings import weasyprint_internals
from sessions.proceedings.pdf_child import PDF_VARIANT

# WeasyPrint leaves the file of the colour profile open.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file .*icc:ResourceWarning")

PAGES = '<html lang="en"><title>x</title><p>1</p><p style="break-before: page">2</p></html>'


def moved(what: str, function: str) -> str:
    """Return the instructions for a new version of WeasyPrint or pydyf that moved a function."""
    return (
        f"{what} is not as before in WeasyPrint {weasyprint.__version__} with pydyf {pydyf.__version__}. Read "
        f"`{function}` in sessions/proceedings/weasyprint_internals.py: its docstring says why it exists. Delete it if "
        "the new version makes it unnecessary; else adapt it to the new source. Then run tests/sessions/proceedings "
        "and `python -m tests.bench book`, and move the bounds in pyproject.toml and the locks."
    )


def make_pdf(finisher: Any = None) -> bytes:
    pdf: bytes = weasyprint.HTML(string=PAGES).write_pdf(finisher=finisher, pdf_variant=PDF_VARIANT)
    return pdf


@pytest.mark.parametrize("package", ["weasyprint", "pydyf"])
def test_the_version_of_a_package_whose_internals_are_used_has_an_upper_bound(package: str) -> None:
    project = tomllib.loads((settings.ROOT / "pyproject.toml").read_text())["project"]
    (requirement,) = (line for line in project["dependencies"] if re.match(rf"{package}\b", line))
    assert "<" in requirement


def test_the_pages_of_a_pdf_are_listed_as_the_cache_lists_them(monkeypatch: pytest.MonkeyPatch) -> None:
    message = moved("pydyf.PDF.page_references, or pydyf.PDF.pages['Kids']", "_cache_page_references")
    assert isinstance(vars(pydyf.PDF).get("page_references"), property), message
    monkeypatch.setattr(pydyf.PDF, "page_references", pydyf.PDF.page_references)  # restored after the test
    pdf = pydyf.PDF()
    for _ in range(2):
        pdf.add_page(pydyf.Dictionary({"Type": "/Page"}))
    expected = tuple(pdf.page_references)
    weasyprint_internals._cache_page_references()
    assert pdf.page_references == expected, message
    pdf.add_page(pydyf.Dictionary({"Type": "/Page"}))
    assert len(pdf.page_references) == 3, message


def test_the_text_of_an_svg_is_drawn_by_the_function_that_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    message = moved("weasyprint.svg.text, or its entries in weasyprint.svg.TAGS", "_set_svg_text_as_a_whole")
    original = getattr(svg, "text", None)
    tags = {tag for tag, draw in getattr(svg, "TAGS", {}).items() if draw is original}
    assert {"text", "tspan"} <= tags, message
    monkeypatch.setattr(svg, "text", original)  # restored after the test, as are the tags
    monkeypatch.setattr(svg, "TAGS", dict(svg.TAGS))
    weasyprint_internals._set_svg_text_as_a_whole()
    assert {tag for tag, draw in svg.TAGS.items() if draw is svg.text} == tags, message
    assert svg.text is not original, message


def test_each_step_of_weasyprint_is_logged_as_the_progress_expects(caplog: pytest.LogCaptureFixture) -> None:
    message = moved("The progress that WeasyPrint logs", "ProgressHandler")
    percents: list[int] = []
    handler = weasyprint_internals.ProgressHandler(percents.append)
    logger = logging.getLogger(weasyprint_internals.PROGRESS_LOGGER)
    logger.addHandler(handler)
    try:
        with caplog.at_level(logging.INFO, logger.name):
            weasyprint.HTML(string=PAGES).write_pdf(stylesheets=[weasyprint.CSS(string="p { color: red }")])
    finally:
        logger.removeHandler(handler)
    assert {line[:6] for line in caplog.messages} >= set(weasyprint_internals.STEP_PERCENTS), message
    pages = [match[1] for line in caplog.messages if (match := weasyprint_internals.LAYOUT_MESSAGE.search(line))]
    assert set(pages) == {"1", "2"}, message
    assert percents == sorted(set(percents)), message
    assert (percents[0], percents[-1]) == (2, 92), message


def test_the_metadata_are_where_the_declaration_of_pdf_ua_is_added() -> None:
    message = moved("The XMP metadata in pdf.objects, or its end", "finish")
    root: Any = pypdf.PdfReader(io.BytesIO(make_pdf(weasyprint_internals.finish))).trailer["/Root"]
    metadata = root["/Metadata"].get_data()
    assert weasyprint_internals.PDFUA_METADATA in metadata, message
    assert metadata.count(b"</rdf:RDF>") == 1, message


def test_an_attachment_is_listed_once() -> None:
    message = moved("The list of attachments in pdf.catalog['AF']", "finish")
    listed: list[int] = []

    def finish(document: object, pdf: Any) -> None:
        weasyprint_internals.finish(document, pdf)
        listed.append(len(pdf.catalog["AF"]))

    attachment = weasyprint.Attachment(file_obj=io.BytesIO(b"1"), name="x.csv", relationship="Data")
    weasyprint.HTML(string=PAGES).write_pdf(finisher=finish, pdf_variant=PDF_VARIANT, attachments=[attachment])
    assert listed == [1], message


def test_the_objects_of_a_pdf_have_the_same_data_once_frozen() -> None:
    message = moved("pydyf.Object, or pdf.objects", "_freeze_objects")
    states: list[list[tuple[object, ...]]] = []

    def note_state(pdf: Any) -> None:
        states.append([
            (each.number, each.generation, each.free, each.compressible, each.data if each.free != "f" else b"")
            for each in pdf.objects
        ])  # fmt: skip

    def finish(_document: object, pdf: Any) -> None:
        note_state(pdf)
        weasyprint_internals._freeze_objects(pdf)
        note_state(pdf)

    make_pdf(finish)
    assert states[0] == states[1], message
