"""Look for known advisories about what the app is made of: `make advisories`.

Python packages as they are locked, and at the lowest versions that pyproject.toml allows; browser files. The list is on
the internet: where it cannot be had, one line says so, and nothing fails.
"""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings

OSV = "https://api.osv.dev/v1/querybatch"
TIMEOUT_SECONDS = 60
Package = dict[str, Any]
"""What pip-audit says of one package."""
NO_LIST = "the list of advisories cannot be had here"


class NoList(Exception):
    """The list of advisories cannot be had: no network, or none of it that has the list."""


def lowest_requirements(path: Path) -> Path:
    """Write the lowest versions of what pyproject.toml names, and return the file. Raises NoList without a network."""
    command = ["uv", "pip", "compile", "--quiet", "--resolution", "lowest-direct", "--extra", "hosted", "--no-header"]
    command = [sys.executable, "-m", *command, "--no-annotate", "--output-file", str(path), "pyproject.toml"]
    result = subprocess.run(command, cwd=settings.ROOT, capture_output=True, text=True, timeout=TIMEOUT_SECONDS)
    if result.returncode:
        raise NoList(result.stderr.strip())
    return path


def python_advisories(requirements: Path, service: str = "pypi") -> list[str]:
    """Return the known advisories about these pinned packages. Raises NoList."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--requirement", str(requirements)]
    command += ["--format", "json", "--progress-spinner", "off", "--vulnerability-service", service, "--timeout", "10"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS)
    try:
        packages = json.loads(result.stdout)["dependencies"]
    except ValueError:
        raise NoList(result.stderr.strip()[-200:]) from None
    return findings(packages)


def findings(packages: list[Package]) -> list[str]:
    """Return a line for each advisory in what pip-audit found. Raises NoList when it knew none of the packages."""
    known = [package for package in packages if "skip_reason" not in package]
    if not known:
        raise NoList
    return [
        f"{package['name']} {package['version']}: {advisory['id']}, corrected in {', '.join(advisory['fix_versions'])}"
        for package in known
        for advisory in package["vulns"]
    ]


def browser_packages() -> list[tuple[str, str]]:
    """Return the name and version of each package of browser files, from the SBOM."""
    sbom = subprocess.run([sys.executable, settings.ROOT / "bin" / "sbom"], capture_output=True, text=True, check=True)
    components = [one for one in json.loads(sbom.stdout)["components"] if one["purl"].startswith("pkg:npm/")]
    return [("/".join(filter(None, (one.get("group"), one["name"]))), one["version"]) for one in components]


def browser_advisories() -> list[str]:
    """Return the known advisories about the browser files. Raises NoList."""
    packages = browser_packages()
    queries = [{"package": {"ecosystem": "npm", "name": name}, "version": version} for name, version in packages]
    request = urllib.request.Request(OSV, json.dumps({"queries": queries}).encode())
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 our constant
            results = json.load(response)["results"]
    except (OSError, ValueError, KeyError) as error:
        raise NoList(str(error)) from error
    return [
        f"{name} {version}: {advisory['id']}"
        for (name, version), result in zip(packages, results, strict=True)
        for advisory in result.get("vulns", ())
    ]


def main() -> int:
    home = settings.ROOT / ".build"
    home.mkdir(exist_ok=True)
    searches: tuple[tuple[str, Callable[[], list[str]]], ...] = (
        ("locked packages", lambda: python_advisories(settings.ROOT / "requirements-dev.lock")),
        ("lowest packages", lambda: python_advisories(lowest_requirements(home / "lowest.txt"))),
        ("browser files", browser_advisories),
    )
    found: list[str] = []
    for title, search in searches:
        try:
            lines = search()
        except NoList:
            print(f"{title}: not searched, {NO_LIST}")
        else:
            print(f"{title}: {len(lines) or 'no'} known advisories", *lines, sep="\n  ")
            found += lines
    return 1 if found else 0


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forum.settings")
    sys.exit(main())
