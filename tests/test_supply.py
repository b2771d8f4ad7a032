"""What the app is made of: known advisories, the lowest versions, and the SBOM."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import advisories

ROOT: Path = settings.ROOT


def locked() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    return dict(line.split(" ")[0].split("==") for line in lines if "==" in line and line[0] not in " #")


def test_the_lowest_versions_that_are_allowed_are_those_that_the_tests_run_with() -> None:
    """So that no floor is older than a correction that the lock has, and the app is known to start with the lowest."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    versions, floors = locked(), {}
    for text in (*project["dependencies"], *project["optional-dependencies"]["hosted"]):
        requirement = Requirement(text)
        (floor,) = [one.version for one in requirement.specifier if one.operator == ">="]
        floors[canonicalize_name(requirement.name)] = floor
    assert floors == {name: versions[name] for name in floors}


@pytest.mark.parametrize("service", ["pypi", "osv"])
def test_no_advisory_is_known_about_what_is_locked(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advisories, "TIMEOUT_SECONDS", 20)
    try:
        found = advisories.python_advisories(ROOT / "requirements.lock", service)
    except (advisories.NoList, subprocess.TimeoutExpired):
        pytest.skip(advisories.NO_LIST)
    assert found == []


def test_no_advisory_is_known_about_the_browser_files() -> None:
    try:
        found = advisories.browser_advisories()
    except advisories.NoList:
        pytest.skip(advisories.NO_LIST)
    assert found == []


def test_an_advisory_is_told_with_its_correction_and_an_empty_list_is_no_list() -> None:
    vulnerable: advisories.Package = {
        "name": "django",
        "version": "5.2",
        "vulns": [{"id": "CVE-1", "fix_versions": ["5.2.1"]}],
    }
    unknown: advisories.Package = {"name": "pillow", "skip_reason": "not found"}
    assert advisories.findings([vulnerable, unknown]) == ["django 5.2: CVE-1, corrected in 5.2.1"]
    assert advisories.findings([{"name": "nh3", "version": "1", "vulns": []}]) == []
    with pytest.raises(advisories.NoList):
        advisories.findings([unknown])


@pytest.fixture(scope="module")
def sbom() -> Any:
    result = subprocess.run([sys.executable, ROOT / "bin" / "sbom"], capture_output=True, text=True, check=True)
    assert result.stderr == ""
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(result.stdout) is None
    return json.loads(result.stdout)


def test_the_sbom_has_every_locked_package_with_its_hashes_and_licence(sbom: Any) -> None:
    python = [one for one in sbom["components"] if one["purl"].startswith("pkg:pypi/")]
    assert {one["name"]: one["version"] for one in python} == locked()
    lock = (ROOT / "requirements.lock").read_text()
    assert sum(len(one["hashes"]) for one in python) == lock.count("--hash=sha256:")
    assert [one["name"] for one in python if not one.get("licenses")] == []


def test_the_sbom_has_every_browser_file_and_font_and_what_is_bundled(sbom: Any) -> None:
    files = {
        file["name"]: file["hashes"][0]["content"] for one in sbom["components"] for file in one.get("components", ())
    }
    packages = json.loads((ROOT / "static" / "vendor" / "vendor.lock").read_text())
    assert files == {f"static/{file['to']}": file["sha256"] for package in packages for file in package["files"]}
    names = {one["name"] for one in sbom["components"]}
    assert {"htmx.org", "idiomorph", "yjs", "lib0", "source-sans-3"} - names == set()
    scripts = "\n".join(path.read_text() for path in (ROOT / "js").rglob("*.js"))
    assert set(re.findall(r' from "([^./][^"]*)"', scripts)) == {"yjs"}
