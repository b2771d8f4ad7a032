"""Style sheets and scripts as phones download them."""

import json
import re
from pathlib import Path

import pytest

from tests.services import static_files

ROOT = Path(__file__).resolve().parents[3]
STATIC, TEMPLATES = ROOT / "static", ROOT / "templates"


@pytest.fixture(scope="module")
def built() -> dict[str, str]:
    """Text of each built style sheet and script, by its name in templates."""
    root = Path(static_files())
    names: dict[str, str] = json.loads((root / "staticfiles.json").read_text())["paths"]
    return {name: (root / names[name]).read_text() for name in names if name.endswith((".css", ".js"))}


def test_style_sheets_lose_their_comments_and_spaces_and_nothing_else(built: dict[str, str]) -> None:
    for sheet in sorted(STATIC.glob("css/*.css")):
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
        assert "/*" not in built[f"css/{sheet.name}"]
        assert normalised(built[f"css/{sheet.name}"]) == normalised(text), sheet.name


def normalised(css: str) -> str:
    """Remove the differences of a build: spaces, quotes, the last semicolon of a block, the hashes in names."""
    bare = re.sub(r"(\.\./fonts/[\w-]+)(?:\.[0-9a-f]{12})?(\.\w+)", r"\1\2", css).replace('"', "")
    return re.sub(r";(?=})", "", re.sub(r"\s+", "", bare))


def test_each_script_imports_the_others_by_names_with_their_hash(built: dict[str, str]) -> None:
    """Browsers must not mix old scripts with new ones."""
    imports = [path for text in built.values() for path in re.findall(r'\bfrom *"\./([^"]+)"', text)]
    assert len(imports) > 10
    assert [path for path in imports if not re.fullmatch(r"\w+\.[0-9a-f]{12}\.js", path)] == []
    assert [path for path in imports if not (Path(static_files()) / "js" / path).is_file()] == []


def imports(name: str) -> set[str]:
    """Return the names of the scripts that a script imports."""
    return set(re.findall(r'\bfrom *"\./(\w+)\.js"', (STATIC / "js" / f"{name}.js").read_text()))


PAGES = [path for path in sorted(TEMPLATES.rglob("*.html")) if 'type="module"' in path.read_text()]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_page_names_what_its_scripts_import(page: Path) -> None:
    """Browsers can then request all scripts at once."""
    html = page.read_text()
    named = ["app", *re.findall(r"""<script type="module" src="{% static 'js/(\w+)\.js' %}">""", html)]
    for place, name in enumerate(named):
        assert imports(name) <= set(named[:place]), name


def test_a_script_that_comes_with_a_part_of_the_board_imports_what_the_page_has() -> None:
    """After a failure it is requested again under another URL; failed imports would not be."""
    pages = [path.read_text() for path in TEMPLATES.rglob("*.html")]
    later = {name for html in pages for name in re.findall(r"""data-\w+="{% static 'js/(\w+)\.js' %}\"""", html)}
    assert {"clock", "drafts", "my_topics"} <= later
    assert {name: imports(name) - {"app", "live"} for name in later if imports(name) - {"app", "live"}} == {}
