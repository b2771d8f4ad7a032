"""References in the documentation: pages and headings, files, commands, log lines."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from tests.bench.__main__ import BENCHES

ROOT: Path = settings.ROOT
PAGES = sorted(
    path.relative_to(ROOT)
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    if path.name != "CHANGELOG.md"  # it names files of earlier versions
)
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
MADE_BY_THE_APP = ("data/", ".demo/", "media/", "backups/", "uploads/", "printing/", "my-copy")


@pytest.fixture(params=PAGES, ids=str)
def page(request: pytest.FixtureRequest) -> Path:
    return ROOT / str(request.param)


def anchors(page: Path) -> set[str]:
    """Return the headings of a page, as anchors of links."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def quoted(page: Path) -> list[str]:
    """Return the texts between backticks."""
    return re.findall(r"`([^`\n]+)`", page.read_text())


def test_every_link_leads_to_a_page_and_to_a_heading_of_it(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if link.startswith("http"):
            continue
        name, _hash, anchor = link.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), link
        assert not anchor or anchor in anchors(there), link


def test_every_path_that_is_named_exists(page: Path) -> None:
    paths = [text for text in quoted(page) if re.fullmatch(r"[\w./-]+/|[\w.-]+(/[\w.@-]+)+(\.\w+)", text)]
    paths = [path for path in paths if not path.startswith(("/", *MADE_BY_THE_APP))]
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_command_that_is_named_exists(page: Path) -> None:
    text = page.read_text()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"(?:`|^)make ([a-z]+)", text, re.MULTILINE)
    assert [target for target in named if target not in targets] == []
    commands = re.findall(r"manage\.py ([a-z_]+)", text)
    assert [command for command in commands if command not in get_commands()] == []
    modules = [module.replace(".", "/") for module in re.findall(r"python -m (tests[\w.]+)", text)]
    assert [name for name in modules if not ((ROOT / f"{name}.py").exists() or (ROOT / name).is_dir())] == []
    benches = re.findall(r"python -m tests\.bench ([\w-]+)", text)
    assert [bench for bench in benches if bench not in BENCHES] == []


@pytest.mark.parametrize("heading", ["## Health check", "## Logs"])
def test_the_reasons_and_log_lines_that_hosting_explains_are_those_of_the_code(heading: str) -> None:
    hosting = (ROOT / "docs" / "hosting.md").read_text()
    section = hosting[hosting.index(f"\n{heading}\n") :].removeprefix(f"\n{heading}\n").partition("\n## ")[0]
    texts = [text for row in re.findall(r"^\| (`.+`) \|", section, re.MULTILINE) for text in re.findall("`(.+?)`", row)]
    code = "".join(path.read_text() for app in ("forum", "sessions") for path in (ROOT / app).rglob("*.py"))
    parts = [part for text in texts for part in re.split(r" N |POST /…|…", text)]
    assert len(texts) >= 6
    assert [part for part in parts if part.strip(" N").removesuffix(" s") not in code] == []


def test_every_decision_is_listed_dated_and_says_what_was_refused() -> None:
    listed = re.findall(r"\]\((0\d+-[\w-]+\.md)\)", (ROOT / "docs" / "decisions" / "README.md").read_text())
    assert listed == [path.name for path in DECISIONS]
    for number, path in enumerate(DECISIONS, 1):
        first, _blank, dated, *_rest = path.read_text().splitlines()
        assert (path.name[:4], first.partition(".")[0]) == (f"{number:04}", f"# {number}")
        assert re.match(r"\d{1,2} \w+ 20\d\d", dated), path
        assert {"context", "decision", "refused", "consequences"} <= anchors(path), path


def test_the_description_for_catalogues_of_public_software_is_whole() -> None:
    """The required keys are those of version 0.4 of the standard, https://yml.publiccode.tools."""
    description = yaml.safe_load((ROOT / "publiccode.yml").read_text())
    wanted = {
        "publiccodeYmlVersion", "name", "url", "platforms", "categories", "developmentStatus", "softwareType",
        "description", "legal", "maintenance", "localisation",
    }  # fmt: skip
    assert wanted <= set(description)
    project = (ROOT / "pyproject.toml").read_text()
    assert f'version = "{description["softwareVersion"]}"' in project
    assert f'license = "{description["legal"]["license"]}"' in project
    assert description["localisation"] == {
        "localisationReady": True,
        "availableLanguages": [code for code, _name in settings.LANGUAGES],
    }
    for language, words in description["description"].items():
        assert language in description["localisation"]["availableLanguages"]
        assert len(words["shortDescription"]) <= 150
        assert 150 <= len(words["longDescription"]) <= 10_000
        assert len(words["features"]) >= 5
        assert all((ROOT / picture).exists() for picture in words["screenshots"])


def test_hooks_check_what_continuous_integration_checks() -> None:
    hooks: Iterator[dict[str, str]] = (
        hook
        for repository in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
        for hook in repository["hooks"]
    )
    assert [hook["entry"] for hook in hooks] == ["make check"]


def names(layer: Sequence[str]) -> str:
    """Return the packages of a layer as a docstring names them, without their app."""
    *others, last = (f"`{package.partition('.')[2] or package}`" for package in layer)
    return f"{', '.join(others)} and {last}" if others else last


def test_the_docstring_of_each_package_says_between_which_it_is() -> None:
    """As the layers in pyproject.toml, by which import-linter checks the imports."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    checked = 0
    for contract in contracts:
        layers = [layer.split(" | ") for layer in contract.get("layers", [])]
        for above, layer, below in zip([[], *layers], layers, [*layers[1:], []], strict=False):
            neighbours = [f"{side} {names(of)}" for side, of in (("below", above), ("above", below)) if of]
            sentence = ", ".join(neighbours).capitalize() + "."
            for package in (import_module(package) for package in layer if "." in package):
                if hasattr(package, "__path__"):
                    assert sentence in " ".join((package.__doc__ or "").split()), package.__name__
                    checked += 1
    assert checked > 15
