"""`python -m tests.watch [FILE…]`: run the tests of each file that is saved, until Ctrl-C.

A saved test is run. The tests of another file are those named after it, and those that refer to it: that import the
module, or one of its names from its package; that go to an address of its views; that import the script. If there are
none, they are those of the files that refer to it, and so on: a template has the tests of the views that render it. A
script without any has those named after its folder. With FILE, each save runs these files.
"""

import ast
import os
import re
import signal
import subprocess
import sys
import time
from functools import lru_cache
from pathlib import Path

FOLDERS = ("forum", "sessions", "templates", "js", "static/css", "tests")
KINDS = {".py", ".html", ".js", ".css"}
PAUSE_SECONDS = 0.5
STEPS = 4
"""How far tests are looked for."""
MANY = 10
"""Tests beyond which those named after a file, or beside it in the mirror of the code, are enough."""


def saved_at(root: Path) -> dict[Path, int]:
    """Return when each watched file was last saved, in nanoseconds since 1970, by path below `root`."""
    files = (path for folder in FOLDERS for path in (root / folder).rglob("*") if path.suffix in KINDS)
    return {path.relative_to(root): path.stat().st_mtime_ns for path in files if path.exists()}


def is_test(path: Path) -> bool:
    return path.parts[0] == "tests" and (path.match("test_*.py") or path.match("*.test.js"))


def find_tests(changed: Path, root: Path) -> list[Path]:
    """Find the test files to run for a changed file. All paths are below `root`."""
    files = sorted(saved_at(root))
    if is_test(changed):
        return [changed] if changed in files else []
    tests = list(filter(is_test, files))
    others = [path for path in files if not is_test(path) and path.name != "conftest.py"]
    is_part = changed.parts[0] == "templates" and len(changed.parts) > 3  # of a board, or of the book
    named = [test for test in tests if _has_name(test, changed.stem) and not is_part]
    reached = {changed}
    for _step in range(STEPS):
        found = [test for test in tests if test in named or any(_refers(test, file, root) for file in reached)]
        if len(found) > MANY:
            return named or [test for test in found if test.parent == "tests" / changed.parent] or found
        if found:
            return found
        reached = {other for other in others if any(_refers(other, file, root) for file in reached)}
    in_browsers = [test for test in tests if test.match("browser/*.py") and changed.suffix == ".js"]
    return [test for test in in_browsers if _has_name(test, changed.parent.name)]


def _has_name(test: Path, name: str) -> bool:
    """Return whether a test has this name: test_topic.py, test_topics.py, test_topic_page.py or topic.test.js."""
    stem = test.stem.removeprefix("test_").removesuffix(".test")
    return stem in (name, f"{name}s", f"{name}_page")


def _refers(file: Path, other: Path, root: Path) -> bool:
    """Return whether a file imports, renders or shows another one, or goes to an address of it."""
    if other.suffix == ".js":
        return file.suffix == ".js" and other in _scripts(file, root)
    if other.suffix != ".py":
        name, folder = (re.escape(str(path)) for path in (Path(*other.parts[1:]), Path(*other.parent.parts[1:])))
        return bool(re.search(rf"[\"']({name}[\"'#]|{folder}/{{)", _text(root / file)))
    if file.suffix != ".py":
        return False
    if _imported(_text(root / file)) & _names(other, root):
        return not _exports(file, other, root)  # who imports one of the names refers to it by that
    return is_test(file) and any(re.search(address, _text(root / file)) for address in _addresses(other, root))


def _names(module: Path, root: Path) -> set[str]:
    """Return the dotted names that a module has, and those that its package gives to what it defines."""
    dotted = ".".join(module.with_suffix("").parts).removesuffix(".__init__")
    return {dotted} | _exports(module.parent / "__init__.py", module, root)


def _exports(package: Path, module: Path, root: Path) -> set[str]:
    """Return the names, dotted, that a package imports from one of its modules for others."""
    if package.name != "__init__.py" or package.parent != module.parent or not (root / package).exists():
        return set()
    dotted, start = ".".join(package.parent.parts), ".".join(module.with_suffix("").parts) + "."
    names = (name.removeprefix(start) for name in _imported(_text(root / package)) if name.startswith(start))
    return {f"{dotted}.{name}" for name in names}


def _addresses(module: Path, root: Path) -> list[str]:
    """Return, as patterns, how tests write the addresses of a module of views: by name, or by the end of the path."""
    urls = root / module.parts[0] / "urls.py"
    if module.parent.name != "views" or not urls.exists():
        return []
    found = re.findall(rf'path\("([^"]*)", {module.stem}\.\w+, name="(\w+)"', _text(urls))
    ends = {re.escape(path.rpartition(">")[2]) for path, _name in found} - {"", "/"}
    return [*(rf'\("{name}"|"{name}", args' for _path, name in found), *(rf'[}}\d]{end}["?#]' for end in ends)]


def _scripts(file: Path, root: Path) -> set[Path]:
    """Return the scripts that a script imports, as paths below `root`."""
    paths = re.findall(r'(?:from|import|import\() ?"(\.[^"]+)"', _text(root / file))
    return {Path(os.path.normpath(file.parent / path)) for path in paths}


def _text(file: Path) -> str:
    return _read(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=4096)
def _read(file: Path, _saved_at: int) -> str:
    return file.read_text(encoding="utf-8")


@lru_cache(maxsize=4096)
def _imported(text: str) -> frozenset[str]:
    """Return the modules that a module imports, and the names that it imports from them, as dotted names."""
    nodes = list(ast.walk(ast.parse(text)))
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            modules |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(modules)


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
    print(
        f"\n{', '.join(map(str, changed))}: {' '.join(files) or 'no test is found; name one: make watch FILE=tests/…'}"
    )
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
