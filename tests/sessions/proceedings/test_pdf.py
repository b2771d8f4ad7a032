import io
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdf
import pytest
from PIL import Image
from pytest_django import Settings

from forum.models import Slot
from sessions.media import images
from sessions.models import Imprint
from sessions.proceedings import content, html, jobs, pdf, render
from tests.sessions.proceedings.conftest import BY, Day, Printed, arrive, begin, meet, printed, write
from tests.sessions.proceedings.structure import ours

Press = Callable[[], Printed]


def fonts(reader: pypdf.PdfReader) -> set[str]:
    """Names of all embedded fonts, without the mark of their subset."""
    return {
        font.get_object()["/BaseFont"].split("+")[1].rstrip(",")
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }


def tags(reader: pypdf.PdfReader) -> "list[tuple[str, Any]]":
    """All structure elements, in reading order: (kind, element)."""
    found = []

    def walk(node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for kid in node:
                walk(kid)
        elif isinstance(node, dict) and "/S" in node:
            found.append((node["/S"], node))
            walk(node.get("/K", pypdf.generic.ArrayObject()))

    walk(reader.trailer["/Root"]["/StructTreeRoot"]["/K"])  # type: ignore[index]
    return found


def read_aloud(reader: pypdf.PdfReader) -> str:
    """The text as a screen reader follows it: in the order of the structure, not in that of the drawing."""
    marked: dict[tuple[int, int], list[str]] = {}
    for page in reader.pages:
        place = page.indirect_reference.idnum  # type: ignore[union-attr]
        open_marks: list[int] = []

        def begin_or_end(operator: Any, operands: Any, *_: Any, open_marks: list[int] = open_marks) -> None:
            if operator in (b"BDC", b"BMC"):
                properties = operands[1] if len(operands) > 1 else {}
                open_marks.append(properties.get("/MCID", -1) if isinstance(properties, dict) else -1)
            elif operator == b"EMC":
                open_marks.pop()

        def text(said: str, *_: Any, place: int = place, open_marks: list[int] = open_marks) -> None:
            if open_marks:
                marked.setdefault((place, open_marks[-1]), []).append(said)

        page.extract_text(visitor_operand_before=begin_or_end, visitor_text=text)
    said: list[str] = []
    for _kind, element in tags(reader):
        kids = element.get("/K", [])
        for kid in kids if isinstance(kids, list) else [kids]:
            if isinstance(kid, int):
                said += marked.get((element.raw_get("/Pg").idnum, kid), [])
    return " ".join("".join(said).split())


def outline(reader: pypdf.PdfReader) -> dict[str, int]:
    """Page number, from 1, of each bookmark."""
    found: dict[str, int] = {}

    def walk(entries: Any) -> None:
        for entry in entries:
            if isinstance(entry, list):
                walk(entry)
            else:
                found[entry.title] = (reader.get_destination_page_number(entry) or 0) + 1

    walk(reader.outline)
    return found


def test_the_book_is_read_aloud_in_order(press: Press) -> None:
    said = read_aloud(press().reader)
    expected = [
        "How shall we live at +4 °C?",
        "In brief".upper(),
        "A tree planted now shades the next class.",
        "Contents",
        "Opening circle",
        "A topic nobody placed",
        "How do we cool schoolyards before summer?",
        "46 °C in June",
        "a participant wanted sails.",
        "A charter",
        "Write the charter",
        "Who waters in the third year?",
        "Who closes the tap?",
        "Seven decrees",
        "Leave the nests",
        "Silent group",
        "Action plan",
        "Call three firms",
        "I leave with a date.",
        "More silence",
        "Those who came".upper(),
        "Ana Quilleret",
        "and 1 other",
        "contact@network.example",
    ]
    place = 0
    for words in expected:
        assert words in said[place:], words
        place = said.index(words, place)


def test_names_follow_the_consent_of_each_person(press: Press) -> None:
    said = press().text
    assert "Ana Quilleret" in said
    assert "Béla" in said
    assert "C. X." in said
    for unsaid in ("Wozniak", "Chloé", "Xanthos", "Dora", "Yverdon", "Water agency", "Emil", "Zbinden", "Nowhere"):
        assert unsaid.casefold() not in said.casefold()


def test_hidden_names_are_nowhere_in_the_file(press: Press) -> None:
    reader = press().reader
    everything = [data for files in reader.attachments.values() for data in files]
    for number in range(1, len(reader.xref_objStm) + sum(len(table) for table in reader.xref.values()) + 1):
        try:
            thing: Any = reader.get_object(pypdf.generic.IndirectObject(number, 0, reader))
        except Exception:  # noqa: S112 numbers that no object has
            continue
        everything.append(repr(thing).encode())
        if hasattr(thing, "get_data") and "/Length1" not in thing:
            everything.append(thing.get_data())
    assert len(everything) > 100
    for name in (b"Dora", b"Yverdon", b"Zbinden", "Dora".encode("utf-16-be")):
        assert [thing for thing in everything if name in thing] == []


def test_page_numbers_of_the_contents_are_right(press: Press) -> None:
    book = press()
    pages = book.pages
    contents = next(page for page in pages if "Contents" in page)
    marks = outline(book.reader)
    for title in ("The agenda as it ran", "What the groups brought back", "Action plan", "Participants"):
        number = re.search(rf"{title}[ .]+(\d+)", contents)
        assert number is not None, contents
        assert int(number[1]) == marks[title]
        assert title in pages[int(number[1]) - 1]
    number = re.search(r"Who closes the tap\?[ .]+(\d+)", contents)
    assert number is not None
    assert int(number[1]) == marks["2. Who closes the tap?"]


def test_running_footers_say_place_date_and_page(press: Press) -> None:
    pages = press().pages
    for number, page in enumerate(pages[1:], 2):
        assert "Brévannes, 19 November 2026" in page
        assert f"{number} / {len(pages)}" in page


def test_the_file_has_a_language_a_title_and_bookmarks(press: Press) -> None:
    reader = press().reader
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Meeting of the valleys: proceedings"
    assert list(outline(reader))[:3] == ["Meeting of the valleys", "The essential on one page", "What to remember"]


def test_the_file_is_tagged_and_its_drawings_are_told(press: Press) -> None:
    reader = press().reader
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    kinds = Counter(kind for kind, _element in tags(reader))
    assert kinds["/H1"] == 1
    assert {"/H2", "/H3", "/H4", "/P", "/L", "/LI", "/Table", "/TH", "/TD", "/Link", "/BlockQuote"} <= set(kinds)
    figures = [element for kind, element in tags(reader) if kind == "/Figure"]
    assert len(figures) == 4
    assert all(figure["/Alt"] for figure in figures)


def test_the_file_declares_what_it_is(press: Press) -> None:
    root: Any = press().reader.trailer["/Root"]
    metadata = root["/Metadata"].get_data()
    assert b'pdfaid:part="3" pdfaid:conformance="A"' in metadata
    assert b'pdfuaid:part="1"' in metadata
    assert metadata.count(b"</rdf:RDF>") == 1
    assert len(root["/OutputIntents"]) == 1


def test_only_our_fonts_are_embedded(press: Press) -> None:
    assert [name for name in fonts(press().reader) if not ours(name)] == []


def test_the_action_plan_is_joined_as_a_table(press: Press) -> None:
    reader = press().reader
    assert list(reader.attachments) == ["actions.csv"]
    assert reader.attachments["actions.csv"][0].startswith(b"No.,Group,Action")
    root: Any = reader.trailer["/Root"]
    assert [joined.get_object()["/AFRelationship"] for joined in root["/AF"]] == ["/Data"]


def test_hostile_and_excessive_texts_are_printed_as_they_are(db: None) -> None:
    forum = begin(title="<b>T</b>" + "t" * 112, question="<script>alert(1)</script> " + "how far " * 33, language="fr")
    forum.slots.filter(title="").update(minutes=720)
    bad = "<img src=file:///etc/passwd>"
    person = arrive(forum, "M" * 80, organisation="O" * 120, territory="T" * 120)
    report = write(
        meet(forum, f"{bad} " + "long title " * 15, person, person, place="Glass hall"),
        title="",
        scribes="S" * 200,
        findings=f"{bad}\n<link rel=stylesheet href=http://192.0.2.1/x.css>",
        debate="w" * 5000,
        proposals="Łódź, Škoda, CO₂, œuvre… " * 230,
        quote="q" * 400,
    )
    report.add_action(BY, what="a" * 300, point_person="p" * 120, others="o" * 300, resources="r" * 300)
    book = printed(forum)
    assert bad in book.text
    assert "<script>alert(1)</script>" in book.pages[0]
    assert "root:" not in book.text
    joined = book.text.replace(" ", "")
    assert joined.count("w") >= 5000
    assert "CO2" in joined
    assert [name for name in fonts(book.reader) if not ours(name)] == []


def test_a_forum_where_nothing_happened_still_has_a_book(db: None) -> None:
    forum = begin(venue="", organisers="", contact="", is_fictional=True)
    Slot.objects.filter(forum=forum).delete()
    book = printed(forum)
    assert len(book.pages) == 2
    assert "Invented data" in book.pages[0]
    assert "invented data" in book.pages[1]


# The child process

PAGE = '<html lang="en"><title>x</title><link rel="stylesheet" href="{}"><img src="{}" alt="x"><p>Hello</p></html>'


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "http://192.0.2.1/x", "book:/../forum/settings.py", "data:image/png;base64,AAAA"]
)
def test_the_renderer_fetches_nothing_but_our_own_files(address: str, tmp_path: Path) -> None:
    (tmp_path / "book.html").write_text(PAGE.format("book:/css/proceedings.css", address))
    command = [sys.executable, "-I", str(pdf.RENDERER), str(tmp_path), str(jobs.STATIC), "2048", "60"]
    done = subprocess.run(command, input="print\n", capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert f"refused: {address}" in done.stderr
    assert "proceedings.css" not in done.stderr


def test_the_renderer_has_no_network(tmp_path: Path) -> None:
    code = (
        "import sys, socket, runpy; m = runpy.run_path(sys.argv[1]); sys.addaudithook(m['refuse_network']);"
        "socket.create_connection(('127.0.0.1', 9))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code, str(pdf.RENDERER)], capture_output=True, text=True)
    assert "PermissionError: not here: socket." in done.stderr


def test_the_renderer_needs_no_settings_and_sees_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush")
    spy = tmp_path / "spy.py"
    spy.write_text(
        "import os, sys\nfrom pathlib import Path\n"
        "Path(sys.argv[1], 'book.pdf').write_text(' '.join(os.environ))\nprint('pages 1')\n"
    )
    seen = pdf.render_pdf("", jobs.STATIC, script=spy).content.decode().split()
    assert "SECRET_KEY" not in seen
    assert "DJANGO_SETTINGS_MODULE" not in seen
    assert not any(name.startswith("FORUM") for name in seen)


def failure(tmp_path: Path, script: str, **limits: Any) -> pdf.RenderingFailed:
    renderer = tmp_path / "renderer.py"
    renderer.write_text(script)
    with pytest.raises(pdf.RenderingFailed) as failed:
        pdf.render_pdf("", jobs.STATIC, script=renderer, **limits)
    return failed.value


def test_a_hung_renderer_is_killed(tmp_path: Path) -> None:
    began = time.monotonic()
    failed = failure(tmp_path, "import time\nprint('percent 5', flush=True)\ntime.sleep(60)", seconds=1)
    assert failed.kind == "time"
    assert time.monotonic() - began < 10


def test_a_crash_is_told_with_its_last_words(tmp_path: Path) -> None:
    failed = failure(tmp_path, "raise SystemError('torn page')")
    assert failed.kind == "crash"
    assert "torn page" in str(failed)
    assert failure(tmp_path, "import os\nos.kill(os.getpid(), 11)").kind == "crash"


def test_memory_is_limited(tmp_path: Path) -> None:
    limited = f"""
import runpy, sys
runpy.run_path({str(pdf.RENDERER)!r})["limit"](int(sys.argv[3]), 60)
hoard = bytearray(600_000_000)
print("pages 1")
"""
    assert failure(tmp_path, limited, megabytes=400).kind == "memory"


def test_missing_system_libraries_are_told_apart(tmp_path: Path) -> None:
    without = f"""
import runpy, sys
from pathlib import Path
class NoPango:
    def find_spec(self, name, path=None, target=None):
        if name == "weasyprint":
            raise OSError("cannot load library 'pango-1.0-0'")
sys.meta_path.insert(0, NoPango())
sys.exit(runpy.run_path({str(pdf.RENDERER)!r})["main"](Path(sys.argv[1]), Path(sys.argv[2])))
"""
    failed = failure(tmp_path, without)
    assert failed.kind == "libraries"
    assert "pango" in str(failed)


def test_progress_grows_to_the_end(tmp_path: Path) -> None:
    heard: list[int] = []
    pages = "".join(f"<p style='break-before: page'>{number}</p>" for number in range(6))
    made = pdf.render_pdf(f'<html lang="en"><title>x</title>{pages}', jobs.STATIC, progress=heard.append)
    assert made.pages == 6
    assert heard == sorted(set(heard))
    assert heard[0] <= 5
    assert heard[-1] >= 90


def test_the_workplace_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    failure_place = tmp_path / "renderers"
    failure_place.mkdir()
    failure(failure_place, "raise SystemExit(7)")
    assert [path.name for path in tmp_path.iterdir()] == ["renderers"]


def test_codes_of_the_child_mean_the_same_on_both_sides() -> None:
    assert len({0, 1, 2, render.NO_LIBRARIES, render.NO_MEMORY}) == 5


def test_the_logos_of_the_organisers_are_on_the_cover_and_told(day: Day, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    imprint = Imprint.of(day.forum)
    imprint.word, imprint.accent = "We wanted your day.", "#1d5f8f"
    imprint.write(BY)
    for name, colour in (("Region", "#1d5f8f"), ("Agency", "#b23c16")):
        drawn = io.BytesIO()
        Image.new("RGB", (300, 100), colour).save(drawn, "PNG")
        imprint.add_logo(name, drawn.getvalue(), BY)
    page = html.render(content.read(day.forum))
    astray = page.replace("book:/images/", "book:/images/../", 1)
    for told, shown in ((page, 2), (astray, 1)):
        made = pdf.render_pdf(told, jobs.STATIC, images=images.directory())
        reader = pypdf.PdfReader(io.BytesIO(made.content))
        assert len(reader.pages[0].images) == shown
        assert "We wanted your day." in reader.pages[1].extract_text()
        alts = {str(element.get("/Alt")) for kind, element in tags(reader) if kind == "/Figure"}
        assert {"Region", "Agency"} <= alts


def test_a_page_printed_larger_fills_larger_paper(day: Day) -> None:
    page = html.render_report(content.read(day.forum), 1)
    sizes = []
    for zoom in (1, 2**0.5):
        (sheet,) = pypdf.PdfReader(io.BytesIO(pdf.render_pdf(page, jobs.STATIC, zoom=zoom).content)).pages
        sizes.append([round(float(side) / 72 * 25.4) for side in sheet.mediabox[2:]])
    assert sizes == [[210, 297], [297, 420]]
