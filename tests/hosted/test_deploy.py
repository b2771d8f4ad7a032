"""The files of deploy/ say the same thing: what the cluster of these tests runs, in systemd's and in Docker's words."""

import json
import re
import shlex

from django.conf import settings

from tests.hosted.cluster import DEPLOY, image, variables

SETUP = (settings.ROOT / "bin" / "setup").read_text()
COMPOSE = (DEPLOY / "compose.yaml").read_text()
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
HOSTING = (settings.ROOT / "docs" / "hosting.md").read_text()


def unit(name: str) -> list[str]:
    """The command of this unit of systemd, from manage.py on."""
    text = (DEPLOY / "systemd" / name).read_text()
    return shlex.split(re.findall(r"^ExecStart=(.+)$", text, re.MULTILINE)[0])[1:]


def commands() -> list[list[str]]:
    """Those of compose.yaml that are ours, in its order: web processes, worker."""
    found = [json.loads(line) for line in re.findall(r"^ +command: (\[\".*\])$", COMPOSE, re.MULTILINE)]
    return [words[1:] for words in found if words[0] == ".venv/bin/python"]


def test_compose_and_the_image_start_what_systemd_starts() -> None:
    there = {"127.0.0.1": "0.0.0.0", "%i": "8000"}  # noqa: S104 the network of the containers
    web = [there.get(word, word) for word in unit("forum-web@.service")]
    assert commands() == [web, unit("forum-worker.service")]
    assert json.loads(re.findall(r"^CMD (.+)$", DOCKERFILE, re.MULTILINE)[0])[1:] == web
    assert re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE) == ["8000"]


def test_compose_gives_the_variables_of_the_environment_file() -> None:
    given = COMPOSE[COMPOSE.index("  environment:\n") :].split("  volumes:")[0]
    names = re.findall(r"^    (\w+): ", given, re.MULTILINE)
    assert names == list(variables())


def test_the_hosting_page_explains_every_variable_that_the_settings_read() -> None:
    explained = re.findall(r"^\| `([A-Z_]+)` \|", HOSTING, re.MULTILINE)
    read = re.findall(r'env\.\w+\("(\w+)"', (settings.ROOT / "forum" / "settings.py").read_text())
    # uvicorn reads this one by itself.
    assert sorted(explained) == sorted({*read, "FORWARDED_ALLOW_IPS"})
    assert set(variables()) - set(explained) == set()


def test_the_upstreams_differ_by_their_servers_alone() -> None:
    here, there = ((DEPLOY / name / "upstream.conf").read_text() for name in ("nginx", "compose"))
    block = here[here.index("upstream forum {") :]
    for number in (1, 2):
        block = block.replace(f"127.0.0.1:{8000 + number} ", f"web-{number}:8000 ")
        assert f"\n  web-{number}: *web\n" in COMPOSE
    assert there.endswith(block)


def test_nginx_is_given_the_files_that_the_tests_use() -> None:
    for file, place in (
        ("nginx/forum.conf", "/etc/nginx/conf.d/forum.conf"),
        ("compose/upstream.conf", "/etc/nginx/conf.d/upstream.conf"),
    ):
        assert f"- ./{file}:{place}:ro\n" in COMPOSE
        assert (DEPLOY / file).exists()


def test_the_image_holds_all_that_the_app_needs_and_nothing_else() -> None:
    assert image() == ["requirements.lock", "manage.py", "forum", "sessions", "templates", "static", "locale"]
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    assert ignored == ["*", *(f"!{name}" for name in image()), "**/__pycache__"]


def test_the_image_installs_the_libraries_that_the_set_up_installs() -> None:
    (pango,) = re.findall(r"^pango=\((.+)\)$", SETUP, re.MULTILINE)
    (packages,) = re.findall(r"--no-install-recommends (.+) \\$", DOCKERFILE, re.MULTILINE)
    assert packages.split() == ["python3", "python3-venv", *pango.split()]
