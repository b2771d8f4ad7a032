"""What phones download of our scripts and style sheets."""

import shutil
import subprocess
from pathlib import Path

import pytest

from forum.web.static_storage import lean

STATIC = Path(__file__).resolve().parents[3] / "static"


def test_comments_and_margins_stay_behind_and_nothing_else() -> None:
    written = '/* why\n   so */\n// and this\n\nconst a = "http://x"; // kept\nif (a) {\n  say(a);\n}\n'
    assert lean(written) == 'const a = "http://x"; // kept\nif (a) {\nsay(a);\n}\n'


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
@pytest.mark.parametrize("script", sorted((STATIC / "js").glob("*.js")), ids=lambda path: path.name)
def test_every_script_is_still_a_script(script: Path, tmp_path: Path) -> None:
    (tmp_path / "lean.mjs").write_text(lean(script.read_text()))
    done = subprocess.run(["node", "--check", tmp_path / "lean.mjs"], capture_output=True, text=True, check=False)
    assert done.stderr == ""
