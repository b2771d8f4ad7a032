"""Rules for the whole project: translations, lock files, names, vendored files, licence."""

import ast
import gettext
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

ROOT: Path = settings.ROOT
CATALOGUE = ROOT / "locale" / "fr" / "LC_MESSAGES" / "django.po"


@pytest.fixture(scope="module")
def _gettext() -> None:
    """Skip the test if gettext is not installed; fail it in continuous integration."""
    if shutil.which("msgfmt") is None:
        reason = "gettext is not installed (apt-get install gettext): the translations are not tested"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True, timeout=120).stdout


def messages(catalogue: str) -> list[str]:
    """Return the texts to translate in a catalogue, without its header."""
    entries = re.findall(r'^msgid ((?:".*"\n)+)', catalogue, re.MULTILINE)
    return list(filter(None, (str(ast.literal_eval(f"({entry})")) for entry in entries)))


@pytest.mark.usefixtures("_gettext")
def test_every_text_has_its_french_and_no_french_is_left_over(tmp_path: Path) -> None:
    for name in ("manage.py", "forum", "sessions", "templates", "locale"):
        copy: Any = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    run(sys.executable, "manage.py", "makemessages", "--locale", "fr", "--no-location", "--no-wrap", cwd=tmp_path)
    gathered = tmp_path / CATALOGUE.relative_to(ROOT)
    assert messages(run("msgattrib", "--no-wrap", "--untranslated", gathered)) == []
    assert messages(run("msgattrib", "--no-wrap", "--only-fuzzy", gathered)) == []
    assert re.findall(r'^#~ msgid "(.*)"$', gathered.read_text(), re.MULTILINE) == []


@pytest.mark.usefixtures("_gettext")
def test_the_compiled_french_is_that_of_the_catalogue(tmp_path: Path) -> None:
    run("msgfmt", "--check", "--output-file", tmp_path / "django.mo", CATALOGUE)
    with (tmp_path / "django.mo").open("rb") as fresh, CATALOGUE.with_suffix(".mo").open("rb") as committed:
        assert translations(committed) == translations(fresh)


def translations(file: Any) -> dict[Any, str]:
    catalogue: dict[Any, str] = vars(gettext.GNUTranslations(file))["_catalog"]
    return {text: french for text, french in catalogue.items() if text}


def test_no_line_of_the_french_begins_with_a_sign_that_belongs_to_the_word_before() -> None:
    with CATALOGUE.with_suffix(".mo").open("rb") as compiled:
        assert [text for text in translations(compiled).values() if re.search(" [:;?!»]|« |n° ", text)] == []


def vendored() -> dict[str, str]:
    """Return the path below static/ and the SHA-256 of every vendored file."""
    packages = json.loads((ROOT / "static" / "vendor" / "vendor.lock").read_text())
    return {file["to"]: file["sha256"] for package in packages for file in package["files"]}


def test_every_browser_file_from_elsewhere_is_the_one_in_its_lock() -> None:
    hashes = {
        str(path.relative_to(ROOT / "static")): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("vendor", "fonts")
        for path in (ROOT / "static" / folder).rglob("*")
        if path.is_file() and path.name != "vendor.lock"
    }
    assert hashes == vendored()


def pins(lock: str) -> set[str]:
    return set(re.findall(r"^(\S+==\S+)", (ROOT / lock).read_text(), re.MULTILINE))


def test_the_tests_run_with_the_very_packages_of_the_app() -> None:
    assert pins("requirements.lock") - pins("requirements-dev.lock") == set()


def test_every_package_is_pinned_with_its_hashes() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        entries = [line for line in (ROOT / lock).read_text().splitlines() if line[:1] not in ("", " ", "#")]
        assert [entry for entry in entries if not re.fullmatch(r"\S+==\S+ \\", entry)] == []


def test_each_form_keeps_its_draft_in_a_place_of_its_own() -> None:
    """Two forms with the same key would overwrite each other's draft (js/drafts)."""
    pages = [path.read_text() for path in sorted((ROOT / "templates").rglob("*.html"))]
    places = [place for page in pages for place in re.findall(r' data-draft="([^"]+)"', page)]
    assert len(places) > 10
    assert [place for place in places if places.count(place) > 1] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    """A module is named after its subject; these names have none."""
    vague = {"utils", "helpers", "services", "mixins", "signals", "managers", "common", "misc"}
    modules = [path for app in ("forum", "sessions") for path in (ROOT / app).rglob("*.py")]
    assert [str(path) for path in modules if path.stem in vague or path.parent.name in vague] == []


def test_the_licence_is_the_european_union_public_licence() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "EUROPEAN UNION PUBLIC LICENCE v. 1.2" in text
    assert 'license = "EUPL-1.2"' in (ROOT / "pyproject.toml").read_text()


def test_the_pictures_of_the_readme_exist() -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", (ROOT / "README.md").read_text())
    assert len(pictures) == 3
    assert [picture for picture in pictures if not (ROOT / picture).is_file()] == []
