"""What phones download of our style sheets and scripts."""

import json
import re
from pathlib import Path

import pytest

from tests.services import static_files

STATIC = Path(__file__).resolve().parents[3] / "static"


@pytest.fixture(scope="module")
def built() -> dict[str, str]:
    """The text of each style sheet and script as browsers get it, by its name in templates."""
    root = Path(static_files())
    names: dict[str, str] = json.loads((root / "staticfiles.json").read_text())["paths"]
    return {name: (root / names[name]).read_text() for name in names if name.endswith((".css", ".js"))}


def test_comments_and_margins_of_style_sheets_stay_behind_and_nothing_else(built: dict[str, str]) -> None:
    for sheet in sorted(STATIC.glob("css/*.css")):
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
        assert "/*" not in built[f"css/{sheet.name}"]
        assert without_names(built[f"css/{sheet.name}"]) == without_names(text), sheet.name


def without_names(css: str) -> str:
    """A style sheet without what may differ: spaces, the last semicolon of a block, and names of content."""
    bare = re.sub(r"(\.\./fonts/[\w-]+)(?:\.[0-9a-f]{12})?(\.\w+)", r"\1\2", css).replace('"', "")
    return re.sub(r";(?=})", "", re.sub(r"\s+", "", bare))


def test_each_script_imports_the_others_under_names_of_their_content(built: dict[str, str]) -> None:
    """A browser that has an old script never mixes it with a new one."""
    imports = [path for text in built.values() for path in re.findall(r'\bfrom *"\./([^"]+)"', text)]
    assert len(imports) > 10
    assert [path for path in imports if not re.fullmatch(r"\w+\.[0-9a-f]{12}\.js", path)] == []
    assert [path for path in imports if not (Path(static_files()) / "js" / path).is_file()] == []
