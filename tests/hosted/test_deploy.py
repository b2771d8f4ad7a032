"""The files of deploy/ agree: systemd, Docker, nginx, and the hosting page."""

import json
import re
import shlex
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from django.conf import settings

from tests.hosted.cluster import DEPLOY, image_files, variables

SETUP = (settings.ROOT / "bin" / "setup").read_text()
COMPOSE = (DEPLOY / "compose.yaml").read_text()
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
HOSTING = (settings.ROOT / "docs" / "hosting.md").read_text()


def unit_command(name: str) -> list[str]:
    """Return the command of a systemd unit, from manage.py on."""
    text = (DEPLOY / "systemd" / name).read_text()
    return shlex.split(re.findall(r"^ExecStart=(.+)$", text, re.MULTILINE)[0])[1:]


def compose_commands() -> list[list[str]]:
    """Return the commands of the app in compose.yaml: web processes, worker."""
    commands = [json.loads(line) for line in re.findall(r"^ +command: (\[\".*\])$", COMPOSE, re.MULTILINE)]
    return [command[1:] for command in commands if command[0] == ".venv/bin/python"]


def test_compose_and_the_image_start_what_systemd_starts() -> None:
    replacements = {"127.0.0.1": "0.0.0.0", "%i": "8000"}  # noqa: S104 the network of the containers
    web = [replacements.get(word, word) for word in unit_command("forum-web@.service")]
    assert compose_commands() == [web, unit_command("forum-worker.service")]
    assert json.loads(re.findall(r"^CMD (.+)$", DOCKERFILE, re.MULTILINE)[0])[1:] == web
    assert re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE) == ["8000"]


def test_compose_gives_the_variables_of_the_environment_file() -> None:
    environment = COMPOSE[COMPOSE.index("  environment:\n") :].split("  volumes:")[0]
    names = re.findall(r"^    (\w+): ", environment, re.MULTILINE)
    assert names == list(variables())


def test_the_hosting_page_explains_every_variable_that_the_settings_read() -> None:
    first_cells = re.findall(r"^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|", HOSTING, re.MULTILINE)
    explained = [name for cell in first_cells for name in re.findall(r"[A-Z_]+", cell)]
    files = [settings.ROOT / "forum" / name for name in ("settings.py", "server/openid_settings.py")]
    code = "".join(file.read_text() for file in files)
    read = re.findall(r'(?:env\.\w+\(|_names\(env, )"(\w+)"', code)
    # FORWARDED_ALLOW_IPS is read by uvicorn.
    assert sorted(explained) == sorted({*read, "FORWARDED_ALLOW_IPS"})
    assert set(variables()) - set(explained) == set()


def test_the_upstreams_differ_by_their_servers_alone() -> None:
    systemd, compose = ((DEPLOY / name / "upstream.conf").read_text() for name in ("nginx", "compose"))
    block = systemd[systemd.index("upstream forum {") :]
    for number in (1, 2):
        block = block.replace(f"127.0.0.1:{8000 + number} ", f"web-{number}:8000 ")
        assert f"\n  web-{number}: *web\n" in COMPOSE
    assert compose.endswith(block)


def test_compose_mounts_the_nginx_files_that_the_tests_use() -> None:
    for file, place in (
        ("nginx/forum.conf", "/etc/nginx/conf.d/forum.conf"),
        ("compose/upstream.conf", "/etc/nginx/conf.d/upstream.conf"),
    ):
        assert f"- ./{file}:{place}:ro\n" in COMPOSE
        assert (DEPLOY / file).exists()


def test_the_image_has_all_files_of_the_app_and_nothing_else() -> None:
    assert image_files() == ["requirements.lock", "manage.py", "forum", "sessions", "templates", "static", "locale"]
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    assert ignored == ["*", *(f"!{name}" for name in image_files()), "**/__pycache__"]


def test_the_image_installs_the_libraries_that_bin_setup_installs() -> None:
    (pango,) = re.findall(r"^pango=\((.+)\)$", SETUP, re.MULTILINE)
    (packages,) = re.findall(r"--no-install-recommends (.+) \\$", DOCKERFILE, re.MULTILINE)
    assert packages.split() == ["python3", "python3-venv", *pango.split()]


UNITS = ("forum-web@.service", "forum-worker.service")
MOST_EXPOSURE = 1.5
"""On the scale of systemd, from 0 to 10; below 2 it says OK. What is left: the network, and directories of the host."""


@pytest.mark.parametrize("name", UNITS)
def test_systemd_finds_little_that_a_unit_leaves_open(name: str) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is missing: apt-get install systemd")
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={round(10 * MOST_EXPOSURE)}"]
    result = subprocess.run([*command, DEPLOY / "systemd" / name], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout


def test_web_processes_and_workers_differ_in_what_they_need_alone() -> None:
    web, worker = (set((DEPLOY / "systemd" / name).read_text().split("[Service]")[1].splitlines()) for name in UNITS)
    names = {line.partition("=")[0] for line in web ^ worker if not line.startswith("#")}
    assert names == {
        "ExecStart", "TimeoutStartSec", "WatchdogSec", "TimeoutStopSec", "LimitNOFILE", "MemoryMax", "TasksMax",
        "RestrictAddressFamilies",
    }  # fmt: skip


def test_containers_of_the_app_can_write_their_data_alone_and_have_no_privilege() -> None:
    services: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]
    for name in ("web-1", "web-2", "worker"):
        service = services[name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["volumes"] == ["media:/var/lib/forum/media", "/var/lib/forum", "/tmp"]  # noqa: S108
        assert (bool(service["mem_limit"]), bool(service["pids_limit"]), bool(service["healthcheck"])) == (True,) * 3
    assert {tuple(service["security_opt"]) for service in services.values()} == {("no-new-privileges:true",)}
    assert re.findall(r"^USER (\w+)$", DOCKERFILE, re.MULTILINE) == ["forum"]
    assert "/healthz" in DOCKERFILE.split("HEALTHCHECK")[1]
