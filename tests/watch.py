"""`python -m tests.watch [FILE…]`: run the tests of each file that is saved, until Ctrl-C.

A saved test is run; a saved module has the tests run that import it. For a template or style sheet, the tests that are
named after it are run; for a script, once it is bundled, those named after it or its folder. With FILE, each save runs
these files.
"""

import ast
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("forum", "sessions", "templates", "js", "static", "tests")
KINDS = {".py", ".html", ".js", ".css"}
PAUSE_SECONDS = 0.5


def saved_at(root: Path) -> dict[Path, int]:
    """Return when each watched file was last saved, in nanoseconds since 1970, by path below `root`."""
    files = (path for folder in FOLDERS for path in (root / folder).rglob("*") if path.suffix in KINDS)
    return {path.relative_to(root): path.stat().st_mtime_ns for path in files if path.exists()}


def find_tests(changed: Path, root: Path) -> list[Path]:
    """Find the test files to run for a changed file. All paths are below `root`."""
    if changed.parts[0] == "tests" and (changed.match("test_*.py") or changed.match("*.test.js")):
        return [changed] if (root / changed).exists() else []
    if changed.parts[0] == "js":
        names = (f"tests/js/{name}.test.js" for name in (changed.stem, changed.parent.name))
        return [Path(name) for name in names if (root / name).exists()][:1]
    tests = sorted(path.relative_to(root) for path in (root / "tests").rglob("test_*.py"))
    module = ".".join(changed.with_suffix("").parts).removesuffix(".__init__")
    imports = changed.suffix == ".py"
    return [test for test in tests if _has_name(test, changed) or (imports and module in imported(root / test))]


def _has_name(test: Path, changed: Path) -> bool:
    """Return whether a test has a file's name: test_topic.py, test_topics.py or test_topic_page.py, of topic.html."""
    name = f"test_{changed.stem}"
    return test.stem in (name, f"{name}s") or test.stem.startswith(f"{name}_")


def imported(file: Path) -> set[str]:
    """Return the modules that this file imports, and the names that it imports from them, as dotted names."""
    return set(_imports(ast.parse(file.read_text(encoding="utf-8"))))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def watch(root: Path, always: list[str]) -> None:
    before = saved_at(root)
    print("Waiting for a file to be saved. Ctrl-C stops.", flush=True)
    while True:
        time.sleep(PAUSE_SECONDS)
        now = saved_at(root)
        changed = sorted(path for path in now if before.get(path) != now[path])
        before = now
        if changed:
            run(changed, root, always)


def run(changed: list[Path], root: Path, always: list[str]) -> None:
    """Run the tests of these files, or print that there are none."""
    files = always or sorted({str(test) for path in changed for test in find_tests(path, root)})
    print(f"\n{', '.join(map(str, changed))}: {' '.join(files) or 'no test is found; name one: make watch FILE=…'}")
    sys.stdout.flush()
    if any(path.parts[0] == "js" for path in changed):
        subprocess.run(["bin/with-node", "bin/bundle.js"], cwd=root, check=False)
    if scripts := [file for file in files if file.endswith(".js")]:
        subprocess.run(["bin/with-node", "node", "--test", *scripts], cwd=root, check=False)
    if modules := [file for file in files if not file.endswith(".js")]:
        subprocess.run([sys.executable, "-m", "pytest", "--quiet", "--exitfirst", *modules], cwd=root, check=False)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which shells ignore in what they run in the background
    try:
        watch(Path.cwd(), sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(0)
