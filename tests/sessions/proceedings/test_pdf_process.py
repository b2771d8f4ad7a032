"""The child process that prints: files of the app only, no network, limits, failures with a reason."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sessions.proceedings import pdf, pdf_child, pdf_process
from sessions.proceedings.assets import STATIC

PAGE = '<html lang="en"><title>x</title><link rel="stylesheet" href="{}"><img src="{}" alt="x"><p>Hello</p></html>'


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "http://192.0.2.1/x", "book:/../forum/settings.py", "data:image/png;base64,AAAA"]
)
def test_the_child_process_fetches_only_files_of_the_app(address: str, tmp_path: Path) -> None:
    (tmp_path / "book.html").write_text(PAGE.format("book:/css/proceedings.css", address))
    command = [sys.executable, "-I", str(pdf_process.SCRIPT), str(tmp_path), str(STATIC), "2048", "60"]
    result = subprocess.run(command, input="print\n", capture_output=True, text=True, timeout=60)
    assert result.returncode == 0
    assert f"refused: {address}" in result.stderr
    assert "proceedings.css" not in result.stderr


def test_the_child_process_has_no_network(tmp_path: Path) -> None:
    code = (
        "import sys, socket, runpy; m = runpy.run_path(sys.argv[1]); sys.addaudithook(m['refuse_network']);"
        "socket.create_connection(('127.0.0.1', 9))"
    )
    result = subprocess.run([sys.executable, "-I", "-c", code, str(pdf_process.SCRIPT)], capture_output=True, text=True)
    assert "PermissionError: not here: socket." in result.stderr


def test_the_child_process_needs_no_settings_and_gets_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush")
    spy = tmp_path / "spy.py"
    spy.write_text(
        "import os, sys\nfrom pathlib import Path\n"
        "Path(sys.argv[1], 'book.pdf').write_text(' '.join(os.environ))\nprint('pages 1')\n"
    )
    variables = pdf.render_pdf("", script=spy).content.decode().split()
    assert "SECRET_KEY" not in variables
    assert "DJANGO_SETTINGS_MODULE" not in variables
    assert not any(name.startswith("FORUM") for name in variables)


def failure_of(tmp_path: Path, script: str, **limits: Any) -> pdf_process.RenderingFailed:
    """Print with this script in place of the child process, and return the failure."""
    path = tmp_path / "child.py"
    path.write_text(script)
    with pytest.raises(pdf_process.RenderingFailed) as failure:
        pdf.render_pdf("", script=path, **limits)
    return failure.value


def test_a_child_process_that_hangs_is_killed(tmp_path: Path) -> None:
    started_at = time.monotonic()
    failure = failure_of(tmp_path, "import time\nprint('percent 5', flush=True)\ntime.sleep(60)", seconds=1)
    assert failure.kind == "time"
    assert time.monotonic() - started_at < 10


def test_a_crash_is_reported_with_its_last_output(tmp_path: Path) -> None:
    failure = failure_of(tmp_path, "raise SystemError('torn page')")
    assert failure.kind == "crash"
    assert "torn page" in str(failure)
    assert failure_of(tmp_path, "import os\nos.kill(os.getpid(), 11)").kind == "crash"


def test_memory_is_limited(tmp_path: Path) -> None:
    script = f"""
import runpy, sys
runpy.run_path({str(pdf_process.SCRIPT)!r})["apply_limits"](int(sys.argv[3]), 60)
data = bytearray(600_000_000)
print("pages 1")
"""
    assert failure_of(tmp_path, script, megabytes=400).kind == "memory"


def test_missing_system_libraries_are_recognised(tmp_path: Path) -> None:
    script = f"""
import runpy, sys
from pathlib import Path
class NoPango:
    def find_spec(self, name, path=None, target=None):
        if name == "weasyprint":
            raise OSError("cannot load library 'pango-1.0-0'")
sys.meta_path.insert(0, NoPango())
sys.exit(runpy.run_path({str(pdf_process.SCRIPT)!r})["main"](Path(sys.argv[1]), Path(sys.argv[2])))
"""
    failure = failure_of(tmp_path, script)
    assert failure.kind == "libraries"
    assert "pango" in str(failure)


def test_progress_grows_to_the_end(tmp_path: Path) -> None:
    percents: list[int] = []
    pages = "".join(f"<p style='break-before: page'>{number}</p>" for number in range(6))
    printed = pdf.render_pdf(f'<html lang="en"><title>x</title>{pages}', progress=percents.append)
    assert printed.pages == 6
    assert percents == sorted(set(percents))
    assert percents[0] <= 5
    assert percents[-1] >= 90


def test_the_workspace_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    failure_of(scripts, "raise SystemExit(7)")
    assert [path.name for path in tmp_path.iterdir()] == ["scripts"]


def test_the_exit_codes_of_the_child_process_are_distinct() -> None:
    assert len({0, 1, 2, pdf_child.NO_LIBRARIES, pdf_child.NO_MEMORY}) == 5
